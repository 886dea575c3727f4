// SPDX-License-Identifier: MIT

/** Values on a command line. A wrong one ends the program with a message. */

#ifndef BENCH_ARGUMENTS_H
#define BENCH_ARGUMENTS_H

#include "base/settings.h"

#include <stdbool.h>
#include <stdint.h>

/** Reads a time with a unit, such as 90s, 2m or 1h, into nanoseconds. False if it is none. */
bool arguments_parse_time(const char *text, uint64_t *nanoseconds);

/** The same for an option. */
setting_reader arguments_time;

/** The words of the command line, with blanks between. The caller's to free. */
char *arguments_join(int argc, char **argv);

/** A random seed of 32 bits, short enough to be typed again. */
uint64_t arguments_seed(void);

#endif // BENCH_ARGUMENTS_H
