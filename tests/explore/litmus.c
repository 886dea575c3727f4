// SPDX-License-Identifier: MIT

/**
 * Litmus tests of the memory model as a queue: enqueue() runs a thread of a test, and the capacity
 * chooses the test. The outcomes are those of C11 as repaired by RC11 (Lahav et al., PLDI 2017,
 * doi:10.1145/3062341.3062352), with the release sequences of C++20, to which a later store of the
 * same thread does not belong.
 *
 * Two tests are marked "(limit)": C11 allows more, but only if a load sees a store that comes
 * later, or if the order of stores to a place is not the one in which they ran.
 */

#include "litmus.h"
#include "queue.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct queue {
	_Alignas(QUEUE_APART) _Atomic int x;
	_Alignas(QUEUE_APART) _Atomic int y;
	_Alignas(QUEUE_APART) int data;
	size_t test;
	size_t attached;
};

/** Outside of the queue's memory: accesses are not steps, and the search does not restore them. */
static int values[LITMUS_VALUES];
static bool seen[LITMUS_OUTCOMES];

#define RLX memory_order_relaxed
#define ACQ memory_order_acquire
#define REL memory_order_release
#define SC memory_order_seq_cst

#define W(at, value, order) atomic_store_explicit(&q->at, value, order)
#define R(number, at, order) values[number] = atomic_load_explicit(&q->at, order)
#define F(order) atomic_thread_fence(order)
#define THREAD(name, ...)                                                                          \
	static void name(struct queue *q)                                                          \
	{                                                                                          \
		__VA_ARGS__;                                                                       \
	}

/** Value that a failing compare-and-swap reads. */
static int fail(_Atomic int *at, memory_order success, memory_order failure)
{
	int expected = 3;
	atomic_compare_exchange_strong_explicit(at, &expected, 2, success, failure);
	return expected;
}

THREAD(x_rlx_y0, W(x, 1, RLX); R(0, y, RLX))
THREAD(y_rlx_x1, W(y, 1, RLX); R(1, x, RLX))
THREAD(x_rel_y0, W(x, 1, REL); R(0, y, ACQ))
THREAD(y_rel_x1, W(y, 1, REL); R(1, x, ACQ))
THREAD(x_sc_y0, W(x, 1, SC); R(0, y, SC))
THREAD(y_sc_x1, W(y, 1, SC); R(1, x, SC))
THREAD(x_fence_y0, W(x, 1, RLX); F(SC); R(0, y, RLX))
THREAD(y_fence_x1, W(y, 1, RLX); F(SC); R(1, x, RLX))
THREAD(x_weak_fence_y0, W(x, 1, RLX); F(memory_order_acq_rel); R(0, y, RLX))
THREAD(x_rlx_y0_sc, W(x, 1, RLX); R(0, y, SC))
THREAD(y_rlx_x1_sc, W(y, 1, RLX); R(1, x, SC))
THREAD(x_swap_y0, atomic_exchange_explicit(&q->x, 1, SC); R(0, y, SC))
THREAD(y_swap_x1, atomic_exchange_explicit(&q->y, 1, SC); R(1, x, SC))

THREAD(pass_rlx, W(x, 1, RLX); W(y, 1, RLX))
THREAD(pass_rel, W(x, 1, RLX); W(y, 1, REL))
THREAD(pass_fence, W(x, 1, RLX); F(REL); W(y, 1, RLX))
THREAD(pass_swap, W(x, 1, RLX); atomic_exchange_explicit(&q->y, 1, REL))
THREAD(take_rlx, R(0, y, RLX); R(1, x, RLX))
THREAD(take_acq, R(0, y, ACQ); R(1, x, RLX))
THREAD(take_fence, R(0, y, RLX); F(ACQ); R(1, x, RLX))
THREAD(take_by_fail_rlx, values[0] = fail(&q->y, ACQ, RLX); R(1, x, RLX))
THREAD(take_by_fail_acq, values[0] = fail(&q->y, ACQ, ACQ); R(1, x, RLX))
THREAD(take_fail_stale, R(0, y, RLX); values[1] = fail(&q->x, RLX, RLX))
THREAD(take_fail_acq, R(0, y, ACQ); values[1] = fail(&q->x, RLX, RLX))
THREAD(pass_again, W(x, 1, RLX); W(y, 1, REL); W(y, 2, RLX))

