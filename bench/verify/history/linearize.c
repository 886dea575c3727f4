// SPDX-License-Identifier: MIT

/** Finds bad patterns in histories of queue operations, by sorting and sweeping. */

#include "verify/history/linearize.h"

#include "base/number.h"
#include "workload/rank.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** No operation; and a time that never comes. */
#define NONE SIZE_MAX
#define NEVER RANK_NEVER

/** An item that was enqueued, and what happened to it. */
struct item {
	uintptr_t name;
	/** Items of one line must leave in order: all items, or those of one producer. */
	unsigned int line;
	uint64_t enqueue_invoked;
	uint64_t enqueue_responded;
	uint64_t dequeue_invoked;
	uint64_t dequeue_responded;
	size_t enqueue;
	size_t dequeue;
};

struct checker {
	const struct operation *operations;
	size_t count;
	const struct linearize_claims *claims;
	struct linearize_finding *finding;
	/** By name. */
	struct item *items;
	size_t item_count;
};

static int by_name(const void *a, const void *b)
{
	return number_compare(((const struct item *)a)->name, ((const struct item *)b)->name);
}

static int by_invocation(const void *a, const void *b)
{
	const struct item *x = *(const struct item *const *)a;
	const struct item *y = *(const struct item *const *)b;
	int lines = number_compare(x->line, y->line);
	return lines ? lines : number_compare(x->enqueue_invoked, y->enqueue_invoked);
}

static int by_response(const void *a, const void *b)
{
	const struct item *x = *(const struct item *const *)a;
	const struct item *y = *(const struct item *const *)b;
	int lines = number_compare(x->line, y->line);
	return lines ? lines : number_compare(x->enqueue_responded, y->enqueue_responded);
}

int operation_compare(const void *one, const void *other)
{
	return number_compare(((const struct operation *)one)->invoked,
			      ((const struct operation *)other)->invoked);
}

/** Adds an operation to the proof, unless it is NONE. */
static void prove(struct checker *checker, enum linearize_fault fault, size_t operation)
{
	struct linearize_finding *finding = checker->finding;
	finding->fault = fault;
	if (operation == NONE) {
		return;
	}
	if (finding->count < LINEARIZE_PROOF) {
		finding->proof[finding->count++] = operation;
	} else {
		++finding->omitted;
	}
}

/** Adds the enqueue and the dequeue of an item to the proof. */
static void prove_item(struct checker *checker, enum linearize_fault fault, const struct item *item)
{
	prove(checker, fault, item->enqueue);
	prove(checker, fault, item->dequeue);
}

/** Collects the enqueued items. 0, or -1 with ENOMEM or EINVAL. */
static int collect(struct checker *checker)
{
	checker->items = calloc(checker->count, sizeof(*checker->items));
	if (!checker->items) {
		return -1;
	}
	for (size_t i = 0; i < checker->count; ++i) {
		const struct operation *operation = &checker->operations[i];
		if (operation->kind == OPERATION_ENQUEUE && operation->status == QUEUE_OK) {
			checker->items[checker->item_count++] = (struct item){
				.name = operation->item,
				.line = checker->claims->order == QUEUE_FIFO ? 0
									     : operation->thread,
				.enqueue_invoked = operation->invoked,
				.enqueue_responded = operation->responded,
				.dequeue_invoked = NEVER,
				.dequeue_responded = NEVER,
				.enqueue = i,
				.dequeue = NONE,
			};
		}
	}
	qsort(checker->items, checker->item_count, sizeof(*checker->items), by_name);
	for (size_t i = 1; i < checker->item_count; ++i) {
		if (checker->items[i - 1].name == checker->items[i].name) {
			errno = EINVAL;
			return -1;
		}
	}
	return 0;
}

