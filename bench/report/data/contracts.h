// SPDX-License-Identifier: MIT

/** What queues claim: as the files say, else as the queue of that name in this program does. */

#ifndef BENCH_REPORT_CONTRACTS_H
#define BENCH_REPORT_CONTRACTS_H

#include "report/data/files.h"

#include <stdbool.h>

/**
 * Do items leave a queue in one order? Only FIFO queues can replace each other. True for a queue
 * that nothing is known of.
 */
bool report_is_fifo(const struct report *report, const char *queue);

/** "blocking", "lock-free" or "wait-free": the lesser of what both operations claim. "unknown". */
const char *report_progress(const struct report *report, const char *queue);

/** False for a queue that nothing is known of. */
bool report_is_bounded(const struct report *report, const char *queue);

#endif // BENCH_REPORT_CONTRACTS_H
