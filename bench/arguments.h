// SPDX-License-Identifier: MIT

/** Values on a command line. A wrong one ends the program with a message. */

#ifndef BENCH_ARGUMENTS_H
#define BENCH_ARGUMENTS_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

/** The same as arguments_time(), but false where the text is no such time. */
bool arguments_parse_time(const char *text, uint64_t *nanoseconds);

/** Reads a time with a unit, such as 90s, 2m or 1h. Returns nanoseconds. */
uint64_t arguments_time(struct argp_state *state, const char *option, const char *text);

/** The words of the command line, after "qbench" and with blanks between. The caller's to free. */
char *arguments_join(int argc, char **argv);

/** A random seed of 32 bits, short enough to be typed again. */
uint64_t arguments_seed(void);

#endif // BENCH_ARGUMENTS_H
