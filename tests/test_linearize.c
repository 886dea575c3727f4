// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/**
 * The checker of histories agrees with a search for a linearization.
 *
 * The search (Wing & Gong, JPDC 1993) tries every order that the times allow, and remembers which
 * sets of operations with which items inside led nowhere (Lowe, CCPE 2017). It is exponential, and
 * too simple to be wrong in the same way.
 */

#include "base/rng.h"
#include "verify/check.h"
#include "verify/history/diagram.h"
#include "verify/history/linearize.h"
#include "verify/history/recording.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/** Number of random histories. */
#define HISTORIES (2000000 / BUILD_SLOW)

/** Most operations of a random history: an item fits in 4 bits, and all items in a word. */
#define MOST 9
#define MOST_THREADS 4

struct history {
	struct operation operations[MOST];
	size_t count;
	struct linearize_claims claims;
};

// The search

/** Room for states that led nowhere: the operations that were done, and the items inside. */
#define STATES 4096

struct search {
	const struct history *history;
	struct {
		uint64_t inside;
		uint32_t done;
		uint32_t generation;
	} seen[STATES];
	uint32_t generation;
};

/** Remembers a state. False if it was known. */
static bool search_visit(struct search *search, uint32_t done, uint64_t inside)
{
	uint64_t hash = (inside * 31 + done) * 0x9e3779b97f4a7c15;
	for (size_t i = hash >> 52;; i = (i + 1) % STATES) {
		if (search->seen[i].generation != search->generation) {
			search->seen[i].inside = inside;
			search->seen[i].done = done;
			search->seen[i].generation = search->generation;
			return true;
		}
		if (search->seen[i].inside == inside && search->seen[i].done == done) {
			return false;
		}
	}
}

static size_t length(uint64_t inside)
{
	size_t count = 0;
	for (; inside != 0; inside >>= 4) {
		++count;
	}
	return count;
}

/** The place of an item, or the length if the item is not inside. */
static size_t find(uint64_t inside, uintptr_t item)
{
	size_t place = 0;
	while (inside >> 4 * place != 0 && (inside >> 4 * place & 15) != item) {
		++place;
	}
	return place;
}

static unsigned int producer(const struct history *history, uintptr_t item)
{
	size_t i = 0;
	while (history->operations[i].kind != OPERATION_ENQUEUE ||
	       history->operations[i].item != item) {
		++i;
	}
	return history->operations[i].thread;
}

/** True if the item at a place may leave now. */
static bool may_leave(const struct history *history, uint64_t inside, size_t place)
{
	for (size_t i = 0; i < place; ++i) {
		if (history->claims.order == QUEUE_FIFO ||
		    (history->claims.order == QUEUE_PRODUCER_FIFO &&
		     producer(history, inside >> 4 * i & 15) ==
			     producer(history, inside >> 4 * place & 15))) {
			return false;
		}
	}
	return true;
}

/** True if an operation of another thread overlaps this one. */
static bool has_peer(const struct history *history, const struct operation *operation)
{
	for (size_t i = 0; i < history->count; ++i) {
		const struct operation *other = &history->operations[i];
		if (other->thread != operation->thread && other->invoked <= operation->responded &&
		    operation->invoked <= other->responded) {
			return true;
		}
	}
	return false;
}

/** Lets an operation take effect. Items inside are nibbles, the oldest lowest. */
static bool apply(const struct history *history, const struct operation *operation,
		  uint64_t *inside)
{
	size_t capacity = history->claims.capacity;
	bool full = capacity != 0 && length(*inside) >= capacity;
	if (operation->status == QUEUE_EMPTY) {
		return *inside == 0 ||
		       (!history->claims.exact_empty && has_peer(history, operation));
	}
	if (operation->status == QUEUE_FULL) {
		return full;
	}
	if (operation->kind == OPERATION_ENQUEUE) {
		*inside |= (uint64_t)operation->item << 4 * length(*inside);
		return !full;
	}
	size_t place = find(*inside, operation->item);
	if (place == length(*inside) || !may_leave(history, *inside, place)) {
		return false;
	}
	uint64_t older = *inside & (((uint64_t)1 << 4 * place) - 1);
	*inside = older | (*inside >> 4 * (place + 1) << 4 * place);
	return true;
}

