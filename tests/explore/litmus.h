// SPDX-License-Identifier: MIT

/** Litmus tests of the exploring engine: what a module of them shows to tests. */

#ifndef TESTS_EXPLORE_LITMUS_H
#define TESTS_EXPLORE_LITMUS_H

#define LITMUS_THREADS 4
/** Values that are looked at in the end, each from 0 to 3. */
#define LITMUS_VALUES 4
#define LITMUS_OUTCOMES (1 << 2 * LITMUS_VALUES)

struct queue;

struct litmus {
	const char *name;
	void (*threads[LITMUS_THREADS])(struct queue *queue);
	/** How many values are looked at. */
	unsigned int values;
	/** All outcomes, each a digit a value; NULL under C11: a data race. */
	const char *ordered;
	const char *weak;
};

/** What litmus_module shows: struct queue_config.capacity chooses a test, counted from 1. */
struct litmus_module {
	/** Up to one without a name. */
	const struct litmus *tests;
	/** Outcomes that were seen since the caller cleared them. */
	_Bool *seen;
};

#endif // TESTS_EXPLORE_LITMUS_H
