// SPDX-License-Identifier: MIT

/** A sample as JSON. */

#include "machine/sysfs.h"
#include "sample/sampler.h"

#include <stdlib.h>

/** Nanoseconds between two times of a rusage. */
static json_t *usage_ns(const struct timeval *before, const struct timeval *after)
{
	return json_integer((after->tv_sec - before->tv_sec) * (json_int_t)1000000000 +
			    (after->tv_usec - before->tv_usec) * (json_int_t)1000);
}

/** All of a histogram: the highest value of each bucket that holds any, and how many. */
static json_t *buckets_json(const struct histogram *all)
{
	json_t *buckets = json_array();
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; ++i) {
		if (all->buckets[i] > 0) {
			json_array_append_new(buckets,
					      json_pack("[I, I]", (json_int_t)histogram_highest(i),
							(json_int_t)all->buckets[i]));
		}
	}
	return buckets;
}

static json_t *latency_json(const struct histogram *all)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:o}", "count",
			 (json_int_t)all->count, "p50", (json_int_t)histogram_quantile(all, 0.5),
			 "p90", (json_int_t)histogram_quantile(all, 0.9), "p99",
			 (json_int_t)histogram_quantile(all, 0.99), "p999",
			 (json_int_t)histogram_quantile(all, 0.999), "p9999",
			 (json_int_t)histogram_quantile(all, 0.9999), "max", (json_int_t)all->max,
			 "histogram", buckets_json(all));
}

/** The value of the sample, as the workload's unit says. */
static double value_of(const struct sampler *sampler, const struct histogram *latency)
{
	double nanoseconds = (double)(sampler->after.at - sampler->before.at);
	double done = (double)(sampler->after.done - sampler->before.done);
	if (sampler->loop->timed) {
		return (double)histogram_quantile(latency, 0.5);
	}
	if (sampler->loop->unit == LOOP_NANOSECONDS) {
		return nanoseconds * sampler->run.cell->threads / done;
	}
	return done * 1e9 / nanoseconds;
}

/** What all threads together have to say. */
struct sums {
	struct channel_counts counts;
	uint64_t own;
	/** Over the whole run, the warm-up included, like all counts but the window's. */
	uint64_t all;
	uint64_t first_half;
	uint64_t second_half;
	uint64_t halved;
	int64_t least_credit;
	struct histogram latency;
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
		if (thread->latency) {
			histogram_merge(&sums->latency, thread->latency);
		}
		if (thread->purse.least < sums->least_credit) {
			sums->least_credit = thread->purse.least;
		}
	}
}

/**
 * The largest memory that this program has had, in KiB. The system's own count, ru_maxrss, begins
 * with that of the process that started this one, which holds all samples by then.
 */
static json_int_t peak_memory(const struct rusage *use)
{
	char *status = sysfs_read("", "/proc/self/status");
	char *peak = status ? sysfs_field(status, "VmHWM") : NULL;
	json_int_t kib = peak ? strtoll(peak, NULL, 10) : use->ru_maxrss;
	free(peak);
	free(status);
	return kib;
}

/** The sample as JSON. NULL when out of memory. */
static json_t *sample_json(const struct sampler *sampler, const struct sums *sums,
			   double work_error)
{
	const struct reading *before = &sampler->before;
	const struct reading *after = &sampler->after;
	const struct rusage *used = &before->usage;
	const struct rusage *use = &after->usage;
	bool native = sampler->run.cell->wait == CHANNEL_NATIVE;
	// A floor takes out what nobody put in: its credit grows
	bool credit = sums->least_credit != INT64_MAX && !sampler->floor;
	json_t *json =
		json_pack("{s:s, s:s?, s:f, s:I, s:I, s:o, s:o, s:I, s:I, s:I, s:I}", "verdict",
			  *sampler->reason ? "void" : "ok", "reason",
			  *sampler->reason ? sampler->reason : NULL, "value",
			  value_of(sampler, &sums->latency), "delivered",
			  (json_int_t)(after->done - before->done), "wall_ns",
			  (json_int_t)(after->at - before->at), "user_ns",
			  usage_ns(&used->ru_utime, &use->ru_utime), "system_ns",
			  usage_ns(&used->ru_stime, &use->ru_stime), "voluntary_switches",
			  (json_int_t)(use->ru_nvcsw - used->ru_nvcsw), "involuntary_switches",
			  (json_int_t)(use->ru_nivcsw - used->ru_nivcsw), "peak_kib",
			  peak_memory(use), "steal_ns", (json_int_t)(after->steal - before->steal));
	if (!json) {
		return NULL;
	}
	json_t *more = json_pack(
		"{s:I, s:I, s:I, s:I, s:o, s:I, s:I, s:I, s:I, s:o, s:o, s:f, s:o}", "full",
		(json_int_t)sums->counts.full, "empty", (json_int_t)sums->counts.empty, "busy",
		(json_int_t)sums->counts.busy, "parks", (json_int_t)sums->counts.parks, "wakes",
		native ? json_null() : json_integer((json_int_t)sums->counts.wakes), "own",
		(json_int_t)sums->own, "delivered_all", (json_int_t)sums->all, "thread_min",
		(json_int_t)sampler->slowest, "thread_max", (json_int_t)sampler->fastest,
		"backlog_max",
		credit ? json_integer(sampler->run.credit.all - sums->least_credit) : json_null(),
		"latency_ns", sampler->loop->timed ? latency_json(&sums->latency) : json_null(),
		"work_error", work_error, "counters", counters_json(&sampler->counters));
	if (json_object_update_missing(json, more) != 0) {
		json_decref(json);
		json = NULL;
	}
	json_decref(more);
	if (json && sampler->loop->quiet) {
		json_object_set_new(json, "quiet_cpu_ns",
				    json_integer((json_int_t)sampler->quiet_cpu));
	}
	if (json && sampler->loop->whole) {
		const struct pool_stats *stats = &sampler->replay.stats;
		json_object_set_new(json, "replays",
				    json_integer((json_int_t)sampler->replay.round));
		json_object_set_new(json, "overflow", json_integer((json_int_t)stats->overflow));
	}
	if (json && sampler->loop->loads) {
		json_object_set_new(json, "capacity", json_real(sampler->capacity));
	}
	if (json && sums->halved) {
		json_object_set_new(json, "fill_ns",
				    json_real((double)sums->first_half / (double)sums->halved));
		json_object_set_new(json, "drain_ns",
				    json_real((double)sums->second_half / (double)sums->halved));
	}
	return json;
}

json_t *sampler_json(const struct sampler *sampler, double work_error)
{
	struct sums *sums = calloc(1, sizeof(*sums));
	if (!sums) {
		return NULL;
	}
	sum_up(sampler, sums);
	json_t *json = sample_json(sampler, sums, work_error);
	free(sums);
	return json;
}
