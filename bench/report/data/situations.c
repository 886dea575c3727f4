// SPDX-License-Identifier: MIT

/**
 * The situations that somebody has a queue for, and the cells that stand for each. A new one is an
 * entry in the table below.
 */

#include "report/data/cells.h"
#include "report/data/contracts.h"
#include "report/data/ranking.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/** Share of a processor above which an idle consumer counts as polling. */
#define IDLE_SHARE 0.02

/** As many threads as there are processors, or nearly; fewer rather than more. */
static double fit_pool(const struct run_cell *cell, unsigned int processors)
{
	double threads = (double)cell->cell.threads;
	return threads <= processors ? threads : 1 / threads;
}

static double fit_work(const struct run_cell *cell, unsigned int processors, double work)
{
	double off = fabs(log2((1 + (double)cell->cell.work) / (1 + work)));
	return off < 1 ? fit_pool(cell, processors) : -1;
}

static double fit_long_work(const struct run_cell *cell, unsigned int processors)
{
	return fit_work(cell, processors, 10000);
}

static double fit_short_work(const struct run_cell *cell, unsigned int processors)
{
	return fit_work(cell, processors, 1000);
}

static double fit_any(const struct run_cell *cell, unsigned int processors)
{
	(void)cell;
	(void)processors;
	return 0;
}

/** One of each. */
static double fit_pair(const struct run_cell *cell, unsigned int processors)
{
	(void)processors;
	return cell->cell.producers == 1 && cell->cell.consumers == 1 ? 0 : -1;
}

/** One of each, with items due half as often as the queue can deliver them. */
static double fit_half_load(const struct run_cell *cell, unsigned int processors)
{
	return cell->cell.load == 0.5 ? fit_pair(cell, processors) : -1;
}

/** As many producers as there are processors, and one consumer. */
static double fit_many_to_one(const struct run_cell *cell, unsigned int processors)
{
	unsigned int producers = cell->cell.producers;
	return cell->cell.consumers == 1 && producers > 1
		       ? 1e4 - fabs((double)producers - processors)
		       : -1;
}

/** Twice as many threads as processors. */
static double fit_oversubscribed(const struct run_cell *cell, unsigned int processors)
{
	bool many = cell->cell.producers > 1 && cell->cell.consumers > 1;
	return many && cell->oversubscribed
		       ? 1e4 - fabs((double)cell->cell.threads - 2 * processors)
		       : -1;
}

static const char *refuse_unbounded(const struct report *report, const struct run_cell *cell)
{
	return report_is_bounded(report, cell->cell.queue) ? NULL : "not bounded";
}

static const char *refuse_busy(const struct report *report, const struct run_cell *cell)
{
	(void)report;
	struct figures figures;
	figures_of(&figures, cell);
	return figures.quiet <= IDLE_SHARE ? NULL : "does not sleep";
}

const struct situation situations[] = {
	{"walk", "walk", "Worker pool on directories: the walk itself",
	 "Whole processes of dirwalk walk a real tree, with as many workers as there are "
	 "processors. Most of their time is system calls.",
	 "scripts/bench.sh", NULL, NULL, NULL},
	{"pool-long", "pool, 10 µs", "Worker pool, items of 10 µs",
	 "A recorded walk is replayed from memory, with 10 µs of work per item: about what a "
	 "directory takes.",
	 "qbench run --workloads=replay", "replay", fit_long_work, NULL},
	{"pool-short", "pool, 1 µs", "Worker pool, items of 1 µs",
	 "A recorded walk is replayed from memory, with 1 µs of work per item: a pool of small "
	 "tasks.",
	 "qbench run --workloads=replay", "replay", fit_short_work, NULL},
	{"latency", "there and back", "Hand-off between two threads: time",
	 "An item goes from one thread to another and back.", "qbench run --workloads=pingpong",
	 "pingpong", fit_any, NULL},
	{"rate", "1:1", "Hand-off between two threads: throughput",
	 "One producer and one consumer, as fast as they can.",
	 "qbench run --workloads=producers_consumers", "producers_consumers", fit_pair, NULL},
	{"many-to-one", "N:1", "Many producers, one consumer",
	 "As many producers as there are processors, and one consumer: results of a worker pool "
	 "travel like this.",
	 "qbench run --workloads=producers_consumers", "producers_consumers", fit_many_to_one,
	 NULL},
	{"oversubscribed", "oversubscribed", "More threads than processors",
	 "Producers and consumers, twice as many threads as there are processors.",
	 "qbench run --workloads=producers_consumers", "producers_consumers", fit_oversubscribed,
	 NULL},
	{"tail", "p99.9", "Tail latency at half load: p99.9",
	 "Items are due at the moments of a Poisson process, half as often as the queue itself can "
	 "deliver them; 1 in 1000 takes longer from its moment to its consumer.",
	 "qbench run --workloads=open_loop --load=50", "open_loop", fit_half_load, NULL},
	{"idle", "mostly idle", "Mostly idle",
	 "The time from sending an item until its consumer runs: the mean of the 9 in 10 that are "
	 "shortest. Only queues that use at most 2 % of a processor while nothing comes are "
	 "ranked.",
	 "qbench run --workloads=idle", "idle", fit_pair, refuse_busy},
	{"bounded", "bounded, 1:1", "Bounded memory",
	 "One producer and one consumer, as fast as they can. Only bounded queues are ranked.",
	 "qbench run --workloads=producers_consumers", "producers_consumers", fit_pair,
	 refuse_unbounded},
	{0},
};

const struct situation *situation_find(const char *id)
{
	const struct situation *situation = situations;
	while (situation->id && strcmp(situation->id, id) != 0) {
		++situation;
	}
	return situation;
}
