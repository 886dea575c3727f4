// SPDX-License-Identifier: MIT

/** Cells: the table of their fields, and what their samples say. */

#include "results/cell.h"

#include "catalog/contract.h"
#include "machine/topology.h"

#include <math.h>
#include <stdlib.h>

const char *run_cell_dispatch_name(unsigned int indirect)
{
	return indirect ? "indirect" : "direct";
}

static const char *calls_name(unsigned int called)
{
	return called ? "through a pointer" : "inlined";
}

static const char *unit_name(unsigned int unit)
{
	return unit == RUN_NANOSECONDS ? "ns" : "items/s";
}

#define AT(member) CODEC_AT(struct summary, member)
static const struct codec_field summary_fields[] = {
	{"rounds", CODEC_COUNT, AT(rounds), 0},
	{"median", CODEC_NUMBER, AT(median), CODEC_NULL},
	{"low", CODEC_NUMBER, AT(low), CODEC_NULL},
	{"high", CODEC_NUMBER, AT(high), CODEC_NULL},
	{"mad", CODEC_NUMBER, AT(mad), CODEC_NULL},
	{"modes", CODEC_COUNT, AT(modes), 0},
	{"dip_p", CODEC_NUMBER, AT(dip_p), CODEC_NULL},
	{"verdict", CODEC_CHOICE, AT(verdict), 0, VERDICTS, verdict_name},
	{"p", CODEC_NUMBER, AT(p), CODEC_NULL},
	{"ratio_to_best", CODEC_NUMBER, AT(ratio), CODEC_NULL},
	{"ratio_low", CODEC_NUMBER, AT(ratio_low), CODEC_NULL},
	{"ratio_high", CODEC_NUMBER, AT(ratio_high), CODEC_NULL},
	{"rounds_needed", CODEC_COUNT, AT(rounds_needed), 0},
	{"rank_error", CODEC_OBJECT, AT(rank_error), CODEC_OPTIONAL, .object = &rank_error_codec},
};
static const struct codec summary_codec = CODEC(summary_fields);
#undef AT

#define AT(member) CODEC_AT(struct run_cell, member)
#define MEMBER (CELL_MEMBER | CELL_COLUMN)
#define GROUP (CELL_GROUP | CELL_COLUMN)
static const struct codec_field fields[] = {
	{"queue", CODEC_TEXT, AT(cell.queue), MEMBER},
	{"workload", CODEC_TEXT, AT(cell.workload), GROUP},
	{"wait", CODEC_CHOICE, AT(cell.wait), MEMBER, CHANNEL_WAITS, channel_wait_name},
	{"place", CODEC_CHOICE, AT(cell.place), GROUP, PLACES, topology_place_name},
	{"dispatch", CODEC_CHOICE, AT(cell.indirect), GROUP, 2, run_cell_dispatch_name},
	{"calls", CODEC_CHOICE, AT(called), CODEC_OPTIONAL | CELL_COLUMN, 2, calls_name},
	{"unit", CODEC_CHOICE, AT(unit), GROUP, 2, unit_name},
	{"threads", CODEC_COUNT, AT(cell.threads), GROUP},
	{"producers", CODEC_COUNT, AT(cell.producers), GROUP},
	{"consumers", CODEC_COUNT, AT(cell.consumers), GROUP},
	{"capacity", CODEC_COUNT, AT(cell.capacity), GROUP},
	{"work_ns", CODEC_COUNT, AT(cell.work), GROUP},
	{"batch", CODEC_COUNT, AT(cell.batch), GROUP},
	{"load", CODEC_NUMBER, AT(cell.load), GROUP | CODEC_NULL | CODEC_ZERO},
	{"oversubscribed", CODEC_FLAG, AT(oversubscribed), CODEC_OPTIONAL},
	{"floor", CODEC_FLAG, AT(floor), CODEC_OPTIONAL},
	{"native_batch", CODEC_FLAG, AT(native_batch), CODEC_OPTIONAL},
	{"order", CODEC_CHOICE, AT(order), CODEC_OPTIONAL, CONTRACT_ORDERS, contract_order_name},
	{"order_counts", CODEC_FLAG, AT(order_counts), CODEC_OPTIONAL},
	{"samples", CODEC_ARRAY, AT(samples), 0, .object = &sample_codec},
	// Made again from the samples: what an older program concluded from them does not count
	{"summary", CODEC_OBJECT, AT(summary), CODEC_WRITTEN, .object = &summary_codec},
};
const struct codec cell_codec = CODEC_NAMED(struct run_cell, fields, "cell");

bool run_cell_same_group(const struct run_cell *a, const struct run_cell *b)
{
	return codec_equal(&cell_codec, CELL_GROUP, a, b);
}

bool run_cell_same(const struct run_cell *a, const struct run_cell *b)
{
	return codec_equal(&cell_codec, CELL_GROUP | CELL_MEMBER, a, b);
}

enum queue_order run_cell_class(const struct run_cell *cell)
{
	return cell->order_counts && !cell->floor ? cell->order : QUEUE_FIFO;
}

bool run_cell_has_medians(const struct run_cell *cell)
{
	for (size_t i = 0; i < cell->sample_count; ++i) {
		const struct sample *sample = &cell->samples[i];
		if (!isnan(sample->quiet_cpu_ns) && !isnan(sample->latency.p50)) {
			return isnan(sample->latency.mean90);
		}
	}
	return false;
}

size_t run_cell_lost_at_end(const struct run_cell *cell)
{
	size_t lost = 0;
	while (lost < cell->sample_count &&
	       cell->samples[cell->sample_count - 1 - lost].verdict == SAMPLE_LOST) {
		++lost;
	}
	return lost;
}

bool run_cell_higher_is_better(const struct run_cell *cell)
{
	return cell->unit == RUN_ITEMS_PER_SECOND;
}

// Samples

const char *run_cell_failure(const struct run_cell *cell)
{
	for (size_t i = 0; i < cell->sample_count; ++i) {
		const struct sample *sample = &cell->samples[i];
		if (sample_failed(sample)) {
			return sample->reason ? sample->reason
					      : sample_verdict_name(sample->verdict);
		}
	}
	return NULL;
}

const struct sample *run_cell_missing(const struct run_cell *cell)
{
	for (size_t i = 0; i < cell->sample_count; ++i) {
		const struct sample *sample = &cell->samples[i];
		if (sample->verdict != SAMPLE_OK && !sample_failed(sample)) {
			return sample;
		}
	}
	return NULL;
}

int run_cell_row(const struct run_cell *cell, struct summary_row *row)
{
	if (summary_row_create(row, cell->sample_count) != 0) {
		return -1;
	}
	row->higher_is_better = run_cell_higher_is_better(cell);
	row->floor = cell->floor;
	row->void_row = run_cell_failure(cell) != NULL;
	for (size_t i = 0; i < cell->sample_count; ++i) {
		const struct sample *sample = &cell->samples[i];
		if (sample->verdict == SAMPLE_OK && !isnan(sample->value)) {
			summary_row_add(row, sample->value,
					isnan(sample->round) ? (double)i : sample->round,
					sample->state, sample_pace(sample));
		}
	}
	return 0;
}

int run_cell_add_sample(struct run_cell *cell, const struct sample *sample)
{
	return codec_append(&sample_codec, &cell->samples, sample, NULL) ? 0 : -1;
}
