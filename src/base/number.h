// SPDX-License-Identifier: MIT

/** Whole numbers as people type them. */

#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <argp.h>
#include <stdbool.h>

/**
 * A number of decimal digits and nothing else, in [least, most].
 *
 * @return false if the text is none; `*number` is then anything
 */
bool number_parse(const char *text, unsigned long least, unsigned long most, unsigned long *number);

/** The same as the value of an option, or the end of the program with what is wrong. */
unsigned long number_of_option(struct argp_state *state, const char *option, const char *text,
			       unsigned long least, unsigned long most);

#endif // BASE_NUMBER_H
