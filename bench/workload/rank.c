// SPDX-License-Identifier: MIT

#include "workload/rank.h"

#include "base/number.h"

#include <stdlib.h>
#include <string.h>

static int by_invocation(const void *a, const void *b)
{
	return number_compare((*(const struct rank_item *const *)a)->enqueue_invoked,
			      (*(const struct rank_item *const *)b)->enqueue_invoked);
}

static int by_response(const void *a, const void *b)
{
	return number_compare((*(const struct rank_item *const *)a)->enqueue_responded,
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
		qsort(taken, count, sizeof(*taken), number_compare_at);
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
	if (result == 0) {
		qsort(errors, *found, sizeof(*errors), number_compare_at);
	}
	free(tree);
	free(taken);
	free(later);
	free(earlier);
	return result;
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
