// SPDX-License-Identifier: MIT

/** The rank errors of a run: finds the operations of each item in the notes of its threads. */

#include "workload/rank.h"

#include "workload/loop.h"

#include <math.h>
#include <stdlib.h>

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
		*error = (struct rank_error){.mean = sum / (double)found,
					     .p99 = (double)errors[(found * 99 - 1) / 100],
					     .worst = (double)errors[found - 1],
					     .items = (double)found};
	}
	free(errors);
	free_items(&items);
	return result;
}
