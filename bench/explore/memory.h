// SPDX-License-Identifier: MIT

/** What accesses see, and data races. */

#ifndef EXPLORE_MEMORY_H
#define EXPLORE_MEMORY_H

#include "explore/model.h"

/** Forgets how threads accessed memory, before a program is prepared. */
void memory_begin(void);

/** Makes the access of an event: values, clocks. Sets how many values a load of the node has. */
void memory_perform(struct event *event, struct thread *thread, struct node *node);

/** Makes an access of the main thread, when no other runs. */
void memory_perform_alone(struct access *access);

/** Adds memory, and which accesses to it can still race, to the hash of a state. */
void memory_describe(struct hash *state);

#endif // EXPLORE_MEMORY_H
