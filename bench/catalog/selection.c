// SPDX-License-Identifier: MIT

/** Choosing queues, workloads and checks by names and patterns. */

#include "catalog/selection.h"

#include "base/nearest.h"
#include "document/complain.h"
#include "registry.h"
#include "workload/loop.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct selection {
	char **names;
	size_t count;
	char **all;
	char *error;
};

/** The floor of that name, or NULL. */
static const struct queue_type *find_floor(const char *name)
{
	// Floors are built in, so no module need be loaded
	for (const struct registry_queue *queue = registry_built_in; queue->pool; ++queue) {
		if (strcmp(queue->pool->queue->name, name) == 0) {
			return queue->bench && queue->bench->floor ? queue->bench->queue : NULL;
		}
	}
	return NULL;
}

/** Adds a name, unless it is there. 0, or -1. */
static int add_name(struct selection *selection, const char *name)
{
	for (size_t i = 0; i < selection->count; ++i) {
		if (strcmp(selection->names[i], name) == 0) {
			return 0;
		}
	}
	char **more = realloc(selection->names, (selection->count + 2) * sizeof(*more));
	if (!more) {
		return -1;
	}
	selection->names = more;
	more[selection->count] = strdup(name);
	more[selection->count + 1] = NULL;
	return more[selection->count++] ? 0 : -1;
}

/** Adds the queues that one part of the list names. 0, or -1. */
static int add_part(struct selection *selection, const char *pattern)
{
	bool matched = false;
	for (char **name = selection->all; *name; ++name) {
		if (!find_floor(*name) && fnmatch(pattern, *name, 0) == 0) {
			matched = true;
			if (add_name(selection, *name) != 0) {
				return -1;
			}
		}
	}
	if (matched) {
		return 0;
	}
	if (strpbrk(pattern, "*?[")) {
		return complain(&selection->error, "no queue is named like '%s'", pattern);
	}
	return registry_find(pattern, &selection->error) ? add_name(selection, pattern) : -1;
}

/** Adds the queues that the list names. 0, or -1. */
static int add_parts(struct selection *selection, const char *list)
{
	char *copy = strdup(list);
	char *rest = copy;
	int result = copy ? 0 : -1;
	for (char *part; result == 0 && (part = strsep(&rest, ","));) {
		result = *part ? add_part(selection, part)
			       : complain(&selection->error, "--queues: '%s' has an empty part",
					  list);
	}
	free(copy);
	return result;
}

/** Adds the queues of the headline. 0, or -1. */
static int add_headline(struct selection *selection)
{
	for (char **name = selection->all; *name; ++name) {
		// A module that cannot be loaded is an error only if it is named
		char *error;
		const struct registry_queue *queue = registry_find(*name, &error);
		free(error);
		if (queue && queue->pool->queue->headline && !find_floor(*name) &&
		    add_name(selection, *name) != 0) {
			return -1;
		}
	}
	return 0;
}

char **selection_queues(const char *list, bool headline, bool floors, char **error)
{
	struct selection selection = {.all = registry_names()};
	int result = !selection.all	 ? -1
		     : headline && !list ? add_headline(&selection)
					 : add_parts(&selection, list ? list : "*");
	for (char **name = selection.all; floors && result == 0 && *name; ++name) {
		const struct queue_type *floor = find_floor(*name);
		if (floor && floor->headline) {
			result = add_name(&selection, *name);
		}
	}
	registry_names_free(selection.all);
	*error = selection.error;
	if (result != 0) {
		registry_names_free(selection.names);
		return NULL;
	}
	return selection.names;
}

bool selection_has(const char *list, const char *name)
{
	char *rest = strdupa(list);
	for (char *part; (part = strsep(&rest, ","));) {
		if (fnmatch(part, name, 0) == 0) {
			return true;
		}
	}
	return false;
}

int selection_check(const char *list, const char *kind, const void *const *things, char **error)
{
	char *rest = strdupa(list);
	for (char *part; (part = strsep(&rest, ","));) {
		bool found = false;
		struct nearest nearest = NEAREST_NONE;
		char names[512] = "";
		for (size_t i = 0; things[i]; ++i) {
			const char *name = *(const char *const *)things[i];
			size_t length = strlen(names);
			found |= fnmatch(part, name, 0) == 0;
			nearest_look(&nearest, part, name);
			snprintf(names + length, sizeof(names) - length, "%s%s", i ? ", " : "",
				 name);
		}
		if (!*part) {
			return complain(error, "--%ss: '%s' has an empty part", kind, list);
		}
		if (!found) {
			char words[128];
			return complain(error, "there is no %s '%s'%s. There are: %s", kind, part,
					nearest_words(&nearest, words, sizeof(words)), names);
		}
	}
	return 0;
}
