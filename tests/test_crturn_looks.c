// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/** In crturn, who comes late for a swing or a promise writes nothing, and reads no request. */

// The queue that is built in has the name already
#define queue_type_crturn queue_type_crturn_tested

#include "crturn.c"

#include "pages.h"

static void late_swing_writes_nothing(void **state)
{
	(void)state;
	char *pages = pages_map(sizeof(struct node *));
	_Atomic(struct node *) *end = (_Atomic(struct node *) *)pages;
	struct node nodes[2];
	atomic_init(end, &nodes[1]);
	pages_allow(pages, PROT_READ);
	advance(end, &nodes[0], &nodes[1], true);
	pages_allow(pages, PROT_READ | PROT_WRITE);
	assert_ptr_equal(look(end), &nodes[1]);
	pages_unmap(pages);
}

static void promised_node_is_enough(void **state)
{
	(void)state;
	// Requests that may not be looked at
	static struct queue queue;
	struct queue_handle handle = {.thread = 0};
	struct node dummy;
	struct node next;
	atomic_store(&queue.hazards.used, 1);
	atomic_init(&dummy.consumer, 0);
	atomic_init(&next.consumer, 7);
	assert_true(promise_next(&queue, &handle, &dummy, &next, true));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(late_swing_writes_nothing),
		cmocka_unit_test(promised_node_is_enough),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
