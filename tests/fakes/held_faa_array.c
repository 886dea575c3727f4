// SPDX-License-Identifier: MIT

/**
 * Not wrong: faa_array, with threads held between the load of a pointer and its protection, the
 * window in which protects_late.c is wrong.
 */

// accepted

#define HAZARD_HELD 1
#define queue_type_faa_array queue_type_held_faa_array
#include "faa_array.c"
