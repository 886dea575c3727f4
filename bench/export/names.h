// SPDX-License-Identifier: MIT

/**
 * The names that a text in C gives to things in its file's scope: macros, and tags, enumerators,
 * functions, variables and types. An exported header renames the latter, and ends the former.
 */

#ifndef BENCH_EXPORT_NAMES_H
#define BENCH_EXPORT_NAMES_H

#include <stdbool.h>
#include <stddef.h>

struct name {
	char *text;
	bool macro;
	/** A function that a library is to call in place of its own: names_replaced_in(). */
	bool replaces;
};

struct names {
	struct name *all;
	size_t count;
	/** Memory was lacking. */
	bool failed;
};

/**
 * Adds the names of a text, each once. It is C of this project: brackets are balanced in each
 * branch of a condition, and functions begin with a small letter unless they are a library's.
 */
void names_add(struct names *names, const char *text);

/** Marks the names that a macro of the text stands for. */
void names_replaced_in(struct names *names, const char *text);

void names_add_one(struct names *names, const char *text, size_t length, bool macro);

void names_destroy(struct names *names);

#endif // BENCH_EXPORT_NAMES_H
