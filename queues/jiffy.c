// SPDX-License-Identifier: MIT

/**
 * Jiffy, for many producers and one consumer: Adas & Friedman, "Jiffy: A Fast, Memory Efficient,
 * Wait-Free Multi-Producers Single-Consumer Queue", DISC 2020 and arXiv:2010.14189.
 *
 *     [ T T T . | T T a . ] <-> [ b T . . | . . . . ] <-> [ . . . . | . . . . ]
 *            ^ head                     ^ ticket                   tail
 *
 *     slot:  NULL -> item -> TAKEN         the producer sets it, the consumer takes it
 *
 * A ticket, taken with a fetch-and-add, is the place of a slot in a list of buffers. The producer
 * finds the buffer from `tail`, going back, and puts its item there: no slot is shared, so no
 * producer waits for another, or tries twice. (The paper has a byte of state beside each item. An
 * item is a pointer here, so a slot is its own state.)
 *
 * The consumer takes the item in the slot at its head. If that is not set, but has been given to a
 * producer, it reads how many tickets are taken, and looks ahead, as far as these, for the first
 * slot that is set. An item that it goes past was not inside yet when the one that it takes had its
 * ticket: their enqueues overlapped, and either may count as first. That is all that a FIFO asks of
 * two items. (The paper looks ahead without that bound. So it must scan again after it found one,
 * until nothing was set meanwhile.) A dequeue that finds nothing set is EMPTY at its first look
 * (LP): what is not set later was not set then.
 *
 * A buffer behind the head whose slots are all taken is folded: its slots are freed and the
 * consumer goes past it. So a producer that stopped keeps only its own buffer.
 *
 * Reclamation. Only the consumer frees, and a ticket protects what its holder reads: from the
 * fetch-and-add until it sets its slot, a producer reads buffers at or behind its own, and nothing
 * afterwards. The slots of a buffer are freed when all are set, so nobody comes there any more. The
 * rest of a folded buffer stays, since producers go back over it. It is freed with the slots of all
 * buffers before it, when the head is past it: each producer that may have read it has set its
 * slot.
 *
 * For that, `tail` must never be before the buffer of a ticket. A producer links buffers, before it
 * sets its slot, until as many slots are behind its buffer as threads may attach. Of that many
 * tickets and one more, two were taken one after the other, by one thread or with a detach and an
 * attach between them. The earlier of the two had linked the buffers by then. (In the authors' code
 * `tail` may be behind: a producer that stops after it has read `tail` may find its buffer freed.
 * It also links a buffer after it has set its slot, and frees folded buffers while producers go
 * back over them. And it sets a slot with a relaxed store.)
 *
 * Wait-free on both sides, as found:
 *
 * - A ticket cannot be given back, so memory is asked for before: a producer holds the buffers that
 *   it may have to link. Getting them is as wait-free as malloc() is, one call for SLOTS items.
 * - A producer that is held between its ticket and its look at `tail` goes back over all buffers
 *   that came meanwhile: their number is what bounds its steps, not that of the threads.
 * - A dequeue looks at no more buffers than there are producers under way, and one.
 *
 * Surprising: a stopped producer stops nobody, but from then on each dequeue scans what is taken
 * already, up to its whole buffer. And an item may be taken while one with an earlier ticket is
 * still to come, so tickets are not the order of the queue.
 *
 * Tickets, `tail` and links are sequentially consistent, so that fences can order an enqueue before
 * an EMPTY (exact_empty). They are updates, or loads, which cost nothing more on x86.
 */

#include "queue.h"
#include "reclaim/magazine.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

/** Slots of a buffer, a power of two: enough to make the change to the next cheap. */
#ifndef QUEUE_EXPLORED
#define SLOTS 256
#else
// Few enough for a short program to fold a buffer
#define SLOTS 2
#endif
/** In a slot whose item was taken before its turn. The low bits of items are clear. */
#define TAKEN ((void *)1)
/** Most threads. */
#define THREADS_MOST (1U << 20)

struct buffer {
	/** Ticket of the first slot. */
	_Alignas(64) size_t first;
	/** The buffer that it was linked to, folded or not; in a handle, the next spare one. */
	struct buffer *before;
	/** The next that is not folded. */
	_Atomic(struct buffer *) next;
	/** NULL if it is folded. */
	_Atomic(void *) *slots;
	/** The consumer's: slots that are TAKEN. */
	unsigned int taken;
};

