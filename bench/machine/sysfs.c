// SPDX-License-Identifier: MIT

/** Small files in which the system describes itself: /proc, /sys, /etc. */

#include "machine/sysfs.h"

#include <errno.h>
#include <stdarg.h>
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

/** sysfs_read() of a path in one piece. */
static char *read_path(const char *path)
{
	char *text = malloc(MOST + 1);
	FILE *stream = text ? fopen(path, "re") : NULL;
	size_t length = stream ? fread(text, 1, MOST, stream) : 0;
	bool failed = !stream || ferror(stream);
	int error = errno;
	if (stream) {
		fclose(stream);
	}
	if (failed) {
		free(text);
		errno = error;
		return NULL;
	}
	clean(text, length);
	return text;
}

/** sysfs_read() with the arguments as a list. */
static char *read_formatted(const char *root, const char *path, va_list arguments)
{
	char *below = NULL;
	char *whole = NULL;
	char *text = NULL;
	if (vasprintf(&below, path, arguments) < 0) {
		return NULL;
	}
	if (asprintf(&whole, "%s%s", root, below) >= 0) {
		text = read_path(whole);
		free(whole);
	}
	free(below);
	return text;
}

char *sysfs_read(const char *root, const char *path, ...)
{
	va_list arguments;
	va_start(arguments, path);
	char *text = read_formatted(root, path, arguments);
	va_end(arguments);
	return text;
}

bool sysfs_numbers(const char *root, double *numbers, unsigned int count, const char *path, ...)
{
	va_list arguments;
	va_start(arguments, path);
	char *text = read_formatted(root, path, arguments);
	va_end(arguments);

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