/** True if every operation that ended before this one began is done. */
static bool is_due(const struct history *history, uint32_t done, size_t operation)
{
	for (size_t i = 0; i < history->count; ++i) {
		if (!(done >> i & 1) &&
		    history->operations[i].responded < history->operations[operation].invoked) {
			return false;
		}
	}
	return true;
}

static bool search_from(struct search *search, uint32_t done, uint64_t inside)
{
	const struct history *history = search->history;
	if (done == ((uint32_t)1 << history->count) - 1) {
		return true;
	}
	if (!search_visit(search, done, inside)) {
		return false;
	}
	for (size_t i = 0; i < history->count; ++i) {
		uint64_t after = inside;
		if (!(done >> i & 1) && is_due(history, done, i) &&
		    apply(history, &history->operations[i], &after) &&
		    search_from(search, done | (uint32_t)1 << i, after)) {
			return true;
		}
	}
	return false;
}

/** True if the times and the queue both allow some order. */
static bool is_linearizable(struct search *search, const struct history *history)
{
	search->history = history;
	++search->generation;
	return search_from(search, 0, 0);
}

// Random histories

/**
 * Draws times of operations, one after another in each thread. They are small numbers, so that
 * many tie. Each operation takes effect in its interval, at a time in `effects`, in 16ths.
 */
static void make_times(struct rng *rng, struct history *history, uint64_t *effects)
{
	uint64_t now[MOST_THREADS];
	unsigned int threads = 2 + (unsigned int)rng_below(rng, MOST_THREADS - 1);
	uint64_t longest = 1 + rng_below(rng, 6);
	for (unsigned int i = 0; i < threads; ++i) {
		now[i] = rng_below(rng, 4);
	}
	for (size_t i = 0; i < history->count; ++i) {
		struct operation *operation = &history->operations[i];
		unsigned int thread = (unsigned int)rng_below(rng, threads);
		uint64_t invoked = now[thread] + rng_below(rng, 3);
		uint64_t took = rng_below(rng, longest + 1);
		*operation = (struct operation){
			.thread = thread, .invoked = invoked, .responded = invoked + took};
		effects[i] = invoked * 16 + rng_below(rng, took * 16 + 1);
		now[thread] = invoked + took;
	}
}

/** Gives operations the answers of a queue on which they take effect in the order of `effects`. */
static void make_legal(struct rng *rng, struct history *history, uint64_t *effects)
{
	uint64_t inside = 0;
	uintptr_t next = 1;
	for (size_t round = 0; round < history->count; ++round) {
		size_t first = 0;
		for (size_t i = 0; i < history->count; ++i) {
			if (effects[i] < effects[first]) {
				first = i;
			}
		}
		effects[first] = UINT64_MAX;
		struct operation *operation = &history->operations[first];
		operation->kind = rng_below(rng, 2) ? OPERATION_ENQUEUE : OPERATION_DEQUEUE;
		operation->status = QUEUE_OK;
		if (operation->kind == OPERATION_ENQUEUE) {
			operation->item = next++;
			if (!apply(history, operation, &inside)) {
				// The last item is taken out again: the queue was full
				inside &= ((uint64_t)1 << 4 * (length(inside) - 1)) - 1;
				operation->status = QUEUE_FULL;
			}
		} else if (inside == 0) {
			operation->status = QUEUE_EMPTY;
		} else {
			do {
				size_t place = rng_below(rng, length(inside));
				operation->item = inside >> 4 * place & 15;
			} while (!apply(history, operation, &inside));
		}
	}
}

/** Draws any answers: items are enqueued once, and dequeued at random. */
static void make_random(struct rng *rng, struct history *history)
{
	for (size_t i = 0; i < history->count; ++i) {
		struct operation *operation = &history->operations[i];
		operation->kind = rng_below(rng, 2) ? OPERATION_ENQUEUE : OPERATION_DEQUEUE;
		operation->status = QUEUE_OK;
		operation->item = i + 1;
		if (operation->kind == OPERATION_DEQUEUE) {
			operation->item = 1 + rng_below(rng, history->count);
			operation->status = rng_below(rng, 3) ? QUEUE_OK : QUEUE_EMPTY;
		} else if (history->claims.capacity != 0 && rng_below(rng, 3) == 0) {
			operation->status = QUEUE_FULL;
		}
	}
}