/** Finds the dequeue of each item. Faults: a dequeue of an unknown item, or a second one. */
static void match(struct checker *checker)
{
	for (size_t i = 0; i < checker->count; ++i) {
		const struct operation *operation = &checker->operations[i];
		if (operation->kind != OPERATION_DEQUEUE || operation->status != QUEUE_OK) {
			continue;
		}
		struct item *item = bsearch(&(struct item){.name = operation->item}, checker->items,
					    checker->item_count, sizeof(*checker->items), by_name);
		if (!item) {
			if (!checker->finding->fault) {
				prove(checker, LINEARIZE_UNKNOWN, i);
			}
		} else if (item->dequeue != NONE) {
			if (!checker->finding->fault) {
				prove_item(checker, LINEARIZE_REPEATED, item);
				prove(checker, LINEARIZE_REPEATED, i);
			}
		} else {
			item->dequeue = i;
			item->dequeue_invoked = operation->invoked;
			item->dequeue_responded = operation->responded;
		}
	}
}

static void find_early(struct checker *checker)
{
	for (size_t i = 0; i < checker->item_count; ++i) {
		const struct item *item = &checker->items[i];
		if (item->dequeue_responded < item->enqueue_invoked) {
			prove_item(checker, LINEARIZE_EARLY, item);
			return;
		}
	}
}

/** The items, sorted; free() the array. NULL with ENOMEM. */
static const struct item **sorted(const struct checker *checker,
				  int (*order)(const void *, const void *))
{
	const struct item **items = calloc(checker->item_count, sizeof(struct item *));
	if (items) {
		for (size_t i = 0; i < checker->item_count; ++i) {
			items[i] = &checker->items[i];
		}
		qsort(items, checker->item_count, sizeof(*items), order);
	}
	return items;
}

/**
 * Overtaken: enqueue(a) before enqueue(b), and dequeue(b) before dequeue(a). For each b, of all
 * that were enqueued before it in its line, the one whose dequeue began last decides.
 */
static int find_overtaken(struct checker *checker)
{
	const struct item **earlier = sorted(checker, by_response);
	const struct item **later = sorted(checker, by_invocation);
	int result = earlier && later ? 0 : -1;
	const struct item *last = NULL;
	size_t next = 0;
	for (size_t i = 0; result == 0 && i < checker->item_count; ++i) {
		const struct item *item = later[i];
		if (i > 0 && item->line != later[i - 1]->line) {
			// Each line is as long in both orders
			next = i;
			last = NULL;
		}
		for (; next < checker->item_count && earlier[next]->line == item->line &&
		       earlier[next]->enqueue_responded < item->enqueue_invoked;
		     ++next) {
			if (!last || earlier[next]->dequeue_invoked > last->dequeue_invoked) {
				last = earlier[next];
			}
		}
		if (last && item->dequeue_responded < last->dequeue_invoked) {
			prove_item(checker, LINEARIZE_OVERTAKEN, last);
			prove_item(checker, LINEARIZE_OVERTAKEN, item);
			break;
		}
	}
	free(earlier);
	free(later);
	return result;
}

/** When some item was inside for sure: the intervals of items, sorted by start. */
struct cover {
	const struct item **items;
	uint64_t *starts;
	/** Of the intervals up to each one, the one that ends last. */
	const struct item **farthest;
	/** From inside each interval, the next time without any item. */
	uint64_t *reach;
	size_t count;
};

static int cover_create(const struct checker *checker, struct cover *cover)
{
	*cover = (struct cover){
		.items = sorted(checker, by_response),
		.starts = calloc(checker->item_count, sizeof(*cover->starts)),
		.farthest = calloc(checker->item_count, sizeof(*cover->farthest)),
		.reach = calloc(checker->item_count, sizeof(*cover->reach)),
		.count = checker->item_count,
	};
	if (!cover->items || !cover->starts || !cover->farthest || !cover->reach) {
		return -1;
	}
	for (size_t i = 0; i < cover->count; ++i) {
		const struct item *item = cover->items[i];
		const struct item *before = i > 0 ? cover->farthest[i - 1] : item;
		cover->starts[i] = item->enqueue_responded;
		cover->farthest[i] =
			item->dequeue_invoked > before->dequeue_invoked ? item : before;
		cover->reach[i] = cover->farthest[i]->dequeue_invoked;
	}
	if (checker->claims->order == QUEUE_FIFO) {
		// The intervals are open: where one ends and the next begins, there is a gap
		for (size_t i = cover->count; i-- > 1;) {
			if (cover->starts[i] < cover->reach[i - 1]) {
				cover->reach[i - 1] = cover->reach[i];
			}
		}
	}
	return 0;
}

