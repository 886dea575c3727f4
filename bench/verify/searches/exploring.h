// SPDX-License-Identifier: MIT

/** What the checks that explore share: running programs within ever wider bounds, and telling it.
 */

#ifndef CHECKS_EXPLORING_H
#define CHECKS_EXPLORING_H

#include "explore/explore.h"

#include "verify/check.h"
#include "verify/searches/search.h"

/** Programs at most, each under each model, and under each wait. */
#define EXPLORING_PROGRAMS 256
#define EXPLORING_MODELS 2

/** How all of a program came to be run. */
enum exploring_way {
	/** In every order that differs. */
	EXPLORING_ORDERS,
	/** From every state. */
	EXPLORING_STATES,
	/** Not at all: it has no other executions than under sequential consistency. */
	EXPLORING_STRONG,
};

/** A search that takes turns with others. */
struct exploring_search {
	struct search_process process;
	/** Of the bounds. */
	unsigned int bound;
	/** Nanoseconds that it was given, in which one without a bound is charged more. */
	uint64_t used;
	/** Executions that had come to an end, and its processor time when there were more. */
	uint64_t progress;
	uint64_t progressed;
	/** It has its turn, since then and until then. */
	bool running;
	uint64_t began;
	uint64_t until;
};

/** What a seed of an exploring check stands for: one search. */
struct exploring_choice {
	unsigned int program;
	/** A bound, or one of enum exploring_kind. */
	unsigned int kind;
	/** As the kind has it, below 8192. */
	unsigned int detail;
};

enum exploring_kind {
	/** Without a bound, by states. */
	EXPLORING_BY_STATES = 4,
	/** The check's own. */
	EXPLORING_OTHER,
};

/** One program under one model. Each C11 one stands behind the same sequentially consistent. */
struct exploring_program {
	struct explore_request request;
	/** Bounds within which it was run to the end. */
	unsigned int reached;
	/** Of the last of them. */
	enum exploring_way way;
	/** All its atomic accesses were sequentially consistent within that bound. */
	bool strong;
	/** An execution was cut off; there is no memory for more: it is not searched any more. */
	bool cut;
	bool given_up;
	/** States do not do. */
	bool unsuited;
	/** Of the last search that went further; nanoseconds are those of the processor. */
	uint64_t executions;
	uint64_t nanoseconds;
	struct exploring_search searches[EXPLORING_STRONG];
};

struct exploring {
	struct check_run *run;
	const struct explore_module *module;
	/** Of the module. */
	search_function *explore;
	/** Bounds on preemptions, the last of them UINT32_MAX. */
	const uint32_t *bounds;
	unsigned int bound_count;
	struct exploring_program programs[EXPLORING_PROGRAMS];
	unsigned int count;
	/** No process can be begun while there are so many. */
	bool crowded;
	/** All searches together; and those of programs, by their way. */
	uint64_t executions;
	uint64_t searched[EXPLORING_STRONG];
	uint64_t nanoseconds[EXPLORING_STRONG];
};

/** The exploring module of the check's queue. NULL if there is none: the check is skipped. */
const struct explore_module *exploring_module(struct check_run *run);

/** Add a program under both models, if the queue allows so many producers and consumers. */
void exploring_add(struct exploring *exploring, const struct explore_program *program,
		   enum channel_wait wait);

/** A search that ends by itself, in this process. False if the check has failed. */
bool exploring_search(struct exploring *exploring, struct explore_request *request,
		      struct explore_result *result);

/** The seed of a search, and the search of a seed. False if it is the seed of none. */
uint64_t exploring_seed(const struct exploring_choice *choice);
bool exploring_choice_of(uint64_t seed, struct exploring_choice *choice);

/** One search of a program: that of a finding. */
void exploring_again(struct exploring *exploring, const struct exploring_choice *choice,
		     uint64_t until);

/**
 * All programs within ever wider bounds, as far as the time goes, on all processors. What is not
 * over then waits for another call, until exploring_end().
 */
void exploring_all(struct exploring *exploring, uint64_t until);
void exploring_end(struct exploring *exploring);

/** Put into the findings what was explored, a line for each program and model. */
void exploring_tell(struct exploring *exploring);

#endif // CHECKS_EXPLORING_H
