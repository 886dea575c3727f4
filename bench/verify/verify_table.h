// SPDX-License-Identifier: MIT

/** Output of `qbench verify`: a live table, queues by checks; then claims, skips, failures. */

#ifndef BENCH_VERIFY_TABLE_H
#define BENCH_VERIFY_TABLE_H

#include "results/findings.h"
#include "verify/check.h"

#include <stdio.h>

struct verify_table {
	FILE *stream;
	const struct check **checks;
	/** Columns of the longest name. */
	int width;
	/** It is a terminal: say which check is under way. */
	bool live;
};

/** Print the heading of the live table. */
void verify_table_begin(struct verify_table *table, FILE *stream, char *const *queues,
			const struct check **columns);

/** Fill it: a queue is begun, a check is begun, and has ended. */
void verify_table_begin_queue(const struct verify_table *table, const char *queue);
void verify_table_begin_check(const struct verify_table *table);
void verify_table_found(const struct verify_table *table, const struct finding *finding);

/** End the last line, and print what was claimed and found, and the details of what failed. */
void verify_table_end(const struct verify_table *table, const struct findings *findings);

#endif // BENCH_VERIFY_TABLE_H
