// SPDX-License-Identifier: MIT

#include "simulate/standings.h"

#include "document/json.h"

#include <math.h>
#include <string.h>

static bool is_same(struct simulate_threads one, struct simulate_threads other)
{
	return simulate_threads_key(one) == simulate_threads_key(other);
}

const struct standing *standings_fastest(const struct standings *standings,
					 struct simulate_threads threads,
					 const struct standing *except)
{
	const struct standing *best = NULL;
	for (size_t i = 0; i < standings->count; ++i) {
		const struct standing *row = &standings->rows[i];
		if (is_same(row->threads, threads) && row != except && !row->relaxed &&
		    row->median > 0 && (!best || row->median > best->median)) {
			best = row;
		}
	}
	return best;
}

bool standing_is_near(const struct standing *leader, const struct standing *other)
{
	return leader->median < STANDING_APART * other->median || leader->least <= other->most;
}

const char *standings_goes_on(const struct standings *standings, const struct standing *leader,
			      const char *before)
{
	if (leader->threads.producers) {
		return before;
	}
	for (size_t i = 0; before && i < standings->count; ++i) {
		const struct standing *row = &standings->rows[i];
		if (is_same(row->threads, leader->threads) && strcmp(row->queue, before) == 0 &&
		    standing_is_near(leader, row)) {
			return before;
		}
	}
	return leader->queue;
}

double standings_growth(const struct standings *standings, const char *queue)
{
	const struct standing *few = NULL;
	const struct standing *many = NULL;
	for (size_t i = 0; i < standings->count; ++i) {
		const struct standing *row = &standings->rows[i];
		if (strcmp(row->queue, queue) == 0 && row->median > 0 && !row->threads.producers) {
			few = few && few->threads.all < row->threads.all ? few : row;
			many = many && many->threads.all > row->threads.all ? many : row;
		}
	}
	return few == many ? NAN
			   : pow(few->median / many->median,
				 1 / log2((double)many->threads.all / few->threads.all));
}

/** Adds a leader, and those that cannot be told from it. 0, or -1 without memory. */
static int add_leader(const struct standings *standings, const struct standing *leader,
		      const char *machine, const char *workload, json_t *leaders)
{
	const struct standing *second = standings_fastest(standings, leader->threads, leader);
	json_t *near = json_array();
	int failed = 0;
	for (size_t i = 0; i < standings->count; ++i) {
		const struct standing *other = &standings->rows[i];
		if (other != leader && !other->relaxed &&
		    is_same(other->threads, leader->threads) && standing_is_near(leader, other)) {
			failed |= json_array_append_new(near, json_bytes(other->queue));
		}
	}
	json_t *json = json_pack(
		"{s:o, s:s, s:i, s:o, s:f, s:f, s:f, s:o, s:o, s:o}", "machine",
		json_bytes(machine), "workload", workload, "threads", (int)leader->threads.all,
		"queue", json_bytes(leader->queue), "items_per_second", leader->median * 1e6,
		"items_per_second_least", leader->least * 1e6, "items_per_second_most",
		leader->most * 1e6, "second", json_bytes(second ? second->queue : NULL), "ahead",
		second ? json_real(leader->median / second->median) : json_null(), "near", near);
	failed |= standings_add_shape(json, leader->threads);
	return json_array_append_new(leaders, json) | failed;
}

int standings_add_shape(json_t *json, struct simulate_threads threads)
{
	if (!threads.producers) {
		return 0;
	}
	int failed = json_object_set_new(json, "producers", json_integer(threads.producers));
	return json_object_set_new(json, "consumers",
				   json_integer(threads.all - threads.producers)) |
	       failed;
}

int standings_json(const struct standings *standings, const struct simulate_threads *threads,
		   size_t count, const char *machine, const char *workload,
		   const struct standings_arrays *arrays)
{
	const char *leads = NULL;
	int failed = 0;
	for (size_t i = 0; i < count; ++i) {
		const struct standing *leader = standings_fastest(standings, threads[i], NULL);
		if (!leader) {
			continue;
		}
		failed |= add_leader(standings, leader, machine, workload, arrays->leaders);
		const char *now = standings_goes_on(standings, leader, leads);
		if (now != leads) {
			leads = now;
			failed |= json_array_append_new(
				arrays->crossovers,
				json_pack("{s:o, s:s, s:o, s:i}", "machine", json_bytes(machine),
					  "workload", workload, "queue", json_bytes(leads),
					  "threads", (int)threads[i].all));
		}
	}
	for (size_t i = 0; i < standings->count; ++i) {
		const char *queue = standings->rows[i].queue;
		double factor = standings_growth(standings, queue);
		if ((i == 0 || strcmp(queue, standings->rows[i - 1].queue) != 0) &&
		    isfinite(factor)) {
			failed |= json_array_append_new(
				arrays->growth,
				json_pack("{s:o, s:s, s:o, s:f}", "machine", json_bytes(machine),
					  "workload", workload, "queue", json_bytes(queue),
					  "per_doubling", factor));
		}
	}
	return failed ? json_lacks_memory() : 0;
}
