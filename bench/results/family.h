// SPDX-License-Identifier: MIT

/** A family while it is judged: what the files of verdicts share. verdict.h says how they judge. */

#ifndef BENCH_RESULTS_FAMILY_H
#define BENCH_RESULTS_FAMILY_H

#include "base/rng.h"
#include "results/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Moments of all scores. */
struct moments {
	double squares;
	/** Of a cell's sum, where scores turn inside rounds. */
	double variance;
	double most;
};

struct family {
	size_t rounds;
	size_t cells;
	/** Of a family that is made up: thousands of tests are too many for turns. */
	bool rough;
	/** Logarithms of costs, round by round; NAN where there is none. */
	double *logs;
	/** Cells that are left, in random order. */
	size_t *left;
	size_t count;
	/** Of each round the scores of the cells that it has, and their places in `left`. */
	double *scores;
	uint32_t *places;
	size_t *members;
	/** Of each round its scores twice, one after the other, and again from the last on. */
	double *rings;
	/** Scratch: as long as all logarithms. */
	double *distances;
	struct moments moments;
	double *sums;
	/** Scratch: as long as rounds, and as all Walsh averages. */
	double *differences;
	double *averages;
	struct rng rng;
};

/** Makes room for a family. 0; or -1 with ENOMEM: family_destroy() it, too. */
int family_create(struct family *family, size_t rounds, size_t cells, uint64_t seed);

/** Makes a family of costs. 0; or -1 with ENOMEM or EINVAL: family_destroy() it, too. */
int family_of(struct family *family, const double *costs, size_t rounds, size_t cells,
	      uint64_t seed);

void family_destroy(struct family *family);

static inline double family_log(const struct family *family, size_t round, size_t cell)
{
	return family->logs[round * family->cells + cell];
}

/** How many rounds have the cell. */
size_t family_count_rounds(const struct family *family, size_t cell);

/** Lets the worst cells go while those that are left are not alike. Fills rows[].p. */
void family_eliminate(struct family *family, struct verdict_row *rows);

/** Sums the scores of each cell that is left. */
void family_sum_up(struct family *family);

/** Judges all cells of the family. */
void family_judge(struct family *family, struct verdict_row *rows);

#endif // BENCH_RESULTS_FAMILY_H
