// SPDX-License-Identifier: MIT

/** Litmus tests of the search: the symbol that their module exports. */

#ifndef TESTS_EXPLORE_LITMUS_H
#define TESTS_EXPLORE_LITMUS_H

#define LITMUS_THREADS 4
/** Largest number of values of an outcome, each from 0 to 3. */
#define LITMUS_VALUES 4
#define LITMUS_OUTCOMES (1 << 2 * LITMUS_VALUES)

struct queue;

struct litmus {
	const char *name;
	void (*threads[LITMUS_THREADS])(struct queue *queue);
	/** Number of values of an outcome. */
	unsigned int values;
	/** All outcomes, a digit for each value; NULL means a data race. */
	const char *ordered;
	const char *weak;
};

/** The symbol litmus_module. struct queue_config.capacity chooses a test, from 1. */
struct litmus_module {
	/** Ends with a test without a name. */
	const struct litmus *tests;
	/** Outcomes since the caller cleared them. */
	_Bool *seen;
};

#endif // TESTS_EXPLORE_LITMUS_H
