// SPDX-License-Identifier: MIT

/**
 * Replaces system calls of dirwalk, for what a test cannot make the machine do. need_shim() of
 * lib.sh builds it; the environment chooses:
 *
 *     PIECES=BYTES      getdents64 uses at most this much of the buffer
 *     SLOW=MICROSECONDS getdents64 takes this much longer
 *     NO_TABLES=1       no thread gets its own table of descriptors
 *     NO_PROC=1         nothing in /proc can be opened as a directory
 *     WATCH=1           opening a path with "watched" in it makes a file begun, waits 0.2 s, and
 *                       makes a file closed if the directory that the path is relative to is gone
 *                       by then
 *     ROOT=FOLDER       holds /proc/self/cgroup and /sys/fs/cgroup/
 */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long number_of(const char *name)
{
	const char *text = getenv(name);
	return text ? atol(text) : 0;
}

int unshare(int flags)
{
	if (getenv("NO_TABLES")) {
		errno = EPERM;
		return -1;
	}
	return (int)syscall(SYS_unshare, flags);
}

int open(const char *path, int flags, ...)
{
	char whole[4096];
	const char *root = getenv("ROOT");
	bool moved = root && (strcmp(path, "/proc/self/cgroup") == 0 ||
			      strncmp(path, "/sys/fs/cgroup/", 15) == 0);
	snprintf(whole, sizeof(whole), "%s%s", moved ? root : "", path);
	va_list arguments;
	va_start(arguments, flags);
	int mode = flags & O_CREAT ? va_arg(arguments, int) : 0;
	va_end(arguments);
	return openat(AT_FDCWD, whole, flags, mode);
}

long syscall(long number, ...)
{
	static long (*next)(long, ...);
	if (!next) {
		next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	}
	long a[6];
	va_list arguments;
	va_start(arguments, number);
	for (int i = 0; i < 6; ++i) {
		a[i] = va_arg(arguments, long);
	}
	va_end(arguments);
	if (number == SYS_openat && getenv("NO_PROC") &&
	    strncmp((const char *)a[1], "/proc/", 6) == 0) {
		errno = ENOENT;
		return -1;
	}
	if (number == SYS_getdents64) {
		long most = number_of("PIECES");
		a[2] = most && a[2] > most ? most : a[2];
		long slow = number_of("SLOW");
		nanosleep(&(struct timespec){slow / 1000000, slow % 1000000 * 1000}, NULL);
	}
	if (number == SYS_openat2 && getenv("WATCH") && strstr((const char *)a[1], "watched")) {
		close(openat(AT_FDCWD, "begun", O_CREAT | O_WRONLY, 0600));
		nanosleep(&(struct timespec){0, 200000000}, NULL);
		if (fcntl((int)a[0], F_GETFD) == -1) {
			close(openat(AT_FDCWD, "closed", O_CREAT | O_WRONLY, 0600));
		}
	}
	return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
