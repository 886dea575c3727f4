// SPDX-License-Identifier: MIT

/**
 * Fast-forward. A thread that goes round and only looks, at lines that its core has, does the same
 * until one of the lines changes. Such a thread sleeps, which costs no events, and wakes when
 * somebody asks for a line of those to change it. It goes on at the place of its round where it
 * would have been by then.
 *
 * A pause ends a step. Queues look a bounded number of times before they do something else, and
 * count in registers, which are not seen here. So a thread must have looked for a while
 * (SPIN_BEFORE), and then its steps must repeat with one period over the whole of SPIN_STEPS. What
 * a queue does after more looks than these it does not do while it sleeps: cc_queue does not yield.
 */

#include "simulate/engine/engine.h"

#include <string.h>

/** Pauses before a thread's steps are looked at: more than most queues wait for a peer. */
#define SPIN_BEFORE 40

void spin_record(struct line *line, uintptr_t code, uintptr_t address, bool writes)
{
	struct spin *spin = &simulation.current->spin;
	spin->hash = (spin->hash ^ code ^ address << 20) * 0x9E3779B97F4A7C15u;
	spin->hash ^= spin->hash >> 29;
	for (unsigned int i = 0; i < spin->line_count; ++i) {
		if (spin->lines[i].line == line) {
			spin->lines[i].changes += writes;
			return;
		}
	}
	if (spin->line_count == SPIN_LINES) {
		spin_break(spin);
		return;
	}
	spin->lines[spin->line_count].line = line;
	spin->lines[spin->line_count++].changes = line->changes;
}

/** Time of a round; 0 if the steps do not repeat. */
static int64_t find_period(const struct spin *spin)
{
	for (unsigned int period = 1; period <= SPIN_STEPS / 2; ++period) {
		if (memcmp(spin->hashes, spin->hashes + period,
			   (SPIN_STEPS - period) * sizeof(*spin->hashes)) == 0) {
			unsigned int rounds = (SPIN_STEPS - 1) / period;
			return (spin->times[SPIN_STEPS - 1] -
				spin->times[SPIN_STEPS - 1 - rounds * period]) /
			       rounds;
		}
	}
	return 0;
}

/** Threads that sleep until a line changes. Not in the line: few have any. */
static uint64_t watchers[LINES][SIMULATE_THREADS / 64];

/** Begins or ends to be woken by changes of the lines that the thread looks at. */
static void watch(struct simulated_thread *thread, bool on)
{
	uint64_t bit = (uint64_t)1 << thread->index % 64;
	for (unsigned int i = 0; i < thread->spin.line_count; ++i) {
		struct line *line = thread->spin.lines[i].line;
		uint64_t *word = &watchers[line - simulation.lines][thread->index / 64];
		*word = on ? *word | bit : *word & ~bit;
		line->watched = on ? line->watched + 1 : line->watched - 1;
	}
	thread->spin.asleep = on;
}

void spin_step(void)
{
	struct simulated_thread *thread = simulation.current;
	struct spin *spin = &thread->spin;
	if (++spin->pauses <= SPIN_BEFORE) {
		spin->hash = 0;
		spin->line_count = 0;
		spin->records = spin->pauses == SPIN_BEFORE;
		return;
	}
	unsigned int step = spin->pauses - SPIN_BEFORE - 1;
	spin->hashes[step] = spin->hash;
	spin->times[step] = thread->now;
	spin->hash = 0;
	if (step < SPIN_STEPS - 1) {
		return;
	}
	spin_break(spin);
	int64_t period = find_period(spin);
	threads_catch_up();
	for (unsigned int i = 0; i < spin->line_count; ++i) {
		if (spin->lines[i].line->changes != spin->lines[i].changes) {
			return;
		}
	}
	// Without a line to watch nothing would wake it
	if (period > 0 && spin->line_count > 0) {
		int64_t since = thread->now;
		watch(thread, true);
		threads_switch();
		// What the round does before the change is past: it finds its lines as they were
		spin->past = thread->now;
		thread->now = since + (spin->past - since) / period * period;
	}
}

void spin_wake(struct simulated_thread *thread, int64_t now)
{
	watch(thread, false);
	event_add(now, EVENT_THREAD, thread->index);
}

void spin_wake_all(struct line *line, int64_t now)
{
	const uint64_t *words = watchers[line - simulation.lines];
	for (unsigned int word = 0; word < SIMULATE_THREADS / 64; ++word) {
		for (uint64_t bits = words[word]; bits; bits &= bits - 1) {
			spin_wake(&simulation.threads[word * 64 +
						      (unsigned int)__builtin_ctzll(bits)],
				  now);
		}
	}
}
