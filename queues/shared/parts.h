// SPDX-License-Identifier: MIT

/**
 * A queue made of several FIFOs, for sharded.c, dcbo.c and multififo.c. They differ in what a part
 * is, and in which part an operation goes to. The file that includes this defines
 *
 *     struct part;                                   a FIFO of its own
 *     unsigned int parts_for(unsigned int threads);  how many there are
 *     int part_create(struct part *, size_t capacity, const struct queue_config *);
 *                                                    0, or -1 with EINVAL or ENOMEM
 *     void part_destroy(struct part *);
 *     size_t part_capacity(const struct part *);
 *     enum queue_status part_put(struct part *, void *item);    OK, FULL or BUSY
 *     enum queue_status part_take(struct part *, void **item);  OK, EMPTY or BUSY
 *
 * and CHOICES: parts that an operation chooses, one after the other, before it tries all.
 *
 * Items overtake each other, so no order is claimed. shared/put_counts.h says when the whole is
 * empty. FULL is answered when all parts were found full, one after the other (exact_full = 0).
 */

#ifndef SHARED_PARTS_H
#define SHARED_PARTS_H

#include "queue.h"

#include <stdlib.h>

/** What a handle keeps. */
struct owned {
	/** A part for each handle, as far as there are enough. */
	struct part *own;
	/** Index of the part that the last scan of all found an item in. */
	unsigned int victim;
};

#include "shared/put_counts.h"

struct queue {
	struct part *parts;
	unsigned int part_count;
	/** CHOICES, but fewer if the queue is impatient: 1, or 0. */
	unsigned int choices;
	struct put_counts counts;
};

/** Makes the parts. 0, or -1 with EINVAL or ENOMEM. */
static int parts_make(struct queue *queue, const struct queue_config *config)
{
	queue->part_count = parts_for(config->max_threads);
	queue->parts =
		aligned_alloc(_Alignof(struct part), queue->part_count * sizeof(*queue->parts));
	if (!queue->parts) {
		return -1;
	}
	// Rounded up. The parts refuse capacity 0
	size_t capacity =
		config->capacity / queue->part_count + (config->capacity % queue->part_count != 0);
	for (unsigned int i = 0; i < queue->part_count; ++i) {
		if (part_create(&queue->parts[i], capacity, config) != 0) {
			while (i-- > 0) {
				part_destroy(&queue->parts[i]);
			}
			free(queue->parts);
			return -1;
		}
	}
	return 0;
}

static struct queue *parts_create(const struct queue_config *config)
{
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	if (!queue || put_counts_create(&queue->counts, config->max_threads) != 0) {
		free(queue);
		return NULL;
	}
	queue->choices =
		config->patience == QUEUE_PATIENT ? CHOICES : config->patience == QUEUE_ONE_TRY;
	if (parts_make(queue, config) != 0) {
		put_counts_destroy(&queue->counts);
		free(queue);
		return NULL;
	}
	for (unsigned int i = 0; i < config->max_threads; ++i) {
		struct owned *owned = &queue->counts.handles[i].owned;
		owned->victim = i % queue->part_count;
		owned->own = &queue->parts[owned->victim];
	}
	return queue;
}

static void parts_destroy(struct queue *queue)
{
	for (unsigned int i = 0; i < queue->part_count; ++i) {
		part_destroy(&queue->parts[i]);
	}
	free(queue->parts);
	put_counts_destroy(&queue->counts);
	free(queue);
}

static size_t parts_capacity(const struct queue *queue)
{
	return queue->part_count * part_capacity(&queue->parts[0]);
}

static struct queue_handle *parts_attach(struct queue *queue)
{
	return put_counts_attach(&queue->counts);
}

static void parts_detach(struct queue *queue, struct queue_handle *handle)
{
	(void)queue;
	handle_slot_leave(&handle->slot);
}

QUEUE_OP struct part *random_part(struct queue *queue, struct queue_handle *handle)
{
	return &queue->parts[random_below(handle, queue->part_count)];
}

/**
 * Puts an item where there is room. FULL if each part was full at some instant of the call; BUSY if
 * a peer was in the way in one of them.
 */
QUEUE_RARE enum queue_status put_to_any(struct queue *queue, void *item)
{
	enum queue_status all = QUEUE_FULL;
	for (unsigned int i = 0; i < queue->part_count; ++i) {
		enum queue_status status = part_put(&queue->parts[i], item);
		if (status == QUEUE_OK) {
			return QUEUE_OK;
		}
		all = status == QUEUE_BUSY ? QUEUE_BUSY : all;
	}
	return all;
}

/**
 * Takes from the first part with an item, from the last such part on: it mostly has more. BUSY if
 * none could be taken, and a peer was in the way in one part.
 */
static enum queue_status take_from_any(struct queue *queue, struct queue_handle *handle,
				       void **item)
{
	unsigned int *victim = &handle->owned.victim;
	enum queue_status all = QUEUE_EMPTY;
	for (unsigned int i = 0; i < queue->part_count; ++i) {
		enum queue_status status = part_take(&queue->parts[*victim], item);
		if (status == QUEUE_OK) {
			return QUEUE_OK;
		}
		all = status == QUEUE_BUSY ? QUEUE_BUSY : all;
		*victim = *victim + 1 < queue->part_count ? *victim + 1 : 0;
	}
	return all;
}

/** Takes from any part. EMPTY if all were empty at once. */
static __attribute__((noinline)) enum queue_status
take_unless_empty(struct queue *queue, struct queue_handle *handle, void **item)
{
	enum queue_status status;
	do {
		status = take_from_any(queue, handle, item);
		// LP of EMPTY: before the count
	} while (status == QUEUE_EMPTY && !nothing_was_put(&queue->counts, handle));
	return status;
}

/** Members of the descriptions of all these queues. */
#define PARTS_OPERATIONS                                                                           \
	.order = QUEUE_UNORDERED, .exact_empty = 1, .exact_full = 0, .create = parts_create,       \
	.destroy = parts_destroy, .capacity = parts_capacity, .attach = parts_attach,              \
	.detach = parts_detach

#endif // SHARED_PARTS_H
