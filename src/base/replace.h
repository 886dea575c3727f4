// SPDX-License-Identifier: MIT

/**
 * Replaces a file so that, at any time, its path holds the whole old file or the whole new one:
 * a temporary file beside it is written, synced and renamed.
 *
 * A symbolic link stays, and the file that it leads to is replaced. A path that is no regular
 * file (a pipe, /dev/stdout) is written to directly.
 */

#ifndef BASE_REPLACE_H
#define BASE_REPLACE_H

#include <stdio.h>

struct replace {
	/** Write the new content here. */
	FILE *stream;
	/** NULL where the path is written to directly. */
	char *temporary;
	char *target;
};

/**
 * Whether a file can be written at a path: call it before the work whose result goes there. Makes a
 * file beside the path and removes it again.
 *
 * @return 0; or -1 with the errno of open(2) in the folder, EISDIR if the path is a folder, EACCES
 *         if a file is there that this process must not write
 */
int replace_check(const char *path);

/** Begins to replace a file. 0, or -1 with errno. */
int replace_begin(struct replace *replace, const char *path);

/**
 * Puts the new content in place and closes the stream.
 *
 * @return 0; or -1 with errno, that of an earlier write included. Then the temporary file is
 *         removed and the old file stays, unless only the last step failed: to sync the folder
 */
int replace_commit(struct replace *replace);

/** Removes the new content; the old file stays. Keeps errno. */
void replace_abandon(struct replace *replace);

#endif // BASE_REPLACE_H
