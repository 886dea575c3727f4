// SPDX-License-Identifier: MIT

/** The dip test for two modes; see statistics.h. */

#include "base/statistics.h"

#include "base/rng.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

/**
 * The distribution function of samples, as a staircase, and the hulls around it. Heights are
 * counts of samples. Equal samples are one step of their number.
 *
 *               ,--- height[j + 1]
 *               |
 *     height[j] |
 *     ----------'
 *               at[j]
 */
struct staircase {
	size_t steps;
	/** Where the steps are, ascending. */
	double *at;
	/** Heights before each step; and after the last one. */
	double *height;
	/** The largest convex function that is nowhere above the staircase, at each step. */
	double *minorant;
	/** The smallest concave function that is nowhere below it, at each step. */
	double *majorant;
	/** Scratch: the steps that the function being drawn touches. */
	size_t *touched;
};

/** Makes room for the samples. False with ENOMEM; destroy it in both cases. */
static bool staircase_create(struct staircase *stairs, size_t count)
{
	stairs->at = calloc(count, sizeof(*stairs->at));
	stairs->height = calloc(count + 1, sizeof(*stairs->height));
	stairs->minorant = calloc(count, sizeof(*stairs->minorant));
	stairs->majorant = calloc(count, sizeof(*stairs->majorant));
	stairs->touched = calloc(count, sizeof(*stairs->touched));
	return stairs->at && stairs->height && stairs->minorant && stairs->majorant &&
	       stairs->touched;
}

static void staircase_destroy(struct staircase *stairs)
{
	free(stairs->touched);
	free(stairs->majorant);
	free(stairs->minorant);
	free(stairs->height);
	free(stairs->at);
}

static void staircase_build(struct staircase *stairs, const double *sorted, size_t count)
{
	stairs->steps = 0;
	for (size_t i = 0; i < count; ++i) {
		if (i == 0 || sorted[i] != sorted[i - 1]) {
			stairs->at[stairs->steps] = sorted[i];
			stairs->height[stairs->steps] = (double)i;
			++stairs->steps;
		}
	}
	stairs->height[stairs->steps] = (double)count;
}

/**
 * Draws the convex function closest below a row of points, or the concave one closest above:
 * their lower or upper hull (Andrew's monotone chain).
 *
 * @param at, height  the points, from `low` to `high`
 * @param bend        1 is convex, -1 concave
 * @param line        receives its heights at each point
 */
static void draw_hull(struct staircase *stairs, const double *height, size_t low, size_t high,
		      double bend, double *line)
{
	const double *at = stairs->at;
	size_t *touched = stairs->touched;
	size_t count = 0;
	for (size_t next = low; next <= high; ++next) {
		for (; count >= 2; --count) {
			size_t before = touched[count - 2];
			size_t last = touched[count - 1];
			double slope = (height[last] - height[before]) * (at[next] - at[last]);
			double next_slope = (height[next] - height[last]) * (at[last] - at[before]);
			if (bend * slope < bend * next_slope) {
				break;
			}
		}
		touched[count++] = next;
	}

	line[low] = height[low];
	for (size_t i = 1; i < count; ++i) {
		size_t from = touched[i - 1];
		size_t to = touched[i];
		double slope = (height[to] - height[from]) / (at[to] - at[from]);
		for (size_t j = from + 1; j < to; ++j) {
			line[j] = height[from] + slope * (at[j] - at[from]);
		}
		line[to] = height[to];
	}
}

/** Place where the two hulls are farthest apart; one of them touches the staircase there. */
static size_t widest_gap(const struct staircase *stairs, size_t low, size_t high)
{
	size_t widest = low;
	for (size_t j = low; j <= high; ++j) {
		bool touches = stairs->minorant[j] == stairs->height[j] ||
			       stairs->majorant[j] == stairs->height[j + 1];
		if (touches && stairs->majorant[j] - stairs->minorant[j] >
				       stairs->majorant[widest] - stairs->minorant[widest]) {
			widest = j;
		}
	}
	return widest;
}

/**
 * The dip, by the method of section 5 of Hartigan & Hartigan.
 *
 * A distribution with one mode is convex before it and concave after it. The mode is
 * somewhere in an interval, at first everywhere. Inside, the convex minorant and the
 * concave majorant of the staircase are drawn. No such distribution comes closer to
 * both than half of their widest gap, so the mode is narrowed down to the touching
 * points around that gap; outside of these the minorant (before) and the majorant
 * (after) are kept for good, and their distance from the staircase is a dip that
 * cannot be avoided. When no gap is wider than that, it is the dip, twice.
 *
 * The step at the mode itself costs nothing: a distribution may jump there.
 */
