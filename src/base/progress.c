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

size_t progress_format(char text[PROGRESS_SIZE], const char *line)
{
	static const char erase[] = "\r\033[K";
	struct winsize size;
	int columns = PROGRESS_SIZE - sizeof(erase);
	// The last column stays free: some terminals wrap there
	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 &&
	    size.ws_col <= columns) {
		columns = size.ws_col - 1;
	}
	return (size_t)snprintf(text, PROGRESS_SIZE, "%s%.*s", erase, columns, line);
}

void progress_show(const char *format, ...)
{
	char line[PROGRESS_SIZE];
	char text[PROGRESS_SIZE];
	if (!can_show()) {
		return;
	}
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(line, sizeof(line), format, arguments);
	va_end(arguments);
	for (char *byte = line; *byte; ++byte) {
		if (!isascii(*byte) || !isprint(*byte)) {
			*byte = '?';
		}
	}
	progress_format(text, line);
	fputs(text, stderr);
	shown = true;
}

void progress_clear(void)
{
	if (shown && can_show()) {
		fputs("\r\033[K", stderr);
	}
	shown = false;
}
