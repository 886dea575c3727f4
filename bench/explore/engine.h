// SPDX-License-Identifier: MIT

/** The search as an engine of the hooks. */

#ifndef EXPLORE_ENGINE_H
#define EXPLORE_ENGINE_H

#include "explore/explore.h"

/** Begins a search with an empty heap. 0, or -1 with ENOMEM. */
int engine_begin(const struct explore_request *request);

#endif // EXPLORE_ENGINE_H
