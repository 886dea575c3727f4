// SPDX-License-Identifier: MIT

/**
 * Not wrong: crturn, with threads held between the load of a pointer and its protection, the
 * window in which protects_late.c is wrong.
 */

// accepted

#define HAZARD_HELD 1
#define queue_type_crturn queue_type_held_crturn
#include "crturn.c"
