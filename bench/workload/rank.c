// SPDX-License-Identifier: MIT

#include "workload/rank.h"

#include "workload/loop.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int by_number(const void *a, const void *b)
{
	return compare(*(const uint64_t *)a, *(const uint64_t *)b);
}

static int by_invocation(const void *a, const void *b)
{
	return compare((*(const struct rank_item *const *)a)->enqueue_invoked,
		       (*(const struct rank_item *const *)b)->enqueue_invoked);
}

static int by_response(const void *a, const void *b)
{
	return compare((*(const struct rank_item *const *)a)->enqueue_responded,
		       (*(const struct rank_item *const *)b)->enqueue_responded);
}

/** The items, sorted; free() the array. NULL with ENOMEM. */
static const struct rank_item **sorted(const struct rank_item *items, size_t count,
				       int (*order)(const void *, const void *))
{
	const struct rank_item **all = calloc(count + 1, sizeof(*all));
	for (size_t i = 0; all && i < count; ++i) {
		all[i] = &items[i];
	}
	if (all) {
		qsort(all, count, sizeof(*all), order);
	}
	return all;
}

size_t count_until(const uint64_t *times, size_t count, uint64_t time, bool at_it)
{
	size_t low = 0;
	while (count > 0) {
		size_t half = count / 2;
		uint64_t middle = times[low + half];
		if (middle < time || (at_it && middle == time)) {
			low += half + 1;
			count -= half + 1;
		} else {
			count = half;
		}
	}
	return low;
}

/** A Fenwick tree: adds a one at some place, and counts those up to a place. */
static void tree_add(size_t *tree, size_t count, size_t place)
{
	for (++place; place <= count; place += place & -place) {
		++tree[place - 1];
	}
}

static size_t tree_count(const size_t *tree, size_t places)
{
	size_t sum = 0;
	for (; places > 0; places -= places & -places) {
		sum += tree[places - 1];
	}
	return sum;
}

int rank_errors(const struct rank_item *items, size_t count, uint64_t *errors, size_t *found)
{
	const struct rank_item **earlier = sorted(items, count, by_response);
	const struct rank_item **later = sorted(items, count, by_invocation);
	uint64_t *taken = calloc(count + 1, sizeof(*taken));
	size_t *tree = calloc(count + 1, sizeof(*tree));
	int result = earlier && later && taken && tree ? 0 : -1;
	*found = 0;
	for (size_t i = 0; result == 0 && i < count; ++i) {
		taken[i] = items[i].dequeue_invoked;
	}
	if (result == 0) {
		qsort(taken, count, sizeof(*taken), by_number);
	}
	// In the order of enqueue invocations; the tree has the older ones, by their dequeues
	size_t next = 0;
	for (size_t i = 0; result == 0 && i < count; ++i) {
		const struct rank_item *item = later[i];
		for (; next < count && earlier[next]->enqueue_responded < item->enqueue_invoked;
		     ++next) {
			tree_add(tree, count,
				 count_until(taken, count, earlier[next]->dequeue_invoked, false));
		}
		if (item->dequeue_responded != RANK_NEVER) {
			size_t gone = count_until(taken, count, item->dequeue_responded, true);
			errors[(*found)++] = next - tree_count(tree, gone);
		}
	}
	free(tree);
	free(taken);
	free(later);
	free(earlier);
	return result;
}

/** The time up to which all operations were noted: a thread without room may go on unseen. */
static uint64_t horizon_of(const struct loop_run *run)
{
	uint64_t horizon = RANK_NEVER;
	for (unsigned int i = 0; i < run->cell->threads; ++i) {
		const struct rank_log *log = &run->threads[i].ranks;
		if (log->count == log->room && log->notes[log->count - 1].after < horizon) {
			horizon = log->notes[log->count - 1].after;
		}
	}
	return horizon;
}

/** Items by their producer and their number: those of a producer begin at its index. */
struct items {
	unsigned int producers;
	struct rank_item *all;
	size_t *begins;
	size_t count;
};

