// SPDX-License-Identifier: MIT

#include "simulate/fit.h"

#include "base/clock.h"
#include "base/quote.h"
#include "base/statistics.h"
#include "document/complain.h"
#include "machine/bounces.h"
#include "machine/topology.h"
#include "simulate/costs.h"
#include "simulate/machine_file.h"

#include <errno.h>
#include <hwloc.h>
#include <limits.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/** Latencies that are this far apart are of different distances. */
#define APART 1.3
/** Two processors of one core are closer than this, in nanoseconds. */
#define SAME_CORE 15

/** Nanoseconds of looking for a latency on a busy machine. */
#define PATIENCE 3000000000

/** More is no latency between processors. */
#define LONGEST 2e3

/** Latencies of all pairs: row by row, NAN for none. */
struct latencies {
	unsigned int count;
	double *between;
};

/** What a machine file gets in place of its base's numbers. */
struct fit {
	char topology[128];
	/** NAN where there is no such distance. */
	double take[SIMULATE_DISTANCES];
	/** Distances that the model has no level for, and takes for one; 0 if there are none. */
	double merged_from;
	double merged_to;
	/** Its costs are measured too. */
	bool here;
	/** Pairs of processors, and those that have a latency. */
	size_t pairs;
	size_t known;
	/** Quoted. */
	const char *source;
};

// Writing

/** Index of the distance at the end of a key such as take-l3; -1 for none. */
static int distance_of(const char *key)
{
	static const char *const names[] = {"-core", "-l3", "-socket", "-other"};
	for (int i = 0; i < SIMULATE_DISTANCES; ++i) {
		size_t length = strlen(names[i]);
		if (strlen(key) == 4 + length && strcmp(key + 4, names[i]) == 0) {
			return i;
		}
	}
	return -1;
}

/** Writes the line of a distance. */
static void write_distance(const char *key, int distance, const struct fit *fit,
			   const struct simulate_machine *base, FILE *stream)
{
	int from = distance;
	while (from >= 0 && isnan(fit->take[from])) {
		--from;
	}
	bool reads = strncmp(key, "read", 4) == 0;
	double ratio = reads ? (double)base->read[distance] / (double)base->take[distance] : 1;
	if (from < 0) {
		fprintf(stream, "%s = %g  # no two processors of a core: as in the base\n", key,
			(double)(reads ? base->read : base->take)[distance] / 1000);
		return;
	}
	fprintf(stream, "%s = %.3g  # %s%s%s\n", key, fit->take[from] * ratio, fit->source,
		reads ? ", by the base's ratio of reading to taking" : "",
		from < distance ? "; no pair is so far apart: as the next nearer" : "");
}

/** Writes what every table of the machine tells: what is measured, and what of it was left out. */
static void write_validated(const struct fit *fit, const char *base, FILE *stream)
{
	fprintf(stream, "validated = nothing: latencies%s are measured",
		fit->here ? " and some costs" : "");
	if (fit->known < fit->pairs) {
		fprintf(stream, ", without %zu of %zu pairs", fit->pairs - fit->known, fit->pairs);
	}
	if (fit->merged_to > 0) {
		fprintf(stream, ", %.3g to %.3g ns are taken for one distance", fit->merged_from,
			fit->merged_to);
	}
	fprintf(stream, ", the rest is as in %s  # see each number\n", base);
}

/** Writes the base's lines, with what was found in their place. */
static void write_lines(const struct fit *fit, const struct simulate_machine *machine,
			const char *base, FILE *lines, FILE *stream)
{
	char line[1024];
	fprintf(stream, "# Made by qbench simulate --fit\n\ntopology = %s  # %s\n", fit->topology,
		fit->source);
	write_validated(fit, base, stream);
	while (fgets(line, sizeof(line), lines)) {
		char key[64];
		char value[64];
		if (*line == '#' || sscanf(line, " %63[^= \t] = %63[^# \t\n]", key, value) != 2 ||
		    strcmp(key, "topology") == 0 || strcmp(key, "validated") == 0) {
			continue;
		}
		int distance = distance_of(key);
		double cost = fit->here ? costs_measure(key) : NAN;
		if (distance >= 0) {
			write_distance(key, distance, fit, machine, stream);
		} else if (!isnan(cost)) {
			fprintf(stream, "%s = %.3g  # %s\n", key, cost, fit->source);
		} else {
			line[strcspn(line, "\n")] = '\0';
			fprintf(stream, "%s = %s  # as in %s:%s\n", key, value, base,
				strchr(line, '#') + 1);
		}
	}
}

