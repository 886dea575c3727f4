// SPDX-License-Identifier: MIT

/**
 * The cost of waiting. Consumers wait for 50 ms in which nothing comes, and the processor time of
 * the process is noted, for a second. Then a producer sends an item every PAUSE.
 * The time from the sending to its consumer running is recorded; and how late the producer's own
 * sleeps end, while consumers sleep: the machine makes both longer at once.
 */

#include "workload/loop.h"

#include <sys/prctl.h>
#include <time.h>

/** Nanoseconds between two items: long enough for every consumer to be asleep again. */
#define PAUSE 1000000
/** Nanoseconds of a producer's sleep while nothing is sent: it costs little itself. The first item
 * may be as late. */
#define LONG_PAUSE 10000000

QUEUE_OP void send_now_and_then(const struct queue_type *type, struct loop_thread *thread)
{
	struct loop_run *run = thread->run;
	struct channel *channel = &run->channels[0];
	// Otherwise sleeps end up to 50 µs later, together with other timers
	prctl(PR_SET_TIMERSLACK, 1UL);
	while (!loop_stopped(thread)) {
		bool quiet = loop_phase(thread) == LOOP_QUIET;
		struct timespec pause = {.tv_nsec = quiet ? LONG_PAUSE : PAUSE};
		uint64_t due = clock_now() + (uint64_t)pause.tv_nsec;
		clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
		uint64_t now = clock_now();
		loop_record(thread, now > due ? now - due : 0, false);
		if (loop_phase(thread) == LOOP_QUIET ||
		    !credit_spend(&run->credit, &thread->purse)) {
			continue;
		}
		loop_note_due(thread, clock_now());
		void *item = loop_make(thread);
		if (channel_enqueue(type, channel, &thread->ends[0], item) != QUEUE_OK) {
			thread->next -= PROOF_STEP;
			break;
		}
		channel_wake(channel, &thread->ends[0], 1);
	}
}

QUEUE_OP void idle_loop(const struct queue_type *type, struct loop_thread *thread)
{
	if (thread->role == LOOP_PRODUCER) {
		send_now_and_then(type, thread);
		return;
	}
	struct channel *channel = &thread->run->channels[0];
	const uint64_t *parks = &thread->ends[0].counts.parks;
	uint64_t slept = *parks;
	void *item;
	while (channel_dequeue(type, channel, &thread->ends[0], &item) == QUEUE_OK) {
		uint64_t now = clock_now();
		loop_record_due(thread, (uintptr_t)item, now, *parks != slept);
		slept = *parks;
		loop_take(thread, item);
		credit_earn(&thread->run->credit, &thread->purse);
		credit_return(&thread->run->credit, &thread->purse);
	}
}

LOOP_EXPORT(idle, .title = "from sending to running, of consumers that wait on a quiet queue",
	    .unit = LOOP_NANOSECONDS, .waits = LOOP_ALL_WAITS, .split = true, .timed = true,
	    .dues = true, .quiet = true, .sleeps = true, .one_producer = true, .floor = "");
