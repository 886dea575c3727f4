// SPDX-License-Identifier: MIT

/** Samples: the table of their fields. */

#include "results/sample.h"

#include "document/complain.h"

#include <math.h>

/** Bounds of a value, in its cell's unit: 30 years. */
#define SAMPLE_MOST 1e18
#define SAMPLE_LEAST 1e-9

const char *sample_verdict_name(unsigned int verdict)
{
	static const char *const names[SAMPLE_VERDICTS] = {
		[SAMPLE_OK] = "ok",
		[SAMPLE_VOID] = "void",
		[SAMPLE_HANG] = "hang",
		[SAMPLE_CRASH] = "crash",
		[SAMPLE_UNSUPPORTED] = "unsupported",
		[SAMPLE_LOST] = "lost",
	};
	return names[verdict];
}

#define AT(member) CODEC_AT(struct sample_latency, member)
static const struct codec_field latency_fields[] = {
	{"count", CODEC_WHOLE, AT(count), CODEC_OPTIONAL},
	{"p50", CODEC_WHOLE, AT(p50), CODEC_OPTIONAL},
	{"p90", CODEC_WHOLE, AT(p90), CODEC_OPTIONAL},
	{"p99", CODEC_WHOLE, AT(p99), CODEC_OPTIONAL},
	{"p999", CODEC_WHOLE, AT(p999), CODEC_OPTIONAL},
	{"p9999", CODEC_WHOLE, AT(p9999), CODEC_OPTIONAL},
	{"max", CODEC_WHOLE, AT(max), CODEC_OPTIONAL},
	{"mean90", CODEC_NUMBER, AT(mean90), CODEC_OPTIONAL},
	{"histogram", CODEC_PAIRS, AT(histogram), CODEC_OPTIONAL},
};
static const struct codec latency_codec = CODEC(latency_fields);
#undef AT

#define AT(member) CODEC_AT(struct sample_counters, member)
static const struct codec_field counter_fields[] = {
	{"cycles", CODEC_WHOLE, AT(cycles), CODEC_OPTIONAL},
	{"instructions", CODEC_WHOLE, AT(instructions), CODEC_OPTIONAL},
};
static const struct codec counters_codec = CODEC(counter_fields);
#undef AT

#define AT(member) CODEC_AT(struct rank_error, member)
static const struct codec_field rank_fields[] = {
	{"mean", CODEC_NUMBER, AT(mean), CODEC_OPTIONAL},
	{"p99", CODEC_NUMBER, AT(p99), CODEC_OPTIONAL},
	{"worst", CODEC_WHOLE, AT(worst), CODEC_OPTIONAL},
	{"items", CODEC_WHOLE, AT(items), CODEC_OPTIONAL},
};
const struct codec rank_error_codec = CODEC(rank_fields);
#undef AT

