// SPDX-License-Identifier: MIT

/** Time, in nanoseconds since some moment before the program started. */

#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdint.h>
#include <time.h>

/** Now. Never goes back, and is the same clock for all threads. */
static inline uint64_t clock_now(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/** Nanoseconds on a clock, such as that of a process; 0 if the process has ended. */
static inline uint64_t clock_of(clockid_t clock)
{
	struct timespec now = {0};
	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/** A time as the system takes it. */
static inline struct timespec clock_timespec(uint64_t time)
{
	return (struct timespec){.tv_sec = (time_t)(time / 1000000000),
				 .tv_nsec = (long)(time % 1000000000)};
}

/** Nanoseconds as seconds. */
static inline double clock_seconds(uint64_t nanoseconds)
{
	return (double)nanoseconds / 1e9;
}

#endif // BASE_CLOCK_H
