// SPDX-License-Identifier: MIT

/** Some threads enqueue and others dequeue. They wait for each other as the cell says. */

#include "workload/loop.h"

QUEUE_OP void produce(const struct queue_type *type, struct loop_thread *thread)
{
	struct channel *channel = &thread->run->channels[0];
	unsigned int polls = 0;
	while (!loop_stopped(thread)) {
		if (!credit_spend(&thread->run->credit, &thread->purse)) {
			channel_poll(channel, &polls);
			continue;
		}
		polls = 0;
		void *item = loop_make(thread);
		if (channel_enqueue(type, channel, &thread->ends[0], item) != QUEUE_OK) {
			thread->next -= PROOF_STEP;
			++thread->purse.credits;
			break;
		}
		channel_wake(channel, &thread->ends[0], 1);
		loop_work(thread);
	}
}

QUEUE_OP void consume(const struct queue_type *type, struct loop_thread *thread)
{
	void *item;
	while (loop_receive(type, thread, &item)) {
		loop_take(thread, item);
		credit_earn(&thread->run->credit, &thread->purse);
		loop_work(thread);
	}
}

QUEUE_OP void producers_consumers_loop(const struct queue_type *type, struct loop_thread *thread)
{
	if (thread->role == LOOP_PRODUCER) {
		produce(type, thread);
	} else {
		consume(type, thread);
	}
}

LOOP_EXPORT(producers_consumers, .title = "producers enqueue, consumers dequeue",
	    .waits = LOOP_ALL_WAITS, .split = true);
