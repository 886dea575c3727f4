// SPDX-License-Identifier: MIT

/** The files of a report: all of them are replaced at its end, or none is. */

#ifndef BENCH_REPORT_OUTPUTS_H
#define BENCH_REPORT_OUTPUTS_H

#include "base/replace.h"

#include <stddef.h>
#include <stdio.h>

struct outputs {
	const char *folder;
	struct replace *files;
	size_t count;
};

/** Begins a file of the folder. Its stream; NULL with errno. */
FILE *outputs_add(struct outputs *outputs, const char *name);

/** Replaces all files, and frees what there is. 0; or -1 with errno: then none is replaced. */
int outputs_commit(struct outputs *outputs);

/** Leaves all files as they were, and frees what there is. errno stays. */
void outputs_abandon(struct outputs *outputs);

#endif // BENCH_REPORT_OUTPUTS_H
