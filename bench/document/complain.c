// SPDX-License-Identifier: MIT

#include "document/complain.h"

#include <stdarg.h>
#include <stdio.h>

int complain(char **error, const char *format, ...)
{
	if (!*error) {
		va_list arguments;
		va_start(arguments, format);
		if (vasprintf(error, format, arguments) < 0) {
			*error = NULL;
		}
		va_end(arguments);
	}
	return -1;
}
