// SPDX-License-Identifier: MIT

/**
 * All threads of a program are there from the start. A thread that the program creates waits for
 * that on a lock, and a thread that joins it waits for its end on another one.
 */

#include "explore/threads.h"
#include "explore/heap.h"
#include "explore/search.h"

/** Locked until the thread is created, and until it has ended. */
struct words {
	uint64_t created;
	uint64_t ended;
};

static struct {
	/** Index: thread. In memory of the program. */
	struct words *words;
	void *(*entries[EXPLORE_THREADS])(void *);
	void *arguments[EXPLORE_THREADS];
	unsigned int created;
	unsigned int limit;
} threads;

void threads_prepare(void)
{
	heap.label = "thread";
	threads.words = hooked_allocate(EXPLORE_THREADS * sizeof(*threads.words), 16, 0);
	for (unsigned int i = 0; i < EXPLORE_THREADS; ++i) {
		threads.words[i] = (struct words){1, 1};
	}
}

void threads_begin(unsigned int limit)
{
	threads.created = 0;
	threads.limit = limit;
}

void threads_body(unsigned int thread)
{
	uintptr_t code = (uintptr_t)__builtin_return_address(0);
	if (thread > threads.limit) {
		return;
	}
	hooked_step(ACCESS_LOCK, &threads.words[thread].created, code);
	threads.entries[thread](threads.arguments[thread]);
	hooked_step(ACCESS_UNLOCK, &threads.words[thread].ended, code);
}

int hooked_create(void *(*entry)(void *), void *argument, uintptr_t code)
{
	if (threads.created == threads.limit) {
		return -1;
	}
	// Thread 0 creates the others
	unsigned int thread = ++threads.created;
	threads.entries[thread] = entry;
	threads.arguments[thread] = argument;
	hooked_step(ACCESS_UNLOCK, &threads.words[thread].created, code);
	return (int)thread;
}

void hooked_join(unsigned int thread, uintptr_t code)
{
	hooked_step(ACCESS_LOCK, &threads.words[thread].ended, code);
}

void hooked_announce_sleep(const void *object)
{
	search.threads[search.current].sleeps_on = (uintptr_t)object;
	search.threads[search.current].woken = false;
}

void hooked_sleep(const void *object, uintptr_t code)
{
	struct thread *thread = &search.threads[search.current];
	if (!thread->woken) {
		thread->state = THREAD_ASLEEP;
	}
	hooked_step(ACCESS_SLEEP, object, code);
	thread->state = THREAD_READY;
	thread->sleeps_on = 0;
	thread->woken = false;
}

/**
 * The system may wake any of the sleepers, so the search tries each choice. There are at most three
 * sleepers, so every choice is a run of neighbours in a circle.
 */
unsigned int hooked_wake(const void *object, unsigned int count, uintptr_t code)
{
	struct thread *sleepers[EXPLORE_THREADS];
	unsigned int sleeping = 0;
	hooked_step(ACCESS_WAKE, object, code);
	for (unsigned int i = 0; i < search.thread_count; ++i) {
		struct thread *thread = &search.threads[i];
		if (thread->sleeps_on == (uintptr_t)object && !thread->woken) {
			sleepers[sleeping++] = thread;
		}
	}
	unsigned int first = 0;
	if (count > 0 && count < sleeping) {
		struct node *node = &search.nodes[search.depth - 1];
		node->options = (uint16_t)sleeping;
		first = node->option;
	}
	unsigned int woken = 0;
	for (; woken < count && woken < sleeping; ++woken) {
		sleepers[(first + woken) % sleeping]->woken = true;
	}
	return woken;
}

void hooked_yield(void)
{
	++search.threads[search.current].yields;
}
