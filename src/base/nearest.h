// SPDX-License-Identifier: MIT

/** The name that somebody may have meant. */

#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

#include <limits.h>
#include <stddef.h>

/**
 * The most similar name of those that nearest_look() was shown, if one is similar. Begins with
 * NEAREST_NONE.
 */
struct nearest {
	/** "" for none. */
	const char *name;
	unsigned int distance;
};

#define NEAREST_NONE                                                                               \
	{                                                                                          \
		"", UINT_MAX                                                                       \
	}

/** Compares `wanted` with one more name, which must outlive the struct. */
void nearest_look(struct nearest *nearest, const char *wanted, const char *name);

/** Writes "; the nearest name is 'NAME'", or nothing if there is none. Returns the text. */
const char *nearest_words(const struct nearest *nearest, char *text, size_t size);

#endif // BASE_NEAREST_H
