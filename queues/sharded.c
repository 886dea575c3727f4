// SPDX-License-Identifier: MIT

/**
 * A FIFO per thread, and two choices: how much of a queue's bottleneck is left when order is given
 * up. Distributed queues (Haas et al., Computing Frontiers 2013), with SCQ for a shard.
 *
 *     handle 0 --> [ d c b a ] -->         enqueue: into the own; where that is full, into
 *     handle 1 --> [ f e ] ------>                  another, the emptier of two chosen at random
 *     handle 2 --> [ ] ---------->         dequeue: from the own; where that is empty, from
 *     handle 3 --> [ k j i h g ] >                  the fuller of two; at last, from any,
 *                                                   beginning where the last item was found
 *
 * While threads consume what they produce, none writes a line of another's. The fuller of two
 * random shards is nearly the fullest of all (the power of two choices: Azar et al., STOC 1994), so
 * all shards stay about as long as each other. The literature on such queues chooses for every
 * operation, and so bounds how far items overtake each other (von Geijer et al., PPoPP 2025,
 * doi:10.1145/3710848.3710892). Here an item may wait for as long as its shard's owner has older
 * ones and no other thread comes. Items of a producer leave its shard in order, except those that
 * went elsewhere while it was full: no order is claimed.
 *
 * An empty shard says nothing of the shard that was looked at before. So EMPTY needs two equal
 * counts of all items that were ever put, and a look at all shards in between. Each handle counts
 * an item after it has put it. Then
 *
 *     count 1     every shard is found empty     count 2, the same: EMPTY
 *                                            ^ LP
 *
 * is right. Take an item that is inside at the LP. If it was counted by then, it was counted before
 * count 1, or the counts would differ. So it was in its shard when the shard was looked at, and
 * would have been found, or its consumer was there. If it was not counted yet, its enqueue is not
 * over: the enqueue takes effect when the item is counted, or when it is taken, if that comes
 * first. A handle keeps its last count, also across calls, so polling costs one look at each shard
 * and each handle per call. So a thread may sleep on EMPTY.
 *
 * A detached handle keeps its shard with the items inside, which other threads take. The next
 * thread that attaches takes the lowest free handle. There are max_threads handles. At most
 * MOST_SHARDS have a shard of their own; further ones share.
 *
 * Lock-free, as its shards are: a thread looks at all of them again only because another has
 * enqueued. FULL is answered when all shards were found full, one after the other (exact_full = 0).
 */

#include "shared/handle_slots.h"
#include "shared/index_rings.h"

/**
 * Most shards. A thread that finds nothing looks at all of them, and each has room for at least as
 * many items as there are threads.
 */
#define MOST_SHARDS 64

struct queue_handle {
	/** Items that this handle ever enqueued: written by its owner, read by all. */
	_Alignas(QUEUE_APART) _Atomic uint64_t enqueued;
	/** Shard of the owner. Only the owner uses this and all below. */
	struct index_rings *own;
	/** Result of the last count_enqueued(). */
	uint64_t last_count;
	/** State of a xorshift, never zero. */
	uint64_t random;
	/** Index of the shard that the last scan of all found an item in. */
	unsigned int victim;
	struct handle_slot slot;
};

struct queue {
	struct index_rings *shards;
	unsigned int shard_count;
	unsigned int max_threads;
	_Alignas(QUEUE_APART) struct handle_slots handle_slots;
	struct queue_handle handles[];
};

/** Makes the shards. 0, or -1 with EINVAL or ENOMEM. */
static int shards_create(struct queue *queue, const struct queue_config *config)
{
	queue->shard_count = config->max_threads < MOST_SHARDS ? config->max_threads : MOST_SHARDS;
	queue->shards = aligned_alloc(_Alignof(struct index_rings),
				      queue->shard_count * sizeof(*queue->shards));
	if (!queue->shards) {
		return -1;
	}
	// Rounded up. The shards refuse capacity 0
	size_t capacity = config->capacity / queue->shard_count +
			  (config->capacity % queue->shard_count != 0);
	for (unsigned int i = 0; i < queue->shard_count; ++i) {
		if (index_rings_create(&queue->shards[i], capacity, config->max_threads,
				       config->first_ticket) != 0) {
			while (i-- > 0) {
				index_rings_destroy(&queue->shards[i]);
			}
			free(queue->shards);
			return -1;
		}
	}
	return 0;
}

static struct queue *sharded_create(const struct queue_config *config)
{
	if (config->max_threads == 0 || config->max_threads > 1U << 20) {
		errno = EINVAL;
		return NULL;
	}
	size_t size = sizeof(struct queue) + config->max_threads * sizeof(struct queue_handle);
	struct queue *queue = aligned_alloc(_Alignof(struct queue), size);
	if (!queue) {
		return NULL;
	}
	if (shards_create(queue, config) != 0) {
		free(queue);
		return NULL;
	}
	queue->max_threads = config->max_threads;
	handle_slots_create(&queue->handle_slots);
	for (unsigned int i = 0; i < config->max_threads; ++i) {
		struct queue_handle *handle = &queue->handles[i];
		atomic_init(&handle->enqueued, 0);
		handle_slot_create(&handle->slot);
		handle->own = &queue->shards[i % queue->shard_count];
		handle->last_count = 0;
		handle->random = UINT64_C(0x9e3779b97f4a7c15) * (i + 1);
		handle->victim = i % queue->shard_count;
	}
	return queue;
}

static void sharded_destroy(struct queue *queue)
{
	for (unsigned int i = 0; i < queue->shard_count; ++i) {
		index_rings_destroy(&queue->shards[i]);
	}
	free(queue->shards);
	free(queue);
}

