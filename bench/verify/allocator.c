// SPDX-License-Identifier: MIT

/** Preloads the allocator, and finds it in the process that has it. */

#include "verify/allocator.h"

#include "base/patience.h"
#include "base/program.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

const struct allocator *allocator_find(void)
{
	return dlsym(RTLD_DEFAULT, ALLOCATOR_SYMBOL);
}

/** More than a small block of any allocator, so that it has a place of its own. */
#define TRIAL_SIZE 200

/** Keeps the compiler from removing an unused allocation. */
static void *volatile escaped;

static void *allocate(void)
{
	escaped = malloc(TRIAL_SIZE);
	return escaped;
}

static bool counts(const struct allocator *allocator)
{
	uint64_t blocks = *allocator->blocks;
	uint64_t bytes = *allocator->bytes;
	void *block = allocate();
	bool more = *allocator->blocks == blocks + 1 && *allocator->bytes >= bytes + TRIAL_SIZE;
	free(block);
	return more && *allocator->blocks == blocks && *allocator->bytes == bytes;
}

static bool fails(const struct allocator *allocator)
{
	allocator->fail_at(1);
	errno = 0;
	void *block = allocate();
	bool failed = !block && errno == ENOMEM;
	free(block);
	return allocator->fail_at(0) && failed;
}

static bool poisons(const struct allocator *allocator)
{
	allocator->poison(true);
	unsigned char *block = allocate();
	bool poisoned = false;
	if (block) {
		// Through an integer: the compiler knows that free() ends the block
		volatile uintptr_t address = (uintptr_t)block;
		memset(block, 0, TRIAL_SIZE);
		free(block);
		poisoned = *(volatile unsigned char *)address == ALLOCATOR_POISON;
	}
	allocator->poison(false);
	return poisoned;
}

const struct allocator *allocator_working(void)
{
	const struct allocator *allocator = allocator_find();
	return allocator && counts(allocator) && fails(allocator) && poisons(allocator) ? allocator
											: NULL;
}

/** Nanoseconds that a library may take to free blocks from its own thread. */
#define LEFT_PATIENCE 500000000

uint64_t allocator_left(const struct allocator *allocator, uint64_t before)
{
	struct patience patience;
	patience_begin(&patience);
	while (*allocator->blocks > before && patience_look(&patience) < LEFT_PATIENCE) {
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	uint64_t now = *allocator->blocks;
	return now > before ? now - before : 0;
}

static const char *const places[] = {ALLOCATOR_BUILT, ALLOCATOR_INSTALLED, NULL};

const char *allocator_lack(void)
{
	char path[PATH_MAX];
	return program_find(places, path) != 0 ? "the allocator that it needs, " ALLOCATOR_BUILT
						 ", is not beside the program"
	       : allocator_find() ? "the preloaded allocator that it needs does not see what the "
				    "queue allocates"
				  : "the allocator that it needs, " ALLOCATOR_BUILT
				    ", could not be preloaded";
}

void allocator_preload(void)
{
	char path[PATH_MAX];
	if (program_find(places, path) != 0) {
		return;
	}
	// As a descriptor that children inherit: in LD_PRELOAD a blank or a colon ends a path
	int descriptor = open(path, O_RDONLY);
	if (descriptor < 0) {
		return;
	}
	// In front of what the user preloads
	const char *before = getenv("LD_PRELOAD");
	char *list;
	if (asprintf(&list, "/proc/self/fd/%d%s%s", descriptor, before ? ":" : "",
		     before ? before : "") >= 0) {
		setenv("LD_PRELOAD", list, 1);
		free(list);
	}
}
