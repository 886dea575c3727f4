// SPDX-License-Identifier: MIT

/**
 * A slow put of wcq ends soon, however old the last note at an entry is. Tickets have 8 bits here,
 * so that the age of notes wraps around after some operations. In the real queue that takes months.
 */

// An entry's cycle and flags share 64 bits: 8 of them are the ticket's
#define TICKET_ORDER 56
// Two laps of the two slots' four tickets in 32 tickets
#define NOTE_STRETCH (UINT64_C(3) << 59)
// The queue that is built in has the name already
#define queue_type_wcq queue_type_wcq_short

#include "wcq.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/** Rounds that use all tickets, and some of them again. */
#define ROUNDS 400

/**
 * Operations from look to look outside of a stretch. Even, so all these looks are in the same kind
 * of operation, and all at one ring: only a stretch makes both kinds look.
 */
#define LOOKS_APART 4

/** Most tickets that one slow put may take when it runs alone: its own, and a few behind. */
#define MOST_TICKETS 8

static char item[16] __attribute__((aligned(16)));

static void operate(struct queue *queue, struct queue_handle *handle)
{
	void *taken;
	assert_int_equal(wcq_enqueue(queue, handle, item), QUEUE_OK);
	assert_int_equal(wcq_dequeue(queue, handle, &taken), QUEUE_OK);
	assert_ptr_equal(taken, item);
}

/** Number of tickets that producers took from a ring. */
static uint64_t tickets(const struct queue *queue, int ring)
{
	return look(&queue->rings[ring].ends[TAIL].ticket) / TICKET;
}

/** Runs `fast` pairs of operations, of which those in a stretch refresh notes, then a slow pair. */
static void slow_after_fast(struct queue *queue, struct queue_handle *handle, unsigned int fast)
{
	patience_set(queue, QUEUE_PATIENT);
	queue->help_delay = LOOKS_APART;
	for (unsigned int i = 0; i < fast; ++i) {
		operate(queue, handle);
	}
	patience_set(queue, QUEUE_NO_TRY);
	uint64_t before[RINGS] = {tickets(queue, VACANT), tickets(queue, FILLED)};
	// The next operation is slow at once
	handle->countdown = 1;
	operate(queue, handle);
	for (int ring = 0; ring < RINGS; ++ring) {
		uint64_t taken = (tickets(queue, ring) - before[ring]) % (UINT64_MAX / TICKET + 1);
		if (taken > MOST_TICKETS) {
			fail_msg("after %u fast pairs a slow put took %u tickets of ring %d", fast,
				 (unsigned int)taken, ring);
		}
	}
}

static void slow_put_ends_beside_old_notes(void **state)
{
	(void)state;
	for (unsigned int fast = 0; fast < ROUNDS; ++fast) {
		struct queue *queue = wcq_create(&(struct queue_config){
			.capacity = 2, .max_threads = 1, .patience = QUEUE_NO_TRY});
		assert_non_null(queue);
		struct queue_handle *handle = wcq_attach(queue);
		slow_after_fast(queue, handle, fast);
		slow_after_fast(queue, handle, fast);
		wcq_detach(queue, handle);
		wcq_destroy(queue);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(slow_put_ends_beside_old_notes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
