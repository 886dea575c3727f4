// SPDX-License-Identifier: MIT

/** One sample of a cell: what its process measured, and what it used meanwhile. */

#ifndef BENCH_RESULTS_SAMPLE_H
#define BENCH_RESULTS_SAMPLE_H

#include "document/codec.h"
#include "workload/rank.h"

/** Only SAMPLE_OK has a value that counts. */
enum sample_verdict {
	SAMPLE_OK,
	/** The proof failed, or nothing was delivered. */
	SAMPLE_VOID,
	SAMPLE_HANG,
	SAMPLE_CRASH,
	// The others say nothing against the queue
	SAMPLE_UNSUPPORTED,
	/** The system, or a user, ended the process, or kept it from what it needs. */
	SAMPLE_LOST,
};

#define SAMPLE_VERDICTS 6

/** Special values of `state`. */
enum {
	/** The bounces before and after it are of two states. */
	SAMPLE_CHANGED = 4,
	/** It has no bounce, or states were not looked for. */
	SAMPLE_STATELESS,
};

/** Times in nanoseconds. NAN where they were not recorded. */
struct sample_latency {
	double count;
	double p50, p90, p99, p999, p9999, max;
	/** The mean of the 9 in 10 that are shortest. */
	double mean90;
	/** The highest value of each bucket that holds any, and how many. */
	struct codec_pairs histogram;
};

struct sample_counters {
	double cycles;
	double instructions;
};

/**
 * A number that the sample does not have is NAN. Counts are doubles too: 53 bits hold each of them.
 * Counts of the window are of the measured time alone, the others of the warm-up too.
 */
struct sample {
	enum sample_verdict verdict;
	/** What failed, or NULL. The run's. */
	const char *reason;
	/** Items per second or nanoseconds, as the cell's unit says. */
	double value;
	/** Items that came out of the queue in the window; and its length. */
	double delivered;
	double wall_ns;
	/** Processor time of the process in the window. */
	double user_ns, system_ns;
	/** Time that the hypervisor took of the sample's processors while its process ran. */
	double steal_ns;
	double voluntary_switches, involuntary_switches;
	/** Largest resident memory of the process, in KiB. */
	double peak_kib;
	/** Answers FULL, EMPTY and BUSY; sleeps; and wake-ups, NAN where the queue does them
	 * itself.
	 */
	double full, empty, busy, parks, wakes;
	/** Items that were dequeued by the thread that enqueued them. */
	double own;
	/** Items that came out from the start of the sample on. */
	double delivered_all;
	/** Items in the window of the slowest and of the fastest thread. */
	double thread_min, thread_max;
	/** The most items on their way at once, where credit bounds them. */
	double backlog_max;
	struct sample_latency latency;
	/** The same of hand-offs that a thread slept for, and of the others, without histograms. */
	struct sample_latency slept, awake;
	/** How far the calibration of the work was off, as a share. */
	double work_error;
	/** Hardware counters, where the machine has them. */
	struct sample_counters counters;
	/** Processor time of a second without items, where the workload has one. */
	double quiet_cpu_ns;
	/** How late the producer's own sleeps ended, in nanoseconds: the mean of the 9 in 10 that
	 * were least late. Where the workload is quiet.
	 */
	double nap_late;
	/** Of a replay: walks begun, and items that a worker kept because the queue was full. */
	double replays, overflow;
	/** Items per second as fast as can be, where the load is a share of them. */
	double capacity;
	/** Nanoseconds per item of the halves of a burst. */
	double fill_ns, drain_ns;
	/** In items, where the workload takes rank errors. */
	struct rank_error rank_error;
	double seed;
	/** From 0. */
	double round;
	/** Seconds from the beginning of the run on. */
	double began;
	/** Processor of each thread when it began, with blanks between; NULL where unknown. */
	const char *processors;
	/** Nanoseconds right before the threads begin, and after they have ended: the round trip of
	 * a cache line between two threads placed as the first two, and a fetch-and-add.
	 */
	double bounce_before, bounce_after;
	double add_before, add_after;
	/** Tries before this one that others took too much time from. */
	double repeats;
	/** Of the machine, from 0: states_find(). Not written, since it comes from the bounces. */
	unsigned int state;
};

/** Did the queue fail? Its cell is void then. */
static inline bool sample_failed(const struct sample *sample)
{
	return sample->verdict == SAMPLE_VOID || sample->verdict == SAMPLE_HANG ||
	       sample->verdict == SAMPLE_CRASH;
}

/** Fields that are columns of a list of samples. */
#define SAMPLE_COLUMN CODEC_OWN

/** The fields of a struct sample. A new one is a member above and a row of this table. */
extern const struct codec sample_codec;

/** The fields of a struct rank_error. */
extern const struct codec rank_error_codec;

/**
 * How slow the machine was at waking threads, beside the hand-offs: nap_late, above 0. NAN where it
 * was not measured, or half of the hand-offs found their thread awake: a thread that polls may
 * change how late others wake.
 */
double sample_pace(const struct sample *sample);

/** All absent, and SAMPLE_OK. */
void sample_clear(struct sample *sample);

/**
 * Sees that a sample that counts has a value that a clock can measure. 0; or -1, and *error says
 * what is wrong.
 */
int sample_check(const struct sample *sample, const char *where, char **error);

/** "ok", "void", "hang", "crash", "unsupported", "lost". */
const char *sample_verdict_name(unsigned int verdict);

#endif // BENCH_RESULTS_SAMPLE_H
