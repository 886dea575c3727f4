// SPDX-License-Identifier: MIT

/** A line of progress on standard error. */

#include "base/progress.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static bool shown;

static bool can_show(void)
{
	const char *terminal = getenv("TERM");
	return isatty(STDERR_FILENO) && terminal && strcmp(terminal, "dumb") != 0 &&
	       tcgetpgrp(STDERR_FILENO) == getpgrp();
}

void progress_show(const char *format, ...)
{
	char line[256];
	struct winsize size;
	if (!can_show()) {
		return;
	}
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	// The last column stays free: some terminals wrap there
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 &&
	    size.ws_col < sizeof(line)) {
		line[size.ws_col - 1] = '\0';
	}
	for (char *byte = line; *byte; ++byte) {
		if (!isascii(*byte) || !isprint(*byte)) {
			*byte = '?';
		}
	}
	fprintf(stderr, "\r\033[K%s", line);
	shown = true;
}

void progress_clear(void)
{
	if (shown && can_show()) {
		fputs("\r\033[K", stderr);
	}
	shown = false;
}
