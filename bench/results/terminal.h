// SPDX-License-Identifier: MIT

/**
 * Where tables and answers are printed: a stream at most TERMINAL_WIDTH columns wide, and no wider
 * than the terminal, where it has colours unless NO_COLOR is set (no-color.org).
 */

#ifndef BENCH_TERMINAL_H
#define BENCH_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

#define TERMINAL_WIDTH 160

struct terminal {
	FILE *stream;
	/** Columns of characters: those of the terminal, or TERMINAL_WIDTH. */
	int width;
	/** The stream is a terminal that shows colours, and its user wants them. */
	bool colours;
};

/** Looks for the width of the stream, and whether it shows colours. The stream stays the caller's.
 */
struct terminal terminal_of(FILE *stream);

/** Columns that UTF-8 takes, without wide and combining characters. */
int terminal_columns(const char *text);

/**
 * Prints lines, each with a newline at its end and no blanks before it. What is wider than the
 * terminal is broken between words, but not behind a number, and goes on at least four columns in.
 */
void terminal_put(const struct terminal *terminal, const char *text);

#endif // BENCH_TERMINAL_H
