// SPDX-License-Identifier: MIT

/** Whole numbers in text. */

#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <argp.h>
#include <stdbool.h>

/**
 * Reads a number of decimal digits and nothing else, in [least, most].
 *
 * @return false if the text is no such number; `*number` is then undefined
 */
bool number_parse(const char *text, unsigned long least, unsigned long most, unsigned long *number);

/** The same for an option's value. Ends the program with a message if it is no such number. */
unsigned long number_of_option(struct argp_state *state, const char *option, const char *text,
			       unsigned long least, unsigned long most);

/** What stands behind the noun of a count: "1 thread", "2 threads". */
static inline const char *number_plural(unsigned long count)
{
	return count == 1 ? "" : "s";
}

#endif // BASE_NUMBER_H
