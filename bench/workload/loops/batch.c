// SPDX-License-Identifier: MIT

/** Like pairwise, but several items at a time: in native batches, where a queue has them. */

#include "workload/loop.h"

/** Enqueues a whole batch. False if the sample is over before. */
QUEUE_OP bool put_batch(const struct queue_type *type, struct loop_thread *thread, void **items,
			size_t count)
{
	if (!type->enqueue_batch) {
		for (size_t i = 0; i < count; ++i) {
			if (!loop_enqueue(type, thread)) {
				return false;
			}
		}
		return true;
	}
	struct channel *channel = &thread->run->channels[0];
	unsigned int polls = 0;
	for (size_t i = 0; i < count; ++i) {
		items[i] = (void *)(thread->next + i * PROOF_STEP);
	}
	for (size_t done = 0; done < count;) {
		size_t part = type->enqueue_batch(channel->queue, thread->ends[0].handle,
						  items + done, count - done);
		done += part;
		thread->next += part * PROOF_STEP;
		if (part == 0) {
			if (loop_stopped(thread)) {
				return false;
			}
			channel_poll(channel, &polls);
		}
	}
	return true;
}

/** Dequeues as many items. False if the sample is over before. */
QUEUE_OP bool take_batch(const struct queue_type *type, struct loop_thread *thread, void **items,
			 size_t count)
{
	if (!type->dequeue_batch) {
		for (size_t i = 0; i < count; ++i) {
			if (!loop_dequeue(type, thread)) {
				return false;
			}
		}
		return true;
	}
	struct channel *channel = &thread->run->channels[0];
	unsigned int polls = 0;
	for (size_t done = 0; done < count;) {
		size_t part = type->dequeue_batch(channel->queue, thread->ends[0].handle, items,
						  count - done);
		for (size_t i = 0; i < part; ++i) {
			loop_take(thread, items[i]);
		}
		done += part;
		if (part == 0) {
			if (loop_stopped(thread)) {
				return false;
			}
			channel_poll(channel, &polls);
		}
	}
	return true;
}

QUEUE_OP void batch_loop(const struct queue_type *type, struct loop_thread *thread)
{
	void *items[LOOP_MAX_BATCH];
	size_t count = thread->run->cell->batch;
	while (!loop_stopped(thread) && put_batch(type, thread, items, count)) {
		loop_work(thread);
		if (!take_batch(type, thread, items, count)) {
			break;
		}
		loop_work(thread);
	}
}

LOOP_EXPORT(batch, .title = "1, 4, 16, 64 items at a time", .waits = LOOP_POLLS, .batches = true);
