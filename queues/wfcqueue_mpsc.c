// SPDX-License-Identifier: MIT
// requires: liburcu-cds

/** liburcu's wfcqueue for one consumer, which needs no lock: see shared/wfcqueue.h. */

#define WFCQUEUE_CONSUMERS 1
#include "shared/wfcqueue.h"

QUEUE_EXPORT(wfcqueue_mpsc) = {
	.name = "wfcqueue_mpsc",
	.title = "unbounded list, exchange at the tail, one consumer",
	.source = "liburcu-cds (Desnoyers, Jiangshan), cds_wfcq",
	.headline = 1,
	WFCQUEUE_OPERATIONS,
};
