// SPDX-License-Identifier: MIT

/** Reading values of a command line. */

#include "arguments.h"

#include "base/clock.h"
#include "base/quote.h"
#include "commands.h"

#include <err.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

bool arguments_parse_time(const char *text, uint64_t *nanoseconds)
{
	char *end;
	errno = 0;
	unsigned long value = strtoul(text, &end, 10);
	uint64_t unit = strcmp(end, "s") == 0	? 1
			: strcmp(end, "m") == 0 ? 60
			: strcmp(end, "h") == 0 ? 3600
						: 0;
	*nanoseconds = value * unit * 1000000000;
	return !errno && end != text && unit && !strchr(text, '-') && value != 0 &&
	       value <= 1000000 / unit;
}

void arguments_time(struct argp_state *state, const struct setting *setting, char *text,
		    void *member)
{
	if (!arguments_parse_time(text, member)) {
		argp_error(state, "--%s: '%s' is not a time from 1s to 277h, such as 90s, 2m or 1h",
			   setting->name, quoted(text));
	}
}

char *arguments_join(int argc, char **argv)
{
	size_t length = 1;
	for (int i = 0; i < argc; ++i) {
		length += strlen(argv[i]) + 1;
	}
	char *text = calloc(length, 1);
	if (!text) {
		err(COMMAND_USAGE, "cannot keep the command line");
	}
	for (int i = 0; i < argc; ++i) {
		strcat(text, i > 0 ? " " : "");
		strcat(text, argv[i]);
	}
	return text;
}

uint64_t arguments_seed(void)
{
	uint64_t seed;
	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed)) {
		seed = clock_now();
	}
	return seed >> 32;
}
