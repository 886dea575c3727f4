// SPDX-License-Identifier: MIT

/** Parts of a report that need not wait for each other: a user has several processors. */

#ifndef BENCH_REPORT_TASKS_H
#define BENCH_REPORT_TASKS_H

#include <stddef.h>

/** More threads than this would hold more documents in memory, and gain little. */
#define TASKS_THREADS 4

/**
 * Does all tasks, in as many threads as there are processors. Tasks begin in the order of their
 * numbers; after one that fails, no other begins.
 *
 * @param act  does the task with a number below `count`. 0, or -1 with errno
 * @return 0, or -1 with the errno of a task that failed
 */
int tasks_do(size_t count, int (*act)(void *context, size_t number), void *context);

#endif // BENCH_REPORT_TASKS_H
