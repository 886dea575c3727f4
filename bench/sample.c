// SPDX-License-Identifier: MIT

/** Taking a sample: the process that takes it is executed, fed, read, and watched. */

#include "sample.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/** What a sample may take beside its warm-up and duration, in nanoseconds, before it hangs. */
#define PATIENCE 10000000000

/** More than any sample prints, a whole histogram in it. */
#define OUTPUT_SIZE (512 * 1024)

static json_t *request_json(const struct sample_request *request)
{
	const struct cell *cell = &request->cell;
	json_t *processors = json_array();
	for (unsigned int i = 0; request->processors && i < cell->threads; ++i) {
		json_array_append_new(processors, json_integer(request->processors[i]));
	}
	json_t *json = json_pack(
		"{s:s, s:s, s:i, s:i, s:i, s:i, s:I, s:I, s:i, s:f, s:b, s:I, s:I, s:I, s:o}",
		"queue", cell->queue, "workload", cell->workload, "threads", (int)cell->threads,
		"producers", (int)cell->producers, "consumers", (int)cell->consumers, "wait",
		(int)cell->wait, "capacity", (json_int_t)cell->capacity, "work",
		(json_int_t)cell->work, "batch", (int)cell->batch, "load", cell->load, "indirect",
		cell->indirect, "seed", (json_int_t)request->seed, "warm_up",
		(json_int_t)request->warm_up, "duration", (json_int_t)request->duration,
		"processors", processors);
	if (json && request->shape &&
	    json_object_set_new(json, "shape", json_string(request->shape)) != 0) {
		json_decref(json);
		json = NULL;
	}
	return json;
}

/** A sample that there is not, and why. */
static json_t *no_sample(const char *verdict, const char *reason)
{
	return json_pack("{s:s, s:s}", "verdict", verdict, "reason", reason);
}

/** Execute this program with the request. The child's process id, or -1 with errno. */
static pid_t execute(const char *request, int *output)
{
	int ends[2];
	if (pipe2(ends, O_CLOEXEC) != 0) {
		return -1;
	}
	posix_spawn_file_actions_t actions;
	pid_t child = -1;
	int error = posix_spawn_file_actions_init(&actions);
	if (error == 0) {
		char *words[] = {"qbench", "sample", (char *)request, NULL};
		posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
		error = posix_spawn(&child, "/proc/self/exe", &actions, NULL, words, environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	close(ends[1]);
	if (error != 0) {
		close(ends[0]);
		errno = error;
		return -1;
	}
	*output = ends[0];
	return child;
}

/** Read all that the child says until a moment. False if it says nothing more, but is not done. */
static bool read_output(int output, char *text, size_t size, uint64_t until)
{
	size_t length = 0;
	for (;;) {
		uint64_t now = clock_now();
		if (now >= until) {
			return false;
		}
		struct pollfd poll_for = {.fd = output, .events = POLLIN};
		int ready = poll(&poll_for, 1, (int)((until - now) / 1000000) + 1);
		if (ready < 0 && errno != EINTR) {
			return false;
		}
		if (ready <= 0) {
			continue;
		}
		ssize_t got = read(output, text + length, size - 1 - length);
		if (got <= 0) {
			text[length] = '\0';
			return true;
		}
		length += (size_t)got;
		if (length == size - 1) {
			return false;
		}
	}
}

json_t *sample_take(const struct sample_request *request)
{
	json_t *sample = NULL;
	json_t *json = request_json(request);
	char *words = json ? json_dumps(json, JSON_COMPACT) : NULL;
	char *text = malloc(OUTPUT_SIZE);
	int output;
	json_decref(json);
	if (!words || !text) {
		errno = ENOMEM;
		goto out;
	}

	pid_t child = execute(words, &output);
	if (child < 0) {
		goto out;
	}
	uint64_t until = clock_now() + 2 * request->warm_up + 2 * request->duration + PATIENCE;
	bool ended = read_output(output, text, OUTPUT_SIZE, until);
	if (!ended) {
		kill(child, SIGKILL);
	}
	close(output);
	int status;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
	}

	if (!ended) {
		sample = no_sample("hang", "did not end, and was killed");
	} else if (WIFSIGNALED(status)) {
		if (WTERMSIG(status) == SIGINT) {
			errno = EINTR;
			goto out;
		}
		sample = no_sample("crash", strsignal(WTERMSIG(status)));
	} else {
		sample = json_loads(text, 0, NULL);
		if (!sample || !json_object_get(sample, "verdict")) {
			json_decref(sample);
			sample = no_sample("crash", "ended without a sample");
		}
	}
out:
	free(text);
	free(words);
	return sample;
}
