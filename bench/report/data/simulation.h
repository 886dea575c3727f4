// SPDX-License-Identifier: MIT

/** What `qbench simulate -o` wrote: queues on machines that are not here. */

#ifndef BENCH_REPORT_SIMULATION_H
#define BENCH_REPORT_SIMULATION_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/** A queue with a number of threads on a machine, each thread on a processor of its own. */
struct simulated_cell {
	const char *machine;
	const char *workload;
	const char *queue;
	bool floor;
	unsigned int threads;
	/** Of them, where they were told apart; else 0. */
	unsigned int producers;
	/** Items a second: median, least and most over the seeds. NAN if there is no number. */
	double median;
	double least;
	double most;
	/** Of a leader: the next one, NULL for none, and how many times as fast the leader is. */
	const char *second;
	double ahead;
	/** Of a leader: the queues that cannot be told from it, with commas. */
	char near[256];
};

struct simulated_machine {
	const char *name;
	/** The published figures that it was compared with, in a few words. */
	const char *validated;
};

/** One file. Strings live as long as it does. */
struct simulation {
	json_t *document;
	struct simulated_machine *machines;
	size_t machine_count;
	struct simulated_cell *cells;
	size_t cell_count;
	/** The fastest queue of each machine, workload and number of threads. */
	struct simulated_cell *leaders;
	size_t leader_count;
	/** A leader that is less than so many times as fast is tied; NAN in older files. */
	double near_within;
	/** Of the self-check: geometric mean of its errors, NAN if there was none, and figures. */
	double error;
	long long figures;
};

/**
 * Reads a document.
 *
 * @param error     receives what is wrong, for the caller to free; NULL without memory
 * @return for simulation_free(); NULL on failure
 */
struct simulation *simulation_read(json_t *document, char **error);

/** NULL is fine. */
void simulation_free(struct simulation *simulation);

#endif // BENCH_REPORT_SIMULATION_H