/** Makes the machine: writes its file in memory, and reads that, so that none is ever refused. */
static int make(const struct fit *fit, const char *base, struct machine_file *file, FILE *stream,
		char **error)
{
	char path[PATH_MAX];
	char *text = NULL;
	char *why = NULL;
	size_t size;
	if (machine_file_read(base, file, error) != 0) {
		return -1;
	}
	FILE *lines = fopen(machine_file_find(base, path), "re");
	FILE *memory = lines ? open_memstream(&text, &size) : NULL;
	if (memory) {
		write_lines(fit, &file->machine, quoted(base), lines, memory);
		fclose(memory);
	}
	memory = text ? fmemopen(text, size, "r") : NULL;
	int result = memory ? machine_file_read_stream(memory, file, &why) : -1;
	if (!memory) {
		complain(error, "%s", strerror(errno));
	} else if (result != 0) {
		complain(error, "its machine file would be refused: %s",
			 why ? why : strerror(ENOMEM));
	} else if (stream) {
		fputs(text, stream);
	}
	if (memory) {
		fclose(memory);
	}
	if (lines) {
		fclose(lines);
	}
	free(text);
	free(why);
	return result;
}

// From a table

/** Reads a line of numbers. False without memory, or if something is no number. */
static bool read_numbers(char *line, double **numbers, size_t *count)
{
	for (char *at = line, *next; at; at = next) {
		next = strchr(at, ',');
		if (next) {
			*next++ = '\0';
		}
		at += strspn(at, " \t\r\n");
		char *end;
		double number = *at ? strtod(at, &end) : NAN;
		if (*at && (end == at || end[strspn(end, " \t\r\n")] ||
			    !(number >= 0 && number <= LONGEST))) {
			return false;
		}
		double *more = reallocarray(*numbers, *count + 1, sizeof(*more));
		if (!more) {
			return false;
		}
		*numbers = more;
		more[(*count)++] = number > 0 ? number : NAN;
	}
	return true;
}

/**
 * Gives each pair one latency. Both directions are half of the same round trip, so neither is
 * truer: the mean, or the one that there is.
 */
static void make_symmetric(struct latencies *latencies)
{
	for (unsigned int i = 0; i < latencies->count; ++i) {
		for (unsigned int k = 0; k < i; ++k) {
			double *one = &latencies->between[i * latencies->count + k];
			double *other = &latencies->between[k * latencies->count + i];
			*one = isnan(*one) ? *other : isnan(*other) ? *one : (*one + *other) / 2;
			*other = *one;
		}
	}
}

static int read_table(const char *path, struct latencies *latencies, char **error)
{
	char *line = NULL;
	size_t room = 0;
	size_t rows = 0;
	size_t count = 0;
	bool whole = true;
	FILE *stream = fopen(path, "re");
	if (!stream) {
		return complain(error, "%s", strerror(errno));
	}
	while (whole && getline(&line, &room, stream) >= 0) {
		if (line[strspn(line, " \t\r\n")] && *line != '#') {
			whole = read_numbers(line, &latencies->between, &count);
			++rows;
		}
	}
	free(line);
	fclose(stream);
	if (!whole || rows < 2 || rows > SIMULATE_THREADS || count != rows * rows) {
		return complain(error,
				"it is no table of nanoseconds, from 0 to 2,000, with as many "
				"columns as lines");
	}
	latencies->count = (unsigned int)rows;
	make_symmetric(latencies);
	return 0;
}

/** Size of the groups that pairs up to a latency connect, if all have the same size; else 0. */
static unsigned int group_size(const struct latencies *latencies, double most)
{
	// Of each processor: the first one that is known to be of its group
	unsigned int groups[SIMULATE_THREADS];
	unsigned int sizes[SIMULATE_THREADS] = {0};
	unsigned int n = latencies->count;
	for (unsigned int i = 0; i < n; ++i) {
		groups[i] = i;
	}
	for (unsigned int i = 0; i < n * n; ++i) {
		unsigned int one = groups[i / n];
		unsigned int other = groups[i % n];
		unsigned int joined = one < other ? one : other;
		for (unsigned int k = 0; latencies->between[i] <= most && k < n; ++k) {
			groups[k] = groups[k] == one || groups[k] == other ? joined : groups[k];
		}
	}
	for (unsigned int i = 0; i < n; ++i) {
		++sizes[groups[i]];
	}
	for (unsigned int i = 1; i < n; ++i) {
		if (sizes[i] > 0 && sizes[i] != sizes[0]) {
			return 0;
		}
	}
	return sizes[0];
}

