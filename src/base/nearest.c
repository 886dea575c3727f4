// SPDX-License-Identifier: MIT

/** Distances between names. */

#include "base/nearest.h"

#include <stdio.h>
#include <string.h>

/** Levenshtein's distance between two names; UINT_MAX for names that are too long for one. */
static unsigned int edit_distance(const char *a, const char *b)
{
	enum { LONGEST = 64 };
	unsigned int row[LONGEST + 1];
	size_t length = strlen(b);
	if (length > LONGEST) {
		return UINT_MAX;
	}
	for (size_t j = 0; j <= length; ++j) {
		row[j] = (unsigned int)j;
	}
	for (size_t i = 0; a[i]; ++i) {
		unsigned int diagonal = row[0]++;
		for (size_t j = 0; j < length; ++j) {
			unsigned int best = diagonal + (a[i] != b[j]);
			diagonal = row[j + 1];
			best = diagonal + 1 < best ? diagonal + 1 : best;
			row[j + 1] = row[j] + 1 < best ? row[j] + 1 : best;
		}
	}
	return row[length];
}

void nearest_look(struct nearest *nearest, const char *wanted, const char *name)
{
	unsigned int distance = edit_distance(wanted, name);
	// More than half of the letters changed make another name
	if (distance < nearest->distance && distance <= (strlen(wanted) + 1) / 2) {
		*nearest = (struct nearest){name, distance};
	}
}

const char *nearest_words(const struct nearest *nearest, char *text, size_t size)
{
	snprintf(text, size, "%s%s%s", *nearest->name ? "; the nearest name is '" : "",
		 nearest->name, *nearest->name ? "'" : "");
	return text;
}
