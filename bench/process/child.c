// SPDX-License-Identifier: MIT

/** Executes this program anew, reads what it prints, and watches over its end. */

#include "process/child.h"

#include "base/patience.h"
#include "base/program.h"
#include "process/interrupt.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/** One end that is read until it closes. */
struct reading_end {
	int descriptor;
	char *text;
	size_t length;
};

/** Closes a descriptor, unless it is closed. */
static void close_once(int *descriptor)
{
	if (*descriptor >= 0) {
		close(*descriptor);
		*descriptor = -1;
	}
}

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
		close_once(&end->descriptor);
	}
}

enum outcome { OUTCOME_CLOSED, OUTCOME_LATE, OUTCOME_INTERRUPTED };

/** Read until all ends are closed, the patience is over, or the user interrupts. */
static enum outcome read_ends(struct reading_end *ends, uint64_t most, const sigset_t *mask)
{
	static const struct timespec look = {.tv_nsec = PATIENCE_LOOK};
	struct patience patience;
	patience_begin(&patience);
	while (ends[0].descriptor >= 0 || ends[1].descriptor >= 0) {
		if (interrupt_noted()) {
			return OUTCOME_INTERRUPTED;
		}
		// A negative descriptor is passed over
		struct pollfd polled[2] = {{.fd = ends[0].descriptor, .events = POLLIN},
					   {.fd = ends[1].descriptor, .events = POLLIN}};
		int ready = ppoll(polled, 2, &look, mask);
		for (int i = 0; ready > 0 && i < 2; ++i) {
			if (polled[i].revents) {
				end_read(&ends[i]);
			}
		}
		if (patience_look(&patience) >= most) {
			return OUTCOME_LATE;
		}
	}
	return OUTCOME_CLOSED;
}

/** Put a descriptor where the child expects it. One that is there already must stay open. */
static bool put_at(int descriptor, int place)
{
	return descriptor < 0 ||
	       (descriptor == place ? fcntl(place, F_SETFD, 0) : dup2(descriptor, place)) >= 0;
}

/**
 * Start the child, which dies with this process. It shares memory with this process until it
 * executes the program anew, so it leaves its errno here, and calls nothing but the system.
 *
 * @param mask  the signals that it starts with blocked
 * @return its process id, or -1 with errno
 */
static pid_t start(const char *command, const char *request, int output, int errors,
		   const sigset_t *mask)
{
	char *const words[] = {"qbench", (char *)command, (char *)request, NULL};
	pid_t parent = getpid();
	volatile int error = 0;
	pid_t process = vfork();
	if (process == 0) {
		// A parent that died before prctl() has sent nothing: look for it afterwards
		if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent &&
		    put_at(output, STDOUT_FILENO) && put_at(errors, STDERR_FILENO)) {
			signal(SIGPIPE, SIG_DFL);
			sigprocmask(SIG_SETMASK, mask, NULL);
			program_again(words);
		}
		error = errno;
		_exit(127);
	}
	if (process > 0 && error != 0) {
		waitpid(process, NULL, 0);
		process = -1;
	}
	errno = process < 0 && error ? error : errno;
	return process;
}

/** Processes that the system has killed for want of memory; 0 if it does not say. */
static unsigned long long out_of_memory_kills(void)
{
	unsigned long long kills = 0;
	char line[128];
	FILE *stream = fopen("/proc/vmstat", "re");
	while (stream && fgets(line, sizeof(line), stream) &&
	       sscanf(line, "oom_kill %llu", &kills) != 1) {
	}
	if (stream) {
		fclose(stream);
	}
	return kills;
}

/** True if only the system, its limits or other users send the signal. */
static bool is_from_outside(int signal)
{
	return signal == SIGKILL || signal == SIGXCPU || signal == SIGXFSZ;
}

/** How a process ended: -1 with EINTR if the user did it. */
static int judge_end(struct child *child, enum outcome outcome, int status,
		     unsigned long long kills)
{
	int signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
	// A signal to the whole group may kill the child before this process notes it
	if (outcome == OUTCOME_CLOSED && interrupt_is(signal)) {
		interrupt_note(signal);
		outcome = OUTCOME_INTERRUPTED;
	}
	if (outcome == OUTCOME_INTERRUPTED) {
		errno = EINTR;
		return -1;
	}
	child->status = signal ? signal : WEXITSTATUS(status);
	child->end = outcome == OUTCOME_LATE   ? CHILD_HUNG
		     : is_from_outside(signal) ? CHILD_TAKEN
		     : signal		       ? CHILD_KILLED
					       : CHILD_ENDED;
	child->out_of_memory = signal == SIGKILL && out_of_memory_kills() > kills;
	return 0;
}

int child_run(struct child *child, const char *command, const char *request, uint64_t patience,
	      bool keep_errors)
{
	struct reading_end ends[2] = {{.descriptor = -1}, {.descriptor = -1}};
	int write_ends[2] = {-1, -1};
	sigset_t mask;
	int result = -1;
	int status;
	unsigned long long kills = out_of_memory_kills();
	*child = (struct child){0};
	interrupt_block(&mask);
	if (end_open(&ends[0], &write_ends[0]) != 0 ||
	    (keep_errors && end_open(&ends[1], &write_ends[1]) != 0)) {
		goto out;
	}
	pid_t process = start(command, request, write_ends[0], write_ends[1], &mask);
	if (process < 0) {
		goto out;
	}
	close_once(&write_ends[0]);
	close_once(&write_ends[1]);
	enum outcome outcome = read_ends(ends, patience, &mask);
	if (outcome != OUTCOME_CLOSED) {
		kill(process, SIGKILL);
	}
	while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
	}
	result = judge_end(child, outcome, status, kills);
	if (result == 0) {
		child->output = ends[0].text;
		child->errors = ends[1].text;
		ends[0].text = ends[1].text = NULL;
	}
out:;
	int error = errno;
	for (int i = 0; i < 2; ++i) {
		close_once(&ends[i].descriptor);
		close_once(&write_ends[i]);
		free(ends[i].text);
	}
	sigprocmask(SIG_SETMASK, &mask, NULL);
	errno = error;
	return result;
}

void child_describe(const struct child *child, char *text, size_t size)
{
	switch (child->end) {
	case CHILD_ENDED:
		snprintf(text, size, "the process ended with status %d", child->status);
		break;
	case CHILD_KILLED:
		snprintf(text, size, "the process died: %s", strsignal(child->status));
		break;
	case CHILD_HUNG:
		snprintf(text, size, "the process did not end, and was killed");
		break;
	case CHILD_TAKEN:
		snprintf(text, size, "the process was killed from outside: %s%s",
			 strsignal(child->status),
			 child->out_of_memory	    ? ", for want of memory"
			 : child->status == SIGKILL ? ", by the system or a user"
						    : "");
		break;
	}
}

void child_destroy(struct child *child)
{
	free(child->output);
	free(child->errors);
	*child = (struct child){0};
}
