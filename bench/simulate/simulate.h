// SPDX-License-Identifier: MIT

/**
 * Queues in virtual time: a queue's file and a workload's loop, unchanged, on a model of a
 * machine's caches. README.md says what the model has and what it lacks.
 *
 *     simulate_command.c   the command line, and the tables
 *     rows.c               a row: the runs of a cell under all seeds
 *     self_check.c         queues measured here, beside the model of this machine
 *     validation.c         published figures, and how far simulated ones are from them
 *     fit.c                a machine file from latencies, of a table or measured here
 *     costs.c              what operations cost on this machine
 *     standings.c          who leads, and how the cost of an item grows
 *     cells.c              each run of a cell in a process of its own
 *     machine_file.c       a machine as a text file
 *     engine/run.c         a cell: the queue, its threads, the measured window, the proof
 *     engine/threads.c     the engine of the hooks: what an access costs, and sleeping
 *     engine/overflow.c    a thread that needs more stack than it has
 *     engine/local.c       thread-local data, of each coroutine its own
 *     engine/spins.c       threads that spin, and cost nothing meanwhile
 *     engine/lines.c       who has a line, and who waits for it
 *     engine/events.c      what comes next in virtual time
 *
 * The engine goes into one module per queue, simulate/NAME.so, which exports one symbol.
 */

#ifndef SIMULATE_SIMULATE_H
#define SIMULATE_SIMULATE_H

#include "workload/rank.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Most threads, and most processors of a machine. */
#define SIMULATE_THREADS 512
/** Hottest lines that a result lists. */
#define SIMULATE_LINES 10
/** Places in the code that it lists for a line. */
#define SIMULATE_PLACES 4

/** How far two processors are from each other. */
enum simulate_distance {
	SIMULATE_CORE,
	SIMULATE_L3,
	SIMULATE_SOCKET,
	SIMULATE_OTHER,
	SIMULATE_DISTANCES,
};

/** A machine. Times are in picoseconds. */
struct simulate_machine {
	/** Taking a line from its owner; reading a line that others share. */
	int64_t take[SIMULATE_DISTANCES];
	int64_t read[SIMULATE_DISTANCES];
	/** How long an owner keeps a line before the next one gets it. */
	int64_t hold;
	/** What taking a line costs more while others wait for it. */
	int64_t contended;
	/** Time between two reads of a shared line. */
	int64_t next_read;
	/** An atomic update, beside fetching the line. */
	int64_t update;
	/** Time between two updates of a line that the L3 makes, where it makes them for the cores,
	 * as on Arm; 0: it does not. */
	int64_t far_update;
	int64_t hit;
	int64_t store;
	/** Instructions around an access. */
	int64_t step;
	/** What a loop does beside its accesses. */
	int64_t loop;
	int64_t pause;
	int64_t fence;
	/** A line from memory; from the L3; and one that nobody has touched. */
	int64_t memory;
	int64_t l3;
	int64_t first;
	int64_t yield;
	int64_t allocation;
	int64_t system_call;
	int64_t wake;
	/** Chance in thousandths that the nearest waiter gets a line, and not the oldest. */
	int64_t near;
	/** Lines of a core's private caches. */
	int64_t private_lines;

	/** Core of the nth processor that is used; L3 and socket of each core. */
	unsigned int processors;
	uint16_t core[SIMULATE_THREADS];
	uint16_t l3_of[SIMULATE_THREADS];
	uint16_t socket_of[SIMULATE_THREADS];
};

struct replay;

/** Threads of a cell. */
struct simulate_threads {
	unsigned int all;
	/** Those that only enqueue, where all others only dequeue; 0: half of them. */
	unsigned int producers;
};

/** A number of its own for each, by which they are ordered. */
static inline unsigned int simulate_threads_key(struct simulate_threads threads)
{
	return threads.all << 16 | threads.producers;
}

struct simulate_request {
	const struct simulate_machine *machine;
	const char *workload;
	unsigned int threads;
	/** 0: half of the threads, where the workload has producers and consumers. */
	unsigned int producers;
	size_t capacity;
	/** The walk that a pool replays, from replay_create(); NULL under other workloads. */
	const struct replay *replay;
	/** Nanoseconds of work between two operations. */
	uint64_t work;
	uint64_t seed;
	/** Picoseconds before the measured window, and of it. */
	int64_t warm_up;
	int64_t window;
	/** Most accesses: a run that takes more is given up. */
	uint64_t most;
	/** The places in the code get no names: finding them takes a process. */
	bool unnamed;
};

/** A line, and the places in the code that took it most often. */
struct simulate_line {
	uint64_t transfers;
	struct {
		uint64_t transfers;
		char name[80];
	} places[SIMULATE_PLACES];
};

/** What happened in the window. */
struct simulate_result {
	uint64_t items;
	/** Of the thread with most and of that with fewest items, where the role has a count. */
	uint64_t most_items;
	uint64_t fewest_items;
	uint64_t transfers;
	uint64_t swaps;
	uint64_t failed_swaps;
	/** Picoseconds that all threads together waited for lines. */
	int64_t waited;
	/** Where the workload takes rank errors; else 0. */
	struct rank_error rank_error;
	struct simulate_line lines[SIMULATE_LINES];
	/** In the whole run. */
	uint64_t accesses;
	/** Why there is no result; empty if there is one. */
	char failure[160];
};

/** The symbol that a module exports: `simulate_module`. */
struct simulate_module {
	uint32_t version;
	/** Simulates one cell. Once in a process. */
	void (*run)(const struct simulate_request *request, struct simulate_result *result);
};

#define SIMULATE_MODULE_VERSION 5

#endif // SIMULATE_SIMULATE_H
