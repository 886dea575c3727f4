// SPDX-License-Identifier: MIT

/**
 * Searches that take turns. Each has a process of its own, which is stopped between its turns and
 * goes on where it was.
 */

#ifndef CHECKS_SEARCH_H
#define CHECKS_SEARCH_H

#include "explore/explore.h"

#include <sys/types.h>

/** What explores: `run` or `run_waiting` of a module. */
typedef int search_function(const struct queue_type *type, const struct explore_request *request,
			    struct explore_result *result);

/** What one process has found; it is shared with it. */
struct search_outcome;

/** All zeros is one that is not under way. */
struct search_process {
	pid_t id;
	/** Closed at its other end when it is over. */
	int end;
	/** What it has on its standard error. */
	int errors;
	struct search_outcome *outcome;
};

/** What one came to. */
struct search_result {
	/** `finding` is for the caller to free. */
	struct explore_result explored;
	/** Of a processor. */
	uint64_t nanoseconds;
	/** It came to its end; else `explored` says how far it was. */
	bool whole;
	/** What went wrong with it, an errno; or 0. */
	int error;
	/** Of a process that died: the signal, or 0 if it ended; and what it said last. */
	int signal;
	char said[2048];
};

/** Start one: it runs until it is stopped. 0, or -1 with errno. */
int search_begin(struct search_process *process, search_function *explore,
		 const struct queue_type *type, const struct explore_request *request);

void search_stop(const struct search_process *process);

void search_continue(const struct search_process *process);

/** Has it found something? Then it is over soon, and should not be stopped before. */
bool search_has_found(const struct search_process *process);

/** Executions that came to an end, those that repeat others among them. */
uint64_t search_progress(const struct search_process *process);

/** Nanoseconds of a processor that it was given: others may be busy on this machine. */
uint64_t search_time(const struct search_process *process);

/**
 * End it if it is not over and has found nothing, and take what it came to. True if it was over by
 * itself.
 */
bool search_end(struct search_process *process, struct search_result *result);

#endif // CHECKS_SEARCH_H