static double staircase_dip(struct staircase *stairs)
{
	const double *before = stairs->height;
	const double *after = stairs->height + 1;
	size_t low = 0;
	size_t high = stairs->steps - 1;
	double deepest = 1; // One sample is a jump of 1, which a continuous distribution halves

	while (low < high) {
		draw_hull(stairs, before, low, high, 1, stairs->minorant);
		draw_hull(stairs, after, low, high, -1, stairs->majorant);
		size_t widest = widest_gap(stairs, low, high);
		if (stairs->majorant[widest] - stairs->minorant[widest] <= deepest) {
			break;
		}

		size_t mode_low = widest;
		while (stairs->minorant[mode_low] < before[mode_low]) {
			--mode_low;
		}
		size_t mode_high = widest;
		while (stairs->majorant[mode_high] > after[mode_high]) {
			++mode_high;
		}
		for (; low < mode_low; ++low) {
			deepest = fmax(deepest, after[low] - stairs->minorant[low]);
		}
		for (; high > mode_high; --high) {
			deepest = fmax(deepest, stairs->majorant[high] - before[high]);
		}
	}
	return deepest / (2 * stairs->height[stairs->steps]);
}

double statistics_dip(const double *values, size_t count)
{
	double dip = NAN;
	double *sorted = statistics_sorted(values, count);
	if (!sorted) {
		return NAN;
	}
	struct staircase stairs;
	if (staircase_create(&stairs, count)) {
		staircase_build(&stairs, sorted, count);
		dip = staircase_dip(&stairs);
	}
	staircase_destroy(&stairs);
	free(sorted);
	return dip;
}

/** So many simulations are kept. */
enum { KEPT = 16 };

/** Dips of uniform samples, ascending. */
struct simulation {
	double *dips;
	size_t resamples;
	/** Samples behind each. */
	size_t count;
};

/** Simulates, unless it is just this that was simulated last. 0, or -1 with ENOMEM. */
static int simulate(struct simulation *simulation, size_t count, size_t resamples)
{
	if (simulation->count == count && simulation->resamples == resamples) {
		return 0;
	}
	int result = -1;
	struct staircase stairs;
	struct rng rng;
	rng_seed(&rng, count);
	double *dips = reallocarray(simulation->dips, resamples, sizeof(*dips));
	double *uniform = calloc(count, sizeof(*uniform));
	simulation->dips = dips ? dips : simulation->dips;
	simulation->count = 0;
	if (!staircase_create(&stairs, count) || !uniform || !dips) {
		goto out;
	}
	for (size_t i = 0; i < resamples; ++i) {
		// Events of a Poisson process are uniform and sorted
		double time = 0;
		for (size_t j = 0; j < count; ++j) {
			time += rng_exponential(&rng, 1);
			uniform[j] = time;
		}
		staircase_build(&stairs, uniform, count);
		dips[i] = staircase_dip(&stairs);
	}
	qsort(dips, resamples, sizeof(*dips), statistics_compare);
	simulation->count = count;
	simulation->resamples = resamples;
	result = 0;

out:
	free(uniform);
	staircase_destroy(&stairs);
	return result;
}

double statistics_dip_test(const double *values, size_t count, size_t resamples, double *dip)
{
	// Most cells of a report have one of a few numbers of samples
	static struct simulation simulations[KEPT];
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct simulation *simulation = &simulations[count % KEPT];
	if (resamples == 0) {
		errno = EINVAL;
		return NAN;
	}
	double observed = statistics_dip(values, count);
	if (isnan(observed)) {
		return NAN;
	}
	// Threads that test as many samples would simulate the same
	pthread_mutex_lock(&lock);
	size_t less = 0;
	bool simulated = simulate(simulation, count, resamples) == 0;
	while (simulated && less < resamples && simulation->dips[less] < observed) {
		++less;
	}
	pthread_mutex_unlock(&lock);
	if (!simulated) {
		return NAN;
	}
	if (dip) {
		*dip = observed;
	}
	return (double)(resamples - less + 1) / (double)(resamples + 1);
}
