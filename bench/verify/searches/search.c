// SPDX-License-Identifier: MIT

/** Searches that take turns: see search.h. */

#include "verify/searches/search.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct search_outcome {
	/** Its counts grow while the search runs. */
	struct explore_result result;
	uint64_t nanoseconds;
	int error;
	bool whole;
	/** Untouched pages take no memory. */
	char finding[EXPLORE_FINDING_SIZE];
};

/** Prepares a new process so that it cannot outlive its parent. Then writes to `end`. */
static void settle(pid_t parent, int end, int errors)
{
	// In a group of its own: a signal of the terminal would continue a stopped process
	setpgid(0, 0);
	// The reader of the parent's output need not wait for this process
	dup2(errors, STDOUT_FILENO);
	dup2(errors, STDERR_FILENO);
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent ||
	    write(end, "", 1) != 1) {
		_exit(1);
	}
}

static _Noreturn void search_main(struct search_outcome *outcome, search_function *explore,
				  const struct queue_type *type,
				  const struct explore_request *request)
{
	uint64_t began = clock_of(CLOCK_PROCESS_CPUTIME_ID);
	if (explore(type, request, &outcome->result) != 0) {
		outcome->error = errno ? errno : EINVAL;
	} else if (outcome->result.finding) {
		strncpy(outcome->finding, outcome->result.finding, EXPLORE_FINDING_SIZE - 1);
	}
	outcome->nanoseconds = clock_of(CLOCK_PROCESS_CPUTIME_ID) - began;
	outcome->whole = true;
	_exit(0);
}

int search_begin(struct search_process *process, search_function *explore,
		 const struct queue_type *type, const struct explore_request *request)
{
	int ends[2] = {-1, -1};
	pid_t parent = getpid();
	pid_t id = -1;
	struct search_outcome *outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE,
					      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int errors = memfd_create("search", MFD_CLOEXEC);
	if (outcome != MAP_FAILED && errors >= 0 && pipe2(ends, O_CLOEXEC) == 0) {
		id = fork();
	}
	if (id == 0) {
		settle(parent, ends[1], errors);
		search_main(outcome, explore, type, request);
	}
	int error = errno;
	if (ends[1] >= 0) {
		close(ends[1]);
	}
	if (id > 0) {
		// If it were stopped before it has settled, it could outlive this process. If it
		// cannot settle, it exits
		char settled;
		while (read(ends[0], &settled, 1) < 0 && errno == EINTR) {
		}
		*process = (struct search_process){id, ends[0], errors, outcome};
		return 0;
	}
	if (ends[0] >= 0) {
		close(ends[0]);
	}
	if (errors >= 0) {
		close(errors);
	}
	if (outcome != MAP_FAILED) {
		munmap(outcome, sizeof(*outcome));
	}
	errno = error;
	return -1;
}

bool search_has_found(const struct search_process *process)
{
	// Relaxed: the finding is read after the process has ended
	return atomic_load_explicit(&process->outcome->result.found, memory_order_relaxed);
}

uint64_t search_progress(const struct search_process *process)
{
	// May be out of date while the process runs; it is stopped when that matters
	const struct explore_result *result = &process->outcome->result;
	return result->executions + result->repeated;
}

uint64_t search_time(const struct search_process *process)
{
	clockid_t clock;
	return clock_getcpuclockid(process->id, &clock) == 0 ? clock_of(clock) : 0;
}

static void read_end(int file, char *text, size_t size)
{
	off_t length = lseek(file, 0, SEEK_END);
	off_t from = length >= (off_t)size ? length - (off_t)size + 1 : 0;
	ssize_t got = pread(file, text, size - 1, from);
	text[got > 0 ? got : 0] = '\0';
}

bool search_end(struct search_process *process, struct search_result *result)
{
	struct search_outcome *outcome = process->outcome;
	siginfo_t ended = {0};
	waitid(P_PID, (id_t)process->id, &ended, WEXITED | WNOHANG | WNOWAIT);
	bool over = ended.si_pid != 0 || search_has_found(process);
	kill(process->id, over ? SIGCONT : SIGKILL);
	while (waitid(P_PID, (id_t)process->id, &ended, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
	}
	*result = (struct search_result){
		.explored = outcome->result,
		.nanoseconds = outcome->whole ? outcome->nanoseconds : search_time(process),
		.whole = outcome->whole,
		.error = outcome->error,
		.signal = ended.si_code == CLD_EXITED ? 0 : ended.si_status,
	};
	// Its time can be read until then
	waitid(P_PID, (id_t)process->id, &ended, WEXITED);
	if (!outcome->whole) {
		read_end(process->errors, result->said, sizeof(result->said));
	}
	// The pointer in the result is valid in the other process only
	result->explored.finding = outcome->finding[0] ? strdup(outcome->finding) : NULL;
	close(process->end);
	close(process->errors);
	munmap(outcome, sizeof(*outcome));
	*process = (struct search_process){0};
	return over;
}
