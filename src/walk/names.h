// SPDX-License-Identifier: MIT

/** Lists of names, each ended by a zero byte, as find -print0 writes them. */

#ifndef WALK_NAMES_H
#define WALK_NAMES_H

#include <stddef.h>

/** Zero is empty. */
struct names {
	/** Strings, in the order of the list. */
	char **strings;
	size_t count;
	/** Their memory. */
	char *bytes;
};

/**
 * Reads a list. The last name needs no zero byte.
 *
 * @param path  "-" is standard input
 * @return 0; or -1 with errno: of reading, or EINVAL for an empty name after `count` names
 */
int names_read(struct names *names, const char *path);

void names_free(struct names *names);

#endif // WALK_NAMES_H
