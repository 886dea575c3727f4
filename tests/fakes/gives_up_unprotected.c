// SPDX-License-Identifier: MIT

/**
 * Wrong on purpose: crturn as it once was. A thread that takes its request back compares the dummy
 * with tail before it protects the dummy. Held between the two, it finds the same address at head
 * again after the node was used anew, and follows a successor that is not there.
 */

// rejected-by: explore

#define HAZARD_HELD 1
#include "crturn.c"

QUEUE_RARE void give_up_unprotected(struct queue *queue, struct queue_handle *handle,
				    struct node *request)
{
	struct node *dummy = look(&queue->head);
	if (look(&queue->requests[handle->thread].given) != request ||
	    dummy == look(&queue->tail) || // Wrong: before it is protected
	    !protect(handle, handle->head_place, dummy, &queue->head, dummy)) {
		return;
	}
	struct node *next = look(&dummy->next);
	if (!protect(handle, handle->head_place ^ 1, next, &queue->head, dummy)) {
		return;
	}
	if (!promise_next(queue, handle, dummy, next)) {
		unsigned int nobody = NOBODY;
		atomic_compare_exchange_strong_explicit(&next->consumer, &nobody, handle->thread,
							memory_order_seq_cst, memory_order_relaxed);
	}
	give(queue, handle, dummy, next);
}

/** As in crturn.c. */
QUEUE_OP enum queue_status unprotected_dequeue(struct queue *queue, struct queue_handle *handle,
					       void **item)
{
	struct requests *own = &queue->requests[handle->thread];
	struct node *request = look(&own->given);
	struct node *before = atomic_load_explicit(&own->asked, memory_order_relaxed);

	atomic_store_explicit(&own->asked, request, memory_order_seq_cst);
	if (!serve(queue, handle, request)) {
		atomic_store_explicit(&own->asked, before, memory_order_seq_cst);
		give_up_unprotected(queue, handle, request);
		if (look(&own->given) == request) {
			return QUEUE_EMPTY;
		}
		atomic_store_explicit(&own->asked, request, memory_order_seq_cst);
	}

	struct node *node = look(&own->given);
	struct node *dummy = look(&queue->head);
	handle->head_place ^= 1;
	if (protect(handle, handle->head_place, dummy, &queue->head, dummy) &&
	    look(&dummy->next) == node) {
		change(&queue->head, dummy, node);
	}
	hazard_retire(&queue->hazards, &handle->hazards, before);
	*item = node->item;
	return QUEUE_OK;
}

QUEUE_EXPORT(gives_up_unprotected) = {
	.name = "gives_up_unprotected",
	.title = "crturn, but the dummy is compared before it is protected",
	.source = "wrong on purpose",
	.enqueue_progress = QUEUE_WAIT_FREE,
	.dequeue_progress = QUEUE_WAIT_FREE,
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.exact_full = 1,
	.create = crturn_create,
	.destroy = crturn_destroy,
	.capacity = crturn_capacity,
	.attach = crturn_attach,
	.detach = crturn_detach,
	.enqueue = crturn_enqueue,
	.dequeue = unprotected_dequeue,
};
