// SPDX-License-Identifier: MIT

/**
 * stress: threads enqueue and dequeue concurrently, in many numbers and rhythms. No item may be
 * lost or come twice, and each consumer must receive the items of each producer in order.
 *
 * Rounds differ in threads, capacity, first ticket, batches, delays, and in how often threads
 * detach and attach. Most rounds are short, so that many first tickets are tried. Every third round
 * is long and undisturbed, for faults that happen once in 100,000 items of one queue.
 */

#include "verify/traffic.h"

/** Most producers, and consumers: mostly few, sometimes many more than processors. */
#define FEW_THREADS 4
#define MANY_THREADS 16

/** Items of a round, of all producers together; and nanoseconds after which they stop. */
#define SHORT_ITEMS 5000
#define SHORT_TIME 50000000
#define LONG_ITEMS 400000
#define LONG_TIME 600000000
#define FAST_TIME 1000000000

static struct traffic fast_plan(const struct queue_type *type, struct rng *rng)
{
	struct traffic traffic = {
		.capacity = 1024,
		.first_ticket = traffic_first_ticket(rng, 1024),
		.inside = 3000,
		.time = FAST_TIME,
		.batch = rng_below(rng, 2) == 0 ? 0 : 5,
		.interrupts = rng_below(rng, 2) == 0,
	};
	traffic_threads(&traffic, type, rng, 2);
	traffic.items = LONG_ITEMS / traffic.producers;
	return traffic;
}

static struct traffic mixed_plan(const struct queue_type *type, struct rng *rng)
{
	static const size_t capacities[] = {1, 2, 3, 7, 64, 1024};
	static const size_t insides[] = {3, 100, 3000};
	static const unsigned int delays[] = {0, 0, 1000, 30};
	static const unsigned int reattaches[] = {0, 3, 100, 3000};
	enum { SMALL = 3, CAPACITIES = sizeof(capacities) / sizeof(*capacities) };
	bool is_long = rng_below(rng, 5) == 0;
	// In a small queue nearly each item costs a context switch, so long rounds have larger ones
	size_t first = is_long ? SMALL : 0;
	struct traffic traffic = {
		.capacity = capacities[first + rng_below(rng, CAPACITIES - first)],
		.inside = insides[rng_below(rng, 3)],
		.time = is_long ? LONG_TIME : SHORT_TIME,
		.batch = rng_below(rng, 2) == 0	  ? 0
			 : rng_below(rng, 4) == 0 ? 100
						  : 5,
		.reattach = reattaches[rng_below(rng, 4)],
		.delay = delays[rng_below(rng, is_long ? 3 : 4)],
		.interrupts = rng_below(rng, 4) > 0,
		.both = rng_below(rng, 4) == 0,
	};
	traffic.first_ticket = traffic_first_ticket(rng, traffic.capacity);
	traffic_threads(&traffic, type, rng, rng_below(rng, 5) == 0 ? MANY_THREADS : FEW_THREADS);
	traffic.items = (is_long ? LONG_ITEMS : SHORT_ITEMS) / traffic.producers;
	return traffic;
}

static void stress_run(struct check_run *run)
{
	uint64_t seed;
	uint64_t items = 0;
	while (check_round(run, &seed)) {
		struct rng rng;
		rng_seed(&rng, seed);
		// Seeds of successive rounds are consecutive
		struct traffic traffic =
			seed % 3 == 0 ? fast_plan(run->type, &rng) : mixed_plan(run->type, &rng);
		uint64_t now = clock_now();
		uint64_t left = run->until > now ? run->until - now : 0;
		traffic.time = left < traffic.time ? left : traffic.time;
		items += traffic_run(run, &traffic, rng_next(&rng));
	}
	char text[8];
	check_summarize(run, "%s items", check_count(text, items));
	check_figure(run, "items", (double)items);
}

CHECK_EXPORT(stress, .title = "no item is lost, repeated or overtaken under contention",
	     .weight = 3, .refutes = "order", .run = stress_run);
