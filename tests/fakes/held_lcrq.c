// SPDX-License-Identifier: MIT

/**
 * Not wrong: lcrq, with threads held between the load of a pointer and its protection, the
 * window in which protects_late.c is wrong.
 */

// accepted

#define HAZARD_HELD 1
#define queue_type_lcrq queue_type_held_lcrq
#include "lcrq.c"
