// SPDX-License-Identifier: MIT

/** Findings: the first one counts, and ends its execution. */

#include "explore/finding.h"
#include "hooked/place.h"

#include <stdarg.h>
#include <stdio.h>

/** Accesses without a step that are taken for an endless loop. */
#define ACCESSES (1U << 20)

void finding_leave(void)
{
	struct thread *from = &search.threads[search.current];
	search.current = MODEL_MAIN;
	coroutine_switch(&from->coroutine, &search.threads[MODEL_MAIN].coroutine);
}

void finding_set(const char *format, ...)
{
	if (!search.finding[0]) {
		va_list arguments;
		va_start(arguments, format);
		vsnprintf(search.finding, sizeof(search.finding), format, arguments);
		va_end(arguments);
	}
	if (search.running && search.current != MODEL_MAIN) {
		finding_leave();
	}
}

__attribute__((alias("finding_set"))) void hooked_fail(const char *format, ...);

void finding_count(uintptr_t code)
{
	if (!search.watched || ++search.accesses < ACCESSES) {
		return;
	}
	char place[256];
	search.watched = false;
	place_name(code, place, sizeof(place));
	finding_set("a loop without end: %u accesses without a step, the last at %s",
		    search.accesses, place);
	// From the main thread
	longjmp(search.escape, 1);
}
