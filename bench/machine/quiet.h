// SPDX-License-Identifier: MIT

/**
 * Is the machine quiet enough to measure? Looks at the processor time that others take: other
 * programs, and the hypervisor (steal).
 *
 * /proc/stat counts the whole host, also inside a container. So only the processors of this
 * process's affinity mask are counted, and what this process and its ended children used is taken
 * off. It counts in ticks of a hundredth of a second, which short looks must allow for.
 *
 * The load average only stands beside: it still holds what this program itself ran a minute ago.
 */

#ifndef BENCH_QUIET_H
#define BENCH_QUIET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Shares of the processors' time above which a machine is busy. With another program on one of two
 * processors three of five answers changed. A hypervisor that took 0.4 to 5.7 % in three runs
 * changed none of ten: what it takes, it takes from all cells alike.
 */
#define QUIET_MOST_OTHERS 0.05
#define QUIET_MOST_STEAL 0.1

/** Nanoseconds of a look before measuring. */
#define QUIET_LOOK 500000000

/** Nanoseconds that quiet_wait() waits if nothing else is asked for. */
#define QUIET_PATIENCE ((uint64_t)300 * 1000000000)

/** What some processors had done at some time. */
struct quiet_reading {
	/** By clock_now(). */
	uint64_t at;
	/** Nanoseconds of all of them; NAN where the system does not tell. */
	double busy, steal;
	/** Processor time of this process and of its children that have ended. */
	double own;
	unsigned int processors;
};

/** What others took between two readings. NAN where the system does not tell. */
struct quiet {
	/** Shares of the processors' time, from 0 to 1. */
	double others, steal;
	/** Nanoseconds of processor time of both. */
	double lost;
	/** Of the last minute; NAN unless quiet_look() found it. */
	double load;
	unsigned int processors;
};

/**
 * Reads what some processors have done since boot.
 *
 * @param processors  their numbers, some perhaps several times; NULL: all that this process may use
 */
void quiet_read(const int *processors, unsigned int count, struct quiet_reading *reading);

/** What others took since a reading of the same processors. No child may run at either end. */
struct quiet quiet_since(const struct quiet_reading *before, const struct quiet_reading *after);

/** Watches for QUIET_LOOK. */
struct quiet quiet_look(void);

/** Do others take more than measuring bears? Not if the system does not tell. */
bool quiet_is_busy(double others, double steal);

/** Did others take over a tenth of the time between two readings, whatever the ticks hide? */
bool quiet_lost_much(const struct quiet_reading *before, const struct quiet_reading *after);

/**
 * Waits until the machine has been quiet for some seconds, and shows that as progress.
 *
 * @param most  nanoseconds; then it returns all the same
 * @return the last look
 */
struct quiet quiet_wait(uint64_t most);

/** Bytes that quiet_describe() needs. */
#define QUIET_WORDS 200

/** "other programs take 48.0 % of the time of 2 processors, the hypervisor 0.0 %, load 1.20" */
void quiet_describe(const struct quiet *quiet, char *text, size_t size);

#endif // BENCH_QUIET_H