/** Changes one thing at random. */
static void mutate(struct rng *rng, struct history *history)
{
	struct operation *one = &history->operations[rng_below(rng, history->count)];
	struct operation *other = &history->operations[rng_below(rng, history->count)];
	switch (rng_below(rng, 6)) {
	case 0:
		if (one->kind == other->kind && one->status == other->status) {
			uintptr_t item = one->item;
			one->item = other->item;
			other->item = item;
		}
		break;
	case 1:
		if (one->kind == OPERATION_DEQUEUE) {
			one->status = QUEUE_EMPTY;
		}
		break;
	case 2:
		if (one->kind == OPERATION_DEQUEUE) {
			one->status = QUEUE_OK;
			one->item = 1 + rng_below(rng, history->count);
		}
		break;
	case 3:
		if (one->kind == OPERATION_ENQUEUE && history->claims.capacity != 0) {
			one->status = QUEUE_FULL;
		}
		break;
	case 4:
		one->invoked += rng_below(rng, one->responded - one->invoked + 1);
		break;
	default:
		one->responded -= rng_below(rng, one->responded - one->invoked + 1);
	}
}

static void make_history(struct rng *rng, struct history *history)
{
	uint64_t effects[MOST];
	history->count = 1 + rng_below(rng, MOST);
	make_times(rng, history, effects);
	if (rng_below(rng, 4) == 0) {
		make_random(rng, history);
		return;
	}
	make_legal(rng, history, effects);
	for (uint64_t changes = rng_below(rng, 4); changes > 0; --changes) {
		mutate(rng, history);
	}
}

static bool has(const struct history *history, enum queue_status status)
{
	for (size_t i = 0; i < history->count; ++i) {
		if (history->operations[i].status == status) {
			return true;
		}
	}
	return false;
}

static void describe(const struct history *history)
{
	size_t places[MOST];
	for (size_t i = 0; i < history->count; ++i) {
		places[i] = i;
	}
	diagram_draw(stderr, history->operations, places, history->count, 0);
}

static struct linearize_finding check(const struct history *history)
{
	struct linearize_finding finding;
	assert_int_equal(
		linearize_check(history->operations, history->count, &history->claims, &finding),
		0);
	return finding;
}

/** Counts of legal and illegal histories, by whether the checker may miss a fault. */
struct tally {
	size_t exact[2];
	size_t sound[2];
	size_t legal_missed;
	size_t faults[LINEARIZE_NOT_FULL + 1];
};

static void compare(struct search *search, const struct history *history, bool exact,
		    struct tally *tally)
{
	struct linearize_finding finding = check(history);
	bool legal = is_linearizable(search, history);
	if (finding.fault ? legal : exact && !legal) {
		describe(history);
		fail_msg("order %d, capacity %zu: the checker says %d, the search %s",
			 history->claims.order, history->claims.capacity, finding.fault,
			 legal ? "legal" : "illegal");
	}
	++tally->faults[finding.fault];
	++(exact ? tally->exact : tally->sound)[!legal];
	tally->legal_missed += !legal && !finding.fault;
}

/** Asserts that both verdicts were frequent, so that the comparison means something. */
static void assert_plenty(const size_t *counts)
{
	size_t all = counts[0] + counts[1];
	assert_true(counts[0] > all / 10);
	assert_true(counts[1] > all / 10);
}

static void assert_every_fault(const struct tally *tally)
{
	for (size_t i = 0; i < LENGTH(tally->faults); ++i) {
		if (tally->faults[i] < HISTORIES / 10000) {
			fail_msg("fault %zu was found only %zu times", i, tally->faults[i]);
		}
	}
}

/**
 * The checker decides a FIFO without bounds exactly, and also the items of the other orders. With a
 * bound, or with EMPTYs of another order, it may miss faults, and what it calls illegal is illegal.
 */
