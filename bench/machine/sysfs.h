// SPDX-License-Identifier: MIT

/**
 * Small files in which the system describes itself: /proc, /sys, /etc.
 *
 * All paths are below a root, which is "" for this machine and a folder of made-up files in a
 * test. Paths begin with a slash.
 */

#ifndef BENCH_SYSFS_H
#define BENCH_SYSFS_H

#include <stdbool.h>

/**
 * Reads the first 64 KiB of a file, without white space at the end. Bytes that are not ASCII become
 * '?', so that the text can stand in JSON.
 *
 * @return to be freed; NULL if it cannot be read
 */
char *sysfs_read(const char *root, const char *path);

/**
 * Reads a file that begins with numbers.
 *
 * @param numbers  receives `count` numbers
 * @return true if all of them are there
 */
bool sysfs_numbers(const char *root, double *numbers, unsigned int count, const char *path);

/**
 * The value in the first line of the form "KEY: value" or "KEY=value", without white space
 * around the sign and quotes around the value. A NULL text has none.
 *
 * @return to be freed; NULL if there is none, or no memory
 */
char *sysfs_field(const char *text, const char *key);

/** Whether a word stands in a text, between white space. A NULL text has none. */
bool sysfs_has_word(const char *text, const char *word);

#endif // BENCH_SYSFS_H
