// SPDX-License-Identifier: MIT

/**
 * Not wrong: ms_queue as it is, with threads held between the load of a pointer and its protection.
 * With it the checks search the window in which protects_late.c is wrong.
 */

// accepted

#define HAZARD_HELD 1
#define queue_type_ms_queue queue_type_held_ms_queue
#include "ms_queue.c"
