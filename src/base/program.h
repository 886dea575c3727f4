// SPDX-License-Identifier: MIT

/** Where the program is, and what belongs to it. */

#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

#include <limits.h>

/**
 * A file or folder that belongs to the program: the first of the places, seen from its folder,
 * where there is one.
 *
 * @param places up to a NULL
 * @return 0 with its path, or -1 with errno
 */
int program_find(const char *const *places, char path[PATH_MAX]);

#endif // BASE_PROGRAM_H
