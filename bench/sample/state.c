// SPDX-License-Identifier: MIT

/** State of a sample's process. */

#include "sample/state.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sampler_void(struct sampler *sampler, const char *format, ...)
{
	if (!*sampler->reason) {
		va_list arguments;
		va_start(arguments, format);
		vsnprintf(sampler->reason, sizeof(sampler->reason), format, arguments);
		va_end(arguments);
	}
}

void sampler_lose(struct sampler *sampler, const char *format, ...)
{
	if (!*sampler->reason) {
		va_list arguments;
		va_start(arguments, format);
		vsnprintf(sampler->reason, sizeof(sampler->reason), format, arguments);
		va_end(arguments);
		sampler->lost = true;
	}
}

void sampler_cannot(struct sampler *sampler, const char *what, int error)
{
	if (error == ENOMEM || error == EMFILE || error == ENFILE) {
		sampler_lose(sampler, "%s: %s", what, strerror(error));
	} else {
		sampler_void(sampler, "%s: %s", what, strerror(error));
	}
}
