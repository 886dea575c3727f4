// SPDX-License-Identifier: MIT

/**
 * What tsan is told of libraries that synchronize where it cannot look: in inline
 * assembly, with fences, or in objects that were compiled without it. It sees the item
 * that one thread wrote and another one reads, and nothing between the two.
 *
 *     told_release(at)  before the library publishes, at some address ...
 *     told_acquire(at)  ... and after it has found something there
 *
 *     told_blind_begin(), told_blind_end()
 *                       around a call whose plain accesses are ordered by any of these, or
 *                       are looked at only after a compare-and-swap has vouched for them;
 *                       nothing of ours may stand between the two
 *
 * Without tsan all of it is nothing.
 */

#ifndef BODY_TOLD_H
#define BODY_TOLD_H

#include "queue.h"

#if defined(__SANITIZE_THREAD__)
#define TOLD_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TOLD_TSAN 1
#endif
#endif

#ifdef TOLD_TSAN
#include <sanitizer/tsan_interface.h>

#ifdef __cplusplus
extern "C" {
#endif
// Of the runtime, which has no header for them
void AnnotateIgnoreReadsBegin(const char *file, int line);
void AnnotateIgnoreReadsEnd(const char *file, int line);
void AnnotateIgnoreWritesBegin(const char *file, int line);
void AnnotateIgnoreWritesEnd(const char *file, int line);
#ifdef __cplusplus
}
#endif
#endif

QUEUE_OP void told_release(void *at)
{
#ifdef TOLD_TSAN
	__tsan_release(at);
#else
	(void)at;
#endif
}

QUEUE_OP void told_acquire(void *at)
{
#ifdef TOLD_TSAN
	__tsan_acquire(at);
#else
	(void)at;
#endif
}

QUEUE_OP void told_blind_begin(void)
{
#ifdef TOLD_TSAN
	AnnotateIgnoreReadsBegin(__FILE__, __LINE__);
	AnnotateIgnoreWritesBegin(__FILE__, __LINE__);
#endif
}

QUEUE_OP void told_blind_end(void)
{
#ifdef TOLD_TSAN
	AnnotateIgnoreWritesEnd(__FILE__, __LINE__);
	AnnotateIgnoreReadsEnd(__FILE__, __LINE__);
#endif
}

#endif // BODY_TOLD_H
