// SPDX-License-Identifier: MIT

/**
 * Replacing a file so that its path, at any time, holds the older one whole or the newer one
 * whole: what is written goes to a temporary file beside it, which is synced and renamed.
 *
 * The file that a symbolic link leads to is replaced, not the link. What is no regular file
 * (a pipe, /dev/stdout) is written to directly.
 */

#ifndef BASE_REPLACE_H
#define BASE_REPLACE_H

#include <stdio.h>

struct replace {
	/** What is to be written goes here. */
	FILE *stream;
	/** NULL where it is written to directly. */
	char *temporary;
	char *target;
};

/**
 * Can a file be written there? Asked before the work is done that it is for, and answered by
 * making a file beside it and removing it again.
 *
 * @return 0; or -1 with what open(2) says of the folder; EISDIR if the path is a folder itself;
 *         EACCES if a file is there that must not be written
 */
int replace_check(const char *path);

/** Begin. 0, or -1 with errno. */
int replace_begin(struct replace *replace, const char *path);

/**
 * End: the path holds what was written to the stream, which is closed.
 *
 * @return 0; or -1 with errno, that of an earlier write included: then the temporary file is
 *         removed, and the older file is as it was, unless the last step failed, to sync the
 *         folder
 */
int replace_commit(struct replace *replace);

/** End: all is as it was. errno stays. */
void replace_abandon(struct replace *replace);

#endif // BASE_REPLACE_H