/**
 * Finds the groups in the latencies: where these have a gap, and the processors below it make
 * groups of one size. The innermost groups are cores if their latencies are a core's.
 */
static int find_groups(const struct latencies *latencies, const double *sorted, size_t count,
		       struct fit *fit)
{
	unsigned int sizes[SIMULATE_DISTANCES] = {1, 1, 1, latencies->count};
	// Of the distance that is looked at
	size_t first = 0;
	int level = sorted[0] < SAME_CORE ? SIMULATE_CORE : SIMULATE_L3;
	for (size_t i = 1; i <= count && level < SIMULATE_DISTANCES; ++i) {
		bool last = i == count;
		unsigned int size = last ? latencies->count
				    : sorted[i] >= APART * sorted[i - 1]
					    ? group_size(latencies, sorted[i - 1])
					    : 0;
		if (size == 0 || (size == latencies->count && !last)) {
			continue;
		}
		if (level == SIMULATE_OTHER && !last) {
			// There is no level for what is farther
			fit->merged_from = sorted[first];
			fit->merged_to = sorted[count - 1];
			continue;
		}
		// What is slower than a core's own distance is no core, even if one pair is as fast
		if (level == SIMULATE_CORE && (last || sorted[i - 1] >= SAME_CORE)) {
			level = SIMULATE_L3;
		}
		sizes[level] = size;
		fit->take[level++] = sorted[first + (i - first) / 2];
		first = i;
	}
	for (; level < SIMULATE_DISTANCES; ++level) {
		sizes[level] = sizes[level - 1];
	}
	unsigned int l3 = sizes[SIMULATE_L3];
	unsigned int socket = sizes[SIMULATE_SOCKET];
	if (sizes[SIMULATE_CORE] == 0 || l3 % sizes[SIMULATE_CORE] || socket % l3 ||
	    latencies->count % socket) {
		return -1;
	}
	snprintf(fit->topology, sizeof(fit->topology), "pack:%u l3:%u core:%u pu:%u",
		 latencies->count / socket, socket / l3, l3 / sizes[SIMULATE_CORE],
		 sizes[SIMULATE_CORE]);
	return 0;
}

int fit_table(const char *path, const char *base, struct machine_file *file, FILE *stream,
	      char **error)
{
	struct latencies latencies = {0};
	struct fit fit = {.take = {NAN, NAN, NAN, NAN}};
	double *sorted = NULL;
	int result = read_table(path, &latencies, error);
	if (result == 0) {
		sorted = calloc((size_t)latencies.count * latencies.count, sizeof(*sorted));
		result = sorted ? 0 : -1;
	}
	fit.pairs = (size_t)latencies.count * (latencies.count - 1) / 2;
	for (unsigned int i = 0; result == 0 && i < latencies.count * latencies.count; ++i) {
		if (!isnan(latencies.between[i]) && i / latencies.count < i % latencies.count) {
			sorted[fit.known++] = latencies.between[i];
		}
	}
	if (result == 0 && fit.known == 0) {
		result = complain(error, "no two processors of it have a latency");
	} else if (result == 0) {
		qsort(sorted, fit.known, sizeof(*sorted), statistics_compare);
		result = find_groups(&latencies, sorted, fit.known, &fit) == 0
				 ? 0
				 : complain(error, "its processors make no groups of one size");
	}
	if (result == 0) {
		fit.source = quoted(path);
		result = make(&fit, base, file, stream, error);
	}
	free(sorted);
	free(latencies.between);
	return result;
}

// On this machine

/** How far two processors are from each other. */
static enum simulate_distance distance(hwloc_topology_t topology, int one, int other)
{
	static const hwloc_obj_type_t types[] = {HWLOC_OBJ_CORE, HWLOC_OBJ_L3CACHE,
						 HWLOC_OBJ_PACKAGE};
	hwloc_obj_t a = hwloc_get_pu_obj_by_os_index(topology, (unsigned int)one);
	hwloc_obj_t b = hwloc_get_pu_obj_by_os_index(topology, (unsigned int)other);
	for (int i = 0; a && b && i < SIMULATE_OTHER; ++i) {
		hwloc_obj_t object = hwloc_get_ancestor_obj_by_type(topology, types[i], a);
		if (object && object == hwloc_get_ancestor_obj_by_type(topology, types[i], b)) {
			return (enum simulate_distance)i;
		}
	}
	return SIMULATE_OTHER;
}

