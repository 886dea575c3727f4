// SPDX-License-Identifier: MIT

/** Command lines by a table. */

#include "base/settings.h"

#include "base/number.h"
#include "base/quote.h"

#include <err.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/** Keys of options without a letter begin here. */
#define FIRST_KEY 256

/** What the parser is given. */
struct parsing {
	const struct setting *settings;
	argp_parser_t rest;
	void *filled;
};

void setting_text(struct argp_state *state, const struct setting *setting, char *text, void *member)
{
	(void)state;
	(void)setting;
	memcpy(member, &text, sizeof(text));
}

void setting_flag(struct argp_state *state, const struct setting *setting, char *text, void *member)
{
	(void)state;
	(void)setting;
	(void)text;
	*(bool *)member = true;
}

void setting_number(struct argp_state *state, const struct setting *setting, char *text,
		    void *member)
{
	unsigned long number;
	if (!number_parse(text, setting->least, setting->most, &number)) {
		argp_error(state, "--%s: '%s' is not a whole number from %lu to %lu", setting->name,
			   quoted(text), setting->least, setting->most);
	}
	number *= setting->scale ? setting->scale : 1;
	if (setting->size == sizeof(unsigned int)) {
		*(unsigned int *)member = (unsigned int)number;
	} else {
		*(uint64_t *)member = number;
	}
}

static int key_of(const struct parsing *parsing, const struct setting *setting)
{
	return setting->letter ? setting->letter : FIRST_KEY + (int)(setting - parsing->settings);
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct parsing *parsing = state->input;
	const struct setting *setting = parsing->settings;
	error_t result = 0;
	while (setting->name && key_of(parsing, setting) != key) {
		++setting;
	}
	state->input = parsing->filled;
	if (setting->name) {
		setting->read(state, setting, text, (char *)parsing->filled + setting->offset);
	} else {
		result = parsing->rest ? parsing->rest(key, text, state) : ARGP_ERR_UNKNOWN;
	}
	state->input = parsing;
	return result;
}

void settings_parse(const struct setting *settings, const struct argp *argp, int argc, char **argv,
		    void *filled)
{
	struct parsing parsing = {settings, argp->parser, filled};
	size_t count = 0;
	while (settings[count].name) {
		++count;
	}
	struct argp_option *options = calloc(count + 1, sizeof(*options));
	if (!options) {
		err(argp_err_exit_status, "cannot read the command line");
	}
	for (size_t i = 0; i < count; ++i) {
		options[i] = (struct argp_option){
			.name = settings[i].name,
			.key = key_of(&parsing, &settings[i]),
			.arg = settings[i].value,
			.flags = settings[i].flags,
			.doc = settings[i].help,
			.group = settings[i].group,
		};
	}
	struct argp whole = *argp;
	whole.options = options;
	whole.parser = parse;
	argp_parse(&whole, argc, argv, 0, NULL, &parsing);
	free(options);
}
