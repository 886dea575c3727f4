// SPDX-License-Identifier: MIT

#include "results/terminal.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/** The narrowest terminal that anything is made to fit. */
#define LEAST_WIDTH 40

struct terminal terminal_of(FILE *stream)
{
	struct terminal terminal = {.stream = stream, .width = TERMINAL_WIDTH};
	const char *kind = getenv("TERM");
	const char *without = getenv("NO_COLOR");
	struct winsize size;
	int fd = fileno(stream);
	if (fd >= 0 && isatty(fd)) {
		bool dumb = !kind || strcmp(kind, "dumb") == 0;
		terminal.colours = !dumb && !(without && *without);
		if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 &&
		    size.ws_col < TERMINAL_WIDTH) {
			terminal.width = size.ws_col > LEAST_WIDTH ? size.ws_col : LEAST_WIDTH;
		}
	}
	return terminal;
}

/** Columns of the first bytes of a text. */
static int columns_of(const char *text, size_t length)
{
	int columns = 0;
	for (size_t i = 0; i < length; ++i) {
		// All bytes of a character but the first begin with 10
		columns += (text[i] & 0xc0) != 0x80;
	}
	return columns;
}

int terminal_columns(const char *text)
{
	return columns_of(text, strlen(text));
}

/** Bytes of the first word of a line, with the unit that follows a number. */
static size_t word_length(const char *text)
{
	size_t length = strcspn(text, " \n");
	bool unit = strncmp(text + length, " %", 2) == 0 || strncmp(text + length, " ×", 3) == 0;
	return unit ? length + 1 + strcspn(text + length + 1, " \n") : length;
}

void terminal_put(const struct terminal *terminal, const char *text)
{
	while (*text) {
		int indent = (int)strspn(text, " ");
		int column = 0;
		do {
			size_t blanks = strspn(text, " ");
			size_t length = blanks + word_length(text + blanks);
			int width = columns_of(text, length);
			if (column > indent && column + width > terminal->width) {
				fprintf(terminal->stream, "\n%*s", indent, "");
				text += blanks;
				length -= blanks;
				width = indent + columns_of(text, length);
				column = 0;
			}
			fprintf(terminal->stream, "%.*s", (int)length, text);
			column += width;
			text += length;
		} while (*text && *text != '\n');
		fputc('\n', terminal->stream);
		text += *text == '\n';
	}
}
