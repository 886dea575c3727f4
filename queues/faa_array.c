// SPDX-License-Identifier: MIT

/**
 * FAAArrayQueue (Ramalhete & Correia, concurrencyfreaks.blogspot.com, 2016): a
 * Michael-Scott list whose nodes are arrays, filled and emptied by fetch-and-add.
 *
 *     head -> [ T T T a b . ] -> [ c d e f . . ] -> NULL
 *                   |   |            tail -^ (or one array behind)
 *                   |   producers' next ticket
 *                   consumers' next ticket
 *
 * Each array has a ticket counter for either side. A ticket stands for a slot, and each slot is
 * used once, by one producer and one consumer:
 *
 *     NULL -> item       the producer came first (CAS); the consumer takes it
 *     NULL -> TAKEN      the consumer came first (exchange); both try another ticket
 *
 * A spent array is not used again. A producer whose ticket is beyond its end links a new array with
 * its item in it. A consumer swings `head` to the new array and retires the old one. So a counter
 * never wraps around, and a slot needs no cycle, safe bit or double-width CAS. The cost is one
 * array per SLOTS items, where LCRQ pays with 16-byte slots.
 *
 * As in Michael and Scott's, head must not pass tail, or a producer would find a retired array at
 * `tail`. The published algorithm lets it pass when the producer that linked an array stops before
 * it swings `tail`. Here the consumer swings `tail` first.
 *
 * Lock-free: a thread that stops spoils one ticket. Surprising: at the same slots, an early
 * consumer and a late producer could spoil tickets for each other for ever. But they cannot beyond
 * the end of the array: the producer that links the next one puts its item in before any other
 * thread can see it.
 *
 * Where many producers meet at the end of an array, each has made one ready, and one is linked. The
 * others keep theirs: a handle has at most one spare array, which it links the next time, or gives
 * back when it detaches.
 *
 * A consumer that sees an item in the next slot does not look at the producers' counter, which they
 * write all the time. Neighbouring tickets are spread over different lines.
 *
 * An enqueue takes effect at the fetch-and-add of the ticket that it succeeds with, or where it
 * links an array (marked LP). A dequeue takes effect at the fetch-and-add of its ticket, or right
 * after the enqueue of the same ticket if that comes later. Tickets are sequentially consistent so
 * that the two counters can be compared, and the ends for the hazard pointers (H1 to H4 in
 * reclaim/hazard.h).
 */

#include "queue.h"
#include "reclaim/hazard.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

/** Slots of an array, a power of two: enough to make the change to the next cheap. */
#ifndef QUEUE_EXPLORED
#define SLOTS 256
#else
// Few enough for a short program to reach the next array
#define SLOTS 2
#endif
/** Slots in a cache line, over which neighbouring tickets are spread. */
#ifndef QUEUE_EXPLORED
#define LINE_SLOTS (64 / sizeof(void *))
#else
#define LINE_SLOTS 1
#endif
/**
 * Looks at a slot whose producer has taken the ticket but has not come yet, before the consumer
 * spoils the ticket: about as long as the line takes from another core.
 */
#ifndef QUEUE_EXPLORED
#define PRODUCER_LOOKS 32
#else
#define PRODUCER_LOOKS 1
#endif
/** In a slot whose consumer came first. The low bits of items are clear. */
#define TAKEN ((void *)1)

/** Hazard places. */
enum hazard_place { AT_TAIL, AT_HEAD };

struct array {
	_Atomic size_t dequeue_ticket;
	// Padding: the allocator does not align nodes
	char apart[QUEUE_APART - sizeof(size_t)];
	_Atomic size_t enqueue_ticket;
	/** NULL while this is the last array, so at least until it is full. */
	_Atomic(struct array *) next;
	char apart_too[QUEUE_APART - sizeof(size_t) - sizeof(void *)];
	_Atomic(void *) slots[SLOTS];
};

struct queue {
	_Alignas(QUEUE_APART) _Atomic(struct array *) tail;
	_Alignas(QUEUE_APART) _Atomic(struct array *) head;
	struct hazards hazards;
};

struct queue_handle {
	struct hazard_thread hazards;
	/** An array made ready, which was not linked since a peer was faster; or NULL. */
	struct array *spare;
};

enum {
	APPENDS,
	APPEND_LOST,
	SPOILS,
	HELPS_TAIL,
};

static struct queue_slow_path slow_paths[] = {
	[APPENDS] = {"link an array", false, 0},
	[APPEND_LOST] = {"find an array linked by a peer", false, 0},
	[SPOILS] = {"spoil a ticket", false, 0},
	[HELPS_TAIL] = {"swing the tail for a producer", false, 0},
	{NULL, false, 0},
};

