// SPDX-License-Identifier: MIT

/** State of a sample's process. */

#include "sample/state.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void sampler_spoil(struct sampler *sampler, enum sample_verdict verdict, const char *format, ...)
{
	if (sampler->verdict == SAMPLE_OK) {
		va_list arguments;
		va_start(arguments, format);
		vsnprintf(sampler->reason, sizeof(sampler->reason), format, arguments);
		va_end(arguments);
		sampler->verdict = verdict;
	}
}

void sampler_cannot(struct sampler *sampler, const char *what, int error)
{
	bool lacks = error == ENOMEM || error == EMFILE || error == ENFILE;
	sampler_spoil(sampler, lacks ? SAMPLE_LOST : SAMPLE_VOID, "%s: %s", what, strerror(error));
}