static void cover_destroy(struct cover *cover)
{
	free(cover->items);
	free(cover->starts);
	free(cover->farthest);
	free(cover->reach);
}

/** Proves that the queue was not empty: the fewest items that overlap each other. */
static void prove_not_empty(struct checker *checker, const struct cover *cover, size_t operation)
{
	uint64_t at = checker->operations[operation].invoked;
	prove(checker, LINEARIZE_NOT_EMPTY, operation);
	do {
		size_t begun = count_until(cover->starts, cover->count, at, false);
		const struct item *item = cover->farthest[begun - 1];
		prove_item(checker, LINEARIZE_NOT_EMPTY, item);
		at = item->dequeue_invoked;
	} while (at <= checker->operations[operation].responded);
}

/** Puts all items into one line, so that intervals are sorted by time alone. */
static void forget_lines(struct checker *checker)
{
	for (size_t i = 0; i < checker->item_count; ++i) {
		checker->items[i].line = 0;
	}
}

/** Was a peer in the middle of an operation while this one was under way? */
static bool has_peer(const struct checker *checker, const struct operation *operation)
{
	for (size_t i = 0; i < checker->count; ++i) {
		const struct operation *other = &checker->operations[i];
		if (other->thread != operation->thread && other->invoked <= operation->responded &&
		    other->responded >= operation->invoked) {
			return true;
		}
	}
	return false;
}

static int find_not_empty(struct checker *checker)
{
	struct cover cover;
	forget_lines(checker);
	int result = cover_create(checker, &cover);
	for (size_t i = 0; result == 0 && i < checker->count; ++i) {
		const struct operation *operation = &checker->operations[i];
		if (operation->status != QUEUE_EMPTY) {
			continue;
		}
		size_t begun = count_until(cover.starts, cover.count, operation->invoked, false);
		if (begun > 0 && operation->responded < cover.reach[begun - 1] &&
		    (checker->claims->exact_empty || !has_peer(checker, operation))) {
			prove_not_empty(checker, &cover, i);
			break;
		}
	}
	cover_destroy(&cover);
	return result;
}

/** What may take up room: begins and ends of taking it, both sorted. */
struct room {
	uint64_t *begins;
	uint64_t *ends;
	size_t begin_count;
	size_t end_count;
};

static int room_create(const struct checker *checker, struct room *room)
{
	*room = (struct room){
		.begins = calloc(checker->count, sizeof(*room->begins)),
		.ends = calloc(checker->count, sizeof(*room->ends)),
	};
	if (!room->begins || !room->ends) {
		return -1;
	}
	for (size_t i = 0; i < checker->count; ++i) {
		const struct operation *operation = &checker->operations[i];
		// A failed operation may hold a slot meanwhile, unless FULL is exact
		bool held = operation->status != QUEUE_OK && !checker->claims->exact_full;
		bool done = operation->status == QUEUE_OK;
		if (held || (done && operation->kind == OPERATION_ENQUEUE)) {
			room->begins[room->begin_count++] = operation->invoked;
		}
		if (held || (done && operation->kind == OPERATION_DEQUEUE)) {
			room->ends[room->end_count++] = operation->responded;
		}
	}
	qsort(room->begins, room->begin_count, sizeof(*room->begins), number_compare_at);
	qsort(room->ends, room->end_count, sizeof(*room->ends), number_compare_at);
	return 0;
}

/**
 * The most that can have been taken up at an instant of an operation: enqueues invoked until then
 * less dequeues that responded before. It grows only where something begins, so it is looked at
 * there. A thread's operations exclude each other, so all FULLs together look at each begin no
 * more often than there are threads.
 *
 * @param when  receives the instant
 */
