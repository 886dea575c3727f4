// SPDX-License-Identifier: MIT

#include "explore/hash.h"

#include <string.h>

/** Both halves of the product. */
uint64_t hash_mix(uint64_t word)
{
	unsigned __int128 product = (unsigned __int128)word * UINT64_C(0x9e3779b97f4a7c15);
	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

void hash_add(struct hash *state, uint64_t word)
{
	state->first = hash_mix(state->first ^ word);
	state->second = hash_mix(state->second + (word << 31 | word >> 33)) + word;
}

void hash_add_bytes(struct hash *state, const void *bytes, size_t size)
{
	// Four at once, which do not wait for each other
	uint64_t lanes[4] = {1, 2, 3, 4};
	const char *at = bytes;
	for (; size >= sizeof(lanes); size -= sizeof(lanes), at += sizeof(lanes)) {
		uint64_t words[4];
		memcpy(words, at, sizeof(words));
		for (int i = 0; i < 4; ++i) {
			lanes[i] = hash_mix(lanes[i] ^ words[i]);
		}
	}
	uint64_t rest[4] = {0};
	memcpy(rest, at, size);
	for (int i = 0; i < 4; ++i) {
		hash_add(state, lanes[i] ^ hash_mix(rest[i]));
	}
}
