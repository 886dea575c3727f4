// SPDX-License-Identifier: MIT

/**
 * explore_waiting: runs programs over the channel, its eventcount, closing, and the pool, with this
 * queue, in every order of their threads' steps.
 *
 * The code that wakes sleepers is the channel's, but it relies on the queue: EMPTY and FULL must be
 * such that the second look of the eventcount finds what was published. So each queue is explored,
 * under each of its waits that sleeps. See bench/explore/waiting.c.
 */

#include "verify/searches/exploring.h"

/** Bounds on preemptions, tried in this order. */
static const uint32_t bounds[] = {1, 2, 3, UINT32_MAX};

/** Adds all programs that apply to the queue. */
static void choose(struct exploring *exploring)
{
	const struct queue_type *type = exploring->run->type;
	bool sleeps = channel_offers(type, CHANNEL_PARK) || channel_offers(type, CHANNEL_NATIVE);
	for (enum channel_wait wait = CHANNEL_YIELD; wait <= CHANNEL_NATIVE; ++wait) {
		// Without a wait that sleeps, only closing and ending are left to explore
		if (!channel_offers(type, wait) || (wait == CHANNEL_YIELD && sleeps)) {
			continue;
		}
		const struct explore_waiting *waiting = exploring->module->waiting;
		for (; waiting->program.name; ++waiting) {
			// Programs that start with a full queue need a bound
			if (type->capacity || !waiting->program.filled) {
				exploring_add(exploring, &waiting->program, wait);
			}
		}
	}
}

static void run_explore_waiting(struct check_run *run)
{
	static struct exploring exploring;
	const struct explore_module *module = exploring_module(run);
	if (!module) {
		return;
	}
	exploring = (struct exploring){.run = run,
				       .module = module,
				       .explore = module->run_waiting,
				       .bounds = bounds,
				       .bound_count = sizeof(bounds) / sizeof(*bounds)};
	choose(&exploring);
	uint64_t seed;
	struct exploring_choice again;
	check_round(run, &seed);
	if (exploring_choice_of(seed, &again)) {
		exploring_again(&exploring, &again, run->until);
	} else {
		exploring_all(&exploring, run->until);
		exploring_end(&exploring);
	}
	exploring_tell(&exploring);
}

CHECK_EXPORT(explore_waiting,
	     .title = "sleeping, waking, closing, the pool: in every order of steps", .weight = 2,
	     .run = run_explore_waiting);
