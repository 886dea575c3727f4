// SPDX-License-Identifier: MIT

/** Places in the code as text. */

#ifndef EXPLORE_PLACE_H
#define EXPLORE_PLACE_H

#include <stddef.h>
#include <stdint.h>

/** Writes "file:line function()" of an address in the code, as far as that is known. */
void place_name(uintptr_t code, char *text, size_t size);

#endif // EXPLORE_PLACE_H