/** The topology in hwloc's words; where it is not regular, or not all may be used, cores alone. */
static void describe(hwloc_topology_t topology, unsigned int processors, struct fit *fit)
{
	unsigned int counts[] = {1, 1, 1, processors};
	static const hwloc_obj_type_t types[] = {HWLOC_OBJ_PACKAGE, HWLOC_OBJ_L3CACHE,
						 HWLOC_OBJ_CORE, HWLOC_OBJ_PU};
	bool regular = true;
	for (int i = 0; i < 4; ++i) {
		int count = hwloc_get_nbobjs_by_type(topology, types[i]);
		counts[i] = count > 0 ? (unsigned int)count : i > 0 ? counts[i - 1] : 1;
		regular = regular && (i == 0 || counts[i] % counts[i - 1] == 0);
	}
	if (!regular || counts[3] != processors) {
		snprintf(fit->topology, sizeof(fit->topology), "pack:1 l3:1 core:%u pu:1",
			 processors);
		return;
	}
	snprintf(fit->topology, sizeof(fit->topology), "pack:%u l3:%u core:%u pu:%u", counts[0],
		 counts[1] / counts[0], counts[2] / counts[1], counts[3] / counts[2]);
}

int fit_here(const char *base, struct machine_file *file, FILE *stream, char **error)
{
	struct bounces *bounces = calloc(1, sizeof(*bounces));
	struct topology *topology = topology_load();
	struct fit fit = {
		.take = {NAN, NAN, NAN, NAN}, .here = true, .source = "measured on this machine"};
	double *found = calloc((size_t)BOUNCES_MOST * BOUNCES_MOST, sizeof(*found));
	int result = -1;
	if (!bounces || !topology || !found) {
		goto end;
	}
	hwloc_topology_t whole = topology_hwloc(topology);
	// Threads that others keep apart have no latency
	uint64_t latest = clock_now() + PATIENCE;
	do {
		bounces_measure(bounces);
	} while (bounces->missing > 0 &&
		 bounces->missing == bounces->count * (bounces->count - 1) / 2 &&
		 clock_now() < latest);
	for (int level = 0; level < SIMULATE_DISTANCES; ++level) {
		size_t count = 0;
		for (unsigned int i = 0; i < bounces->count * bounces->count; ++i) {
			unsigned int row = i / bounces->count;
			unsigned int column = i % bounces->count;
			double round_trip = bounces->round_trips[row][column];
			if (row < column && !isnan(round_trip) &&
			    (int)distance(whole, bounces->processors[row],
					  bounces->processors[column]) == level) {
				found[count++] = round_trip / 2;
			}
		}
		qsort(found, count, sizeof(*found), statistics_compare);
		fit.take[level] = count ? found[count / 2] : NAN;
		fit.known += count;
	}
	unsigned int all = bounces->count + bounces->left_out;
	fit.pairs = (size_t)all * (all - 1) / 2;
	if (fit.known == 0) {
		complain(error, "no two processors have a latency: this process may use one, or "
				"the machine is busy");
		goto end;
	}
	// Without an L3 all cores of a package are equally far, and that is what the numbers are of
	for (int level = SIMULATE_OTHER; level > SIMULATE_L3; --level) {
		if (isnan(fit.take[level - 1])) {
			fit.take[level - 1] = fit.take[level];
		}
	}
	describe(whole, all, &fit);
	hwloc_obj_t root = hwloc_get_root_obj(whole);
	hwloc_obj_t package = hwloc_get_obj_by_type(whole, HWLOC_OBJ_PACKAGE, 0);
	const char *vendor = hwloc_obj_get_info_by_name(package ? package : root, "CPUVendor");
	bool intel = vendor && strcmp(vendor, "GenuineIntel") == 0;
	result = make(&fit,
		      base    ? base
		      : intel ? "coffee-lake-9900ks"
			      : "zen3-5950x",
		      file, stream, error);

end:
	free(found);
	free(bounces);
	topology_free(topology);
	return result;
}

int fit_read(const char *name, struct machine_file *file, char **error)
{
	static struct machine_file here;
	static bool known;
	if (strcmp(name, FIT_HERE) != 0) {
		return machine_file_read(name, file, error);
	}
	known = known || fit_here(NULL, &here, NULL, error) == 0;
	*file = here;
	return known ? 0 : -1;
}
