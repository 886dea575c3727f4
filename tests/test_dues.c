// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/** A time is recorded from when its item was due, or not at all. */

#include "workload/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/** Items of a producer that the ring holds. */
#define RING 4

static struct loop_due dues[2 * RING];
static struct loop_run run = {.dues = dues, .due_mask = RING - 1, .phase = LOOP_MEASURED};
static struct histogram latency;

/** Sends an item. Returns it. */
static uintptr_t send(struct loop_thread *producer, uint64_t due)
{
	loop_note_due(producer, due);
	return (uintptr_t)loop_make(producer);
}

static void times_count_from_when_items_were_due(void **state)
{
	(void)state;
	struct loop_thread producers[2];
	struct loop_thread consumer = {.run = &run, .latency = &latency};
	uintptr_t first[2];
	for (unsigned int i = 0; i < 2; ++i) {
		producers[i] = (struct loop_thread){.run = &run, .next = proof_first(i)};
		first[i] = send(&producers[i], 1000);
	}
	loop_record_due(&consumer, first[1], 1007, false);
	assert_int_equal(latency.count, 1);
	assert_int_equal(latency.max, 7);

	// The consumer has looked at the clock at 1100. Before it goes on, the producer sends on,
	// until the item's place is another's
	for (unsigned int i = 1; i < RING; ++i) {
		send(&producers[0], 1000 + 100 * i);
	}
	loop_record_due(&consumer, first[0], 1100, false);
	assert_int_equal(latency.count, 2);
	assert_int_equal(latency.max, 100);
	uintptr_t last = send(&producers[0], 5000);
	loop_record_due(&consumer, first[0], 1100, false);
	assert_int_equal(latency.count, 2);
	assert_int_equal(latency.max, 100);
	loop_record_due(&consumer, last, 5003, false);
	assert_int_equal(latency.count, 3);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_count_from_when_items_were_due),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