static void checker_agrees_with_a_search(void **state)
{
	(void)state;
	static struct search search;
	struct tally tally = {0};
	struct rng rng;
	rng_seed(&rng, 4);
	for (size_t i = 0; i < HISTORIES; ++i) {
		static const enum queue_order orders[] = {QUEUE_FIFO, QUEUE_FIFO,
							  QUEUE_PRODUCER_FIFO, QUEUE_UNORDERED};
		struct history history = {.claims = {.order = orders[rng_below(&rng, 4)],
						     .exact_empty = rng_below(&rng, 8) != 0,
						     .exact_full = 1,
						     .capacity = rng_below(&rng, 3) ? 0 : 2}};
		make_history(&rng, &history);
		bool empties = has(&history, QUEUE_EMPTY) && history.claims.exact_empty;
		bool exact = history.claims.capacity == 0 &&
			     (history.claims.order == QUEUE_FIFO || !empties);
		compare(&search, &history, exact, &tally);
	}
	print_message("exact: %zu legal, %zu illegal; sound: %zu legal, %zu illegal, %zu missed\n",
		      tally.exact[0], tally.exact[1], tally.sound[0], tally.sound[1],
		      tally.legal_missed);
	assert_plenty(tally.exact);
	assert_plenty(tally.sound);
	assert_every_fault(&tally);
	// A checker that finds no faults would be sound, too, so it may not miss too many
	assert_true(tally.legal_missed < tally.sound[1] / 2);
}

/** A history that is illegal without claims is illegal with them. */
static void claims_only_add_faults(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 5);
	for (size_t i = 0; i < HISTORIES / 10; ++i) {
		struct history history = {.claims = {.order = QUEUE_UNORDERED, .capacity = 2}};
		make_history(&rng, &history);
		const struct linearize_claims stricter[] = {
			{.order = QUEUE_PRODUCER_FIFO, .capacity = 2},
			{.order = QUEUE_PRODUCER_FIFO, .capacity = 2, .exact_full = 1},
			{.order = QUEUE_FIFO, .capacity = 2, .exact_full = 1},
			{.order = QUEUE_FIFO, .capacity = 2, .exact_full = 1, .exact_empty = 1},
		};
		bool fault = check(&history).fault;
		for (size_t j = 0; j < LENGTH(stricter); ++j) {
			history.claims = stricter[j];
			bool now = check(&history).fault;
			assert_true(now || !fault);
			fault = now;
		}
	}
}

// Histories by hand

#define OPERATION(who, what, answer, which, from, to)                                              \
	((struct operation){.thread = (who),                                                       \
			    .kind = OPERATION_##what,                                              \
			    .status = QUEUE_##answer,                                              \
			    .item = (which),                                                       \
			    .invoked = (from),                                                     \
			    .responded = (to)})
#define PUT(thread, item, from, to) OPERATION(thread, ENQUEUE, OK, item, from, to)
#define TAKE(thread, item, from, to) OPERATION(thread, DEQUEUE, OK, item, from, to)
#define EMPTY(thread, from, to) OPERATION(thread, DEQUEUE, EMPTY, 0, from, to)
#define FULL(thread, item, from, to) OPERATION(thread, ENQUEUE, FULL, item, from, to)
#define BUSY(thread, from, to) OPERATION(thread, DEQUEUE, BUSY, 0, from, to)

/** All claims that a queue can make, with a capacity of 2. */
#define STRICT                                                                                     \
	((struct linearize_claims){                                                                \
		.order = QUEUE_FIFO, .exact_empty = 1, .exact_full = 1, .capacity = 2})

static struct linearize_finding find_in(const struct operation *operations, size_t count,
					struct linearize_claims claims)
{
	struct linearize_finding finding;
	assert_int_equal(linearize_check(operations, count, &claims, &finding), 0);
	return finding;
}

/** FINDING(claims, operation...): the finding in these operations. */
#define FINDING(claims, ...)                                                                       \
	find_in((const struct operation[]){__VA_ARGS__},                                           \
		LENGTH(((const struct operation[]){__VA_ARGS__})), claims)
#define FAULT(...) (FINDING(__VA_ARGS__).fault)

static void nothing_is_legal(void **state)
{
	(void)state;
	assert_int_equal(find_in(NULL, 0, STRICT).fault, LINEARIZE_LEGAL);
}

