// SPDX-License-Identifier: MIT

/** What the checks that explore share. */

#ifndef CHECKS_EXPLORING_H
#define CHECKS_EXPLORING_H

#include "../explore/explore.h"

/** The exploring module of a queue by the name it was given. NULL if there is none. */
const struct explore_module *exploring_module(const char *queue);

#endif // CHECKS_EXPLORING_H
