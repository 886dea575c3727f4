// SPDX-License-Identifier: MIT

/** Command lines by a table: a row for each option, which says where its value goes. */

#ifndef BASE_SETTINGS_H
#define BASE_SETTINGS_H

#include <argp.h>
#include <stddef.h>

struct setting;

/**
 * Reads the value of an option, or ends the program with a message.
 *
 * @param state   its input is the struct that is filled
 * @param text    NULL if the option has none
 * @param member  where it goes
 */
typedef void setting_reader(struct argp_state *state, const struct setting *setting, char *text,
			    void *member);

/** An option. The last row of a table has no name. */
struct setting {
	const char *name;
	/** Of the short option; 0 if there is none. */
	char letter;
	/** What --help calls the value; NULL for none. */
	const char *value;
	/** Options of a group stand together in --help. */
	int group;
	const char *help;
	setting_reader *read;
	/** The member of the struct that is filled. */
	size_t offset;
	size_t size;
	/** Range of a number, and what it is multiplied by. */
	unsigned long least;
	unsigned long most;
	unsigned long scale;
	/** OPTION_ARG_OPTIONAL if the value may be missing. */
	int flags;
};

/** The last members of a row: how a member is read, of which type it is, and where. */
#define SETTING(type, member, how)                                                                 \
	.read = how, .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)

/** Keeps the text itself. */
setting_reader setting_text;

/** Sets a bool. */
setting_reader setting_flag;

/** Reads a whole number, into four or eight bytes. */
setting_reader setting_number;

/**
 * Reads a command line. Ends the program if it is wrong or asks for help.
 *
 * @param argp    what else --help says; its parser, if it has one, gets what is no option
 * @param filled  receives the values, and is that parser's input
 */
void settings_parse(const struct setting *settings, const struct argp *argp, int argc, char **argv,
		    void *filled);

#endif // BASE_SETTINGS_H
