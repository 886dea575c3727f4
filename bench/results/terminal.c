// SPDX-License-Identifier: MIT

#include "results/terminal.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/** The narrowest terminal that anything is made to fit. */
#define LEAST_WIDTH 40
/** Columns before what goes on in another line, at least. */
#define CONTINUED 4

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

/** Bytes of the first word of a line, with the word behind a number: its unit. */
static size_t word_length(const char *text)
{
	size_t length = strcspn(text, " \n");
	bool number = length > 0 && isdigit((unsigned char)text[length - 1]);
	size_t unit = number && text[length] == ' ' ? strcspn(text + length + 1, " \n") : 0;
	return unit > 0 ? length + 1 + unit : length;
}

void terminal_put(const struct terminal *terminal, const char *text)
{
	while (*text) {
		int indent = (int)strspn(text, " ");
		int column = 0;
		do {
			size_t blanks = strspn(text, " ");
			size_t word = word_length(text + blanks);
			int width = columns_of(text, blanks + word);
			if (word > 0 && column > indent && column + width > terminal->width) {
				column = indent > CONTINUED ? indent : CONTINUED;
				fprintf(terminal->stream, "\n%*s", column, "");
				width -= (int)blanks;
			} else if (word > 0) {
				fprintf(terminal->stream, "%*s", (int)blanks, "");
			}
			fprintf(terminal->stream, "%.*s", (int)word, text + blanks);
			column += width;
			text += blanks + word;
		} while (*text && *text != '\n');
		fputc('\n', terminal->stream);
		text += *text == '\n';
	}
}
