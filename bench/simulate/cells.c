// SPDX-License-Identifier: MIT

#include "simulate/cells.h"

#include "base/clock.h"
#include "base/program.h"
#include "base/progress.h"
#include "process/interrupt.h"
#include "processors.h"
#include "workload/replay.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

static int find_module(const char *queue, char path[PATH_MAX])
{
	return program_find_module("simulate", SIMULATE_INSTALLED, queue, path);
}

bool simulate_has_module(const char *queue)
{
	char path[PATH_MAX];
	return find_module(queue, path) == 0 && access(path, R_OK) == 0;
}

static _Noreturn void run(const struct simulate_job *job)
{
	char path[PATH_MAX];
	interrupt_end();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	void *handle =
		find_module(job->queue, path) == 0 ? dlopen(path, RTLD_NOW | RTLD_LOCAL) : NULL;
	const struct simulate_module *module = handle ? dlsym(handle, "simulate_module") : NULL;
	if (job->result->failure[0]) {
		_exit(0);
	}
	if (module && module->version == SIMULATE_MODULE_VERSION) {
		module->run(&job->request, job->result);
	} else {
		snprintf(job->result->failure, sizeof(job->result->failure),
			 "the simulating module cannot be loaded, or is of another build");
	}
	_exit(0);
}

/** Waits for one of the running jobs. 0, or -1 with errno. */
static int await(struct simulate_job *jobs, size_t count)
{
	int status;
	pid_t child = interrupt_noted() ? -1 : waitpid(-1, &status, 0);
	if (interrupt_noted()) {
		errno = EINTR;
		return -1;
	}
	for (size_t i = 0; child > 0 && i < count; ++i) {
		if (jobs[i].child == child) {
			jobs[i].child = 0;
			if (WIFSIGNALED(status)) {
				snprintf(jobs[i].result->failure, sizeof(jobs[i].result->failure),
					 "its process died: %s", strsignal(WTERMSIG(status)));
			}
		}
	}
	return child > 0 ? 0 : -1;
}

static void show_progress(size_t done, size_t count, uint64_t began)
{
	uint64_t left = done ? (clock_now() - began) / done * (count - done) / 1000000000 : 0;
	progress_show(done ? "simulating: %zu of %zu runs, about %ju s left"
			   : "simulating: %zu of %zu runs",
		      done, count, (uintmax_t)left);
}

/** Starts and awaits all jobs. 0, or -1 with errno. */
static int run_all(struct simulate_job *jobs, size_t count)
{
	size_t most = processors_available();
	size_t started = 0;
	uint64_t began = clock_now();
	for (size_t done = 0; done < count; ++done) {
		for (; started < count && started < done + most; ++started) {
			pid_t child = fork();
			if (child == 0) {
				run(&jobs[started]);
			}
			if (child < 0) {
				return -1;
			}
			jobs[started].child = child;
		}
		show_progress(done, count, began);
		if (await(jobs, started) != 0) {
			return -1;
		}
	}
	return 0;
}

/** Reads the walk that a pool replays, once. NULL with the reason in `failure`. */
static const struct replay *read_walk(char *failure, size_t size)
{
	static const char *const places[] = {SHAPES_BUILT, SHAPES_INSTALLED, NULL};
	static struct replay replay;
	char path[PATH_MAX];
	char *error = NULL;
	if (replay.nodes) {
		return &replay;
	}
	if (program_find(places, path) != 0 || replay_create(&replay, path, 1, &error) != 0) {
		snprintf(failure, size, "%s",
			 error ? error : "the walk to replay is not installed");
		free(error);
		return NULL;
	}
	return &replay;
}

int simulate_jobs(struct simulate_job *jobs, size_t count)
{
	struct simulate_result *results =
		mmap(NULL, (count + 1) * sizeof(*results), PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (results == MAP_FAILED) {
		return -1;
	}
	for (size_t i = 0; i < count; ++i) {
		jobs[i].result = &results[i];
		jobs[i].child = 0;
		if (strcmp(jobs[i].request.workload, "replay") == 0) {
			jobs[i].request.replay =
				read_walk(results[i].failure, sizeof(results[i].failure));
		}
	}
	interrupt_begin();
	int result = run_all(jobs, count);
	int error = errno;
	for (size_t i = 0; i < count; ++i) {
		if (jobs[i].child > 0) {
			kill(jobs[i].child, SIGKILL);
			waitpid(jobs[i].child, NULL, 0);
		}
	}
	interrupt_end();
	progress_clear();
	errno = error;
	return result;
}
