// SPDX-License-Identifier: MIT

/**
 * A slow put of wcq ends soon, however long ago the last note was left at an entry. Tickets have
 * 8 bits here, so that the notes' age goes all the way round in some operations; in the queue as
 * it is built that takes months.
 */

// An entry's cycle and flags share 64 bits: 8 of them are the ticket's
#define TICKET_ORDER 56
// One lap of the two slots' four tickets in 32 tickets
#define NOTE_STRETCH (UINT64_C(7) << 58)
// The name is taken by the queue that is built in
#define queue_type_wcq queue_type_wcq_short

#include "wcq.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

/** All tickets, once round and some more. */
#define ROUNDS 400

/** Tickets that one slow put may take while nobody else is there: its own, and a few behind. */
#define MOST_TICKETS 8

static char item[16] __attribute__((aligned(16)));

static void operate(struct queue *queue, struct queue_handle *handle)
{
	void *taken;
	assert_int_equal(wcq_enqueue(queue, handle, item), QUEUE_OK);
	assert_int_equal(wcq_dequeue(queue, handle, &taken), QUEUE_OK);
	assert_ptr_equal(taken, item);
}

/** The tickets that producers had of both rings: of each, what one pair of operations takes. */
static uint64_t tickets(const struct queue *queue, int ring)
{
	return look(&queue->rings[ring].ends[TAIL].ticket) / TICKET;
}

/** Notes are left alone by `fast` pairs of operations, then a pair is slow. */
static void slow_after_fast(struct queue *queue, struct queue_handle *handle, unsigned int fast)
{
	for (unsigned int i = 0; i < fast; ++i) {
		handle->countdown = HELP_DELAY;
		operate(queue, handle);
	}
	uint64_t before[RINGS] = {tickets(queue, VACANT), tickets(queue, FILLED)};
	// With the queue's own patience, which is none
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
