// SPDX-License-Identifier: MIT

/** What the checks that explore share: running programs within ever wider bounds, in turns. */

#ifndef CHECKS_EXPLORING_H
#define CHECKS_EXPLORING_H

#include "explore/explore.h"

#include "verify/check.h"
#include "verify/searches/search.h"

/** Most programs, counted once for each model and each wait. */
#define EXPLORING_PROGRAMS 256
#define EXPLORING_MODELS 2

/** How a program was explored to the end. */
enum exploring_way {
	/** In every order that makes a difference. */
	EXPLORING_ORDERS,
	/** From every state. */
	EXPLORING_STATES,
	/** Not at all: its executions are those under sequential consistency. */
	EXPLORING_STRONG,
};

/** A search that takes turns with others. */
struct exploring_search {
	struct search_process process;
	/** Index of its bound. */
	unsigned int bound;
	/** Nanoseconds charged for its turns; more for a search without a bound. */
	uint64_t used;
	/** Executions ended at the last look, and processor time when that last grew. */
	uint64_t progress;
	uint64_t progressed;
	/** Turns since then. */
	unsigned int idle_turns;
	/** It has its turn, from `began` to `until`. */
	bool running;
	uint64_t began;
	uint64_t until;
};

/** The search that the seed of an exploring check stands for. */
struct exploring_choice {
	unsigned int program;
	/** Index of a bound, or an enum exploring_kind. */
	unsigned int kind;
	/** Meaning depends on the kind; below 8192. */
	unsigned int detail;
};

enum exploring_kind {
	/** By states, without a bound. */
	EXPLORING_BY_STATES = 4,
	/** Defined by the check. */
	EXPLORING_OTHER,
};

/** A program under a model. Its C11 entry follows the sequentially consistent one. */
struct exploring_program {
	struct explore_request request;
	/** Number of bounds within which it was explored to the end. */
	unsigned int reached;
	/** How, within the last of these. */
	enum exploring_way way;
	/** All its atomic accesses were sequentially consistent, within that bound. */
	bool strong;
	/** `cut`: an execution was cut off. `given_up`: memory is short. Both end its search. */
	bool cut;
	bool given_up;
	/** It cannot be searched by states. */
	bool unsuited;
	/** Executions and processor time of the last search that came further. */
	uint64_t executions;
	uint64_t nanoseconds;
	struct exploring_search searches[EXPLORING_STRONG];
};

struct exploring {
	struct check_run *run;
	const struct explore_module *module;
	/** The function of the module that explores. */
	search_function *explore;
	/** Bounds on preemptions; the last is UINT32_MAX. */
	const uint32_t *bounds;
	unsigned int bound_count;
	struct exploring_program programs[EXPLORING_PROGRAMS];
	unsigned int count;
	/** No more processes can be started at present. */
	bool crowded;
	/** Totals of all searches, and of those that take turns by their way. */
	uint64_t executions;
	uint64_t searched[EXPLORING_STRONG];
	uint64_t nanoseconds[EXPLORING_STRONG];
};

/** The exploring module of the queue. NULL if there is none: then the check is skipped. */
const struct explore_module *exploring_module(struct check_run *run);

/** Adds a program under both models, if the queue allows its producers and consumers. */
void exploring_add(struct exploring *exploring, const struct explore_program *program,
		   enum channel_wait wait);

/** Runs a search to its end, in this process. False if the check has failed. */
bool exploring_search(struct exploring *exploring, const struct explore_request *request,
		      struct explore_result *result);

/** The seed of a search; and the search of a seed, false if it has none. */
uint64_t exploring_seed(const struct exploring_choice *choice);
bool exploring_choice_of(uint64_t seed, struct exploring_choice *choice);

/** Repeats the search of a finding. */
void exploring_again(struct exploring *exploring, const struct exploring_choice *choice,
		     uint64_t until);

/**
 * Explores all programs within ever wider bounds until the time is over, on all processors.
 * Searches that have not ended wait for another call, or for exploring_end().
 */
void exploring_all(struct exploring *exploring, uint64_t until);
void exploring_end(struct exploring *exploring);

/** Adds to the findings how far each program was explored, a line for each model. */
void exploring_tell(struct exploring *exploring);

#endif // CHECKS_EXPLORING_H
