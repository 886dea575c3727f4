// SPDX-License-Identifier: MIT

/** Whole numbers in text. */

#include "base/number.h"

#include <errno.h>
#include <stdlib.h>

bool number_parse(const char *text, unsigned long least, unsigned long most, unsigned long *number)
{
	char *end;
	errno = 0;
	*number = strtoul(text, &end, 10);
	// strtoul() accepts blanks and signs
	return *text >= '0' && *text <= '9' && !*end && errno == 0 && *number >= least &&
	       *number <= most;
}

int number_compare_at(const void *one, const void *other)
{
	return number_compare(*(const uint64_t *)one, *(const uint64_t *)other);
}
