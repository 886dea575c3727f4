// SPDX-License-Identifier: MIT

/** Lists of names, each ended by a zero byte. */

#include "walk/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Reads a stream to its end, and puts a zero byte behind it. 0, or -1 with errno. */
static int read_all(FILE *stream, char **bytes, size_t *length)
{
	size_t size = 0;
	*bytes = NULL;
	*length = 0;
	do {
		if (size - *length < 2) {
			size = size ? 2 * size : 65536;
			char *grown = realloc(*bytes, size);
			if (!grown) {
				return -1;
			}
			*bytes = grown;
		}
		errno = 0;
		*length += fread(*bytes + *length, 1, size - *length - 1, stream);
		if (ferror(stream) && errno == EINTR) {
			clearerr(stream);
		}
	} while (!feof(stream) && !ferror(stream));
	(*bytes)[*length] = '\0';
	return ferror(stream) ? -1 : 0;
}

/** Finds the names in the bytes. 0, or -1 with errno. */
static int split(struct names *names, size_t length)
{
	size_t most = 1;
	for (size_t i = 0; i < length; ++i) {
		most += !names->bytes[i];
	}
	names->strings = calloc(most, sizeof(*names->strings));
	if (!names->strings) {
		return -1;
	}
	char *end = names->bytes + length;
	for (char *name = names->bytes; name < end; name += strlen(name) + 1) {
		if (!*name) {
			errno = EINVAL;
			return -1;
		}
		names->strings[names->count++] = name;
	}
	return 0;
}

int names_read(struct names *names, const char *path)
{
	*names = (struct names){0};
	FILE *stream = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (!stream) {
		return -1;
	}
	size_t length;
	int result = read_all(stream, &names->bytes, &length);
	int error = errno;
	if (stream != stdin) {
		fclose(stream);
	}
	errno = error;
	return result == 0 ? split(names, length) : -1;
}

void names_free(struct names *names)
{
	free(names->strings);
	free(names->bytes);
	*names = (struct names){0};
}
