// SPDX-License-Identifier: MIT

/** The rounds that are lacking: families with more rounds, made up of those that there are. */

#include "results/family.h"

#include <stdlib.h>
#include <string.h>

/** Repetitions of a family with more rounds, of which most have to decide. */
#define REPETITIONS 3

/** Draws `rounds` of the family's rounds, with those cells alone. 0, or -1 with ENOMEM. */
static int draw_family(struct family *drawn, struct family *family, size_t rounds,
		       const size_t *cells, size_t count)
{
	if (family_create(drawn, rounds, count, rng_next(&family->rng)) != 0) {
		return -1;
	}
	drawn->rough = true;
	for (size_t round = 0; round < rounds; ++round) {
		size_t seen = (size_t)rng_below(&family->rng, family->rounds);
		for (size_t i = 0; i < count; ++i) {
			drawn->logs[round * count + i] = family_log(family, seen, cells[i]);
		}
	}
	return 0;
}

/**
 * Counts for each of the cells how often it is decided with that many rounds, of REPETITIONS. 0, or
 * -1 with ENOMEM.
 */
static int try_rounds(struct family *family, size_t rounds, const size_t *cells, size_t count,
		      size_t *decided)
{
	struct verdict_row *rows = calloc(count, sizeof(*rows));
	int result = rows ? 0 : -1;
	memset(decided, 0, count * sizeof(*decided));
	for (int repetition = 0; repetition < REPETITIONS && result == 0; ++repetition) {
		struct family drawn;
		result = draw_family(&drawn, family, rounds, cells, count);
		if (result == 0) {
			family_judge(&drawn, rows);
		}
		family_destroy(&drawn);
		for (size_t i = 0; i < count; ++i) {
			decided[i] += rows[i].verdict != VERDICT_UNDECIDED;
		}
	}
	free(rows);
	return result;
}

/** Twice as many, up to the most that are tried. */
static size_t next_rounds(size_t rounds)
{
	return rounds < VERDICT_MOST_ROUNDS && 2 * rounds > VERDICT_MOST_ROUNDS
		       ? VERDICT_MOST_ROUNDS
		       : 2 * rounds;
}

/** verdict_rounds_needed(). Cells that are slower are left out: they would be again. */
static int find_needed(struct family *family, const struct verdict_row *rows, size_t had,
		       size_t *needed)
{
	int result = -1;
	size_t *cells = calloc(family->cells, sizeof(*cells));
	size_t *decided = calloc(family->cells, sizeof(*decided));
	size_t count = 0;
	size_t undecided = 0;
	if (!cells || !decided) {
		goto out;
	}
	for (size_t i = 0; i < family->cells; ++i) {
		needed[i] = rows[i].verdict == VERDICT_UNDECIDED ? 0 : had;
		undecided += needed[i] == 0;
		cells[count] = i;
		count += rows[i].verdict != VERDICT_SLOWER;
	}
	for (size_t rounds = had + 2; undecided > 0 && rounds <= VERDICT_MOST_ROUNDS;
	     rounds = next_rounds(rounds)) {
		if (try_rounds(family, rounds, cells, count, decided) != 0) {
			goto out;
		}
		for (size_t i = 0; i < count; ++i) {
			if (needed[cells[i]] == 0 && decided[i] > REPETITIONS / 2) {
				needed[cells[i]] = rounds;
				--undecided;
			}
		}
	}
	result = 0;

out:
	free(decided);
	free(cells);
	return result;
}

int verdict_rounds_needed(const double *costs, size_t rounds, size_t cells, uint64_t seed,
			  const struct verdict_row *rows, size_t *needed)
{
	struct family family;
	int result = family_of(&family, costs, rounds, cells, seed);
	if (result == 0) {
		result = find_needed(&family, rows, rounds, needed);
	}
	family_destroy(&family);
	return result;
}
