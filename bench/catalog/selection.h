// SPDX-License-Identifier: MIT

/** Reading --queues=LIST. */

#ifndef BENCH_SELECTION_H
#define BENCH_SELECTION_H

#include <stdbool.h>

/**
 * The queues that a list names, each once.
 *
 * @param list      names, patterns ("mutex*"), ALIAS=NAME and paths of modules, with commas.
 *                  Modules are loaded. NULL: all queues, or the headline
 * @param headline  with a list of NULL: the queues whose type says `headline`
 * @param floors    add those floors at the end whose type says `headline`
 * @param error     receives what is wrong, for the caller to free; NULL without memory
 * @return for registry_names_free(); NULL on failure
 */
char **selection_queues(const char *list, bool headline, bool floors, char **error);

#endif // BENCH_SELECTION_H
