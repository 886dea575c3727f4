// SPDX-License-Identifier: MIT
// unexplored: what is inside is the kernel's

/**
 * A pipe of the kernel, with pointers written into it: the baseline for "just use the kernel".
 *
 *     read -> [c d e - ] [f g h i] [j k - - ] <- write      pages of 512 pointers
 *                ^ first               ^ appended to while there is room in it
 *
 * An operation is one system call of 8 bytes, far below PIPE_BUF, so a pointer goes in and comes
 * out whole. It takes effect under the kernel's mutex. Neither call sleeps (O_NONBLOCK), except for
 * that mutex.
 *
 * Surprising: how many items fit. A pipe is bounded in pages, and its first page counts in full
 * until the last pointer has left it. So a pipe of 64 KiB can be full with 7681 pointers, and hold
 * 8192 at another time. Here `inside` counts the items, and the pipe has a page more than they
 * need. So the bound is the capacity that was asked for, and a write always finds room. An item
 * counts from before its write to after its read: FULL also counts slots that a peer is still
 * leaving. EMPTY is the kernel's.
 *
 * The system calls cost some 100 ns each, and more where the kernel defends itself against the
 * processor. The cost is the same for one thread and for many, until they meet at the mutex. One
 * read takes many items, which is the native batch. Writes do not: the kernel begins a new page
 * rather than divide a write, and the pages would not suffice.
 *
 * A process may have fewer pages for pipes than it asks for (/proc/sys/fs/pipe-max-size,
 * pipe-user-pages-soft): create() then fails with ENOMEM.
 */

#include "queue.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

struct queue {
	/** Read only. */
	size_t capacity;
	int read_end;
	int write_end;
	/** Items inside, and items that are being written or read. */
	_Alignas(QUEUE_APART) _Atomic size_t inside;
};

static void pipe_destroy(struct queue *queue)
{
	close(queue->read_end);
	close(queue->write_end);
	free(queue);
}

static struct queue *pipe_create(const struct queue_config *config)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	size_t items = page / sizeof(void *);
	// F_SETPIPE_SZ takes an int
	if (config->capacity == 0 || config->capacity > INT_MAX / sizeof(void *) - 2 * items) {
		errno = EINVAL;
		return NULL;
	}
	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	int ends[2];
	if (!queue || pipe2(ends, O_NONBLOCK | O_CLOEXEC) != 0) {
		free(queue);
		errno = ENOMEM;
		return NULL;
	}
	queue->read_end = ends[0];
	queue->write_end = ends[1];
	// Worst case: one item in the first page, and all other pages full
	size_t pages = (config->capacity - 1 + items - 1) / items + 1;
	if (fcntl(ends[1], F_SETPIPE_SZ, (int)(pages * page)) < 0) {
		pipe_destroy(queue);
		errno = ENOMEM;
		return NULL;
	}
	queue->capacity = config->capacity;
	atomic_init(&queue->inside, 0);
	return queue;
}

static size_t pipe_capacity(const struct queue *queue)
{
	return queue->capacity;
}

/** Counts out items that have left the pipe, or that did not go in. */
QUEUE_OP void pipe_leave(struct queue *queue, size_t count)
{
	// I2, release: for a thread that sees this in I1, the reads are over
	atomic_fetch_sub_explicit(&queue->inside, count, memory_order_release);
}

/** Answers for a pipe that took no item although there was room for it. */
QUEUE_RARE enum queue_status pipe_refused(struct queue *queue)
{
	enum queue_status status = errno == ENOMEM ? QUEUE_NOMEM : QUEUE_BUSY;
	pipe_leave(queue, 1);
	return status;
}

QUEUE_OP enum queue_status pipe_enqueue(struct queue *queue, struct queue_handle *handle,
					void *item)
{
	(void)handle;
	// Relaxed: a stale count fails at the CAS, or is of an instant of this call
	size_t inside = atomic_load_explicit(&queue->inside, memory_order_relaxed);
	do {
		if (inside == queue->capacity) {
			return QUEUE_FULL; // LP
		}
		// I1, acquire: pairs with I2, so that the write comes after the reads that made
		// room
	} while (!atomic_compare_exchange_weak_explicit(
		&queue->inside, &inside, inside + 1, memory_order_acquire, memory_order_relaxed));
	if (write(queue->write_end, &item, sizeof(item)) != sizeof(item)) { // LP
		return pipe_refused(queue);
	}
	return QUEUE_OK;
}

QUEUE_OP size_t pipe_dequeue_batch(struct queue *queue, struct queue_handle *handle, void **items,
				   size_t count)
{
	(void)handle;
	ssize_t size = read(queue->read_end, items, count * sizeof(*items));
	size_t done = size > 0 ? (size_t)size / sizeof(*items) : 0;
	if (done > 0) {
		pipe_leave(queue, done);
	}
	return done;
}

QUEUE_OP enum queue_status pipe_dequeue(struct queue *queue, struct queue_handle *handle,
					void **item)
{
	(void)handle;
	void *found;
	if (read(queue->read_end, &found, sizeof(found)) != sizeof(found)) { // LP
		return QUEUE_EMPTY;
	}
	pipe_leave(queue, 1);
	*item = found;
	return QUEUE_OK;
}

QUEUE_EXPORT(pipe) = {
	.name = "pipe",
	.title = "a pipe with pointers written into it",
	.source = "the kernel: pipe(7)",
	.enqueue_progress = QUEUE_BLOCKING,
	.dequeue_progress = QUEUE_BLOCKING,
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.exact_full = 0,
	.create = pipe_create,
	.destroy = pipe_destroy,
	.capacity = pipe_capacity,
	.enqueue = pipe_enqueue,
	.dequeue = pipe_dequeue,
	.dequeue_batch = pipe_dequeue_batch,
};
