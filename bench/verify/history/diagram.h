// SPDX-License-Identifier: MIT

/** Draws operations that overlap, for people. */

#ifndef DIAGRAM_H
#define DIAGRAM_H

#include "verify/history/linearize.h"

#include <stdio.h>

/**
 * Draws operations, one per line, with time to the right. Columns show the order in which
 * operations began and ended, but not distances, since an operation may have slept. Times in
 * nanoseconds stand behind.
 *
 * @param operations  the history
 * @param places      indices of the operations to draw, at most LINEARIZE_PROOF
 * @param start       time of 0 ns
 */
void diagram_draw(FILE *file, const struct operation *operations, const size_t *places,
		  size_t count, uint64_t start);

/** "30017", or "0xdead" for what is no item of a recording. */
const char *diagram_item(char text[24], uintptr_t item);

#endif // DIAGRAM_H