static void free_items(struct items *items)
{
	free(items->all);
	free(items->begins);
}

/** Counts the items, and makes room for them. 0, or -1 with ENOMEM. */
static int make_items(struct items *items, const struct loop_run *run, uint64_t filled)
{
	unsigned int threads = run->cell->threads;
	items->producers = threads + 1;
	items->begins = calloc(items->producers + 1, sizeof(*items->begins));
	if (!items->begins) {
		return -1;
	}
	for (unsigned int i = 0; i < threads; ++i) {
		const struct rank_log *log = &run->threads[i].ranks;
		items->begins[i] = items->count;
		for (size_t j = 0; j < log->count; ++j) {
			items->count += !(log->notes[j].item & RANK_TAKEN);
		}
	}
	items->begins[threads] = items->count;
	items->count += filled;
	items->begins[items->producers] = items->count;
	items->all = calloc(items->count + 1, sizeof(*items->all));
	return items->all ? 0 : -1;
}

/** The item of a note. NULL if its enqueue was not noted. */
static struct rank_item *find_item(const struct items *items, uintptr_t name)
{
	unsigned int producer = proof_producer(name);
	if (producer >= items->producers ||
	    proof_sequence(name) >= items->begins[producer + 1] - items->begins[producer]) {
		return NULL;
	}
	return &items->all[items->begins[producer] + proof_sequence(name)];
}

/** Enters all times. Those of items that were inside at the start come before all others. */
static void enter_times(const struct items *items, const struct loop_run *run)
{
	size_t first = items->begins[items->producers - 1];
	uint64_t shift = items->count - first;
	uint64_t horizon = horizon_of(run);
	for (size_t i = 0; i < items->count; ++i) {
		uint64_t at = i < first ? 0 : i - first;
		items->all[i] = (struct rank_item){at, at, RANK_NEVER, RANK_NEVER};
	}
	for (unsigned int i = 0; i < run->cell->threads; ++i) {
		const struct rank_log *log = &run->threads[i].ranks;
		for (size_t j = 0; j < log->count; ++j) {
			const struct rank_note *note = &log->notes[j];
			struct rank_item *item = find_item(items, note->item);
			if (item && !(note->item & RANK_TAKEN)) {
				item->enqueue_invoked = note->before + shift;
				item->enqueue_responded = note->after + shift;
			} else if (item) {
				item->dequeue_invoked = note->before + shift;
				item->dequeue_responded =
					note->after <= horizon ? note->after + shift : RANK_NEVER;
			}
		}
	}
}

int rank_log_create(struct rank_log *log)
{
	size_t size = RANK_NOTES * sizeof(*log->notes);
	*log = (struct rank_log){.notes = malloc(size), .room = RANK_NOTES};
	if (!log->notes) {
		return -1;
	}
	memset(log->notes, 0xff, size);
	return 0;
}

int rank_measure(const struct loop_run *run, uint64_t filled, struct rank_error *error)
{
	struct items items = {0};
	uint64_t *errors = NULL;
	size_t found = 0;
	int result = make_items(&items, run, filled);
	if (result == 0) {
		enter_times(&items, run);
		errors = calloc(items.count + 1, sizeof(*errors));
		result = errors ? rank_errors(items.all, items.count, errors, &found) : -1;
	}
	*error = (struct rank_error){NAN, NAN, NAN, NAN};
	if (result == 0 && found > 0) {
		double sum = 0;
		for (size_t i = 0; i < found; ++i) {
			sum += (double)errors[i];
		}
		qsort(errors, found, sizeof(*errors), by_number);
		*error = (struct rank_error){.mean = sum / (double)found,
					     .p99 = (double)errors[(found * 99 - 1) / 100],
					     .worst = (double)errors[found - 1],
					     .items = (double)found};
	}
	free(errors);
	free_items(&items);
	return result;
}
