// SPDX-License-Identifier: MIT

/** Begin and end of a program, and the places of its files. */

#include "base/program.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int status_if_failed;
static bool output_closed;

static void close_output_at_exit(void)
{
	if (!program_close_output(0)) {
		fflush(stderr);
		_exit(status_if_failed);
	}
}

void program_begin(int failed)
{
	// Lowest first: open() takes the lowest free number. O_PATH needs no right and no /dev
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
		if (fcntl(fd, F_GETFD) == -1 && errno == EBADF) {
			(void)!open("/", O_PATH);
		}
	}
	signal(SIGXFSZ, SIG_IGN);
	status_if_failed = failed;
	atexit(close_output_at_exit);
}

bool program_close_output(int error)
{
	if (output_closed) {
		return true;
	}
	output_closed = true;
	errno = 0;
	if ((fflush(stdout) != 0 || ferror(stdout)) && error == 0) {
		error = errno ? errno : EIO;
	}
	if (error) {
		fprintf(stderr, "%s: standard output: %s\n", program_invocation_short_name,
			strerror(error));
	}
	return error == 0;
}

_Noreturn void program_die_of(int number)
{
	sigset_t only;
	sigemptyset(&only);
	sigaddset(&only, number);
	signal(number, SIG_DFL);
	pthread_sigmask(SIG_UNBLOCK, &only, NULL);
	raise(number);
	_exit(128 + number);
}

/** The program's folder, with a slash at its end. 0, or -1 with errno. */
static int program_folder(char folder[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);
	if (length < 0) {
		return -1;
	}
	folder[length] = '\0';
	folder[strrchr(folder, '/') - folder + 1] = '\0';
	return 0;
}

int program_find(const char *const *places, char path[PATH_MAX])
{
	char folder[PATH_MAX];
	if (program_folder(folder) != 0) {
		return -1;
	}
	for (; *places; ++places) {
		int length = snprintf(path, PATH_MAX, "%s%s", folder, *places);
		if (length < PATH_MAX && access(path, F_OK) == 0) {
			return 0;
		}
	}
	errno = ENOENT;
	return -1;
}

int program_find_module(const char *folder, const char *installed, const char *queue,
			char path[PATH_MAX])
{
	const char *slash = strrchr(queue, '/');
	if (slash) {
		snprintf(path, PATH_MAX, "%.*s/%s/%s", (int)(slash - queue), queue, folder,
			 slash + 1);
		return 0;
	}
	char places[2][PATH_MAX];
	snprintf(places[0], sizeof(places[0]), "%s/%s.so", folder, queue);
	snprintf(places[1], sizeof(places[1]), "%s/%s.so", installed, queue);
	return program_find((const char *const[]){places[0], places[1], NULL}, path);
}

int program_again(char *const *words)
{
	char *emulator = getenv("QBENCH_EMULATOR");
	if (!emulator) {
		return execv("/proc/self/exe", words);
	}
	// The system's link leads to the emulator; read here, it leads to the program
	char program[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", program, PATH_MAX - 1);
	if (length < 0) {
		return -1;
	}
	program[length] = '\0';
	size_t count = 1;
	while (words[count]) {
		++count;
	}
	char *all[count + 2];
	all[0] = emulator;
	all[1] = program;
	memcpy(all + 2, words + 1, count * sizeof(*all));
	return execv(emulator, all);
}
