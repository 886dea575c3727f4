// SPDX-License-Identifier: MIT

/**
 * Queues in the order of what they cost, in one situation that somebody has a queue for.
 *
 * The cost of a queue is the time of an item with it divided by that with the best queue: 1.25 is a
 * quarter longer, whatever the unit of the samples. Only queues that can replace each other are
 * ranked; others are shown. In a pool and in the walk order does not matter, so queues of every
 * order are ranked. A queue stands for its best wait.
 */

#ifndef BENCH_REPORT_RANKING_H
#define BENCH_REPORT_RANKING_H

#include "report/data/files.h"
#include "results/summary.h"

struct contender {
	const char *queue;
	const char *wait;
	/** Of a walk: the queue of results, where it is another one; else NULL. */
	const char *results;
	/** NULL for walks. */
	const struct run_cell *cell;
	/** Of a walk: the command; else NULL. */
	const char *command;
	/** The samples, in the unit of the ranking; its values are owned, and with them go the
	 * others. */
	struct summary_row row;
	struct summary summary;
	/** The queue promises less than FIFO, which does not count here. */
	bool relaxed;
	/** To the best. NAN unless it is ranked. */
	double cost;
	/** Why it is not ranked, or NULL. */
	const char *unranked;
	/** It is what ranking_find() finds for its queue. */
	bool stands;
};

struct ranking {
	/** Those that are ranked first, from best to worst. */
	struct contender *contenders;
	size_t count;
	size_t ranked;
	bool higher_is_better;
	/** The least time of an item without a queue, in nanoseconds, over all runs; 0 or NAN
	 * without a floor. */
	double floor;
	/** What was measured, in words. */
	char what[256];
	/** The first, of several runs. */
	const struct report_file *file;
	/** Runs that are judged together; 0 where one run of the machine has it alone. */
	size_t runs;
	/** Of these, the ones that rank the best queue, and the ones that do not call it slower. */
	size_t having;
	size_t agreeing;
};

struct situation {
	/** Made of letters and hyphens. */
	const char *id;
	/** Heading of a column, and of a row. */
	const char *brief;
	const char *name;
	/** What is measured, and why like this. */
	const char *why;
	/** The command that measures it. */
	const char *command;
	/** NULL: the walk itself. */
	const char *workload;
	/** Fit of the cells of a group: the largest number is best; below 0 they do not fit. */
	double (*fit)(const struct run_cell *cell, unsigned int processors);
	/** Why a cell is not ranked here, beside what holds everywhere; NULL if it is. */
	const char *(*refusal)(const struct report *report, const struct run_cell *cell);
};

/** The situations, up to one without an id. */
extern const struct situation situations[];

/** The situation with that id; the last entry, without an id, if there is none. */
const struct situation *situation_find(const char *id);

/**
 * Ranks the queues of a machine.
 *
 * @return 0, with nothing ranked where no file has the numbers; or -1 with errno
 */
int ranking_of(const struct report *report, size_t machine, const struct situation *situation,
	       struct ranking *ranking);

/** Ranks the cells of one group. 0, or -1 with errno. */
int ranking_of_group(const struct report *report, const struct report_file *file,
		     const struct run_group *group, struct ranking *ranking);

/** Ranks the queues of a tree of extreme shape. 0, or -1 with errno. */
int ranking_of_tree(const struct report *report, const struct tree *tree, struct ranking *ranking);

void ranking_destroy(struct ranking *ranking);

/** The contender that a queue stands for: the one that is best or as good, else the one that costs
 * least. NULL if none is ranked. */
const struct contender *ranking_find(const struct ranking *ranking, const char *queue);

/** True if the contender is ranked, and has that verdict. */
bool ranking_is(const struct contender *contender, enum verdict verdict);

/** True if the contender is ranked, and undecided or hidden. */
bool ranking_is_open(const struct contender *contender);

/** How many queues have that verdict, each with its best wait. */
size_t ranking_count(const struct ranking *ranking, enum verdict verdict);

/** How many queues are undecided or hidden. */
size_t ranking_open(const struct ranking *ranking);

/** True if most queues are decided. If not, the best is one of many that may be. */
bool ranking_is_decided(const struct ranking *ranking);

/** The answer in a few words: "vyukov, park (2 as good, 1 undecided)", or "undecided among 5". */
void ranking_answer(const struct ranking *ranking, char *text, size_t size);

/** The queue that costs most, with its best wait. NULL if none is ranked. */
const struct contender *ranking_worst(const struct ranking *ranking);

#endif // BENCH_REPORT_RANKING_H