THREAD(publish_rlx, q->data = 1; W(y, 1, RLX))
THREAD(publish_rel, q->data = 1; W(y, 1, REL))
THREAD(overwrite_rel, W(x, 1, RLX); *(int *)&q->x = 2; W(y, 1, REL))
THREAD(overwritten_acq, R(0, y, ACQ); values[1] = values[0] ? atomic_load_explicit(&q->x, RLX) : 2)
THREAD(read_rlx, R(0, y, RLX); values[1] = values[0] ? q->data : 1)
THREAD(read_acq, R(0, y, ACQ); values[1] = values[0] ? q->data : 1)

/** Stores a flag if another thread that does so has begun and has not ended. */
static void raise_together(struct queue *q, memory_order order)
{
	atomic_fetch_add_explicit(&q->x, 1, RLX);
	if (atomic_load_explicit(&q->x, RLX) > 1) {
		atomic_store_explicit(&q->y, 1, order);
		atomic_fetch_add_explicit(&q->x, 2, RLX);
	}
}

THREAD(publish_together, q->data = 1; raise_together(q, REL))
THREAD(flag_together, raise_together(q, RLX))

/** Reads when both have stored the flag: the last store may be of the thread without data. */
static void read_together(struct queue *q)
{
	if (atomic_load_explicit(&q->x, RLX) == 6 && atomic_load_explicit(&q->y, ACQ) == 1) {
		values[0] = q->data;
	}
}

THREAD(x_one_two, W(x, 1, RLX); W(x, 2, RLX))
THREAD(x_twice, R(0, x, RLX); R(1, x, RLX))
THREAD(x_one_see, W(x, 1, RLX); R(0, x, RLX))
THREAD(x_two, W(x, 2, RLX))
THREAD(x_see_one, R(0, x, RLX); W(x, 1, RLX))

THREAD(x_rel, W(x, 1, REL))
THREAD(y_rel, W(y, 1, REL))
THREAD(x_sc, W(x, 1, SC))
THREAD(y_sc, W(y, 1, SC))
THREAD(x_y_acq, R(0, x, ACQ); R(1, y, ACQ))
THREAD(y_x_acq, R(2, y, ACQ); R(3, x, ACQ))
THREAD(x_y_sc, R(0, x, SC); R(1, y, SC))
THREAD(y_x_sc, R(2, y, SC); R(3, x, SC))
THREAD(x_fence_y, R(0, x, RLX); F(SC); R(1, y, RLX))
THREAD(y_fence_x, R(2, y, RLX); F(SC); R(3, x, RLX))

THREAD(y_add, atomic_fetch_add_explicit(&q->y, 2, RLX))
THREAD(x_then_y_rlx, R(0, x, RLX); W(y, 1, RLX))
THREAD(x_then_y_rel, R(0, x, ACQ); W(y, 1, REL))
THREAD(y_then_x_rlx, R(1, y, RLX); R(2, x, RLX))
THREAD(y_then_x_acq, R(1, y, ACQ); R(2, x, RLX))

THREAD(x1_y2, W(x, 1, RLX); W(y, 2, RLX))
THREAD(y1_x2, W(y, 1, RLX); W(x, 2, RLX))
THREAD(x1_y2_sc, W(x, 1, SC); W(y, 2, SC))
THREAD(y1_x2_sc, W(y, 1, SC); W(x, 2, SC))
THREAD(x0_y1, R(0, x, RLX); W(y, 1, RLX))
THREAD(y1_x1, R(1, y, RLX); W(x, 1, RLX))
THREAD(x1_fence_y1, W(x, 1, RLX); F(SC); W(y, 1, RLX))
THREAD(y2_fence_x0, W(y, 2, RLX); F(SC); R(0, x, RLX))
THREAD(y2_x0, W(y, 2, RLX); R(0, x, RLX))
THREAD(y_sc_x_rlx, W(y, 1, SC); W(x, 1, RLX))
THREAD(fence_x0_y1, F(SC); R(0, x, RLX); R(1, y, RLX))
THREAD(y1_sc_x1_sc, R(1, y, SC); R(2, x, SC))

/** Final values of x and y, for tests with more values than their threads read. */
#define LAST_X 2
#define LAST_Y 3

