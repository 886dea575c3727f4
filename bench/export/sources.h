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

/** NULL if there is none at that path. */
const struct source *sources_find(const char *path);

/** The text of a source that there is. */
const char *sources_text(const char *path);

#endif // BENCH_EXPORT_SOURCES_H
