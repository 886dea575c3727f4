// SPDX-License-Identifier: MIT

/** The memory of the program, its blocks, and the locations that were accessed. */

#ifndef EXPLORE_HEAP_H
#define EXPLORE_HEAP_H

#include "explore/model.h"

/** Bytes of the arena. */
#define ARENA_SIZE (1024 * 1024)
/** Locations and blocks of one execution at most. */
#define LOCATIONS 4096
#define BLOCKS 2048

struct block {
	uint32_t offset;
	uint32_t size;
	bool freed;
	const char *label;
};

struct heap {
	/** More aligned than any block. */
	_Alignas(4096) char arena[ARENA_SIZE];
	/** Bytes, the gaps included. */
	size_t used;
	struct block blocks[BLOCKS];
	unsigned int block_count;
	/** Block of each 16 bytes of the arena, counted from 1; 0 means none. */
	uint16_t owner[ARENA_SIZE / 16];
	/** The name that findings give to the next blocks. */
	const char *label;

	/** State that heap_restore() puts back. */
	char saved[ARENA_SIZE];
	size_t saved_used;
	struct block saved_blocks[BLOCKS];
	unsigned int saved_block_count;

	struct location locations[LOCATIONS];
	unsigned int location_count;
	/** Location of each 8 bytes of the arena, counted from 1; 0 means none yet. */
	uint16_t location_of[ARENA_SIZE / 8];
};

extern struct heap heap;

/** Empties the heap, before a program is prepared. */
void heap_begin(void);

/** Remembers all that is allocated; puts it back. */
void heap_save(void);
void heap_restore(void);

/** The block that an address is in, or NULL. */
struct block *heap_block(uintptr_t address);

/** Number of blocks that are allocated. */
unsigned int heap_blocks(void);

/** True if the address is in the arena. Makes a finding if the program may not access it. */
bool heap_owns(uintptr_t address, size_t size, const char *what, uintptr_t code);

/** Writes the name of an address: "queue 1+128". */
void heap_name(uintptr_t address, char *text, size_t size);

/** The location of an address, new if this is its first access in this execution. */
struct location *heap_location(uintptr_t address);

/** Forgets the locations. */
void heap_forget(void);

#endif // EXPLORE_HEAP_H
