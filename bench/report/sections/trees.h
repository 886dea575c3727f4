// SPDX-License-Identifier: MIT

/** Walks of trees of extreme shapes: a section of the report, from what scripts/trees.sh leaves. */

#ifndef BENCH_REPORT_TREES_H
#define BENCH_REPORT_TREES_H

#include "report/sections/section.h"

/** Is what scripts/trees.sh wrote whole? */
bool report_trees_valid(const json_t *document);

/** On which trees do queues tell apart? */
void report_trees(const struct writer *writer);

#endif // BENCH_REPORT_TREES_H
