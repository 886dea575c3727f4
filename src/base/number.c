// SPDX-License-Identifier: MIT

/** Whole numbers in text. */

#include "base/number.h"

#include "base/quote.h"

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

unsigned long number_of_option(struct argp_state *state, const char *option, const char *text,
			       unsigned long least, unsigned long most)
{
	unsigned long value;
	if (!number_parse(text, least, most, &value)) {
		argp_error(state, "%s: '%s' is not a whole number from %lu to %lu", option,
			   quoted(text), least, most);
	}
	return value;
}