static void an_item_from_nowhere_is_unknown(void **state)
{
	(void)state;
	assert_int_equal(FAULT(STRICT, PUT(0, 1, 1, 2), TAKE(1, 2, 3, 4)), LINEARIZE_UNKNOWN);
	assert_int_equal(FAULT(STRICT, FULL(0, 2, 1, 2), TAKE(1, 2, 3, 4)), LINEARIZE_UNKNOWN);
}

static void an_item_taken_twice_is_repeated(void **state)
{
	(void)state;
	struct linearize_finding finding =
		FINDING(STRICT, PUT(0, 1, 1, 2), TAKE(1, 1, 3, 4), TAKE(2, 1, 3, 4));
	assert_int_equal(finding.fault, LINEARIZE_REPEATED);
	assert_int_equal(finding.count, 3);
}

static void an_item_taken_before_it_came_is_early(void **state)
{
	(void)state;
	assert_int_equal(FAULT(STRICT, TAKE(1, 1, 1, 2), PUT(0, 1, 3, 4)), LINEARIZE_EARLY);
	assert_int_equal(FAULT(STRICT, TAKE(1, 1, 1, 3), PUT(0, 1, 3, 4)), LINEARIZE_LEGAL);
}

/** 1 is in before 2 begins, and 2 is out before the taking of 1 begins: or 1 is never taken. */
static void a_later_item_that_leaves_first_overtakes(void **state)
{
	(void)state;
	struct linearize_finding finding = FINDING(STRICT, PUT(0, 1, 1, 2), PUT(1, 2, 3, 4),
						   TAKE(2, 2, 5, 6), TAKE(3, 1, 7, 8));
	assert_int_equal(finding.fault, LINEARIZE_OVERTAKEN);
	const size_t expected[] = {0, 3, 1, 2};
	assert_int_equal(finding.count, LENGTH(expected));
	assert_memory_equal(finding.proof, expected, sizeof(expected));
	assert_int_equal(FAULT(STRICT, PUT(0, 1, 1, 2), PUT(1, 2, 3, 4), TAKE(2, 2, 5, 6)),
			 LINEARIZE_OVERTAKEN);
}

static void concurrent_items_may_leave_in_any_order(void **state)
{
	(void)state;
	// The two enqueues share an instant, or the two dequeues do
	assert_int_equal(
		FAULT(STRICT, PUT(0, 1, 1, 3), PUT(1, 2, 3, 4), TAKE(2, 2, 5, 6), TAKE(3, 1, 7, 8)),
		LINEARIZE_LEGAL);
	assert_int_equal(
		FAULT(STRICT, PUT(0, 1, 1, 2), PUT(1, 2, 3, 4), TAKE(2, 2, 5, 7), TAKE(3, 1, 7, 8)),
		LINEARIZE_LEGAL);
}

static void overtaking_is_as_the_order_claims(void **state)
{
	(void)state;
	struct linearize_claims claims = STRICT;
	claims.order = QUEUE_PRODUCER_FIFO;
	assert_int_equal(
		FAULT(claims, PUT(0, 1, 1, 2), PUT(1, 2, 3, 4), TAKE(2, 2, 5, 6), TAKE(3, 1, 7, 8)),
		LINEARIZE_LEGAL);
	assert_int_equal(FAULT(claims, PUT(1, 3, 1, 2), PUT(0, 1, 1, 2), PUT(0, 2, 3, 4),
			       TAKE(2, 2, 5, 6), TAKE(3, 1, 7, 8), TAKE(2, 3, 9, 9)),
			 LINEARIZE_OVERTAKEN);
	claims.order = QUEUE_UNORDERED;
	assert_int_equal(
		FAULT(claims, PUT(0, 1, 1, 2), PUT(0, 2, 3, 4), TAKE(2, 2, 5, 6), TAKE(3, 1, 7, 8)),
		LINEARIZE_LEGAL);
}

