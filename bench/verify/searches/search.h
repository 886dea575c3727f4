// SPDX-License-Identifier: MIT

/**
 * Searches that take turns. Each runs in a process of its own, which is stopped between its turns.
 */

#ifndef CHECKS_SEARCH_H
#define CHECKS_SEARCH_H

#include "explore/explore.h"

#include <sys/types.h>

/** The function that explores: `run` or `run_waiting` of a module. */
typedef int search_function(const struct queue_type *type, const struct explore_request *request,
			    struct explore_result *result);

/** Memory shared with the process of a search. */
struct search_outcome;

/** All zeros: no search. */
struct search_process {
	pid_t id;
	/** Read end of a pipe that closes when the process ends. */
	int end;
	/** File that holds its standard error. */
	int errors;
	struct search_outcome *outcome;
};

struct search_result {
	/** free() its `finding`. */
	struct explore_result explored;
	/** Processor time. */
	uint64_t nanoseconds;
	/** The search was completed; else `explored` says how far it came. */
	bool whole;
	/** errno of a search that failed, or 0. */
	int error;
	/** Of a process that died: the signal, or 0 if it exited; and its last words. */
	int signal;
	char said[2048];
};

/** Starts a search, which runs until SIGSTOP and from SIGCONT on. 0, or -1 with errno. */
int search_begin(struct search_process *process, search_function *explore,
		 const struct queue_type *type, const struct explore_request *request);

/** Has it found something? Then it ends soon, and should not be stopped. */
bool search_has_found(const struct search_process *process);

/** Executions that have ended, including those that repeat others. */
uint64_t search_progress(const struct search_process *process);

/** Processor time in nanoseconds. Wall-clock time depends on what else runs. */
uint64_t search_time(const struct search_process *process);

/**
 * Ends a search and takes its result. Kills the process unless it has ended or found something.
 * True if it ended by itself.
 */
bool search_end(struct search_process *process, struct search_result *result);

#endif // CHECKS_SEARCH_H
