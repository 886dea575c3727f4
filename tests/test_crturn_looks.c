// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/**
 * In crturn, who comes late for a swing or a promise writes nothing, and reads no request. A peer's
 * node that the peer has linked itself is no help.
 */

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

/** Links a peer's node, which the peer may have `linked` itself. Returns how often that counts. */
static unsigned int links_of_a_peer(bool linked)
{
	struct queue *queue = crturn_create(&(struct queue_config){.max_threads = 2});
	assert_non_null(queue);
	struct queue_handle *own = crturn_attach(queue);
	struct queue_handle *peer = crturn_attach(queue);
	struct node *node = hazard_alloc(&queue->hazards, &peer->hazards);
	assert_non_null(node);
	static char items[2][16] __attribute__((aligned(16)));
	*node = (struct node){.item = items[0], .producer = peer->thread, .consumer = NOBODY};
	atomic_store(&queue->requests[peer->thread].offered, node);
	if (linked) {
		atomic_store(&atomic_load(&queue->tail)->next, node);
	}
	unsigned int before = slow_paths[LINKS_PEERS].entries;
	assert_int_equal(crturn_enqueue(queue, own, items[1]), QUEUE_OK);
	unsigned int links = slow_paths[LINKS_PEERS].entries - before;
	for (size_t i = 0; i < 2; ++i) {
		void *item;
		assert_int_equal(crturn_dequeue(queue, own, &item), QUEUE_OK);
		assert_ptr_equal(item, items[i]);
	}
	crturn_detach(queue, peer);
	crturn_detach(queue, own);
	crturn_destroy(queue);
	return links;
}

static void help_is_what_was_needed(void **state)
{
	(void)state;
	assert_int_equal(links_of_a_peer(false), 1);
	assert_int_equal(links_of_a_peer(true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(late_swing_writes_nothing),
		cmocka_unit_test(promised_node_is_enough),
		cmocka_unit_test(help_is_what_was_needed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