static void empty_beside_an_item_is_wrong(void **state)
{
	(void)state;
	assert_int_equal(FAULT(STRICT, PUT(0, 1, 1, 2), EMPTY(1, 3, 4), TAKE(1, 1, 5, 6)),
			 LINEARIZE_NOT_EMPTY);
	assert_int_equal(FAULT(STRICT, PUT(0, 1, 1, 2), EMPTY(1, 3, 4)), LINEARIZE_NOT_EMPTY);
	assert_int_equal(FAULT(STRICT, PUT(0, 1, 1, 3), EMPTY(1, 3, 4), TAKE(1, 1, 5, 6)),
			 LINEARIZE_LEGAL);
	assert_int_equal(FAULT(STRICT, PUT(0, 1, 1, 2), EMPTY(1, 3, 4), TAKE(0, 1, 4, 6)),
			 LINEARIZE_LEGAL);
	struct linearize_claims claims = STRICT;
	claims.exact_empty = 0;
	assert_int_equal(FAULT(claims, PUT(0, 1, 1, 2), EMPTY(1, 3, 4), PUT(0, 2, 4, 5)),
			 LINEARIZE_LEGAL);
}

/** Items inside in turn leave a FIFO no gap. Other queues make no promise here. */
static void empty_beside_items_in_turn_is_wrong_for_a_fifo(void **state)
{
	(void)state;
	struct linearize_claims claims = STRICT;
	const struct operation gapless[] = {PUT(0, 1, 1, 2),   EMPTY(1, 3, 10), PUT(0, 2, 4, 5),
					    TAKE(2, 1, 6, 7),  PUT(0, 3, 6, 8), TAKE(2, 2, 9, 10),
					    TAKE(2, 3, 11, 12)};
	struct linearize_finding finding = find_in(gapless, LENGTH(gapless), claims);
	const size_t expected[] = {1, 0, 3, 2, 5, 4, 6};
	assert_int_equal(finding.fault, LINEARIZE_NOT_EMPTY);
	assert_int_equal(finding.count, LENGTH(expected));
	assert_memory_equal(finding.proof, expected, sizeof(expected));

	struct operation gap[LENGTH(gapless)];
	memcpy(gap, gapless, sizeof(gap));
	// 2 is taken in the instant in which 3 comes
	gap[4].responded = 9;
	assert_int_equal(find_in(gap, LENGTH(gap), claims).fault, LINEARIZE_LEGAL);

	claims.order = QUEUE_UNORDERED;
	assert_int_equal(find_in(gapless, LENGTH(gapless), claims).fault, LINEARIZE_LEGAL);
	assert_int_equal(FAULT(claims, PUT(0, 1, 1, 2), EMPTY(1, 3, 4), TAKE(0, 1, 5, 6)),
			 LINEARIZE_NOT_EMPTY);
}

static void full_with_room_is_wrong(void **state)
{
	(void)state;
	struct linearize_finding finding =
		FINDING(STRICT, PUT(0, 1, 1, 2), FULL(0, 2, 3, 4), TAKE(1, 1, 5, 6));
	assert_int_equal(finding.fault, LINEARIZE_NOT_FULL);
	assert_int_equal(finding.inside, 1);
	assert_int_equal(finding.count, 3);
	assert_int_equal(FAULT(STRICT, PUT(0, 1, 1, 2), PUT(0, 2, 3, 4), FULL(0, 3, 5, 6)),
			 LINEARIZE_LEGAL);
	// In some instant of the FULL, one item may have come, or not have left yet
	assert_int_equal(FAULT(STRICT, PUT(0, 1, 1, 2), FULL(0, 3, 3, 5), PUT(1, 2, 5, 6)),
			 LINEARIZE_LEGAL);
	assert_int_equal(
		FAULT(STRICT, PUT(0, 1, 1, 2), PUT(0, 2, 3, 4), TAKE(1, 1, 3, 5), FULL(0, 3, 5, 6)),
		LINEARIZE_LEGAL);
	assert_int_equal(
		FAULT(STRICT, PUT(0, 1, 1, 2), PUT(0, 2, 3, 4), TAKE(1, 1, 3, 5), FULL(0, 3, 6, 7)),
		LINEARIZE_NOT_FULL);
}

