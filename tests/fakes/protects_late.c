// SPDX-License-Identifier: MIT

/**
 * Wrong on purpose: the queue of Michael and Scott, whose dequeue looks whether tail is past the
 * dummy before it protects the dummy. A thread held between the two may find the dummy's address
 * at head again, after the node was reused: then it has no successor.
 */

// rejected-by: history
// takes: 25s
// unseen-under: asan

#define HAZARD_HELD 1
#include "ms_queue.c"

/** As in ms_queue.c, except the look at tail. */
QUEUE_OP enum queue_status late_dequeue(struct queue *queue, struct queue_handle *handle,
					void **item)
{
	for (;;) {
		struct node *head = atomic_load_explicit(&queue->head, memory_order_seq_cst);
		bool filled =
			atomic_load_explicit(&queue->tail, memory_order_seq_cst) != head; // Wrong
		if (!hazard_protects(&handle->hazards, handle->head_place, head) &&
		    atomic_load_explicit(&queue->head, memory_order_seq_cst) != head) {
			continue;
		}
		struct node *next = atomic_load_explicit(&head->next, memory_order_acquire);
		if (!filled && !next) {
			return QUEUE_EMPTY;
		}
		if (!hazard_protects(&handle->hazards, handle->head_place ^ 1, next) &&
		    atomic_load_explicit(&queue->head, memory_order_seq_cst) != head) {
			continue;
		}
		if (!filled && atomic_load_explicit(&queue->tail, memory_order_seq_cst) == head) {
			swing(&queue->tail, head, next);
		}
		void *taken = next->item;
		if (swing(&queue->head, head, next)) {
			handle->head_place ^= 1;
			hazard_retire(&queue->hazards, &handle->hazards, head);
			*item = taken;
			return QUEUE_OK;
		}
	}
}

QUEUE_EXPORT(protects_late) = {
	.name = "protects_late",
	.title = "dummy compared before it is protected",
	.source = "wrong on purpose",
	.enqueue_progress = QUEUE_LOCK_FREE,
	.dequeue_progress = QUEUE_LOCK_FREE,
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.exact_full = 1,
	.create = ms_queue_create,
	.destroy = ms_queue_destroy,
	.attach = ms_queue_attach,
	.detach = ms_queue_detach,
	.enqueue = ms_queue_enqueue,
	.dequeue = late_dequeue,
};
