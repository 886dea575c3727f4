// SPDX-License-Identifier: MIT

/** Preloading the allocator, and finding it in the process that has it. */

#include "verify/allocator.h"

#include "base/program.h"

#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

const struct allocator *allocator_find(void)
{
	return dlsym(RTLD_DEFAULT, ALLOCATOR_SYMBOL);
}

void allocator_preload(void)
{
	static const char *const places[] = {ALLOCATOR_BUILT, ALLOCATOR_INSTALLED, NULL};
	char path[PATH_MAX];
	if (program_find(places, path) != 0) {
		return;
	}
	// In front of what the user preloads
	const char *before = getenv("LD_PRELOAD");
	char *list;
	if (asprintf(&list, "%s%s%s", path, before ? ":" : "", before ? before : "") >= 0) {
		setenv("LD_PRELOAD", list, 1);
		free(list);
	}
}
