// SPDX-License-Identifier: MIT

/**
 * Thread-local data. All coroutines run in one thread of the system, so the module has one block of
 * it. A switch puts the block of the next coroutine in its place.
 */

#include "simulate/engine/engine.h"

#include <errno.h>
#include <link.h>
#include <string.h>

/** Bytes at most. */
#define LOCAL_DATA 512

struct local_block simulate_local;

/** One after the other, each of the module's size. */
static char kept[(SIMULATE_THREADS + 1) * LOCAL_DATA];

/** The module has some in any case; and an access makes it be there. */
static __thread volatile char touched;

/** Notes the block if the object is this one. */
static int find(struct dl_phdr_info *info, size_t size, void *unused)
{
	(void)size;
	(void)unused;
	const ElfW(Phdr) *local = NULL;
	bool ours = false;
	for (int i = 0; i < info->dlpi_phnum; ++i) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];
		ours |= header->p_type == PT_LOAD &&
			(uintptr_t)kept - info->dlpi_addr - header->p_vaddr < header->p_memsz;
		local = header->p_type == PT_TLS ? header : local;
	}
	if (!ours || !local) {
		return 0;
	}
	simulate_local = (struct local_block){(uintptr_t)info->dlpi_tls_data, local->p_memsz};
	for (unsigned int i = 0; local->p_memsz <= LOCAL_DATA && i < SIMULATE_THREADS; ++i) {
		memcpy(kept + i * local->p_memsz, (const void *)(info->dlpi_addr + local->p_vaddr),
		       local->p_filesz);
	}
	return 1;
}

int local_create(void)
{
	touched = 1;
	if (dl_iterate_phdr(find, NULL) != 1 || simulate_local.size > LOCAL_DATA) {
		errno = ENOTSUP;
		return -1;
	}
	return 0;
}

void local_switch(unsigned int from, unsigned int to)
{
	size_t size = simulate_local.size;
	memcpy(kept + from * size, (const void *)simulate_local.start, size);
	memcpy((void *)simulate_local.start, kept + to * size, size);
}