static void inexact_full_counts_peers_that_are_under_way(void **state)
{
	(void)state;
	struct linearize_claims claims = STRICT;
	claims.exact_full = 0;
	assert_int_equal(FAULT(STRICT, PUT(0, 1, 1, 2), BUSY(1, 2, 3), FULL(0, 2, 3, 4)),
			 LINEARIZE_NOT_FULL);
	assert_int_equal(FAULT(claims, PUT(0, 1, 1, 2), BUSY(1, 2, 3), FULL(0, 2, 3, 4)),
			 LINEARIZE_LEGAL);
	assert_int_equal(FAULT(claims, PUT(0, 1, 1, 2), FULL(1, 3, 2, 3), FULL(0, 2, 3, 4)),
			 LINEARIZE_LEGAL);
	assert_int_equal(FAULT(claims, PUT(0, 1, 1, 2), BUSY(1, 1, 2), FULL(0, 2, 3, 4)),
			 LINEARIZE_NOT_FULL);
	// FULL may count an item that leaves meanwhile, and no other
	assert_int_equal(
		FAULT(claims, PUT(0, 1, 1, 2), FULL(2, 3, 3, 8), TAKE(1, 1, 4, 5), PUT(1, 2, 6, 7)),
		LINEARIZE_LEGAL);
	assert_int_equal(
		FAULT(claims, PUT(0, 1, 1, 2), TAKE(1, 1, 3, 4), FULL(2, 3, 5, 8), PUT(1, 2, 6, 7)),
		LINEARIZE_NOT_FULL);
	claims.capacity = 3;
	assert_int_equal(FAULT(claims, PUT(0, 1, 1, 2), TAKE(1, 1, 3, 6), FULL(0, 2, 4, 5)),
			 LINEARIZE_NOT_FULL);
}

static void without_a_peer_full_and_empty_are_exact(void **state)
{
	(void)state;
	struct linearize_claims claims = STRICT;
	claims.exact_full = 0;
	claims.exact_empty = 0;
	assert_int_equal(FAULT(claims, PUT(0, 1, 1, 2), FULL(0, 2, 3, 4)), LINEARIZE_NOT_FULL);
	assert_int_equal(FAULT(claims, PUT(0, 1, 1, 2), PUT(0, 2, 3, 4), FULL(0, 3, 5, 6)),
			 LINEARIZE_LEGAL);
	assert_int_equal(FAULT(claims, PUT(0, 1, 1, 2), EMPTY(1, 3, 4)), LINEARIZE_NOT_EMPTY);
	assert_int_equal(FAULT(claims, PUT(0, 1, 1, 2), BUSY(0, 4, 5), EMPTY(1, 3, 4)),
			 LINEARIZE_LEGAL);
	assert_int_equal(FAULT(claims, EMPTY(1, 1, 2), PUT(0, 1, 3, 4)), LINEARIZE_LEGAL);
}

static void a_queue_without_bounds_is_never_full(void **state)
{
	(void)state;
	struct linearize_claims claims = STRICT;
	claims.capacity = 0;
	assert_int_equal(FAULT(claims, FULL(0, 1, 1, 2)), LINEARIZE_NOT_FULL);
}

static void long_proofs_are_cut(void **state)
{
	(void)state;
	enum { ITEMS = 40 };
	struct operation operations[2 * ITEMS + 1];
	size_t count = 0;
	for (unsigned int i = 0; i < ITEMS; ++i) {
		operations[count++] = PUT(0, i + 1, 4 * i, 4 * i + 1);
		operations[count++] = TAKE(1, i + 1, 4 * i + 6, 4 * i + 7);
	}
	operations[count++] = EMPTY(2, 2, 4 * ITEMS);
	struct linearize_finding finding = find_in(operations, count, STRICT);
	assert_int_equal(finding.fault, LINEARIZE_NOT_EMPTY);
	assert_int_equal(finding.count, LINEARIZE_PROOF);
	assert_int_equal(finding.count + finding.omitted, count);
}

static void an_item_offered_twice_is_no_history(void **state)
{
	(void)state;
	const struct operation operations[] = {PUT(0, 1, 1, 2), PUT(1, 1, 3, 4)};
	const struct linearize_claims claims = STRICT;
	struct linearize_finding finding;
	assert_int_equal(linearize_check(operations, 2, &claims, &finding), -1);
}

// Rank errors

