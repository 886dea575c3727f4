// SPDX-License-Identifier: MIT

/**
 * Not wrong: ms_queue, with threads held between the load of a pointer and its protection, the
 * window in which protects_late.c is wrong.
 */

// accepted

#define HAZARD_HELD 1
#define queue_type_ms_queue queue_type_held_ms_queue
#include "ms_queue.c"
