// SPDX-License-Identifier: MIT

/** Operations that overlap, drawn for people. */

#ifndef DIAGRAM_H
#define DIAGRAM_H

#include "verify/history/linearize.h"

#include <stdio.h>

/**
 * Draw operations, one a line, time to the right. The columns keep the order in which operations
 * began and ended, and no distances: one of them may have slept. Times are told in nanoseconds.
 *
 * @param operations  the history
 * @param places      which of them, at most LINEARIZE_PROOF
 * @param start       what is 0 ns
 */
void diagram_draw(FILE *file, const struct operation *operations, const size_t *places,
		  size_t count, uint64_t start);

/** "30017", or "0xdead" for what is no item of a recording. */
const char *diagram_item(char text[24], uintptr_t item);

#endif // DIAGRAM_H
