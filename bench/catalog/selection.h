// SPDX-License-Identifier: MIT

/** From what --queues= says to the names of queues. */

#ifndef BENCH_SELECTION_H
#define BENCH_SELECTION_H

#include <stdbool.h>

/**
 * The queues that a list means, each once.
 *
 * @param list    names, patterns ("mutex*"), ALIAS=NAME, paths of modules, with commas; NULL:
 *                all queues, or with `headline` those that say that they are of it. What is no
 *                pattern is looked up, so that a module is loaded
 * @param floors  add the floors at the end
 * @param error   receives a message, the caller's to free, that names what is wrong; NULL when
 *                out of memory
 * @return for registry_names_free(); NULL on failure
 */
char **selection_queues(const char *list, bool headline, bool floors, char **error);

#endif // BENCH_SELECTION_H