struct queue {
	_Alignas(QUEUE_APART) _Atomic size_t ticket;
	/** The last buffer, or one before it while a producer links another. */
	_Alignas(QUEUE_APART) _Atomic(struct buffer *) tail;
	/** Slots that must be behind the buffer of a ticket: whole buffers. */
	size_t ahead;
	unsigned int max_threads;
	_Atomic unsigned int attached;
	/** The consumer's: all before `turn` are taken. It is in `head`, or at the end of it. */
	_Alignas(QUEUE_APART) struct buffer *head;
	size_t turn;
	/** Has the slots of buffers. */
	struct depot depot;
};

struct queue_handle {
	struct magazines magazines;
	/** Buffers that this thread may link, and how many of them are missing. */
	struct buffer *spares;
	size_t missing;
};

enum {
	GOES_BACK,
	LINK_LOST,
	OVERTAKES,
	FOLDS,
};

static struct queue_slow_path slow_paths[] = {
	[GOES_BACK] = {"go back to its own buffer over new ones", false, 0},
	[LINK_LOST] = {"find a buffer linked by a peer", false, 0},
	[OVERTAKES] = {"take an item before its turn", false, 0},
	[FOLDS] = {"fold a buffer", false, 0},
	{NULL, false, 0},
};

/** A buffer with these slots, which stay the caller's on failure: NULL with ENOMEM. */
static struct buffer *buffer_create(_Atomic(void *) *slots)
{
	struct buffer *buffer = aligned_alloc(_Alignof(struct buffer), sizeof(*buffer));
	if (!buffer) {
		return NULL;
	}
	for (size_t i = 0; i < SLOTS; ++i) {
		atomic_init(&slots[i], NULL);
	}
	atomic_init(&buffer->next, NULL);
	buffer->slots = slots;
	buffer->taken = 0;
	return buffer;
}

/** Frees a buffer, and those that were linked before it as far as `first`. No thread is left. */
static void buffers_free(struct buffer *last, const struct buffer *first)
{
	while (last) {
		struct buffer *before = last == first ? NULL : last->before;
		free(last->slots);
		free(last);
		last = before;
	}
}

/** Makes the first buffers, as many as `ahead` asks for. 0, or -1 with ENOMEM. */
static int buffers_create(struct queue *queue, size_t ticket)
{
	struct buffer *last = NULL;
	queue->head = NULL;
	for (size_t i = 0; i <= queue->ahead; i += SLOTS) {
		_Atomic(void *) *slots = malloc(SLOTS * sizeof(*slots));
		struct buffer *buffer = slots ? buffer_create(slots) : NULL;
		if (!buffer) {
			free(slots);
			buffers_free(last, queue->head);
			errno = ENOMEM;
			return -1;
		}
		buffer->first = ticket - ticket % SLOTS + i;
		buffer->before = last;
		if (last) {
			atomic_init(&last->next, buffer);
		} else {
			queue->head = buffer;
		}
		last = buffer;
	}
	atomic_init(&queue->tail, last);
	return 0;
}

static struct queue *jiffy_create(const struct queue_config *config)
{
	if (config->max_threads == 0 || config->max_threads > THREADS_MOST) {
		errno = EINVAL;
		return NULL;
	}
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	if (!queue) {
		return NULL;
	}
	queue->max_threads = config->max_threads;
	queue->ahead = (config->max_threads + SLOTS - 1) / SLOTS * SLOTS;
	if (buffers_create(queue, config->first_ticket) != 0) {
		free(queue);
		return NULL;
	}
	atomic_init(&queue->ticket, config->first_ticket);
	atomic_init(&queue->attached, 0);
	queue->turn = config->first_ticket;
	depot_create(&queue->depot, SLOTS * sizeof(_Atomic(void *)));
	if (config->patience != QUEUE_PATIENT) {
		depot_shrink(&queue->depot);
	}
	return queue;
}

static void jiffy_destroy(struct queue *queue)
{
	// Relaxed: no other thread is left
	buffers_free(atomic_load_explicit(&queue->tail, memory_order_relaxed), queue->head);
	depot_destroy(&queue->depot);
	free(queue);
}

/** Counts a thread, if it is not one too many: the reclamation relies on their number. */
static bool join(struct queue *queue)
{
	// Relaxed: the update has the latest number
	unsigned int attached = atomic_load_explicit(&queue->attached, memory_order_relaxed);
	while (attached < queue->max_threads) {
		// A1, acquire: pairs with A2, so that a thread that left has linked its buffers
		if (atomic_compare_exchange_weak_explicit(&queue->attached, &attached, attached + 1,
							  memory_order_acquire,
							  memory_order_relaxed)) {
			return true;
		}
	}
	return false;
}