/** True if an item is certainly inside when another, enqueued after it, is taken. */
static bool is_passed(const struct history *history, const struct operation *put,
		      const struct operation *later_put, const struct operation *take)
{
	uint64_t taken = UINT64_MAX;
	for (size_t i = 0; i < history->count; ++i) {
		const struct operation *operation = &history->operations[i];
		if (operation->kind == OPERATION_DEQUEUE && operation->item == put->item) {
			taken = operation->invoked;
		}
	}
	return put->responded < later_put->invoked && take->responded < taken;
}

static void rank_errors_are_those_of_counting(void **state)
{
	(void)state;
	struct rng rng;
	rng_seed(&rng, 6);
	static struct histogram errors;
	uint64_t sum = 0;
	for (size_t trial = 0; trial < 20000 / BUILD_SLOW; ++trial) {
		struct history history = {.claims = {.order = QUEUE_UNORDERED}};
		uint64_t effects[MOST];
		history.count = 1 + rng_below(&rng, MOST);
		make_times(&rng, &history, effects);
		make_legal(&rng, &history, effects);
		uint64_t expected[MOST + 1] = {0};
		for (size_t i = 0; i < history.count; ++i) {
			const struct operation *take = &history.operations[i];
			if (take->kind != OPERATION_DEQUEUE || take->status != QUEUE_OK) {
				continue;
			}
			const struct operation *own = history.operations;
			while (own->kind != OPERATION_ENQUEUE || own->item != take->item) {
				++own;
			}
			size_t passed = 0;
			for (size_t j = 0; j < history.count; ++j) {
				const struct operation *put = &history.operations[j];
				passed += put->kind == OPERATION_ENQUEUE &&
					  is_passed(&history, put, own, take);
			}
			++expected[passed];
			sum += passed;
		}
		memset(&errors, 0, sizeof(errors));
		assert_int_equal(linearize_rank_errors(history.operations, history.count, &errors),
				 0);
		assert_memory_equal(errors.buckets, expected, sizeof(expected));
	}
	assert_true(sum > 100);
}

// Diagrams

static void a_diagram_keeps_the_order_of_times(void **state)
{
	(void)state;
	const struct operation operations[] = {
		OPERATION(1, DEQUEUE, EMPTY, 0, 20, 40),
		PUT(0, (uintptr_t)10007 << RECORDING_SHIFT, 10, 5000),
		TAKE(2, 0xbad, 40, 5000),
	};
	const size_t places[] = {0, 1, 2};
	char *text;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	assert_non_null(file);
	diagram_draw(file, operations, places, LENGTH(places), 10);
	fclose(file);
	assert_string_equal(text, "  thread 0  enqueue(10007)          |-----|  0..4990 ns\n"
				  "  thread 1  dequeue() = EMPTY         |-|    10..30 ns\n"
				  "  thread 2  dequeue() = 0xbad           |-|  30..4990 ns\n");
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_legal),
		cmocka_unit_test(an_item_from_nowhere_is_unknown),
		cmocka_unit_test(an_item_taken_twice_is_repeated),
		cmocka_unit_test(an_item_taken_before_it_came_is_early),
		cmocka_unit_test(a_later_item_that_leaves_first_overtakes),
		cmocka_unit_test(concurrent_items_may_leave_in_any_order),
		cmocka_unit_test(overtaking_is_as_the_order_claims),
		cmocka_unit_test(empty_beside_an_item_is_wrong),
		cmocka_unit_test(empty_beside_items_in_turn_is_wrong_for_a_fifo),
		cmocka_unit_test(full_with_room_is_wrong),
		cmocka_unit_test(inexact_full_counts_peers_that_are_under_way),
		cmocka_unit_test(without_a_peer_full_and_empty_are_exact),
		cmocka_unit_test(a_queue_without_bounds_is_never_full),
		cmocka_unit_test(long_proofs_are_cut),
		cmocka_unit_test(an_item_offered_twice_is_no_history),
		cmocka_unit_test(claims_only_add_faults),
		cmocka_unit_test(checker_agrees_with_a_search),
		cmocka_unit_test(rank_errors_are_those_of_counting),
		cmocka_unit_test(a_diagram_keeps_the_order_of_times),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
