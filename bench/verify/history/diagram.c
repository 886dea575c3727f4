// SPDX-License-Identifier: MIT

/** Draws operations: see diagram.h. */

#include "verify/history/diagram.h"

#include "base/number.h"
#include "verify/history/recording.h"

#include <stdlib.h>

/** Columns from one beginning or end to the next. */
#define STEP 2

/** Most beginnings and ends, and most columns. */
#define TIMES (2 * LINEARIZE_PROOF)

const char *diagram_item(char text[24], uintptr_t item)
{
	if (recording_is_item(item)) {
		snprintf(text, 24, "%zu", recording_item_number(item));
	} else {
		snprintf(text, 24, "%#zx", (size_t)item);
	}
	return text;
}

/** The distinct times of the operations, sorted; returns how many. */
static size_t collect_times(const struct operation *operations, size_t count, uint64_t *times)
{
	for (size_t i = 0; i < count; ++i) {
		times[2 * i] = operations[i].invoked;
		times[2 * i + 1] = operations[i].responded;
	}
	qsort(times, 2 * count, sizeof(*times), number_compare_at);
	size_t distinct = 0;
	for (size_t i = 0; i < 2 * count; ++i) {
		if (distinct == 0 || times[distinct - 1] != times[i]) {
			times[distinct++] = times[i];
		}
	}
	return distinct;
}

static size_t column(const uint64_t *times, uint64_t time)
{
	size_t index = 0;
	while (times[index] < time) {
		++index;
	}
	return index * STEP;
}

/** "enqueue(20017)", "dequeue() = EMPTY". */
static void tell(char text[48], const struct operation *operation)
{
	char item[24];
	diagram_item(item, operation->item);
	if (operation->kind == OPERATION_DEQUEUE) {
		snprintf(text, 48, "dequeue() = %s",
			 operation->status ? check_answer(operation->status) : item);
	} else if (operation->status == QUEUE_OK) {
		snprintf(text, 48, "enqueue(%s)", item);
	} else {
		snprintf(text, 48, "enqueue(%s) = %s", item, check_answer(operation->status));
	}
}

void diagram_draw(FILE *file, const struct operation *operations, const size_t *places,
		  size_t count, uint64_t start)
{
	uint64_t times[TIMES];
	struct operation sorted[LINEARIZE_PROOF];
	for (size_t i = 0; i < count; ++i) {
		sorted[i] = operations[places[i]];
	}
	qsort(sorted, count, sizeof(*sorted), operation_compare);
	size_t width = collect_times(sorted, count, times) * STEP;
	for (size_t i = 0; i < count; ++i) {
		const struct operation *operation = &sorted[i];
		char text[48];
		char line[TIMES * STEP + 1];
		size_t from = column(times, operation->invoked);
		size_t to = column(times, operation->responded);
		for (size_t at = 0; at < width; ++at) {
			line[at] = at < from || at > to ? ' ' : at == from || at == to ? '|' : '-';
		}
		line[width] = '\0';
		tell(text, operation);
		fprintf(file, "  thread %-2u %-23s %s %llu..%llu ns\n", operation->thread, text,
			line, (unsigned long long)(operation->invoked - start),
			(unsigned long long)(operation->responded - start));
	}
}