static void leave(struct queue *queue)
{
	// A2, release: pairs with A1
	atomic_fetch_sub_explicit(&queue->attached, 1, memory_order_release);
}

static struct queue_handle *jiffy_attach(struct queue *queue)
{
	struct queue_handle *handle = malloc(sizeof(*handle));
	if (!handle || magazines_attach(&queue->depot, &handle->magazines) != 0) {
		free(handle);
		errno = ENOMEM;
		return NULL;
	}
	handle->spares = NULL;
	handle->missing = queue->ahead / SLOTS;
	if (!join(queue)) {
		magazines_detach_handle(&queue->depot, handle);
		errno = EAGAIN;
		return NULL;
	}
	return handle;
}

static void jiffy_detach(struct queue *queue, struct queue_handle *handle)
{
	while (handle->spares) {
		struct buffer *spare = handle->spares;
		handle->spares = spare->before;
		node_free(&queue->depot, &handle->magazines, spare->slots);
		free(spare);
	}
	leave(queue);
	magazines_detach_handle(&queue->depot, handle);
}

QUEUE_OP struct buffer *look(const _Atomic(struct buffer *) *pointer)
{
	// As an acquire it pairs with the link that published the buffer
	return atomic_load_explicit(pointer, memory_order_seq_cst);
}

QUEUE_OP bool change(_Atomic(struct buffer *) *pointer, struct buffer *from, struct buffer *to)
{
	return atomic_compare_exchange_strong_explicit(pointer, &from, to, memory_order_seq_cst,
						       memory_order_seq_cst);
}

/** Gets the buffers that an enqueue may have to link. False if there is no memory. */
QUEUE_RARE bool refill(struct queue *queue, struct queue_handle *handle)
{
	while (handle->missing > 0) {
		_Atomic(void *) *slots = node_alloc(&queue->depot, &handle->magazines);
		if (!slots) {
			return false;
		}
		struct buffer *spare = buffer_create(slots);
		if (!spare) {
			node_free(&queue->depot, &handle->magazines, slots);
			return false;
		}
		spare->before = handle->spares;
		handle->spares = spare;
		--handle->missing;
	}
	return true;
}

/** Links buffers until enough are behind that of the caller's ticket. */
QUEUE_RARE void extend(struct queue *queue, struct queue_handle *handle, const struct buffer *own)
{
	struct buffer *tail;
	while ((tail = look(&queue->tail))->first - own->first < queue->ahead) {
		struct buffer *next = look(&tail->next);
		if (!next) {
			struct buffer *spare = handle->spares;
			struct buffer *rest = spare->before;
			spare->first = tail->first + SLOTS;
			spare->before = tail;
			if (change(&tail->next, NULL, spare)) {
				handle->spares = rest;
				++handle->missing;
				next = spare;
			} else {
				queue_slow_path(&slow_paths[LINK_LOST]);
				spare->before = rest;
				next = look(&tail->next);
			}
		}
		// While `tail` is the last buffer, `next` is the one that was linked to it: none is
		// folded before its producers have seen it behind `tail`
		change(&queue->tail, tail, next);
	}
}

QUEUE_OP enum queue_status jiffy_enqueue(struct queue *queue, struct queue_handle *handle,
					 void *item)
{
	if (__builtin_expect(handle->missing > 0, 0) && !refill(queue, handle)) {
		return QUEUE_NOMEM;
	}
	size_t ticket = atomic_fetch_add_explicit(&queue->ticket, 1, memory_order_seq_cst);
	struct buffer *tail = look(&queue->tail);
	struct buffer *buffer = tail;
	while (ticket - buffer->first >= SLOTS) {
		buffer = buffer->before;
	}
	size_t behind = tail->first - buffer->first;
	if (__builtin_expect(behind < queue->ahead, 0)) {
		extend(queue, handle, buffer);
	} else if (__builtin_expect(behind > queue->ahead, 0)) {
		queue_slow_path(&slow_paths[GOES_BACK]);
	}
	// E1, release: publishes the item to D1, and ends the reading of buffers
	atomic_store_explicit(&buffer->slots[ticket % SLOTS], item, memory_order_release);
	return QUEUE_OK;
}

