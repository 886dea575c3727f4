// SPDX-License-Identifier: MIT

/** Values on a command line: each is what it must be, or the end of the program with a message. */

#ifndef BENCH_ARGUMENTS_H
#define BENCH_ARGUMENTS_H

#include <argp.h>
#include <stdint.h>

/** A time with a unit, such as 90s, 2m or 1h: nanoseconds. */
uint64_t arguments_time(struct argp_state *state, const char *option, const char *text);

/** The words of the command line with blanks between them, "qbench" first; for the caller to free.
 */
char *arguments_join(int argc, char **argv);

/** A seed that nobody has chosen, short enough to be typed again. */
uint64_t arguments_seed(void);

#endif // BENCH_ARGUMENTS_H
