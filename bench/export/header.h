// SPDX-License-Identifier: MIT

/** A queue as one header that needs nothing of the project, and an example that uses it. */

#ifndef BENCH_EXPORT_HEADER_H
#define BENCH_EXPORT_HEADER_H

#include "channel.h"
#include "queue.h"

#include <stdbool.h>
#include <stdio.h>

/** What is exported, and how. */
struct export
{
	const struct queue_type *type;
	/** Its source: "queues/NAME.c". */
	const char *path;
	/** What all names begin with: an identifier. */
	const char *prefix;
	/** Operations that wait are exported too. */
	bool waits;
	enum channel_wait wait;
	/** What goes behind the compiler's name: from header_needs(). */
	const char *needs;
};

/**
 * Writes the header. Errors of the stream are the caller's.
 *
 * @param clash  receives a name of the source that begins like the prefix, for the caller to free;
 * NULL if there is none
 * @return 0; or -1 with EINVAL if there is such a name, or ENOMEM
 */
int header_write(FILE *stream, const struct export *export, char **clash);

void header_write_example(FILE *stream, const struct export *export);

/**
 * What a compiler needs for a queue beside -pthread, such as "-mcx16".
 *
 * @return "" if nothing; for the caller to free; NULL without memory
 */
char *header_needs(const char *path);

#endif // BENCH_EXPORT_HEADER_H
