// SPDX-License-Identifier: MIT

/** The bounce between each pair of processors. */

#include "machine/bounces.h"

#include "base/clock.h"
#include "base/number.h"
#include "document/json.h"
#include "machine/bounce.h"
#include "processors.h"

#include <math.h>
#include <stdint.h>

/** Nanoseconds of all pairs together, of a pair at most, and after which no pair is begun. */
#define ALL_PAIRS 6000000000
#define PAIR 20000000
#define LATEST 9000000000

/** Processors in a line of output. */
#define LINE 15

/** Chooses the processors. */
static void choose(struct bounces *bounces)
{
	unsigned int all = processors_look().affinity;
	bounces->count = all < BOUNCES_MOST ? all : BOUNCES_MOST;
	bounces->left_out = all - bounces->count;
	for (unsigned int i = 0; i < bounces->count; ++i) {
		bounces->processors[i] = processors_nth(i * all / bounces->count);
	}
}

void bounces_measure(struct bounces *bounces)
{
	choose(bounces);
	bounces->missing = 0;
	uint64_t pairs = bounces->count * (bounces->count - 1) / 2;
	uint64_t each = pairs > ALL_PAIRS / PAIR ? ALL_PAIRS / pairs : PAIR;
	uint64_t latest = clock_now() + LATEST;
	for (unsigned int i = 0; i < bounces->count; ++i) {
		bounces->round_trips[i][i] = NAN;
		for (unsigned int j = 0; j < i; ++j) {
			const int both[] = {bounces->processors[i], bounces->processors[j]};
			double round_trip = clock_now() < latest
						    ? bounce_measure(both, 2, each).round_trip
						    : NAN;
			bounces->round_trips[i][j] = round_trip;
			bounces->round_trips[j][i] = round_trip;
			bounces->missing += isnan(round_trip);
		}
	}
}

json_t *bounces_json(const struct bounces *bounces)
{
	json_t *processors = json_array();
	json_t *rows = json_array();
	for (unsigned int i = 0; i < bounces->count; ++i) {
		json_t *row = json_array();
		for (unsigned int j = 0; j < bounces->count; ++j) {
			row = json_append(row, json_finite(bounces->round_trips[i][j]));
		}
		rows = json_append(rows, row);
		processors = json_append(processors, json_integer(bounces->processors[i]));
	}
	json_t *json = json_pack("{s:o, s:i, s:o}", "processors", processors, "left_out",
				 (int)bounces->left_out, "round_trip_ns", rows);
	if (!json) {
		json_lacks_memory();
	}
	return json;
}

/** Prints the columns from `first` on that fit in a line. */
static void print_columns(const struct bounces *bounces, unsigned int first, FILE *stream)
{
	unsigned int end = first + LINE < bounces->count ? first + LINE : bounces->count;
	fprintf(stream, "\n%9s", "processor");
	for (unsigned int j = first; j < end; ++j) {
		fprintf(stream, "%6d", bounces->processors[j]);
	}
	for (unsigned int i = 0; i < bounces->count; ++i) {
		fprintf(stream, "\n%9d", bounces->processors[i]);
		for (unsigned int j = first; j < end; ++j) {
			double round_trip = bounces->round_trips[i][j];
			if (isnan(round_trip)) {
				fprintf(stream, "%6s", i == j ? "" : "-");
			} else {
				fprintf(stream, "%6.0f", round_trip);
			}
		}
	}
	putc('\n', stream);
}

void bounces_print(const struct bounces *bounces, FILE *stream)
{
	if (bounces->count < 2) {
		fputs("\nThis process may use one processor, so there is no pair of them to "
		      "measure.\n",
		      stream);
		return;
	}
	fputs("\nRound trip of a cache line between two processors, in nanoseconds:\n", stream);
	for (unsigned int first = 0; first < bounces->count; first += LINE) {
		print_columns(bounces, first, stream);
	}
	if (bounces->left_out > 0) {
		fprintf(stream,
			"\nLeft out are %u of %u processors that this process may use: those "
			"between.\n",
			bounces->left_out, bounces->left_out + bounces->count);
	}
	if (bounces->missing > 0) {
		fprintf(stream,
			"\n-  not measured: %u pair%s did not run at the same time, or time was "
			"up. Is the\n   machine busy?\n",
			bounces->missing, number_plural(bounces->missing));
	}
}
