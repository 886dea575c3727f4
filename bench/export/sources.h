// SPDX-License-Identifier: MIT

/** The sources of the queues, inside the program: what is exported is what it was built from. */

#ifndef BENCH_EXPORT_SOURCES_H
#define BENCH_EXPORT_SOURCES_H

struct source {
	/** Below the project's folder, such as "queues/vyukov.c". NULL ends the table. */
	const char *path;
	const char *text;
};

extern const struct source sources[];

/** The text of a source. NULL if there is none at that path. */
const char *sources_find(const char *path);

#endif // BENCH_EXPORT_SOURCES_H