#define ALL_2 "00 01 10 11"
#define ALL_4 "0000 0001 0010 0011 0100 0101 0110 0111 1000 1001 1010 1011 1100 1101 1110 1111"
#define NOT_1010 "0000 0001 0010 0011 0100 0101 0110 0111 1000 1001 1011 1100 1101 1110 1111"
#define ALL_3 "000 001 010 011 100 101 110 111"
#define NOT_110 "000 001 010 011 100 101 111"

static const struct litmus tests[] = {
	// Store buffering: can each of two threads miss the other's store?
	{"SB, relaxed", {x_rlx_y0, y_rlx_x1}, 2, "01 10 11", ALL_2},
	{"SB, release and acquire", {x_rel_y0, y_rel_x1}, 2, "01 10 11", ALL_2},
	{"SB, seq_cst", {x_sc_y0, y_sc_x1}, 2, "01 10 11", "01 10 11"},
	{"SB, fences", {x_fence_y0, y_fence_x1}, 2, "01 10 11", "01 10 11"},
	{"SB, one fence", {x_fence_y0, y_rlx_x1}, 2, "01 10 11", ALL_2},
	{"SB, a fence too weak", {x_weak_fence_y0, y_fence_x1}, 2, "01 10 11", ALL_2},
	{"SB, a fence and seq_cst", {x_fence_y0, y_sc_x1}, 2, "01 10 11", "01 10 11"},
	{"SB, seq_cst and a fence", {x_sc_y0, y_fence_x1}, 2, "01 10 11", "01 10 11"},
	{"SB, seq_cst loads", {x_rlx_y0_sc, y_rlx_x1_sc}, 2, "01 10 11", ALL_2},
	{"SB, exchanges", {x_swap_y0, y_swap_x1}, 2, "01 10 11", "01 10 11"},
	// Message passing: a thread that sees the flag must see the store before the flag
	{"MP, relaxed", {pass_rlx, take_rlx}, 2, "00 01 11", ALL_2},
	{"MP, release and acquire", {pass_rel, take_acq}, 2, "00 01 11", "00 01 11"},
	{"MP, fences", {pass_fence, take_fence}, 2, "00 01 11", "00 01 11"},
	{"MP, a fence and acquire", {pass_fence, take_acq}, 2, "00 01 11", "00 01 11"},
	{"MP, exchange and fence", {pass_swap, take_fence}, 2, "00 01 11", "00 01 11"},
	{"MP, release alone", {pass_rel, take_rlx}, 2, "00 01 11", ALL_2},
	{"MP, acquire alone", {pass_rlx, take_acq}, 2, "00 01 11", ALL_2},
	{"MP, failure relaxed", {pass_rel, take_by_fail_rlx}, 2, "00 01 11", ALL_2},
	{"MP, failure acquire", {pass_rel, take_by_fail_acq}, 2, "00 01 11", "00 01 11"},
	{"MP, failing for an old value", {pass_rel, take_fail_stale}, 2, "00 01 11", ALL_2},
	{"MP, failing after acquire", {pass_rel, take_fail_acq}, 2, "00 01 11", "00 01 11"},
	{"MP, stored again", {pass_again, take_acq}, 2, "00 01 11 21", "00 01 11 20 21"},
	{"MP, plain, relaxed", {publish_rlx, read_rlx}, 2, NULL, NULL},
	{"MP, plain, release alone", {publish_rel, read_rlx}, 2, NULL, NULL},
	{"MP, plain, acquire alone", {publish_rlx, read_acq}, 2, NULL, NULL},
	{"MP, plain", {publish_rel, read_acq}, 2, "01 11", "01 11"},
	{"MP, plain, two flags", {publish_together, flag_together, read_together}, 1, NULL, NULL},
	{"MP, overwritten plainly", {overwrite_rel, overwritten_acq}, 2, "02 12", "02 12"},
	// Coherence: all threads agree on the order of stores to one place
	{"CoRR", {x_one_two, x_twice}, 2, "00 01 02 11 12 22", "00 01 02 11 12 22"},
	{"CoWR", {x_one_see, x_two}, 1, "1 2", "1 2"},
	{"CoRW", {x_see_one, x_two}, 1, "0 2", "0 2"},
	// Independent reads of independent writes: do all threads agree on the order of stores?
	{"IRIW, acquire", {x_rel, y_rel, x_y_acq, y_x_acq}, 4, NOT_1010, ALL_4},
	{"IRIW, seq_cst", {x_sc, y_sc, x_y_sc, y_x_sc}, 4, NOT_1010, NOT_1010},
	{"IRIW, fences", {x_rel, y_rel, x_fence_y, y_fence_x}, 4, NOT_1010, NOT_1010},
	// Release sequences: an update passes on what the store before it released
	{"an update in between",
	 {pass_rel, y_add, take_acq},
	 2,
	 "00 01 11 20 21 31",
	 "00 01 11 20 21 31"},
	{"an update in between, relaxed",
	 {pass_rlx, y_add, take_acq},
	 2,
	 "00 01 11 20 21 31",
	 "00 01 10 11 20 21 30 31"},
	// Write to read causality
	{"WRC, relaxed", {x_rel, x_then_y_rlx, y_then_x_rlx}, 3, NOT_110, ALL_3},
	{"WRC", {x_rel, x_then_y_rel, y_then_x_acq}, 3, NOT_110, NOT_110},
	{"WRC, the middle relaxed", {x_rel, x_then_y_rlx, y_then_x_acq}, 3, NOT_110, ALL_3},
	// A fence orders a store of one thread before the load of another
	{"R, fences", {x1_fence_y1, y2_fence_x0}, 4, "0011 1011 1012", "0011 1011 1012"},
	{"R, one fence", {x1_fence_y1, y2_x0}, 4, "0011 1011 1012", "0011 0012 1011 1012"},
	// Either may come first: the fence or the store
	{"a fence beside a seq_cst store", {y_sc_x_rlx, fence_x0_y1}, 2, "00 01 11", ALL_2},
	{"WRC, the last seq_cst", {x_rel, x_then_y_rlx, y1_sc_x1_sc}, 3, NOT_110, ALL_3},
	{"2+2W, seq_cst", {x1_y2_sc, y1_x2_sc}, 4, "0012 0021 0022", "0012 0021 0022"},
	{"2+2W (limit)", {x1_y2, y1_x2}, 4, "0012 0021 0022", "0012 0021 0022"},
	{"LB (limit)", {x0_y1, y1_x1}, 2, "00 01 10", "00 01 10"},
	{0},
};

