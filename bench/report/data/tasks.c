// SPDX-License-Identifier: MIT

#include "report/data/tasks.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

struct tasks {
	size_t count;
	int (*act)(void *context, size_t number);
	void *context;
	/** Number of the next task. */
	atomic_size_t next;
	/** errno of a task that failed; -1 without one. */
	atomic_int error;
};

static void *work(void *argument)
{
	struct tasks *tasks = argument;
	size_t number;
	while (atomic_load(&tasks->error) < 0 &&
	       (number = atomic_fetch_add(&tasks->next, 1)) < tasks->count) {
		if (tasks->act(tasks->context, number) != 0) {
			atomic_store(&tasks->error, errno);
		}
	}
	return NULL;
}

int tasks_do(size_t count, int (*act)(void *context, size_t number), void *context)
{
	struct tasks tasks = {.count = count, .act = act, .context = context, .error = -1};
	pthread_t threads[TASKS_THREADS];
	cpu_set_t processors;
	size_t wanted = sched_getaffinity(0, sizeof(processors), &processors) == 0
				? (size_t)CPU_COUNT(&processors)
				: 1;
	wanted = wanted < TASKS_THREADS ? wanted : TASKS_THREADS;
	wanted = wanted < count ? wanted : count;
	size_t started = 0;
	// The caller works, too: alone if no thread can be had
	while (started + 1 < wanted && pthread_create(&threads[started], NULL, work, &tasks) == 0) {
		++started;
	}
	work(&tasks);
	while (started > 0) {
		pthread_join(threads[--started], NULL);
	}
	int error = atomic_load(&tasks.error);
	errno = error < 0 ? errno : error;
	return error < 0 ? 0 : -1;
}
