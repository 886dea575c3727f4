// SPDX-License-Identifier: MIT

/** Finding queues by name, and loading modules. */

#include "registry.h"

#include "base/nearest.h"
#include "base/program.h"
#include "base/quote.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** End of the names of module files. */
static const char suffix[] = ".so";

const char *registry_default(void)
{
	return DEFAULT_QUEUE;
}

const char *registry_default_results(void)
{
	return DEFAULT_RESULT_QUEUE;
}

static int compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/** Adds the first `length` bytes of a name to an array. 0, or -1 with ENOMEM. */
static int names_add(char ***names, size_t *count, const char *name, size_t length)
{
	char **more = realloc(*names, (*count + 2) * sizeof(*more));
	if (!more) {
		return -1;
	}
	*names = more;
	more[*count] = strndup(name, length);
	more[*count + 1] = NULL;
	return more[(*count)++] ? 0 : -1;
}

char **registry_names(void)
{
	char **names = NULL;
	size_t count = 0;
	for (const struct registry_queue *queue = registry_built_in; queue->pool; ++queue) {
		const char *name = queue->pool->queue->name;
		if (names_add(&names, &count, name, strlen(name)) != 0) {
			goto fail;
		}
	}

	static const char *const places[] = {MODULES_BUILT, MODULES_INSTALLED, NULL};
	char path[PATH_MAX];
	DIR *dir = program_find(places, path) == 0 ? opendir(path) : NULL;
	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		size_t length = strlen(entry->d_name);
		size_t stem = length - strlen(suffix);
		if (length > strlen(suffix) && strcmp(entry->d_name + stem, suffix) == 0 &&
		    names_add(&names, &count, entry->d_name, stem) != 0) {
			closedir(dir);
			goto fail;
		}
	}
	if (dir) {
		closedir(dir);
	}
	qsort(names, count, sizeof(*names), compare_names);
	return names;

fail:
	registry_names_free(names);
	errno = ENOMEM;
	return NULL;
}

void registry_names_free(char **names)
{
	for (char **name = names; name && *name; ++name) {
		free(*name);
	}
	free(names);
}

/** "There is no queue ...", with the nearest name and all names. NULL when out of memory. */
static char *unknown_message(const char *name)
{
	char *message = NULL;
	size_t size;
	FILE *stream = open_memstream(&message, &size);
	char **names = registry_names();
	if (!stream || !names) {
		goto out;
	}

	struct nearest nearest = NEAREST_NONE;
	for (char **other = names; *other; ++other) {
		nearest_look(&nearest, name, *other);
	}
	char words[128];
	fprintf(stream, "there is no queue '%s'%s. There are:", quoted(name),
		nearest_words(&nearest, words, sizeof(words)));
	for (char **other = names; *other; ++other) {
		fprintf(stream, "%s %s", other == names ? "" : ",", *other);
	}
out:
	registry_names_free(names);
	if (stream) {
		fclose(stream);
	}
	return message;
}

/** Loads a module. NULL with a message on failure. */
static const struct registry_queue *module_load(const char *path, char **error)
{
	void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!module) {
		*error = quote_copy(dlerror(), QUOTE_NAME);
		return NULL;
	}
	const struct registry_module *found = dlsym(module, "registry_module");
	if (!found) {
		if (asprintf(error,
			     "%s is no queue module: it has no symbol registry_module; "
			     "CONTRIBUTING.md says how to make one",
			     quoted(path)) < 0) {
			*error = NULL;
		}
	} else if (found->version != REGISTRY_MODULE_VERSION) {
		if (asprintf(error,
			     "%s was made for version %u of this program's modules, not %u: make "
			     "it anew",
			     quoted(path), (unsigned int)found->version,
			     REGISTRY_MODULE_VERSION) < 0) {
			*error = NULL;
		}
	} else {
		// The module stays loaded, because the queue's table and code are in it
		return &found->queue;
	}
	dlclose(module);
	return NULL;
}

const struct registry_queue *registry_find(const char *name, char **error)
{
	*error = NULL;
	const char *alias = strchr(name, '=');
	if (alias) {
		name = alias + 1;
	}
	if (strchr(name, '/')) {
		return module_load(name, error);
	}
	for (const struct registry_queue *queue = registry_built_in; queue->pool; ++queue) {
		if (strcmp(queue->pool->queue->name, name) == 0) {
			return queue;
		}
	}

	char path[PATH_MAX];
	if (program_find_module(MODULES_BUILT, MODULES_INSTALLED, name, path) == 0) {
		return module_load(path, error);
	}
	*error = unknown_message(name);
	return NULL;
}
