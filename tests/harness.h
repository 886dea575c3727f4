// SPDX-License-Identifier: MIT

/** Shared by the tests: cmocka, a watchdog, and the queue that a test is run for. */

#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/build.h"
#include "channel.h"
#include "pool.h"
#include "registry.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** What the test is doing now: the watchdog prints it. */
static const char *harness_doing = "";

static inline void harness_bark(int number)
{
	(void)number;
	static const char text[] = "watchdog: hangs in ";
	(void)!write(STDERR_FILENO, text, sizeof(text) - 1);
	(void)!write(STDERR_FILENO, harness_doing, strlen(harness_doing));
	(void)!write(STDERR_FILENO, "\n", 1);
	_exit(1);
}

/** Kills the test after `seconds`, or 4 times that in slow builds, unless called again. 0 stops
 * the watchdog. */
static inline void harness_watch(const char *doing, unsigned int seconds)
{
	harness_doing = doing;
	signal(SIGALRM, harness_bark);
	alarm(BUILD_SLOW > 1 ? 4 * seconds : seconds);
}

/** The queue named on the command line. Ends the program if there is none. */
static inline const struct pool_type *harness_queue(int argc, char **argv)
{
	char *error = NULL;
	const struct registry_queue *queue = argc == 2 ? registry_find(argv[1], &error) : NULL;
	if (!queue) {
		fprintf(stderr, "usage: %s QUEUE%s%s\n", argv[0], error ? ": " : "",
			error ? error : "");
		exit(2);
	}
	return queue->pool;
}

/** An item that holds its producer and sequence number. Not NULL; the low 3 bits are 0. */
static inline void *harness_item(unsigned int producer, uint64_t sequence)
{
	return (void *)(uintptr_t)((((uint64_t)producer + 1) << 36 | sequence) << 3);
}

static inline unsigned int harness_producer(const void *item)
{
	return (unsigned int)((uintptr_t)item >> 39) - 1;
}

static inline uint64_t harness_sequence(const void *item)
{
	return ((uintptr_t)item >> 3) & (((uint64_t)1 << 36) - 1);
}

#endif // TESTS_HARNESS_H
