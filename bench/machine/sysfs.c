// SPDX-License-Identifier: MIT

/** Small files in which the system describes itself: /proc, /sys, /etc. */

#include "machine/sysfs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST 65536
#define WHITE " \t\n"

/** Makes a text fit to be shown. */
static void clean(char *text, size_t length)
{
	while (length > 0 && strchr(WHITE, text[length - 1])) {
		--length;
	}
	text[length] = '\0';
	for (char *byte = text; byte < text + length; ++byte) {
		if (!strchr(WHITE, *byte) && (*byte < ' ' || *byte > '~')) {
			*byte = '?';
		}
	}
}

char *sysfs_read(const char *root, const char *path)
{
	char *whole;
	if (asprintf(&whole, "%s%s", root, path) < 0) {
		return NULL;
	}
	char *text = malloc(MOST + 1);
	FILE *stream = text ? fopen(whole, "re") : NULL;
	size_t length = stream ? fread(text, 1, MOST, stream) : 0;
	bool failed = !stream || ferror(stream);
	free(whole);
	if (stream) {
		fclose(stream);
	}
	if (failed) {
		free(text);
		return NULL;
	}
	clean(text, length);
	return text;
}

bool sysfs_numbers(const char *root, double *numbers, unsigned int count, const char *path)
{
	char *text = sysfs_read(root, path);
	char *at = text;
	bool all = text;
	for (unsigned int i = 0; i < count && all; ++i) {
		char *end;
		numbers[i] = strtod(at, &end);
		all = end != at;
		at = end;
	}
	free(text);
	return all;
}

char *sysfs_field(const char *text, const char *key)
{
	size_t length = strlen(key);
	for (const char *line = text; line && *line;
	     line += strcspn(line, "\n"), line += *line == '\n') {
		if (strncmp(line, key, length) != 0) {
			continue;
		}
		const char *value = line + length + strspn(line + length, " \t");
		if (*value != ':' && *value != '=') {
			continue;
		}
		++value;
		value += strspn(value, " \t\"");
		return strndup(value, strcspn(value, "\"\n"));
	}
	return NULL;
}

bool sysfs_has_word(const char *text, const char *word)
{
	size_t length = strlen(word);
	while (text && *(text += strspn(text, WHITE))) {
		size_t size = strcspn(text, WHITE);
		if (size == length && memcmp(text, word, length) == 0) {
			return true;
		}
		text += size;
	}
	return false;
}
