// SPDX-License-Identifier: MIT

/** Faults of an execution. */

#ifndef EXPLORE_FINDING_H
#define EXPLORE_FINDING_H

#include "explore/model.h"

/** Leaves the threads as they are and returns to the main thread. */
void finding_leave(void);

/** Records what went wrong first. In a thread of the program it does not return. */
__attribute__((format(printf, 1, 2))) void finding_set(const char *format, ...);

/** Counts an access that is not a step. Too many are a finding, which ends the execution. */
void finding_count(uintptr_t code);

#endif // EXPLORE_FINDING_H
