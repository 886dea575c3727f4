// SPDX-License-Identifier: MIT

#include "workload/rank.h"

#include "base/number.h"

#include <stdlib.h>
#include <string.h>

/** Two times of an item, of which number_compare_at() compares the first. */
struct times {
	uint64_t enqueue;
	uint64_t dequeue;
};

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
	struct times *earlier = calloc(count + 1, sizeof(*earlier));
	struct times *later = calloc(count + 1, sizeof(*later));
	uint64_t *taken = calloc(count + 1, sizeof(*taken));
	size_t *tree = calloc(count + 1, sizeof(*tree));
	int result = earlier && later && taken && tree ? 0 : -1;
	*found = 0;
	for (size_t i = 0; result == 0 && i < count; ++i) {
		taken[i] = items[i].dequeue_invoked;
		earlier[i] = (struct times){items[i].enqueue_responded, taken[i]};
		later[i] = (struct times){items[i].enqueue_invoked, items[i].dequeue_responded};
	}
	if (result == 0) {
		qsort(earlier, count, sizeof(*earlier), number_compare_at);
		qsort(later, count, sizeof(*later), number_compare_at);
		qsort(taken, count, sizeof(*taken), number_compare_at);
	}
	// In the order of enqueue invocations; the tree has the older ones, by their dequeues
	size_t next = 0;
	for (size_t i = 0; result == 0 && i < count; ++i) {
		for (; next < count && earlier[next].enqueue < later[i].enqueue; ++next) {
			tree_add(tree, count,
				 count_until(taken, count, earlier[next].dequeue, false));
		}
		if (later[i].dequeue != RANK_NEVER) {
			size_t gone = count_until(taken, count, later[i].dequeue, true);
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