static struct queue *litmus_create(const struct queue_config *config)
{
	struct queue *queue = calloc(1, sizeof(*queue));
	if (queue) {
		queue->test = config->capacity - 1;
	}
	return queue;
}

/** Notes the outcome, after all threads have ended. */
static void litmus_destroy(struct queue *queue)
{
	values[LAST_X] = tests[queue->test].values > 3 && !tests[queue->test].threads[2]
				 ? atomic_load_explicit(&queue->x, RLX)
				 : values[LAST_X];
	values[LAST_Y] = tests[queue->test].values > 3 && !tests[queue->test].threads[2]
				 ? atomic_load_explicit(&queue->y, RLX)
				 : values[LAST_Y];
	unsigned int outcome = 0;
	for (unsigned int i = 0; i < tests[queue->test].values; ++i) {
		outcome |= (unsigned int)values[i] << 2 * i;
	}
	seen[outcome] = true;
	memset(values, 0, sizeof(values));
	free(queue);
}

/** Handles are numbers: the main thread attaches first and is 1. */
static struct queue_handle *litmus_attach(struct queue *queue)
{
	return (struct queue_handle *)(++queue->attached);
}

static void litmus_detach(struct queue *queue, struct queue_handle *handle)
{
	(void)queue;
	(void)handle;
}

static enum queue_status litmus_enqueue(struct queue *queue, struct queue_handle *handle,
					void *item)
{
	(void)item;
	tests[queue->test].threads[(size_t)handle - 2](queue);
	return QUEUE_NOMEM;
}

static enum queue_status litmus_dequeue(struct queue *queue, struct queue_handle *handle,
					void **item)
{
	(void)queue;
	(void)handle;
	(void)item;
	return QUEUE_EMPTY;
}

QUEUE_EXPORT(litmus) = {
	.name = "litmus",
	.title = "litmus tests of the exploring engine",
	.source = "for tests",
	.create = litmus_create,
	.destroy = litmus_destroy,
	.attach = litmus_attach,
	.detach = litmus_detach,
	.enqueue = litmus_enqueue,
	.dequeue = litmus_dequeue,
};

extern const struct litmus_module litmus_module;
__attribute__((visibility("default"))) const struct litmus_module litmus_module = {
	.tests = tests,
	.seen = seen,
};
