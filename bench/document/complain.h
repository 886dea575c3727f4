// SPDX-License-Identifier: MIT

/** Messages that a function hands to its caller, who prints them. */

#ifndef BENCH_COMPLAIN_H
#define BENCH_COMPLAIN_H

/**
 * Puts a message into *error, unless there is one: the first names the cause. What a terminal would
 * obey is escaped, as names of files and queues may hold anything.
 *
 * @param error  the message is the caller's to free; NULL stays where memory is short
 * @return -1
 */
__attribute__((format(printf, 2, 3))) int complain(char **error, const char *format, ...);

#endif // BENCH_COMPLAIN_H
