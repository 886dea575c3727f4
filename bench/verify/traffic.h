// SPDX-License-Identifier: MIT

/**
 * Traffic: threads that enqueue and dequeue at once, and the proof that each item came out
 * once and in its order. What stress.c and memory.c are made of.
 *
 * The producers send a number of items each, numbered. Every consumer writes down what it
 * gets, and leaves at an EMPTY that it was told after all producers had ended. What is left
 * inside then is taken out, and all the logs are held against what was sent.
 *
 * A thread interrupts the others at random instructions, inside their operations too, and
 * holds them there for a while: the windows that this opens are otherwise hit once in some
 * million operations.
 */

#ifndef CHECKS_TRAFFIC_H
#define CHECKS_TRAFFIC_H

#include "verify/check.h"

/** What goes on in one round. */
struct traffic {
	/** Of the queue: see struct queue_config. */
	size_t capacity;
	size_t first_ticket;
	/** Threads. With `both`, producers dequeue too, and there are no others. */
	unsigned int producers;
	unsigned int consumers;
	bool both;
	/** Items of each producer, and the nanoseconds after which it sends no more. */
	uint64_t items;
	uint64_t time;
	/** Items that are inside a queue without a bound at most, more or less. */
	size_t inside;
	/** Most items of a native batch; 0 is single operations alone. */
	unsigned int batch;
	/** Successful operations of a thread until it detaches and attaches anew; 0 is never. */
	unsigned int reattach;
	/** One operation in so many is followed by a delay; 0 is none. */
	unsigned int delay;
	/** Hold threads at random instructions. */
	bool interrupts;
};

/** A first ticket that wraps around soon, or any. For an even spread over what can go wrong. */
size_t traffic_first_ticket(struct rng *rng, size_t capacity);

/** Threads for a round, by its `both`: up to `most` on either side, as the queue allows them. */
void traffic_threads(struct traffic *traffic, const struct queue_type *type, struct rng *rng,
		     unsigned int most);

/**
 * Run it. Where something is wrong the check fails, and the process ends.
 *
 * @return the items that were sent
 */
uint64_t traffic_run(struct check_run *run, const struct traffic *traffic, uint64_t seed);

#endif // CHECKS_TRAFFIC_H
