// SPDX-License-Identifier: MIT
// requires: liburcu-cds

/** liburcu's wfcqueue, with a lock around its dequeues: see shared/wfcqueue.h. */

#define WFCQUEUE_CONSUMERS 0
#include "shared/wfcqueue.h"

QUEUE_EXPORT(wfcqueue) = {
	.name = "wfcqueue",
	.title = "unbounded list, exchange at the tail, lock at the head",
	.source = "liburcu-cds (Desnoyers, Jiangshan), cds_wfcq",
	.headline = 1,
	WFCQUEUE_OPERATIONS,
};
