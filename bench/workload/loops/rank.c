// SPDX-License-Identifier: MIT

/**
 * How far a queue strays from FIFO: each thread enqueues, then dequeues, on a queue that is half
 * full, so that there are older items to be passed over. The first operations of each thread are
 * noted with their times (workload/rank.h). They are over before the window begins, unless the
 * warm-up is shorter than a few milliseconds. So the throughput is without the notes.
 */

#include "workload/loop.h"

QUEUE_OP void rank_loop(const struct queue_type *type, struct loop_thread *thread)
{
	struct rank_log *log = &thread->ranks;
	while (!loop_stopped(thread)) {
		bool notes = log->count < log->room;
		uint64_t before = notes ? rank_now() : 0;
		if (!loop_enqueue(type, thread)) {
			break;
		}
		if (notes) {
			rank_note(log, thread->next - PROOF_STEP, before);
		}
		loop_work(thread);
		before = notes ? rank_now() : 0;
		if (!loop_dequeue(type, thread)) {
			break;
		}
		if (notes) {
			rank_note(log, thread->tally.last | RANK_TAKEN, before);
		}
		loop_work(thread);
	}
}

LOOP_EXPORT(rank, .title = "each thread enqueues, then dequeues, queue half full: rank errors",
	    .waits = LOOP_POLLS, .half_full = true, .ranks = true);
