// SPDX-License-Identifier: MIT

/** Reading what `qbench simulate` found: the only place here that knows the keys of its file. */

#include "report/data/simulation.h"

#include "document/complain.h"
#include "document/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** More items a second than this were not simulated. */
#define MOST 1e15

/** A number that may be missing: then it is NAN. False if it is no throughput. */
static bool read_rate(const json_t *json, const char *key, double *rate)
{
	*rate = json_number(json, key);
	return isnan(*rate) || (*rate >= 0 && *rate <= MOST);
}

/** True if the cell is complete. */
static bool read_cell(json_t *json, struct simulated_cell *cell)
{
	json_int_t threads = 0;
	json_int_t producers = 0;
	int floor = 0;
	const json_t *near = json_object_get(json, "near");
	bool whole = json_unpack(json, "{s:s, s:s, s:s, s:I, s?I, s?b}", "machine", &cell->machine,
				 "workload", &cell->workload, "queue", &cell->queue, "threads",
				 &threads, "producers", &producers, "floor", &floor) == 0;
	cell->floor = floor;
	cell->threads = (unsigned int)threads;
	cell->producers = (unsigned int)producers;
	cell->second = json_string_value(json_object_get(json, "second"));
	cell->ahead = json_number(json, "ahead");
	for (size_t i = 0; i < json_array_size(near); ++i) {
		const char *name = json_string_value(json_array_get(near, i));
		size_t length = strlen(cell->near);
		snprintf(cell->near + length, sizeof(cell->near) - length, "%s%s",
			 length ? ", " : "", name ? name : "?");
	}
	return whole && threads > 0 && threads < 65536 && producers >= 0 && producers < threads &&
	       read_rate(json, "items_per_second", &cell->median) &&
	       read_rate(json, "items_per_second_least", &cell->least) &&
	       read_rate(json, "items_per_second_most", &cell->most);
}

/** Reads the array at a key. NULL without memory; `whole` is false if a cell is not complete. */
static struct simulated_cell *read_cells(const json_t *document, const char *key, size_t *count,
					 bool *whole)
{
	const json_t *array = json_object_get(document, key);
	struct simulated_cell *cells = calloc(json_array_size(array) + 1, sizeof(*cells));
	for (*count = 0; cells && *count < json_array_size(array); ++*count) {
		*whole = read_cell(json_array_get(array, *count), &cells[*count]) && *whole;
	}
	return cells;
}

struct simulation *simulation_read(json_t *document, char **error)
{
	struct simulation *simulation = calloc(1, sizeof(*simulation));
	const json_t *machines = json_object_get(document, "machines");
	bool whole = json_array_size(machines) > 0;
	*error = NULL;
	if (!simulation) {
		return NULL;
	}
	simulation->document = json_incref(document);
	double near = json_number(document, "near_within");
	simulation->near_within = near >= 1 ? near : NAN;
	const json_t *check = json_object_get(document, "self_check");
	simulation->error = json_number(check, "geometric_error");
	simulation->figures = json_integer_of(check, "figures");
	simulation->machines = calloc(json_array_size(machines) + 1, sizeof(*simulation->machines));
	simulation->cells = read_cells(document, "rows", &simulation->cell_count, &whole);
	simulation->leaders = read_cells(document, "leaders", &simulation->leader_count, &whole);
	bool room = simulation->machines && simulation->cells && simulation->leaders;
	for (size_t i = 0; room && i < json_array_size(machines); ++i) {
		struct simulated_machine *machine = &simulation->machines[i];
		whole = json_unpack(json_array_get(machines, i), "{s:s, s:s}", "name",
				    &machine->name, "validated", &machine->validated) == 0 &&
			whole;
		++simulation->machine_count;
	}
	for (size_t i = 0; room && i < simulation->leader_count; ++i) {
		whole = whole && !isnan(simulation->leaders[i].median);
	}
	if (room && whole) {
		return simulation;
	}
	if (room) {
		complain(error, "it is not whole: a machine, a row or a leader lacks its name, its "
				"threads or its number");
	}
	simulation_free(simulation);
	return NULL;
}

void simulation_free(struct simulation *simulation)
{
	if (!simulation) {
		return;
	}
	free(simulation->machines);
	free(simulation->cells);
	free(simulation->leaders);
	json_decref(simulation->document);
	free(simulation);
}