/** The slot of a ticket. */
QUEUE_OP _Atomic(void *) *place(struct array *array, size_t ticket)
{
	return &array->slots[ticket * LINE_SLOTS % SLOTS + ticket * LINE_SLOTS / SLOTS];
}

/** Empties an array that no other thread sees yet. */
static void array_init(struct array *array)
{
	atomic_init(&array->dequeue_ticket, 0);
	atomic_init(&array->enqueue_ticket, 0);
	atomic_init(&array->next, NULL);
	for (size_t i = 0; i < SLOTS; ++i) {
		atomic_init(&array->slots[i], NULL);
	}
}

static struct queue *faa_array_create(const struct queue_config *config)
{
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	if (!queue) {
		return NULL;
	}
	struct array *array = malloc(sizeof(*array));
	if (!array) {
		goto fail_queue;
	}
	if (hazards_create(&queue->hazards, config, sizeof(*array)) != 0) {
		goto fail_array;
	}
	array_init(array);
	atomic_init(&queue->tail, array);
	atomic_init(&queue->head, array);
	return queue;

fail_array:
	free(array);
fail_queue:
	free(queue);
	return NULL;
}

static void faa_array_destroy(struct queue *queue)
{
	// Relaxed: no other thread is left
	struct array *array = atomic_load_explicit(&queue->head, memory_order_relaxed);
	while (array) {
		struct array *next = atomic_load_explicit(&array->next, memory_order_relaxed);
		free(array);
		array = next;
	}
	hazards_destroy(&queue->hazards);
	free(queue);
}

static struct queue_handle *faa_array_attach(struct queue *queue)
{
	struct queue_handle *handle = hazards_attach_handle(&queue->hazards, sizeof(*handle));
	if (handle) {
		handle->spare = NULL;
	}
	return handle;
}

static void faa_array_detach(struct queue *queue, struct queue_handle *handle)
{
	if (handle->spare) {
		hazard_free(&queue->hazards, &handle->hazards, handle->spare);
	}
	hazards_detach_handle(&queue->hazards, handle);
}

/** Swings an end from one array to the next, unless it has moved on. */
QUEUE_OP bool swing(_Atomic(struct array *) *end, struct array *from, struct array *to)
{
	// All threads at an end come here for the same swing, and one look is enough for most.
	// H3, also where it fails: then another thread has swung it (see hazard_retire())
	return atomic_load_explicit(end, memory_order_seq_cst) == from &&
	       atomic_compare_exchange_strong_explicit(end, &from, to, memory_order_seq_cst,
						       memory_order_seq_cst);
}

/** The array at an end, protected. Mostly the same as last time: it changes every SLOTS tickets. */
QUEUE_OP struct array *protect(struct queue_handle *handle, enum hazard_place at,
			       _Atomic(struct array *) *end)
{
	struct array *array;
	do {
		// H2. As an acquire it pairs with the swing that brought the array there
		array = atomic_load_explicit(end, memory_order_seq_cst);
	} while (!hazard_protects(&handle->hazards, at, array));
	return array;
}

/** The thread's spare array, or one made ready. NULL if there is no memory. */
QUEUE_OP struct array *spare(struct queue *queue, struct queue_handle *handle)
{
	if (!handle->spare) {
		handle->spare = hazard_alloc(&queue->hazards, &handle->hazards);
		if (handle->spare) {
			array_init(handle->spare);
		}
	}
	return handle->spare;
}

/**
 * Links another array, with the item in it, behind the full last one. QUEUE_BUSY if a peer did: the
 * array is the thread's spare one then.
 */
QUEUE_RARE enum queue_status append(struct queue *queue, struct queue_handle *handle,
				    struct array *tail, void *item)
{
	// N1, acquire: pairs with N2, so that the swing hands on a complete array
	struct array *next = atomic_load_explicit(&tail->next, memory_order_acquire);
	if (!next) {
		struct array *array = spare(queue, handle);
		if (!array) {
			return QUEUE_NOMEM;
		}
		// Relaxed, both: N2 publishes them
		atomic_store_explicit(place(array, 0), item, memory_order_relaxed);
		atomic_store_explicit(&array->enqueue_ticket, 1, memory_order_relaxed);
		// N2, release: publishes the array and its item to N1 and N3; LP.
		// N1, acquire on failure
		if (atomic_compare_exchange_strong_explicit(&tail->next, &next, array,
							    memory_order_release,
							    memory_order_acquire)) {
			queue_slow_path(&slow_paths[APPENDS]);
			handle->spare = NULL;
			swing(&queue->tail, tail, array);
			return QUEUE_OK;
		}
	}
	queue_slow_path(&slow_paths[APPEND_LOST]);
	swing(&queue->tail, tail, next);
	return QUEUE_BUSY;
}

