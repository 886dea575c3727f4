// SPDX-License-Identifier: MIT

/**
 * Queues allocate from an arena in which nothing is used twice within an execution: blocks that are
 * freed are kept, and touching one is a finding. What is there before the threads begin is saved,
 * and put back for each execution.
 */

#include "explore/heap.h"
#include "explore/finding.h"
#include "hooked/place.h"

#include <stdio.h>
#include <string.h>

/** Blocks begin on lines, as if each had been allocated apart. */
#define BLOCK_ALIGN 64
/** Bytes between blocks, so that one byte too far is a finding. */
#define BLOCK_GAP 16

struct heap heap;

void heap_begin(void)
{
	memset(heap.owner, 0, sizeof(heap.owner));
	// Before the first block is a gap, too
	heap.used = BLOCK_GAP;
	heap.block_count = 0;
	heap.label = "block";
	heap_forget();
}

void heap_save(void)
{
	memcpy(heap.saved, heap.arena, heap.used);
	memcpy(heap.saved_blocks, heap.blocks, heap.block_count * sizeof(*heap.blocks));
	heap.saved_used = heap.used;
	heap.saved_block_count = heap.block_count;
}

void heap_restore(void)
{
	memset(heap.owner + heap.saved_used / 16, 0,
	       (heap.used - heap.saved_used) / 16 * sizeof(*heap.owner));
	memcpy(heap.arena, heap.saved, heap.saved_used);
	memcpy(heap.blocks, heap.saved_blocks, heap.saved_block_count * sizeof(*heap.blocks));
	heap.used = heap.saved_used;
	heap.block_count = heap.saved_block_count;
}

void *hooked_allocate(size_t size, size_t alignment, uintptr_t code)
{
	(void)code;
	size_t align = alignment > BLOCK_ALIGN ? alignment : BLOCK_ALIGN;
	size_t offset = (heap.used + align - 1) & ~(align - 1);
	size_t end = (offset + size + BLOCK_GAP + 15) & ~(size_t)15;
	if (end > ARENA_SIZE || heap.block_count == BLOCKS) {
		finding_set(
			"the program allocates more than %u KiB or %u blocks: a leak, or a thread "
			"that allocates in a loop without end",
			ARENA_SIZE / 1024, BLOCKS);
		return NULL;
	}
	heap.blocks[heap.block_count++] = (struct block){
		.offset = (uint32_t)offset, .size = (uint32_t)size, .label = heap.label};
	for (size_t i = offset / 16; i < (offset + size + 15) / 16; ++i) {
		heap.owner[i] = (uint16_t)heap.block_count;
	}
	heap.used = end;
	// Memory of malloc() is not zero
	memset(heap.arena + offset, 0xa5, size);
	return heap.arena + offset;
}

struct block *heap_block(uintptr_t address)
{
	uintptr_t offset = address - (uintptr_t)heap.arena;
	if (offset >= ARENA_SIZE || heap.owner[offset / 16] == 0) {
		return NULL;
	}
	struct block *block = &heap.blocks[heap.owner[offset / 16] - 1];
	return offset < (uintptr_t)block->offset + block->size ? block : NULL;
}

unsigned int heap_blocks(void)
{
	unsigned int count = 0;
	for (unsigned int i = 0; i < heap.block_count; ++i) {
		count += !heap.blocks[i].freed;
	}
	return count;
}

bool heap_owns(uintptr_t address, size_t size, const char *what, uintptr_t code)
{
	if (address - (uintptr_t)heap.arena >= ARENA_SIZE) {
		return false;
	}
	const struct block *block = heap_block(address);
	if (block && !block->freed &&
	    address + size <= (uintptr_t)heap.arena + block->offset + block->size) {
		return true;
	}
	char place[256];
	char name[64];
	place_name(code, place, sizeof(place));
	heap_name(address, name, sizeof(name));
	finding_set("%s to memory %s (%s), at %s", what,
		    block ? "that was freed" : "outside of every block", name, place);
	return true;
}

void heap_name(uintptr_t address, char *text, size_t size)
{
	uintptr_t offset = address - (uintptr_t)heap.arena;
	if (offset >= ARENA_SIZE || heap.owner[offset / 16] == 0) {
		snprintf(text, size, "%#jx", (uintmax_t)address);
		return;
	}
	unsigned int number = heap.owner[offset / 16];
	const struct block *block = &heap.blocks[number - 1];
	snprintf(text, size, "%s %u+%ju", block->label, number,
		 (uintmax_t)(offset - block->offset));
}

struct location *heap_location(uintptr_t address)
{
	uintptr_t index = (address - (uintptr_t)heap.arena) / 8;
	if (heap.location_of[index] == 0) {
		if (heap.location_count == LOCATIONS) {
			finding_set("the program accesses more than %u words of 8 bytes",
				    LOCATIONS);
		}
		struct location *location = &heap.locations[heap.location_count++];
		memset(location, 0, sizeof(*location));
		location->address = address & ~(uintptr_t)7;
		memcpy(&location->initial, (const void *)location->address, 8);
		heap.location_of[index] = (uint16_t)heap.location_count;
	}
	return &heap.locations[heap.location_of[index] - 1];
}

void heap_forget(void)
{
	for (unsigned int i = 0; i < heap.location_count; ++i) {
		uintptr_t offset = heap.locations[i].address - (uintptr_t)heap.arena;
		heap.location_of[offset / 8] = 0;
	}
	heap.location_count = 0;
}
