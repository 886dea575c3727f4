// SPDX-License-Identifier: MIT

/** Whole numbers as people type them. */

#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include <stdbool.h>

/**
 * A number of decimal digits and nothing else, in [least, most].
 *
 * @return false if the text is none; `*number` is then anything
 */
bool number_parse(const char *text, unsigned long least, unsigned long most, unsigned long *number);

#endif // BASE_NUMBER_H
