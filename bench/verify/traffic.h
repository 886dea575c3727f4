// SPDX-License-Identifier: MIT

/**
 * Traffic: threads that enqueue and dequeue concurrently, and the proof that each item came out
 * once and in order. The checks stress and memory are built on it.
 *
 * Each producer sends numbered items. Each consumer logs what it receives, and leaves at the first
 * EMPTY of a call that began after all producers had ended. The items left inside are then drained,
 * and all logs are compared with what was sent.
 *
 * One thread interrupts the others at random instructions, also inside operations, and holds them
 * there for a while. Without that, windows of a few instructions are hit once in millions of
 * operations.
 */

#ifndef CHECKS_TRAFFIC_H
#define CHECKS_TRAFFIC_H

#include "verify/check.h"

/** Settings of one round. */
struct traffic {
	/** Settings of the queue: see struct queue_config. */
	size_t capacity;
	size_t first_ticket;
	/** Numbers of threads. With `both`, producers also dequeue, and there are no consumers. */
	unsigned int producers;
	unsigned int consumers;
	bool both;
	/** Items of each producer, and the nanoseconds after which it stops sending. */
	uint64_t items;
	uint64_t time;
	/** About the most items inside an unbounded queue. */
	size_t inside;
	/** Most items of a native batch; 0 means single operations only. */
	unsigned int batch;
	/** Successful operations of a thread between attaching anew; 0 means never. */
	unsigned int reattach;
	/** One of this many operations is followed by a delay; 0 means none. */
	unsigned int delay;
	/** Interrupt threads at random instructions. */
	bool interrupts;
};

/** Draws a first ticket: mostly one that is about to wrap around. */
size_t traffic_first_ticket(struct rng *rng, size_t capacity);

/** Draws the numbers of threads: up to `most` on either side, as many as the queue allows. */
void traffic_threads(struct traffic *traffic, const struct queue_type *type, struct rng *rng,
		     unsigned int most);

/**
 * Runs a round. If it finds a fault, the check fails and the process ends.
 *
 * @return the number of items sent
 */
uint64_t traffic_run(struct check_run *run, const struct traffic *traffic, uint64_t seed);

#endif // CHECKS_TRAFFIC_H
