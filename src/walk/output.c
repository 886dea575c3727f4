// SPDX-License-Identifier: MIT

/** Standard output and standard error. */

#include "walk/output.h"

#include "base/clock.h"
#include "base/progress.h"
#include "base/quote.h"

#include <errno.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Zero, or the end of the hurry, in nanoseconds of clock_now(). */
static _Atomic uint64_t deadline;

/** The byte that ends an item of a listing. */
static bool listing;
static char item_end;

/** A live line is shown. */
static bool live;

static uint64_t hurry(void)
{
	// Relaxed: only the number is passed on
	return atomic_load_explicit(&deadline, memory_order_relaxed);
}

void output_hurry(uint64_t until)
{
	atomic_store_explicit(&deadline, until, memory_order_relaxed);
}

/** Waits until a descriptor can be written. False if the deadline has passed. */
static bool wait_for_reader(int fd)
{
	struct pollfd ready = {.fd = fd, .events = POLLOUT};
	for (;;) {
		int timeout = -1;
		uint64_t until = hurry();
		if (until) {
			uint64_t now = clock_now();
			timeout = now < until ? (int)((until - now) / 1000000) + 1 : 0;
		}
		int result = poll(&ready, 1, timeout);
		if (result > 0 || (result < 0 && errno != EINTR)) {
			// The write reports an error
			return true;
		}
		if (result == 0) {
			return false;
		}
	}
}

/**
 * Writes all bytes. In a hurry it stops at the deadline.
 *
 * @param whole go on until the deadline; else stop at once in a hurry
 * @return bytes written; errno is set if some are missing
 */
static size_t write_all(int fd, const char *bytes, size_t length, bool whole)
{
	size_t done = 0;
	while (done < length) {
		size_t size = length - done;
		if (hurry()) {
			if (!whole || !wait_for_reader(fd)) {
				errno = EINTR;
				break;
			}
			// A pipe that is ready takes 4 KiB without waiting
			size = size < 4096 ? size : 4096;
		}
		ssize_t written = write(fd, bytes + done, size);
		if (written >= 0) {
			done += (size_t)written;
		} else if (errno == EAGAIN) {
			wait_for_reader(fd);
		} else if (errno != EINTR) {
			break;
		}
	}
	return done;
}

/** Writes items. In a hurry, completes the item already begun and drops the rest. 0, or -1. */
static int write_items(const char *bytes, size_t length)
{
	size_t done = write_all(STDOUT_FILENO, bytes, length, !listing);
	if (done == length) {
		return 0;
	}
	if (!listing || errno != EINTR) {
		return -1;
	}
	if (done > 0 && bytes[done - 1] != item_end) {
		const char *end = memchr(bytes + done, item_end, length - done);
		size_t rest = end ? (size_t)(end + 1 - bytes) - done : length - done;
		write_all(STDOUT_FILENO, bytes + done, rest, true);
	}
	return 0;
}

static ssize_t write_output(void *cookie, const char *bytes, size_t length)
{
	(void)cookie;
	return write_items(bytes, length) == 0 ? (ssize_t)length : 0;
}

static ssize_t write_messages(void *cookie, const char *bytes, size_t length)
{
	(void)cookie;
	output_live(NULL);
	char *text = malloc(QUOTE_LONGEST * length);
	if (!text) {
		return 0;
	}
	size_t size = (size_t)(quote_bytes(text, bytes, length, QUOTE_TEXT) - text);
	size_t done = write_all(STDERR_FILENO, text, size, true);
	free(text);
	return done == size ? (ssize_t)length : 0;
}

void output_begin(void)
{
	static char messages[16 * 1024];
	static char output[OUTPUT_BUFFER];
	FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_messages});
	if (stream) {
		setvbuf(stream, messages, _IOLBF, sizeof(messages));
		stderr = stream;
	}
	stream = fopencookie(NULL, "w", (cookie_io_functions_t){.write = write_output});
	if (stream) {
		setvbuf(stream, output, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, sizeof(output));
		stdout = stream;
	}
}

void output_begin_listing(char end)
{
	fflush(stdout);
	listing = true;
	item_end = end;
}

int output_end_listing(void)
{
	int result = fflush(stdout);
	listing = false;
	return result;
}

int output_list(const char *bytes, size_t length)
{
	bool shown = live;
	output_live(NULL);
	// Items are not split in the buffer, so its end is the end of an item
	if (__fpending(stdout) + length > OUTPUT_BUFFER && fflush(stdout) != 0) {
		return -1;
	}
	if (length >= OUTPUT_BUFFER) {
		return fflush(stdout) == 0 ? write_items(bytes, length) : -1;
	}
	if (fwrite(bytes, 1, length, stdout) != length) {
		return -1;
	}
	// The live line is drawn again, below the items listed before
	return shown ? fflush(stdout) : 0;
}

/** True if a write would stop the program: it is in the background of the terminal. */
static bool in_background(void)
{
	pid_t foreground = tcgetpgrp(STDERR_FILENO);
	return foreground >= 0 && foreground != getpgrp();
}

void output_live(const char *line)
{
	bool shows = line && *line;
	if ((!shows && !live) || in_background()) {
		return;
	}
	char text[PROGRESS_SIZE];
	size_t length = progress_format(text, shows ? line : "");
	live = shows;
	write_all(STDERR_FILENO, text, length, true);
}
