// SPDX-License-Identifier: MIT

/** Searches that take turns. */

#include "search.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/** Room for a finding: pages that are not touched take no memory. */
#define FINDING_SIZE (1024 * 1024)

struct search_outcome {
	struct explore_result result;
	uint64_t nanoseconds;
	int error;
	/** Also of a search that is not over. */
	bool whole;
	char finding[FINDING_SIZE];
};

/** Nanoseconds that this process was given: others may be busy on this machine. */
static uint64_t processor_time(void)
{
	struct timespec time;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/** All that the process of a search does. */
static _Noreturn void search_main(struct search_outcome *outcome, search_function *explore,
				  const struct queue_type *type,
				  const struct explore_request *request, pid_t parent)
{
	// Who has stopped it cannot be gone without it
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) {
		_exit(1);
	}
	uint64_t began = processor_time();
	if (explore(type, request, &outcome->result) != 0) {
		outcome->error = errno ? errno : EINVAL;
	} else if (outcome->result.finding) {
		strncpy(outcome->finding, outcome->result.finding, FINDING_SIZE - 1);
	}
	outcome->nanoseconds = processor_time() - began;
	outcome->whole = true;
	_exit(0);
}

int search_begin(struct search_process *process, search_function *explore,
		 const struct queue_type *type, const struct explore_request *request)
{
	int ends[2];
	pid_t parent = getpid();
	struct search_outcome *outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE,
					      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (outcome == MAP_FAILED) {
		return -1;
	}
	if (pipe2(ends, O_CLOEXEC) != 0) {
		munmap(outcome, sizeof(*outcome));
		return -1;
	}
	pid_t id = fork();
	if (id == 0) {
		search_main(outcome, explore, type, request, parent);
	}
	int error = errno;
	close(ends[1]);
	if (id < 0) {
		close(ends[0]);
		munmap(outcome, sizeof(*outcome));
		errno = error;
		return -1;
	}
	*process = (struct search_process){id, ends[0], outcome};
	return 0;
}

void search_stop(const struct search_process *process)
{
	kill(process->id, SIGSTOP);
}

void search_continue(const struct search_process *process)
{
	kill(process->id, SIGCONT);
}

bool search_has_found(const struct search_process *process)
{
	// Relaxed: what was found is read when the process is over
	return atomic_load_explicit(&process->outcome->result.found, memory_order_relaxed);
}

/** The same of a process that is over, its begin included. */
static uint64_t nanoseconds_of(const struct rusage *usage)
{
	uint64_t microseconds = 0;
	const struct timeval *times[] = {&usage->ru_utime, &usage->ru_stime};
	for (int i = 0; i < 2; ++i) {
		microseconds += (uint64_t)times[i]->tv_sec * 1000000 + (uint64_t)times[i]->tv_usec;
	}
	return microseconds * 1000;
}

void search_end(struct search_process *process, struct search_result *result)
{
	struct search_outcome *outcome = process->outcome;
	struct rusage usage = {0};
	int status = 0;
	// Does nothing to one that is over
	kill(process->id, search_has_found(process) ? SIGCONT : SIGKILL);
	while (wait4(process->id, &status, 0, &usage) < 0 && errno == EINTR) {
	}
	*result = (struct search_result){
		.explored = outcome->result,
		.nanoseconds = outcome->whole ? outcome->nanoseconds : nanoseconds_of(&usage),
		.whole = outcome->whole,
		.error = outcome->error,
		.signal = !outcome->whole && WIFSIGNALED(status) ? WTERMSIG(status) : 0,
	};
	// The pointer is the process's own
	result->explored.finding = outcome->finding[0] ? strdup(outcome->finding) : NULL;
	close(process->end);
	munmap(outcome, sizeof(*outcome));
	*process = (struct search_process){0};
}
