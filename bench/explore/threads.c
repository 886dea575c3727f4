// SPDX-License-Identifier: MIT

/**
 * Threads that a program creates and joins. All of a program's threads are there from the start:
 * one that is to be created waits for that, as for a lock, and who joins it for its end.
 */

#include "explore/search.h"

#include <errno.h>
#include <pthread.h>

/** Locked until it is created, and until it has ended. */
struct words {
	uint64_t created;
	uint64_t ended;
};

static struct {
	/** By thread, in memory of the program. */
	struct words *words;
	void *(*entries[EXPLORE_THREADS])(void *);
	void *arguments[EXPLORE_THREADS];
	unsigned int created;
	unsigned int limit;
} threads;

static void step(enum access_kind kind, const uint64_t *word, uintptr_t code)
{
	struct access access = {.kind = kind,
				.size = 8,
				.order = __ATOMIC_SEQ_CST,
				.address = (uintptr_t)word,
				.operand = kind == ACCESS_LOCK,
				.code = code};
	engine_access(&access);
}

void threads_prepare(void)
{
	memory_label("thread");
	threads.words = memory_allocate(EXPLORE_THREADS * sizeof(*threads.words), 16, 0);
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
	step(ACCESS_LOCK, &threads.words[thread].created, code);
	threads.entries[thread](threads.arguments[thread]);
	step(ACCESS_UNLOCK, &threads.words[thread].ended, code);
}

int pthread_create(pthread_t *handle, const pthread_attr_t *attributes, void *(*entry)(void *),
		   void *argument)
{
	(void)attributes;
	uintptr_t code = (uintptr_t)__builtin_return_address(0);
	if (threads.created == threads.limit) {
		return EAGAIN;
	}
	// The first thread is the one that creates the others
	unsigned int thread = ++threads.created;
	*handle = thread;
	threads.entries[thread] = entry;
	threads.arguments[thread] = argument;
	step(ACCESS_UNLOCK, &threads.words[thread].created, code);
	return 0;
}

int pthread_join(pthread_t handle, void **result)
{
	(void)result;
	step(ACCESS_LOCK, &threads.words[handle].ended, (uintptr_t)__builtin_return_address(0));
	return 0;
}
