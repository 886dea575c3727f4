// SPDX-License-Identifier: MIT

/**
 * Small files in which the system tells about itself: /proc, /sys, /etc.
 *
 * All are read below a root, which is "" for this machine's own files and a folder of
 * made-up ones in a test. Paths are formatted like printf() does, and begin with a slash.
 */

#ifndef BENCH_SYSFS_H
#define BENCH_SYSFS_H

#include <stdbool.h>

/**
 * The first 64 KiB of a file, without white space at its end, and with '?' for what is not
 * ASCII, so that any text may stand in JSON.
 *
 * @return to be freed; NULL with errno as open(), read() or malloc() leave it
 */
__attribute__((format(printf, 2, 3))) char *sysfs_read(const char *root, const char *path, ...);

/**
 * Read a file that begins with numbers.
 *
 * @param numbers  receives them
 * @param count    how many
 * @return whether all of them are there
 */
__attribute__((format(printf, 4, 5))) bool sysfs_numbers(const char *root, double *numbers,
							 unsigned int count, const char *path, ...);

/**
 * The value in the first line of the form "KEY: value" or "KEY=value", where white space
 * around the sign and quotes around the value do not count. A NULL text has none.
 *
 * @return to be freed; NULL if there is none, or no memory
 */
char *sysfs_field(const char *text, const char *key);

/** Whether a word is in a text of words between white space. A NULL text has none. */
bool sysfs_has_word(const char *text, const char *word);

#endif // BENCH_SYSFS_H