QUEUE_OP enum queue_status faa_array_enqueue(struct queue *queue, struct queue_handle *handle,
					     void *item)
{
	for (;;) {
		struct array *array = protect(handle, AT_TAIL, &queue->tail);
		size_t ticket =
			atomic_fetch_add_explicit(&array->enqueue_ticket, 1, memory_order_seq_cst);
		if (__builtin_expect(ticket >= SLOTS, 0)) {
			enum queue_status status = append(queue, handle, array, item);
			if (status == QUEUE_BUSY) {
				continue;
			}
			return status;
		}
		void *slot = NULL;
		// E1, release: publishes the item to D1. Relaxed on failure: the slot is TAKEN
		if (atomic_compare_exchange_strong_explicit(place(array, ticket), &slot, item,
							    memory_order_release,
							    memory_order_relaxed)) {
			return QUEUE_OK;
		}
	}
}

/** True if a producer has taken this ticket, or a later one. */
QUEUE_OP bool producer_has(struct array *array, size_t ticket)
{
	return atomic_load_explicit(&array->enqueue_ticket, memory_order_seq_cst) > ticket;
}

/** Moves head from a spent array to the next. False if this is the last. */
QUEUE_RARE bool advance(struct queue *queue, struct queue_handle *handle, struct array *head)
{
	// N3, acquire: pairs with N2. LP if it is NULL: consumers have all the slots, and this is
	// still the last array
	struct array *next = atomic_load_explicit(&head->next, memory_order_acquire);
	if (!next) {
		return false;
	}
	// `tail` is not behind head, by the acquire in protect(). If it is not at head it is past
	// it, and the swing that moved it is H3 to its readers
	if (atomic_load_explicit(&queue->tail, memory_order_seq_cst) == head) {
		queue_slow_path(&slow_paths[HELPS_TAIL]);
		swing(&queue->tail, head, next);
	}
	if (swing(&queue->head, head, next)) {
		hazard_retire(&queue->hazards, &handle->hazards, head);
	}
	return true;
}

/** Takes the item out of a slot. NULL if the consumer came too soon. */
QUEUE_OP void *take(struct array *array, size_t ticket)
{
	_Atomic(void *) *slot = place(array, ticket);
	for (int look = 0;; ++look) {
		// D1, acquire: pairs with E1, so that the item is seen whole
		void *item = atomic_load_explicit(slot, memory_order_acquire);
		if (item) {
			// No other consumer comes here, so the item may stay in the slot
			return item;
		}
		if (look == PRODUCER_LOOKS || !producer_has(array, ticket)) {
			// D1 as well
			item = atomic_exchange_explicit(slot, TAKEN, memory_order_acquire);
			if (!item) {
				queue_slow_path(&slow_paths[SPOILS]);
			}
			return item;
		}
		queue_pause();
	}
}

QUEUE_OP enum queue_status faa_array_dequeue(struct queue *queue, struct queue_handle *handle,
					     void **item)
{
	for (;;) {
		struct array *array = protect(handle, AT_HEAD, &queue->head);
		size_t ticket = atomic_load_explicit(&array->dequeue_ticket, memory_order_seq_cst);
		// Relaxed: a hint, which D1 repeats. If the item is gone, a ticket is wasted
		if (ticket < SLOTS &&
		    !atomic_load_explicit(place(array, ticket), memory_order_relaxed) &&
		    !producer_has(array, ticket)) {
			// LP, in producer_has(): consumers have all tickets that producers have,
			// and this is the last array, since it was not full
			return QUEUE_EMPTY;
		}
		if (ticket < SLOTS) {
			ticket = atomic_fetch_add_explicit(&array->dequeue_ticket, 1,
							   memory_order_seq_cst);
		}
		if (__builtin_expect(ticket >= SLOTS, 0)) {
			if (!advance(queue, handle, array)) {
				return QUEUE_EMPTY;
			}
			continue;
		}
		void *taken = take(array, ticket);
		if (taken) {
			*item = taken;
			return QUEUE_OK;
		}
	}
}

QUEUE_EXPORT(faa_array) = {
	.name = "faa_array",
	.title = "unbounded list of arrays, fetch-and-add",
	.source = "Ramalhete & Correia, FAAArrayQueue, concurrencyfreaks.blogspot.com, 2016",
	.enqueue_progress = QUEUE_LOCK_FREE,
	.dequeue_progress = QUEUE_LOCK_FREE,
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.exact_full = 1,
	.create = faa_array_create,
	.destroy = faa_array_destroy,
	.attach = faa_array_attach,
	.detach = faa_array_detach,
	.enqueue = faa_array_enqueue,
	.dequeue = faa_array_dequeue,
	.slow_paths = slow_paths,
};