#define AT(member) CODEC_AT(struct sample, member)
static const struct codec_field fields[] = {
	{"verdict", CODEC_CHOICE, AT(verdict), SAMPLE_COLUMN, SAMPLE_VERDICTS, sample_verdict_name},
	{"reason", CODEC_TEXT, AT(reason), CODEC_NULL},
	{"round", CODEC_WHOLE, AT(round), CODEC_OPTIONAL | SAMPLE_COLUMN},
	{"value", CODEC_NUMBER, AT(value), CODEC_OPTIONAL | SAMPLE_COLUMN},
	{"delivered", CODEC_WHOLE, AT(delivered), CODEC_OPTIONAL | SAMPLE_COLUMN},
	{"wall_ns", CODEC_WHOLE, AT(wall_ns), CODEC_OPTIONAL | SAMPLE_COLUMN},
	{"user_ns", CODEC_WHOLE, AT(user_ns), CODEC_OPTIONAL | SAMPLE_COLUMN},
	{"system_ns", CODEC_WHOLE, AT(system_ns), CODEC_OPTIONAL | SAMPLE_COLUMN},
	{"peak_kib", CODEC_WHOLE, AT(peak_kib), CODEC_OPTIONAL | SAMPLE_COLUMN},
	{"seed", CODEC_WHOLE, AT(seed), CODEC_OPTIONAL | SAMPLE_COLUMN},
	{"steal_ns", CODEC_WHOLE, AT(steal_ns), CODEC_OPTIONAL},
	{"voluntary_switches", CODEC_WHOLE, AT(voluntary_switches), CODEC_OPTIONAL},
	{"involuntary_switches", CODEC_WHOLE, AT(involuntary_switches), CODEC_OPTIONAL},
	{"full", CODEC_WHOLE, AT(full), CODEC_OPTIONAL},
	{"empty", CODEC_WHOLE, AT(empty), CODEC_OPTIONAL},
	{"busy", CODEC_WHOLE, AT(busy), CODEC_OPTIONAL},
	{"parks", CODEC_WHOLE, AT(parks), CODEC_OPTIONAL},
	{"wakes", CODEC_WHOLE, AT(wakes), CODEC_NULL},
	{"own", CODEC_WHOLE, AT(own), CODEC_OPTIONAL},
	{"delivered_all", CODEC_WHOLE, AT(delivered_all), CODEC_OPTIONAL},
	{"thread_min", CODEC_WHOLE, AT(thread_min), CODEC_OPTIONAL},
	{"thread_max", CODEC_WHOLE, AT(thread_max), CODEC_OPTIONAL},
	{"backlog_max", CODEC_WHOLE, AT(backlog_max), CODEC_NULL},
	{"latency_ns", CODEC_OBJECT, AT(latency), CODEC_NULL, .object = &latency_codec},
	{"slept_ns", CODEC_OBJECT, AT(slept), CODEC_OPTIONAL, .object = &latency_codec},
	{"awake_ns", CODEC_OBJECT, AT(awake), CODEC_OPTIONAL, .object = &latency_codec},
	{"work_error", CODEC_NUMBER, AT(work_error), CODEC_OPTIONAL},
	{"counters", CODEC_OBJECT, AT(counters), CODEC_NULL, .object = &counters_codec},
	{"quiet_cpu_ns", CODEC_WHOLE, AT(quiet_cpu_ns), CODEC_OPTIONAL},
	{"nap_late_ns", CODEC_NUMBER, AT(nap_late), CODEC_OPTIONAL | SAMPLE_COLUMN},
	{"replays", CODEC_WHOLE, AT(replays), CODEC_OPTIONAL},
	{"overflow", CODEC_WHOLE, AT(overflow), CODEC_OPTIONAL},
	{"capacity", CODEC_NUMBER, AT(capacity), CODEC_OPTIONAL},
	{"fill_ns", CODEC_NUMBER, AT(fill_ns), CODEC_OPTIONAL},
	{"drain_ns", CODEC_NUMBER, AT(drain_ns), CODEC_OPTIONAL},
	{"rank_error", CODEC_OBJECT, AT(rank_error), CODEC_OPTIONAL, .object = &rank_error_codec},
	{"began_s", CODEC_NUMBER, AT(began), CODEC_OPTIONAL | SAMPLE_COLUMN},
	{"processors", CODEC_TEXT, AT(processors), CODEC_OPTIONAL | SAMPLE_COLUMN},
	{"bounce_before_ns", CODEC_NUMBER, AT(bounce_before), CODEC_OPTIONAL | SAMPLE_COLUMN},
	{"bounce_after_ns", CODEC_NUMBER, AT(bounce_after), CODEC_OPTIONAL | SAMPLE_COLUMN},
	{"add_before_ns", CODEC_NUMBER, AT(add_before), CODEC_OPTIONAL | SAMPLE_COLUMN},
	{"add_after_ns", CODEC_NUMBER, AT(add_after), CODEC_OPTIONAL | SAMPLE_COLUMN},
	{"repeats", CODEC_WHOLE, AT(repeats), CODEC_OPTIONAL},
};
const struct codec sample_codec = CODEC_NAMED(struct sample, fields, "sample");

double sample_pace(const struct sample *sample)
{
	return sample->nap_late > 0 && sample->slept.count > sample->latency.count / 2
		       ? sample->nap_late
		       : NAN;
}

void sample_clear(struct sample *sample)
{
	codec_clear(&sample_codec, sample);
}

/** Refuses latencies, and counts of them, that no sample can have. 0, or -1. */
static int check_latency(const struct sample_latency *latency, const char *name, const char *where,
			 char **error)
{
	for (size_t i = 0; i < latency_codec.count; ++i) {
		const struct codec_field *field = &latency_fields[i];
		double value = field->kind != CODEC_PAIRS ? codec_number(field, latency) : NAN;
		if (value < 0 || value > SAMPLE_MOST) {
			return complain(error, "%s: \"%s\" of its \"%s\" is out of range: %g",
					where, field->name, name, value);
		}
	}
	return 0;
}

int sample_check(const struct sample *sample, const char *where, char **error)
{
	if (sample->verdict == SAMPLE_OK && isnan(sample->value)) {
		return complain(error, "%s is ok, but has no value", where);
	}
	// Beyond these, sums and ratios leave the range of a double
	if (sample->value < 0 || sample->value > SAMPLE_MOST ||
	    (sample->value > 0 && sample->value < SAMPLE_LEAST)) {
		return complain(error, "%s has a value that no clock can measure: %g", where,
				sample->value);
	}
	if (check_latency(&sample->latency, "latency_ns", where, error) != 0 ||
	    check_latency(&sample->slept, "slept_ns", where, error) != 0) {
		return -1;
	}
	return check_latency(&sample->awake, "awake_ns", where, error);
}
