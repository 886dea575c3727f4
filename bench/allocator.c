// SPDX-License-Identifier: MIT

/** Finding the allocator that was preloaded. */

#include "allocator.h"

#include <dlfcn.h>
#include <stddef.h>

const struct allocator *allocator_find(void)
{
	return dlsym(RTLD_DEFAULT, ALLOCATOR_SYMBOL);
}
