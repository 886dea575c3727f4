// SPDX-License-Identifier: MIT

/** What a sampler measured, as a struct sample. */

#include "sample/state.h"

#include "machine/sysfs.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

/** Nanoseconds between two times of a rusage. */
static double usage_ns(const struct timeval *before, const struct timeval *after)
{
	return (double)(after->tv_sec - before->tv_sec) * 1e9 +
	       (double)(after->tv_usec - before->tv_usec) * 1e3;
}

/** The buckets of a histogram that hold any. 0, or -1 with ENOMEM. */
static int fill_buckets(const struct histogram *all, struct codec_pairs *buckets)
{
	buckets->pairs = calloc(HISTOGRAM_BUCKETS, sizeof(*buckets->pairs));
	if (!buckets->pairs) {
		return -1;
	}
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; ++i) {
		if (all->buckets[i] > 0) {
			buckets->pairs[buckets->count][0] = histogram_highest(i);
			buckets->pairs[buckets->count++][1] = all->buckets[i];
		}
	}
	return 0;
}

/** Percentiles without the buckets. */
static void fill_percentiles(const struct histogram *all, struct sample_latency *latency)
{
	latency->count = (double)all->count;
	if (all->count == 0) {
		return;
	}
	*latency = (struct sample_latency){
		.count = latency->count,
		.p50 = (double)histogram_quantile(all, 0.5),
		.p90 = (double)histogram_quantile(all, 0.9),
		.p99 = (double)histogram_quantile(all, 0.99),
		.p999 = (double)histogram_quantile(all, 0.999),
		.p9999 = (double)histogram_quantile(all, 0.9999),
		.max = (double)all->max,
		.mean90 = histogram_mean(all, 0.9),
	};
}

/**
 * The value of the sample, as the workload's unit says; NAN if nothing was delivered.
 *
 * Where the workload is quiet, few hand-offs are timed, and a thread wakes in one of two ways, on
 * some machines three times as long as the other. The median jumps between them, so the value is
 * the mean of the 9 in 10 that are shortest.
 */
static double value_of(const struct sampler *sampler, const struct histogram *latency)
{
	const struct loop *loop = sampler->loop;
	double nanoseconds = (double)(sampler->after.at - sampler->before.at);
	double done = (double)(sampler->after.done - sampler->before.done);
	if (done == 0) {
		return NAN;
	}
	if (loop->timed) {
		return loop->quiet ? histogram_mean(latency, 0.9)
				   : (double)histogram_quantile(latency, loop->loads ? 0.999 : 0.5);
	}
	if (loop->unit == LOOP_NANOSECONDS) {
		return nanoseconds * sampler->run.cell->threads / done;
	}
	return done * 1e9 / nanoseconds;
}

/** Sums over all threads. */
struct sums {
	struct channel_counts counts;
	uint64_t own;
	/** Over the whole run, the warm-up included, like all counts but the window's. */
	uint64_t all;
	uint64_t first_half;
	uint64_t second_half;
	uint64_t halved;
	int64_t least_credit;
	/** Of hand-offs that slept, of the others, and of all; and how late producers woke. */
	struct histogram slept, awake, latency, late;
};

static void sum_up(const struct sampler *sampler, struct sums *sums)
{
	const struct loop_run *run = &sampler->run;
	sums->least_credit = INT64_MAX;
	for (unsigned int i = 0; i < run->cell->threads; ++i) {
		const struct loop_thread *thread = &run->threads[i];
		channel_counts_add(&sums->counts, &thread->ends[0].counts);
		channel_counts_add(&sums->counts, &thread->ends[1].counts);
		sums->own += thread->tallies[i].count;
		sums->all += thread->taken + thread->done;
		sums->first_half += thread->first_half;
		sums->second_half += thread->second_half;
		sums->halved += thread->halved;
		if (sampler->loop->quiet && thread->role == LOOP_PRODUCER) {
			histogram_merge(&sums->late, thread->latency);
		} else if (thread->latency) {
			histogram_merge(&sums->awake, thread->latency);
			histogram_merge(&sums->latency, thread->latency);
		}
		if (thread->slept) {
			histogram_merge(&sums->slept, thread->slept);
			histogram_merge(&sums->latency, thread->slept);
		}
		if (thread->purse.least < sums->least_credit) {
			sums->least_credit = thread->purse.least;
		}
	}
}

/**
 * Peak memory of this program, in KiB. Not ru_maxrss, which begins with the memory of the process
 * that started this one, and that holds all samples.
 */
static double peak_memory(const struct rusage *use)
{
	char *status = sysfs_read("", "/proc/self/status");
	char *peak = status ? sysfs_field(status, "VmHWM") : NULL;
	double kib = peak ? strtod(peak, NULL) : (double)use->ru_maxrss;
	free(peak);
	free(status);
	return kib;
}

