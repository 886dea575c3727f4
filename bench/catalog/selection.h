// SPDX-License-Identifier: MIT

/** Reading lists of queues, workloads and checks. */

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

/** True if the list has the name, or a pattern of it. */
bool selection_has(const char *list, const char *name);

/**
 * Refuses a list with a part that is the name of nothing there is.
 *
 * @param kind    "workload", of an option --workloads
 * @param things  structs that begin with their names, up to NULL
 * @param error   receives what is wrong, for the caller to free
 * @return 0, or -1
 */
int selection_check(const char *list, const char *kind, const void *const *things, char **error);

#endif // BENCH_SELECTION_H