/** What is in a slot of the buffer. */
QUEUE_OP void *slot_look(const struct buffer *buffer, size_t ticket)
{
	// D1, acquire: pairs with E1, so that the item is seen whole, and the producer is done with
	// the buffers
	return atomic_load_explicit(&buffer->slots[ticket % SLOTS], memory_order_acquire);
}

/** Frees the slots of a buffer that are all taken, and goes past it from now on. */
QUEUE_RARE void fold(struct queue *queue, struct queue_handle *handle, struct buffer *previous,
		     struct buffer *buffer)
{
	queue_slow_path(&slow_paths[FOLDS]);
	// Relaxed: only the consumer follows it. Not NULL: those who set the slots saw to that
	atomic_store_explicit(&previous->next, look(&buffer->next), memory_order_relaxed);
	node_free(&queue->depot, &handle->magazines, buffer->slots);
	buffer->slots = NULL;
}

/**
 * A producer has the slot at the consumer's turn but has not set it: takes the first that is set
 * before `end`. That ticket was read before, so all slots that this goes past are looked at later.
 */
QUEUE_RARE enum queue_status overtake(struct queue *queue, struct queue_handle *handle, size_t end,
				      void **item)
{
	struct buffer *previous = NULL;
	struct buffer *buffer = queue->head;
	size_t ticket = queue->turn;
	while ((ptrdiff_t)(end - ticket) > 0) {
		if (ticket - buffer->first == SLOTS) {
			previous = buffer;
			// Not NULL: the ticket has been taken, so its buffer is linked. If it is
			// folded, this is one behind it
			buffer = look(&buffer->next);
			ticket = buffer->first;
			continue;
		}
		void *found = slot_look(buffer, ticket);
		if (found && found != TAKEN) {
			queue_slow_path(&slow_paths[OVERTAKES]);
			*item = found;
			// Relaxed: only the consumer looks there
			atomic_store_explicit(&buffer->slots[ticket % SLOTS], TAKEN,
					      memory_order_relaxed);
			if (++buffer->taken == SLOTS && buffer != queue->head) {
				fold(queue, handle, previous, buffer);
			}
			return QUEUE_OK;
		}
		++ticket;
	}
	return QUEUE_EMPTY;
}

/** Goes to the next buffer, and frees all before it. */
QUEUE_RARE struct buffer *advance(struct queue *queue, struct queue_handle *handle)
{
	struct buffer *head = queue->head;
	// Not NULL: those who set the slots saw to that
	struct buffer *next = look(&head->next);
	struct buffer *folded = next->before;
	while (folded != head) {
		struct buffer *before = folded->before;
		free(folded);
		folded = before;
	}
	node_free(&queue->depot, &handle->magazines, head->slots);
	free(head);
	queue->head = next;
	queue->turn = next->first;
	return next;
}

QUEUE_OP enum queue_status jiffy_dequeue(struct queue *queue, struct queue_handle *handle,
					 void **item)
{
	struct buffer *head = queue->head;
	for (;; ++queue->turn) {
		if (__builtin_expect(queue->turn - head->first == SLOTS, 0)) {
			head = advance(queue, handle);
		}
		void *found = slot_look(head, queue->turn); // LP if nothing is set
		if (!found) {
			break;
		}
		if (__builtin_expect(found != TAKEN, 1)) {
			++queue->turn;
			*item = found;
			return QUEUE_OK;
		}
	}
	size_t end = atomic_load_explicit(&queue->ticket, memory_order_seq_cst);
	return end == queue->turn ? QUEUE_EMPTY : overtake(queue, handle, end, item);
}

QUEUE_EXPORT(jiffy) = {
	.name = "jiffy",
	.title = "unbounded list of buffers, tickets, one consumer",
	.source = "Adas & Friedman, DISC 2020, doi:10.4230/LIPIcs.DISC.2020.50; arXiv:2010.14189",
	.enqueue_progress = QUEUE_WAIT_FREE,
	.dequeue_progress = QUEUE_WAIT_FREE,
	.order = QUEUE_FIFO,
	.max_consumers = 1,
	.exact_empty = 1,
	.exact_full = 1,
	.create = jiffy_create,
	.destroy = jiffy_destroy,
	.attach = jiffy_attach,
	.detach = jiffy_detach,
	.enqueue = jiffy_enqueue,
	.dequeue = jiffy_dequeue,
	.slow_paths = slow_paths,
};
