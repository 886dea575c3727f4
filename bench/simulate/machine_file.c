// SPDX-License-Identifier: MIT

#include "simulate/machine_file.h"

#include "base/program.h"
#include "document/complain.h"

#include <errno.h>
#include <glob.h>
#include <hwloc.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A number of a file: its member is the number times `scale`. */
static const struct {
	const char *key;
	size_t offset;
	double least;
	double most;
	double scale;
} numbers[] = {
#define NUMBER(key, member, ...)                                                                   \
	{                                                                                          \
		key, offsetof(struct simulate_machine, member), __VA_ARGS__                        \
	}
#define NANOSECONDS(key, member, least, most) NUMBER(key, member, least, most, 1000)
	NANOSECONDS("take-core", take[SIMULATE_CORE], 0.1, 1000),
	NANOSECONDS("take-l3", take[SIMULATE_L3], 1, 2000),
	NANOSECONDS("take-socket", take[SIMULATE_SOCKET], 1, 2000),
	NANOSECONDS("take-other", take[SIMULATE_OTHER], 1, 5000),
	NANOSECONDS("read-core", read[SIMULATE_CORE], 0.1, 1000),
	NANOSECONDS("read-l3", read[SIMULATE_L3], 1, 2000),
	NANOSECONDS("read-socket", read[SIMULATE_SOCKET], 1, 2000),
	NANOSECONDS("read-other", read[SIMULATE_OTHER], 1, 5000),
	NANOSECONDS("hold", hold, 0, 100),
	NANOSECONDS("contended", contended, 0, 500),
	NANOSECONDS("next-read", next_read, 0, 100),
	NANOSECONDS("update", update, 0.1, 100),
	NANOSECONDS("far-update", far_update, 0, 500),
	NANOSECONDS("hit", hit, 0.1, 20),
	NANOSECONDS("store", store, 0, 20),
	NANOSECONDS("step", step, 0, 20),
	NANOSECONDS("loop", loop, 0, 100),
	NANOSECONDS("pause", pause, 0.1, 500),
	NANOSECONDS("fence", fence, 0, 200),
	NANOSECONDS("memory", memory, 10, 2000),
	NANOSECONDS("l3", l3, 1, 500),
	NANOSECONDS("first", first, 0, 2000),
	NANOSECONDS("yield", yield, 1, 100000),
	NANOSECONDS("allocation", allocation, 0, 10000),
	NANOSECONDS("system-call", system_call, 1, 100000),
	NANOSECONDS("wake", wake, 1, 1000000),
	NUMBER("nearest-first", near, 0, 1, 1000),
	NUMBER("private-lines", private_lines, 64, 1e6, 1),
};

enum { NUMBERS = sizeof(numbers) / sizeof(*numbers) };

/** Index of the object of that type above a processor, or 0: the machine is one object then. */
static uint16_t above(hwloc_topology_t topology, hwloc_obj_t processor, hwloc_obj_type_t type)
{
	hwloc_obj_t object = hwloc_get_ancestor_obj_by_type(topology, type, processor);
	return object ? (uint16_t)object->logical_index : 0;
}

/** Sets the processors: one of each core first, one package after the other. False on failure. */
static bool place(struct simulate_machine *machine, hwloc_topology_t topology)
{
	unsigned int count = (unsigned int)hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_PU);
	if (count > SIMULATE_THREADS || hwloc_get_nbobjs_by_type(topology, HWLOC_OBJ_CORE) <= 0) {
		return false;
	}
	machine->processors = 0;
	for (unsigned int rank = 0; machine->processors < count; ++rank) {
		for (unsigned int i = 0; i < count; ++i) {
			hwloc_obj_t processor = hwloc_get_obj_by_type(topology, HWLOC_OBJ_PU, i);
			if (processor->sibling_rank != rank) {
				continue;
			}
			uint16_t core = above(topology, processor, HWLOC_OBJ_CORE);
			machine->core[machine->processors++] = core;
			machine->l3_of[core] = above(topology, processor, HWLOC_OBJ_L3CACHE);
			machine->socket_of[core] = above(topology, processor, HWLOC_OBJ_PACKAGE);
		}
	}
	return true;
}

/** Reads a topology in hwloc's words. False if hwloc refuses it, or if it is too large. */
static bool read_topology(struct simulate_machine *machine, const char *words)
{
	hwloc_topology_t topology;
	if (hwloc_topology_init(&topology) != 0) {
		return false;
	}
	bool read = hwloc_topology_set_synthetic(topology, words) == 0 &&
		    hwloc_topology_load(topology) == 0 && place(machine, topology);
	hwloc_topology_destroy(topology);
	return read;
}

