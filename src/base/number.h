// SPDX-License-Identifier: MIT

/** Whole numbers in text, and their order. */

#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

/**
 * Reads a number of decimal digits and nothing else, in [least, most].
 *
 * @return false if the text is no such number; `*number` is then undefined
 */
bool number_parse(const char *text, unsigned long least, unsigned long most, unsigned long *number);

/** What stands behind the noun of a count: "1 thread", "2 threads". */
static inline const char *number_plural(unsigned long count)
{
	return count == 1 ? "" : "s";
}

/** Below, at or above 0, as qsort() asks. */
static inline int number_compare(uint64_t one, uint64_t other)
{
	return (one > other) - (one < other);
}

/** Compares two uint64_t, for qsort(). */
int number_compare_at(const void *one, const void *other);

#endif // BASE_NUMBER_H
