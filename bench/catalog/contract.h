// SPDX-License-Identifier: MIT

/** A queue's claims: its entry of queues/queue.h, in the words of documents and tables. */

#ifndef BENCH_CONTRACT_H
#define BENCH_CONTRACT_H

#include "document/codec.h"
#include "queue.h"

#include <jansson.h>
#include <stdbool.h>

#define CONTRACT_ORDERS 3

struct contract {
	const char *name;
	const char *title;
	const char *source;
	/** 1 or 0; -1 in a file of a queue that could not be made. */
	int bounded;
	enum queue_progress enqueue;
	enum queue_progress dequeue;
	enum queue_order order;
	/** 0 is any number. */
	unsigned int max_producers;
	unsigned int max_consumers;
	bool exact_empty;
	bool exact_full;
	bool headline;
	/** Ways to wait that it offers: a bit for each enum channel_wait. */
	unsigned int waits;
};

/** The fields of a struct contract. */
extern const struct codec contract_codec;

/** The claims of a queue. */
void contract_of(const struct queue_type *type, struct contract *contract);

/** "FIFO", "FIFO per producer", "none". */
const char *contract_order_name(unsigned int order);

/** "blocking", "lock-free", "wait-free". */
const char *contract_progress_name(unsigned int progress);

#endif // BENCH_CONTRACT_H
