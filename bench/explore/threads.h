// SPDX-License-Identifier: MIT

/** Threads of a program that create and join each other, sleep and wake: see hooked.h. */

#ifndef EXPLORE_THREADS_H
#define EXPLORE_THREADS_H

#include <stdint.h>

/** Allocates what is known of the threads that a program creates: before heap_save(). */
void threads_prepare(void);

/** Forgets the threads, before each execution. The first `limit` can be created. */
void threads_begin(unsigned int limit);

/** Body of a thread of the program that another one creates. */
void threads_body(unsigned int thread);

#endif // EXPLORE_THREADS_H
