// SPDX-License-Identifier: MIT

/**
 * Standard output and standard error of dirwalk, which a signal can hurry.
 *
 * Both become streams over output.c. A line on standard error is one write, and is made fit for a
 * terminal. A listing ends at the end of an item, whenever it ends.
 *
 * In a hurry, which another thread begins, nothing waits for a reader any longer than until a
 * deadline. A write that already waits is interrupted by a signal, see signals.c.
 */

#ifndef WALK_OUTPUT_H
#define WALK_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

/** Bytes that a listing is collected to before it is written, except on a terminal. */
#define OUTPUT_BUFFER 4096

/** Makes the streams. Called first of all, with standard output and error still unused. */
void output_begin(void);

/** Begins a listing of items that end with `end`. A hurry ends it after an item. */
void output_begin_listing(char end);

/** Ends a listing: flushes it. 0, or -1 with errno. */
int output_end_listing(void);

/** Writes whole items of a listing. 0, or -1 with errno. */
int output_list(const char *bytes, size_t length);

/**
 * Hurries: called by another thread, once.
 *
 * @param deadline of clock_now(), in nanoseconds: after it, what cannot be written is dropped
 */
void output_hurry(uint64_t deadline);

/** Shows a line on standard error in place of the one shown before; NULL or "" takes it away. */
void output_live(const char *line);

#endif // WALK_OUTPUT_H
