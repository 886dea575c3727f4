// SPDX-License-Identifier: MIT

/** Executing this program anew, reading what it says, and watching over its end. */

#include "process/child.h"

#include "base/clock.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/** One end that is read until it closes. */
struct reading_end {
	int descriptor;
	char *text;
	size_t length;
};

/** A pipe whose read end is kept, with room for what comes. 0, or -1 with errno. */
static int end_open(struct reading_end *end, int *write_end)
{
	int ends[2];
	*end = (struct reading_end){.descriptor = -1, .text = malloc(CHILD_OUTPUT_SIZE)};
	if (!end->text || pipe2(ends, O_CLOEXEC) != 0) {
		return -1;
	}
	end->text[0] = '\0';
	end->descriptor = ends[0];
	*write_end = ends[1];
	return 0;
}

static void end_close(struct reading_end *end)
{
	if (end->descriptor >= 0) {
		close(end->descriptor);
		end->descriptor = -1;
	}
}

/** Read what is there. What is over the room is dropped, so that the child need not wait. */
static void end_read(struct reading_end *end)
{
	char over[4096];
	size_t room = CHILD_OUTPUT_SIZE - 1 - end->length;
	ssize_t got = room > 0 ? read(end->descriptor, end->text + end->length, room)
			       : read(end->descriptor, over, sizeof(over));
	if (got > 0 && room > 0) {
		end->length += (size_t)got;
		end->text[end->length] = '\0';
	} else if (got == 0 || (got < 0 && errno != EINTR)) {
		end_close(end);
	}
}

/** Read until all ends are closed, or it takes too long: then false. */
static bool read_ends(struct reading_end *ends, uint64_t until)
{
	while (ends[0].descriptor >= 0 || ends[1].descriptor >= 0) {
		uint64_t now = clock_now();
		if (now >= until) {
			return false;
		}
		// A negative descriptor is passed over
		struct pollfd polled[2] = {{.fd = ends[0].descriptor, .events = POLLIN},
					   {.fd = ends[1].descriptor, .events = POLLIN}};
		if (poll(polled, 2, (int)((until - now) / 1000000) + 1) <= 0) {
			continue;
		}
		for (int i = 0; i < 2; ++i) {
			if (polled[i].revents) {
				end_read(&ends[i]);
			}
		}
	}
	return true;
}

/** Start the child. Its process id, or -1 with errno. */
static pid_t spawn(const char *command, const char *request, int output, int errors)
{
	posix_spawn_file_actions_t actions;
	char *words[] = {"qbench", (char *)command, (char *)request, NULL};
	pid_t process = -1;
	int error = posix_spawn_file_actions_init(&actions);
	if (error == 0) {
		posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
		if (errors >= 0) {
			posix_spawn_file_actions_adddup2(&actions, errors, STDERR_FILENO);
		}
		error = posix_spawn(&process, "/proc/self/exe", &actions, NULL, words, environ);
		posix_spawn_file_actions_destroy(&actions);
	}
	errno = error;
	return error ? -1 : process;
}

int child_run(struct child *child, const char *command, const char *request, uint64_t patience,
	      bool keep_errors)
{
	struct reading_end ends[2] = {{.descriptor = -1}, {.descriptor = -1}};
	int write_ends[2] = {-1, -1};
	int result = -1;
	int status;
	if (end_open(&ends[0], &write_ends[0]) != 0 ||
	    (keep_errors && end_open(&ends[1], &write_ends[1]) != 0)) {
		goto out;
	}
	pid_t process = spawn(command, request, write_ends[0], write_ends[1]);
	if (process < 0) {
		goto out;
	}
	for (int i = 0; i < 2; ++i) {
		if (write_ends[i] >= 0) {
			close(write_ends[i]);
			write_ends[i] = -1;
		}
	}
	bool ended = read_ends(ends, clock_now() + patience);
	if (!ended) {
		kill(process, SIGKILL);
	}
	while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
	}
	if (ended && WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) {
		errno = EINTR;
		goto out;
	}
	*child = (struct child){
		.end = !ended		     ? CHILD_HUNG
		       : WIFSIGNALED(status) ? CHILD_KILLED
					     : CHILD_ENDED,
		.status = WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status),
		.output = ends[0].text,
		.errors = ends[1].text,
	};
	ends[0].text = ends[1].text = NULL;
	result = 0;
out:;
	int error = errno;
	for (int i = 0; i < 2; ++i) {
		end_close(&ends[i]);
		if (write_ends[i] >= 0) {
			close(write_ends[i]);
		}
		free(ends[i].text);
	}
	errno = error;
	return result;
}

void child_destroy(struct child *child)
{
	free(child->output);
	free(child->errors);
	*child = (struct child){0};
}