static size_t sharded_capacity(const struct queue *queue)
{
	return queue->shard_count * index_rings_capacity(&queue->shards[0]);
}

static struct queue_handle *sharded_attach(struct queue *queue)
{
	for (unsigned int i = 0; i < queue->max_threads; ++i) {
		struct queue_handle *handle = &queue->handles[i];
		if (handle_slot_take(&queue->handle_slots, &handle->slot, i)) {
			return handle;
		}
	}
	errno = EAGAIN;
	return NULL;
}

static void sharded_detach(struct queue *queue, struct queue_handle *handle)
{
	(void)queue;
	handle_slot_leave(&handle->slot);
}

/** A random shard (Marsaglia's xorshift, and a product in place of a remainder). */
QUEUE_OP struct index_rings *random_shard(struct queue *queue, struct queue_handle *handle)
{
	handle->random ^= handle->random << 13;
	handle->random ^= handle->random >> 7;
	handle->random ^= handle->random << 17;
	return &queue->shards[(handle->random >> 32) * queue->shard_count >> 32];
}

/** The fuller, or the emptier, of two random shards. */
static struct index_rings *better_of_two(struct queue *queue, struct queue_handle *handle,
					 bool fuller)
{
	struct index_rings *one = random_shard(queue, handle);
	struct index_rings *other = random_shard(queue, handle);
	bool more = index_rings_about(one) > index_rings_about(other);
	return more == fuller ? one : other;
}

/** Puts an item where there is room. False if each shard was full at some instant of the call. */
QUEUE_RARE bool put_elsewhere(struct queue *queue, struct queue_handle *handle, void *item)
{
	if (index_rings_put(better_of_two(queue, handle, false), item)) {
		return true;
	}
	for (unsigned int i = 0; i < queue->shard_count; ++i) {
		if (index_rings_put(&queue->shards[i], item)) {
			return true;
		}
	}
	return false;
}

QUEUE_OP enum queue_status sharded_enqueue(struct queue *queue, struct queue_handle *handle,
					   void *item)
{
	if (!index_rings_put(handle->own, item) && !put_elsewhere(queue, handle, item)) {
		return QUEUE_FULL;
	}
	// Relaxed: only the owner writes it. C1, release: for a thread that sees the count (C2),
	// the item is inside
	uint64_t enqueued = atomic_load_explicit(&handle->enqueued, memory_order_relaxed);
	atomic_store_explicit(&handle->enqueued, enqueued + 1, memory_order_release);
	return QUEUE_OK;
}

/** Takes from a shard, and writes nothing there if it seems empty. NULL if it is empty. */
QUEUE_OP void *take_from(struct index_rings *shard)
{
	return index_rings_claimed(shard) ? NULL : index_rings_take(shard);
}

/** Number of items that were ever enqueued. It only grows. */
static uint64_t count_enqueued(struct queue *queue)
{
	// Relaxed: a handle that came later had enqueued nothing when this began
	unsigned int used = atomic_load_explicit(&queue->handle_slots.used, memory_order_relaxed);
	uint64_t sum = 0;
	for (unsigned int i = 0; i < used; ++i) {
		// C2, acquire: pairs with C1
		sum += atomic_load_explicit(&queue->handles[i].enqueued, memory_order_acquire);
	}
	return sum;
}

/** Takes from the first shard with an item, from the last such shard on: it mostly has more. */
static void *take_from_any(struct queue *queue, struct queue_handle *handle)
{
	for (unsigned int i = 0; i < queue->shard_count; ++i) {
		void *item = take_from(&queue->shards[handle->victim]);
		if (item) {
			return item;
		}
		handle->victim = handle->victim + 1 < queue->shard_count ? handle->victim + 1 : 0;
	}
	return NULL;
}

/**
 * Takes from another shard, when the own one was empty. NULL if all were empty at once. A thread
 * that only consumes comes here each time.
 */
static __attribute__((noinline)) void *take_elsewhere(struct queue *queue,
						      struct queue_handle *handle)
{
	void *item = take_from(better_of_two(queue, handle, true));
	while (!item) {
		item = take_from_any(queue, handle);
		uint64_t count = item ? 0 : count_enqueued(queue);
		if (!item && count == handle->last_count) {
			// LP: before this count
			break;
		}
		handle->last_count = item ? handle->last_count : count;
	}
	return item;
}

QUEUE_OP enum queue_status sharded_dequeue(struct queue *queue, struct queue_handle *handle,
					   void **item)
{
	void *taken = take_from(handle->own);
	if (!taken) {
		taken = take_elsewhere(queue, handle);
	}
	if (!taken) {
		return QUEUE_EMPTY;
	}
	*item = taken;
	return QUEUE_OK;
}

QUEUE_EXPORT(sharded) = {
	.name = "sharded",
	.title = "bounded rings of indices, one per thread, two choices",
	.source = "Haas et al., Computing Frontiers 2013, doi:10.1145/2482767.2482789",
	.enqueue_progress = QUEUE_LOCK_FREE,
	.dequeue_progress = QUEUE_LOCK_FREE,
	.order = QUEUE_UNORDERED,
	.exact_empty = 1,
	.exact_full = 0,
	.create = sharded_create,
	.destroy = sharded_destroy,
	.capacity = sharded_capacity,
	.attach = sharded_attach,
	.detach = sharded_detach,
	.enqueue = sharded_enqueue,
	.dequeue = sharded_dequeue,
	.slow_paths = index_rings_slow_paths,
};
