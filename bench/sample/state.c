// SPDX-License-Identifier: MIT

/** State of a sample's process. */

#include "sample/state.h"

#include <stdarg.h>
#include <stdio.h>

void sampler_void(struct sampler *sampler, const char *format, ...)
{
	if (!*sampler->reason) {
		va_list arguments;
		va_start(arguments, format);
		vsnprintf(sampler->reason, sizeof(sampler->reason), format, arguments);
		va_end(arguments);
	}
}