/** What the process used in the window. */
static void fill_usage(const struct sampler *sampler, struct sample *sample)
{
	const struct reading *before = &sampler->before;
	const struct reading *after = &sampler->after;
	const struct rusage *used = &before->usage;
	const struct rusage *use = &after->usage;
	sample->delivered = (double)(after->done - before->done);
	sample->wall_ns = (double)(after->at - before->at);
	sample->user_ns = usage_ns(&used->ru_utime, &use->ru_utime);
	sample->system_ns = usage_ns(&used->ru_stime, &use->ru_stime);
	sample->voluntary_switches = (double)(use->ru_nvcsw - used->ru_nvcsw);
	sample->involuntary_switches = (double)(use->ru_nivcsw - used->ru_nivcsw);
	sample->peak_kib = peak_memory(use);
	sample->counters = counters_read(&sampler->counters);
}

/** What the threads counted. */
static void fill_counts(const struct sampler *sampler, const struct sums *sums,
			struct sample *sample)
{
	const struct channel_counts *counts = &sums->counts;
	sample->full = (double)counts->full;
	sample->empty = (double)counts->empty;
	sample->busy = (double)counts->busy;
	sample->parks = (double)counts->parks;
	if (sampler->run.cell->wait != CHANNEL_NATIVE) {
		sample->wakes = (double)counts->wakes;
	}
	sample->own = (double)sums->own;
	sample->delivered_all = (double)sums->all;
	sample->thread_min = (double)sampler->slowest;
	sample->thread_max = (double)sampler->fastest;
	// A floor gives out items that no thread put in, so its credit grows
	if (sums->least_credit != INT64_MAX && !sampler->floor) {
		sample->backlog_max = (double)(sampler->run.credit.all - sums->least_credit);
	}
}

/** What only some workloads measure. */
static void fill_special(const struct sampler *sampler, const struct sums *sums,
			 struct sample *sample)
{
	const struct loop *loop = sampler->loop;
	if (loop->quiet) {
		sample->quiet_cpu_ns = (double)sampler->quiet_cpu;
		if (sums->late.count > 0) {
			sample->nap_late = histogram_mean(&sums->late, 0.9);
		}
	}
	if (loop->whole) {
		sample->replays = (double)sampler->replay.round;
		sample->overflow = (double)sampler->replay.stats.overflow;
	}
	if (loop->loads) {
		sample->capacity = sampler->capacity;
	}
	if (sums->halved) {
		sample->fill_ns = (double)sums->first_half / (double)sums->halved;
		sample->drain_ns = (double)sums->second_half / (double)sums->halved;
	}
}

/**
 * Where the threads began, as text.
 *
 * @param text  receives it, to be freed; NULL where it is not known
 * @return 0, or -1 with ENOMEM
 */
static int write_processors(const struct sampler *sampler, char **text)
{
	size_t size;
	FILE *stream = open_memstream(text, &size);
	if (!stream) {
		return -1;
	}
	bool known = true;
	for (unsigned int i = 0; i < sampler->run.cell->threads; ++i) {
		fprintf(stream, "%s%d", i ? " " : "", sampler->processors[i]);
		known = known && sampler->processors[i] >= 0;
	}
	if (fclose(stream) != 0) {
		return -1;
	}
	if (!known) {
		free(*text);
		*text = NULL;
	}
	return 0;
}

/** The state of the machine. 0, or -1 with ENOMEM. */
static int fill_state(const struct sampler *sampler, struct sample *sample)
{
	sample->bounce_before = sampler->bounce_before.round_trip;
	sample->bounce_after = sampler->bounce_after.round_trip;
	sample->add_before = sampler->bounce_before.add;
	sample->add_after = sampler->bounce_after.add;
	char *processors;
	int result = write_processors(sampler, &processors);
	sample->processors = result == 0 ? processors : NULL;
	return result;
}

int sampler_result(const struct sampler *sampler, double work_error, struct sample *sample)
{
	struct sums *sums = calloc(1, sizeof(*sums));
	if (!sums) {
		return -1;
	}
	sum_up(sampler, sums);
	sample_clear(sample);
	sample->verdict = sampler->verdict;
	sample->reason = sampler->verdict ? sampler->reason : NULL;
	sample->value = value_of(sampler, &sums->latency);
	sample->work_error = work_error;
	fill_usage(sampler, sample);
	fill_counts(sampler, sums, sample);
	fill_special(sampler, sums, sample);
	int result = 0;
	if (sampler->loop->timed) {
		fill_percentiles(&sums->latency, &sample->latency);
		result = fill_buckets(&sums->latency, &sample->latency.histogram);
	}
	if (sampler_tells_sleeps(sampler)) {
		fill_percentiles(&sums->slept, &sample->slept);
		fill_percentiles(&sums->awake, &sample->awake);
	}
	if (sampler->loop->ranks && !sampler->floor && result == 0) {
		result = rank_measure(&sampler->run, sampler->filled, &sample->rank_error);
	}
	result = result == 0 ? fill_state(sampler, sample) : result;
	free(sums);
	return result;
}
