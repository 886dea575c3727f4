// SPDX-License-Identifier: MIT

/** Messages for a caller. */

#include "document/complain.h"

#include "base/quote.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int complain(char **error, const char *format, ...)
{
	char *text;
	va_list arguments;
	va_start(arguments, format);
	if (!*error && vasprintf(&text, format, arguments) >= 0) {
		*error = quote_copy(text, QUOTE_TEXT);
		free(text);
	}
	va_end(arguments);
	return -1;
}