static int read_number(struct simulate_machine *machine, bool *given, const char *key,
		       const char *value, char **error)
{
	unsigned int i = 0;
	while (i < NUMBERS && strcmp(numbers[i].key, key) != 0) {
		++i;
	}
	if (i == NUMBERS) {
		return complain(error, "there is no key '%s'", key);
	}
	char *end;
	double number = strtod(value, &end);
	if (end == value || *end || !(number >= numbers[i].least && number <= numbers[i].most)) {
		return complain(error, "%s is '%s', and must be a number from %g to %g", key, value,
				numbers[i].least, numbers[i].most);
	}
	if (given[i]) {
		return complain(error, "%s is there twice", key);
	}
	given[i] = true;
	int64_t scaled = llround(number * numbers[i].scale);
	memcpy((char *)machine + numbers[i].offset, &scaled, sizeof(scaled));
	return 0;
}

/** Cuts blanks off at both ends. */
static char *trim(char *text)
{
	text += strspn(text, " \t");
	size_t length = strlen(text);
	while (length > 0 && strchr(" \t\n\r", text[length - 1])) {
		--length;
	}
	text[length] = '\0';
	return text;
}

/** Reads a line that is neither empty nor a comment. */
static int read_line(struct machine_file *file, bool *given, char *line, char **error)
{
	char *source = strchr(line, '#');
	char *value = strchr(line, '=');
	if (!value || (source && source < value)) {
		return complain(error, "'%s' is not KEY = VALUE  # SOURCE", trim(line));
	}
	if (source) {
		*source++ = '\0';
	}
	*value++ = '\0';
	char *key = trim(line);
	value = trim(value);
	if (!source || !*trim(source)) {
		return complain(error, "%s has no source: write it behind a #", key);
	}
	bool validated = strcmp(key, "validated") == 0;
	bool topology = strcmp(key, "topology") == 0;
	if (validated ? *file->validated : topology && file->machine.processors > 0) {
		return complain(error, "%s is there twice", key);
	}
	if (validated) {
		snprintf(file->validated, sizeof(file->validated), "%s", value);
		return 0;
	}
	if (topology) {
		return read_topology(&file->machine, value)
			       ? 0
			       : complain(error,
					  "hwloc does not understand topology '%s', or it has no "
					  "cores, or more than %d processors",
					  value, SIMULATE_THREADS);
	}
	return read_number(&file->machine, given, key, value, error);
}

int machine_file_read_stream(FILE *stream, struct machine_file *file, char **error)
{
	*file = (struct machine_file){0};
	bool given[NUMBERS] = {false};
	char text[1024];
	for (unsigned int number = 1; fgets(text, sizeof(text), stream); ++number) {
		char *line = trim(text);
		char *why = NULL;
		if (*line && *line != '#' && read_line(file, given, line, &why) != 0) {
			int result = complain(error, "line %u: %s", number,
					      why ? why : strerror(ENOMEM));
			free(why);
			return result;
		}
	}
	for (unsigned int i = 0; i < NUMBERS; ++i) {
		if (!given[i]) {
			return complain(error, "%s is missing", numbers[i].key);
		}
	}
	if (!file->machine.processors || !*file->validated) {
		return complain(error, "%s is missing",
				*file->validated ? "topology" : "validated");
	}
	return 0;
}

/** Refuses a name that is no machine's: says which there are, in the folder that was built. */
static int refuse_name(char **error)
{
	static const char *const places[] = {MACHINES_BUILT, MACHINES_INSTALLED, NULL};
	char folder[PATH_MAX];
	glob_t found = {0};
	char names[1024] = "";
	if (program_find(places, folder) == 0) {
		strncat(folder, "/*.machine", sizeof(folder) - strlen(folder) - 1);
		glob(folder, 0, NULL, &found);
	}
	for (size_t i = 0; i < found.gl_pathc; ++i) {
		const char *name = strrchr(found.gl_pathv[i], '/') + 1;
		size_t length = strlen(names);
		snprintf(names + length, sizeof(names) - length, "%s %.*s", length ? "," : "",
			 (int)(strlen(name) - strlen(".machine")), name);
	}
	globfree(&found);
	return complain(error, "there is no such machine: give the path of a file, or one of%s",
			names);
}

const char *machine_file_find(const char *path, char found[PATH_MAX])
{
	char built[PATH_MAX];
	char installed[PATH_MAX];
	snprintf(built, sizeof(built), MACHINES_BUILT "/%s.machine", path);
	snprintf(installed, sizeof(installed), MACHINES_INSTALLED "/%s.machine", path);
	const char *const places[] = {built, installed, NULL};
	return !strchr(path, '/') && program_find(places, found) == 0 ? found : path;
}

int machine_file_read(const char *path, struct machine_file *file, char **error)
{
	char found[PATH_MAX];
	path = machine_file_find(path, found);
	FILE *stream = fopen(path, "re");
	if (!stream && errno == ENOENT && !strchr(path, '/')) {
		return refuse_name(error);
	}
	if (!stream) {
		return complain(error, "%s", strerror(errno));
	}
	int result = machine_file_read_stream(stream, file, error);
	fclose(stream);
	return result;
}
