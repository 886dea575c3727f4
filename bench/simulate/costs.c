// SPDX-License-Identifier: MIT

#include "simulate/costs.h"

#include "base/clock.h"
#include "machine/bounce.h"
#include "queue.h"

#include <linux/futex.h>
#include <math.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/** Operations between two looks at the clock, and batches of them. */
#define TIMES 256
#define BATCHES 15

static void do_nothing(void)
{
}

static void do_pause(void)
{
	queue_pause();
}

static void do_fence(void)
{
	atomic_thread_fence(memory_order_seq_cst);
}

/** As a node of a list is made and freed. */
static void do_allocations(void)
{
	void *volatile block = malloc(64);
	free(block);
}

/** Wakes nobody. */
static void do_system_call(void)
{
	static uint32_t word;
	syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

/** Nanoseconds of an operation and its call, in the batch that was disturbed least. */
static double time_of(void (*operation)(void))
{
	double least = INFINITY;
	for (int i = 0; i < BATCHES; ++i) {
		uint64_t began = clock_now();
		for (int k = 0; k < TIMES; ++k) {
			operation();
		}
		least = fmin(least, (double)(clock_now() - began) / TIMES);
	}
	return least;
}

double costs_measure(const char *key)
{
	static const struct {
		const char *key;
		void (*operation)(void);
		/** Of the key in one operation. */
		int parts;
	} costs[] = {
		{"pause", do_pause, 1},
		{"fence", do_fence, 1},
		{"allocation", do_allocations, 2},
		{"system-call", do_system_call, 1},
	};
	if (strcmp(key, "update") == 0) {
		return bounce_measure(NULL, 1, 0).add;
	}
	for (size_t i = 0; i < sizeof(costs) / sizeof(*costs); ++i) {
		if (strcmp(key, costs[i].key) == 0) {
			return fmax(0, time_of(costs[i].operation) - time_of(do_nothing)) /
			       costs[i].parts;
		}
	}
	return NAN;
}
