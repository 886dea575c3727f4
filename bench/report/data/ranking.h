// SPDX-License-Identifier: MIT

/**
 * Queues in the order of what they cost, in one situation that somebody has a queue for.
 *
 * The cost of a queue is how much longer an item takes with it than with the best one: 1 is the
 * best, 1.25 takes a quarter longer, whatever the unit was. Only queues that can replace each
 * other are ranked; others are shown.
 */

#ifndef BENCH_RANKING_H
#define BENCH_RANKING_H

#include "report/data/files.h"
#include "results/old/figures.h"
#include "results/summary.h"

/** A cost below this is not worth a choice. */
#define RANKING_WORTH 1.05

/** What the choice of a queue comes to. */
enum ranking_choice {
	/** Nobody knows: too few rounds for a verdict, or nothing is ranked. */
	RANKING_UNDECIDED,
	/** The medians of all queues are within 5 %. */
	RANKING_FREE,
	/** They are not, and that may be noise: all tie. */
	RANKING_UNTOLD,
	/** Some queues are slower. */
	RANKING_MATTERS,
};

struct contender {
	const char *queue;
	/** "" for walks, which choose for themselves. */
	const char *wait;
	/** NULL for walks. */
	const json_t *cell;
	/** The samples, in the unit of the ranking. */
	double *values;
	size_t count;
	struct summary summary;
	/** NAN where it is not ranked. */
	double cost;
	/** Why it is not ranked, or NULL. */
	const char *unranked;
};

struct ranking {
	/** The ranked ones first, from best to worst. */
	struct contender *contenders;
	size_t count;
	size_t ranked;
	bool higher_is_better;
	/** What was measured, in words. */
	char what[256];
	const struct report_file *file;
};

struct situation {
	/** Of letters and hyphens. */
	const char *id;
	/** For a column, and for a row. */
	const char *brief;
	const char *name;
	/** Why it is measured like this. */
	const char *why;
	/** What measures it. */
	const char *command;
	/** NULL: the walk itself. */
	const char *workload;
	/** How well a group of cells fits: below 0 not at all. */
	double (*fit)(const json_t *cell, unsigned int processors);
	/** Why a contender is not ranked here, beside what holds everywhere; NULL if it is. */
	const char *(*refusal)(struct report *report, const json_t *cell);
};

/** The situations, up to one without an id. */
extern const struct situation situations[];

/**
 * Rank the queues of a machine.
 *
 * @return 0, with nothing ranked where no file has the numbers; or -1 with errno
 */
int ranking_of(struct report *report, size_t machine, const struct situation *situation,
	       struct ranking *ranking);

struct results_group;

/** Rank the cells of one group. */
int ranking_of_group(struct report *report, const struct report_file *file,
		     const struct results_group *group, struct ranking *ranking);

void ranking_destroy(struct ranking *ranking);

/** The contender that a queue does best with. NULL if it has none that is ranked. */
const struct contender *ranking_find(const struct ranking *ranking, const char *queue);

/** May one be taken as well as the best? */
bool ranking_ties(const struct contender *contender);

/** The answer in a few words: "vyukov, park (2 ties)". */
void ranking_answer(const struct ranking *ranking, char *text, size_t size);

/** Does it matter which one is taken? */
enum ranking_choice ranking_choice(const struct ranking *ranking);

/** The queue that costs most, with the wait that it does best with. NULL if none is ranked. */
const struct contender *ranking_worst(const struct ranking *ranking);

#endif // BENCH_RANKING_H
