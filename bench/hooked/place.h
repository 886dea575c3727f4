// SPDX-License-Identifier: MIT

/** Places in the code as text. */

#ifndef HOOKED_PLACE_H
#define HOOKED_PLACE_H

#include <stddef.h>
#include <stdint.h>

/** Places that are kept. */
#define PLACES_KEPT 64

/** Finds the names of up to PLACES_KEPT places at once: each alone would take a process. */
void places_learn(const uintptr_t *codes, size_t count);

/** Writes "file:line function()" of an address in the code, as far as that is known. */
void place_name(uintptr_t code, char *text, size_t size);

#endif // HOOKED_PLACE_H
