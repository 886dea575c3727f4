// SPDX-License-Identifier: MIT

/** Lists of names, each ended by a zero byte. */

#include "walk/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Adds a copy of a name. 0, or -1 with errno. */
static int add(struct names *names, const char *name)
{
	if (!*name) {
		errno = EINVAL;
		return -1;
	}
	char **more = reallocarray(names->strings, names->count + 1, sizeof(*more));
	if (!more) {
		return -1;
	}
	names->strings = more;
	more[names->count] = strdup(name);
	return more[names->count++] ? 0 : -1;
}

int names_read(struct names *names, const char *path)
{
	*names = (struct names){0};
	FILE *stream = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (!stream) {
		return -1;
	}
	char *name = NULL;
	size_t size = 0;
	int result = 0;
	while (result == 0 && getdelim(&name, &size, '\0', stream) >= 0) {
		result = add(names, name);
	}
	// Not the end, but an error or a lack of memory
	result = feof(stream) ? result : -1;
	int error = errno;
	free(name);
	if (stream != stdin) {
		fclose(stream);
	}
	errno = error;
	return result;
}

void names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; ++i) {
		free(names->strings[i]);
	}
	free(names->strings);
	*names = (struct names){0};
}
