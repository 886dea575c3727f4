// SPDX-License-Identifier: MIT

/** Hashes of 128 bits. */

#ifndef EXPLORE_HASH_H
#define EXPLORE_HASH_H

#include <stddef.h>
#include <stdint.h>

/** Starts as zeros. */
struct hash {
	uint64_t first;
	uint64_t second;
};

/** Spreads a word over all bits. */
uint64_t hash_mix(uint64_t word);

void hash_add(struct hash *hash, uint64_t word);
void hash_add_bytes(struct hash *hash, const void *bytes, size_t size);

#endif // EXPLORE_HASH_H