static size_t room_taken(const struct room *room, const struct operation *operation, uint64_t *when)
{
	size_t most = 0;
	uint64_t at = operation->invoked;
	size_t next;
	do {
		next = count_until(room->begins, room->begin_count, at, true);
		size_t gone = count_until(room->ends, room->end_count, at, false);
		size_t taken = next - gone;
		if (at == operation->invoked || taken > most) {
			most = taken;
			*when = at;
		}
	} while (next < room->begin_count && (at = room->begins[next]) <= operation->responded);
	return most;
}

/**
 * The most that can have been taken up where FULL is not claimed to be exact: all that was there at
 * any time of the operation. Each operation under way counts, except the operation itself. So
 * with no peer it is exact, and with some it is beyond that by no more than their operations.
 */
static size_t room_touched(const struct room *room, const struct operation *operation)
{
	return count_until(room->begins, room->begin_count, operation->responded, true) -
	       count_until(room->ends, room->end_count, operation->invoked, false) - 1;
}

/** Name a FULL and the items that can have been inside, at an instant of it or all the time. */
static void prove_not_full(struct checker *checker, size_t operation, uint64_t from, uint64_t until)
{
	prove(checker, LINEARIZE_NOT_FULL, operation);
	for (size_t i = 0; i < checker->item_count; ++i) {
		const struct item *item = &checker->items[i];
		if (item->enqueue_invoked <= until && item->dequeue_responded >= from) {
			prove_item(checker, LINEARIZE_NOT_FULL, item);
		}
	}
}

static int find_not_full(struct checker *checker)
{
	struct room room;
	int result = room_create(checker, &room);
	bool exact = checker->claims->exact_full;
	for (size_t i = 0; result == 0 && i < checker->count; ++i) {
		const struct operation *operation = &checker->operations[i];
		if (operation->status != QUEUE_FULL) {
			continue;
		}
		uint64_t when = 0;
		size_t taken = exact ? room_taken(&room, operation, &when)
				     : room_touched(&room, operation);
		if (checker->claims->capacity == 0 || taken < checker->claims->capacity) {
			checker->finding->inside = taken;
			prove_not_full(checker, i, exact ? when : operation->invoked,
				       exact ? when : operation->responded);
			break;
		}
	}
	free(room.begins);
	free(room.ends);
	return result;
}

int linearize_check(const struct operation *operations, size_t count,
		    const struct linearize_claims *claims, struct linearize_finding *finding)
{
	struct checker checker = {
		.operations = operations, .count = count, .claims = claims, .finding = finding};
	memset(finding, 0, sizeof(*finding));
	int result = collect(&checker);
	if (result == 0) {
		match(&checker);
	}
	if (result == 0 && !finding->fault) {
		find_early(&checker);
	}
	if (result == 0 && !finding->fault && claims->order != QUEUE_UNORDERED) {
		result = find_overtaken(&checker);
	}
	if (result == 0 && !finding->fault) {
		result = find_not_empty(&checker);
	}
	if (result == 0 && !finding->fault) {
		result = find_not_full(&checker);
	}
	free(checker.items);
	return result;
}

int linearize_rank_errors(const struct operation *operations, size_t count,
			  struct histogram *errors)
{
	struct linearize_finding finding = {0};
	const struct linearize_claims claims = {.order = QUEUE_FIFO};
	struct checker checker = {
		.operations = operations, .count = count, .claims = &claims, .finding = &finding};
	struct rank_item *items = NULL;
	uint64_t *found = NULL;
	size_t found_count = 0;
	int result = collect(&checker);
	if (result == 0) {
		match(&checker);
		items = calloc(checker.item_count, sizeof(*items));
		found = calloc(checker.item_count, sizeof(*found));
		result = items && found ? 0 : -1;
	}
	for (size_t i = 0; result == 0 && i < checker.item_count; ++i) {
		const struct item *item = &checker.items[i];
		items[i] = (struct rank_item){item->enqueue_invoked, item->enqueue_responded,
					      item->dequeue_invoked, item->dequeue_responded};
	}
	if (result == 0) {
		result = rank_errors(items, checker.item_count, found, &found_count);
	}
	for (size_t i = 0; i < found_count; ++i) {
		histogram_add(errors, found[i]);
	}
	free(found);
	free(items);
	free(checker.items);
	return result;
}
