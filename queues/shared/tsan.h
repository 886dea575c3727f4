// SPDX-License-Identifier: MIT

/**
 * Annotations for tsan, and the test for it. Libraries synchronize where tsan cannot look: in
 * inline assembly, with fences, or in objects compiled without it. It sees one thread write an item
 * and another thread read it, and nothing between the two.
 *
 *     tsan_release(at)  before the library publishes, at some address ...
 *     tsan_acquire(at)  ... and after it has found something there
 *
 *     tsan_blind_begin(), tsan_blind_end()
 *                       around a call whose plain accesses are ordered by any of these, or
 *                       are used only after a compare-and-swap has vouched for them. No
 *                       code of the project may stand between the two
 *
 * Without tsan these functions are empty.
 */

#ifndef SHARED_TSAN_H
#define SHARED_TSAN_H

#include "queue.h"

/** 1 under tsan, else 0. */
#if defined(__SANITIZE_THREAD__)
#define TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TSAN 1
#endif
#endif
#ifndef TSAN
#define TSAN 0
#endif

#if TSAN
#include <sanitizer/tsan_interface.h>

#ifdef __cplusplus
extern "C" {
#endif
// Functions of the runtime that no header declares
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);
void AnnotateIgnoreWritesBegin(const char *file, int line);
void AnnotateIgnoreWritesEnd(const char *file, int line);
#ifdef __cplusplus
}
#endif
#endif

QUEUE_OP void tsan_release(void *at)
{
#if TSAN
	__tsan_release(at);
#else
	(void)at;
#endif
}

QUEUE_OP void tsan_acquire(void *at)
{
#if TSAN
	__tsan_acquire(at);
#else
	(void)at;
#endif
}

QUEUE_OP void tsan_blind_begin(void)
{
#if TSAN
	AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
	AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
#endif
}

QUEUE_OP void tsan_blind_end(void)
{
#if TSAN
	AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
	AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
#endif
}

#endif // SHARED_TSAN_H
