// SPDX-License-Identifier: MIT

/** The number of processors that this process may use. */

#ifndef PROCESSORS_H
#define PROCESSORS_H

#include <stdbool.h>

struct processors {
	/** Processors in the affinity mask: at least 1. */
	unsigned int affinity;
	/** The system tells the affinity mask; else `affinity` is 1. */
	bool known;
	/** Limit of the control groups, in processors; 0 without one. */
	double limit;
	/** The smaller of the two, rounded up: at least 1. */
	unsigned int usable;
};

struct processors processors_look(void);

/** The usable processors. */
static inline unsigned int processors_available(void)
{
	return processors_look().usable;
}

/** Number of the nth processor of the affinity mask, counted from 0; -1 if there is none. */
int processors_nth(unsigned int n);

/**
 * Keeps the calling thread on one processor.
 *
 * @param processor its number; a negative one leaves the thread as it is
 * @return 0; or -1 with EINVAL if there is no such processor for this process, or ENOMEM
 */
int processors_pin(int processor);

#endif // PROCESSORS_H
