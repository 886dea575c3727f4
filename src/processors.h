// SPDX-License-Identifier: MIT

/** How many processors this process may use. */

#ifndef PROCESSORS_H
#define PROCESSORS_H

struct processors {
	/** Processors in the affinity mask: at least 1. */
	unsigned int affinity;
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

#endif // PROCESSORS_H
