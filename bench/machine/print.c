// SPDX-License-Identifier: MIT

/**
 * Prints the machine for people: a line for each subject, its parts one after another.
 *
 *     subject         part, part, part
 *                     and what does not fit
 */

#include "machine/machine.h"
#include "machine/topology.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/** Columns of a line, and of the space before its parts. */
#define WIDTH 100
#define INDENT 16

/** A line, and how far it is filled. */
struct line {
	FILE *stream;
	unsigned int column;
	unsigned int indent;
};

/** Prints words. Begins a new line before a word that does not fit with a comma after it. */
static void put_words(struct line *line, const char *words)
{
	while (*(words += strspn(words, " "))) {
		unsigned int length = (unsigned int)strcspn(words, " ");
		if (line->column > line->indent && line->column + 1 + length >= WIDTH) {
			putc('\n', line->stream);
			line->column = 0;
		}
		unsigned int blank = line->column < line->indent   ? line->indent - line->column
				     : line->column > line->indent ? 1
								   : 0;
		fprintf(line->stream, "%*s%.*s", (int)blank, "", (int)length, words);
		line->column += blank + length;
		words += length;
	}
}

/** Ends a line, if one was begun. */
static void end(struct line *line)
{
	if (line->column > 0) {
		putc('\n', line->stream);
	}
	line->column = 0;
}

static void begin(struct line *line, const char *subject)
{
	end(line);
	line->indent = 0;
	put_words(line, subject);
	line->indent = INDENT;
}

/** Prints a part of a line, with a comma before it unless it is the first. */
__attribute__((format(printf, 2, 3))) static void put(struct line *line, const char *part, ...)
{
	char *words = NULL;
	va_list arguments;
	va_start(arguments, part);
	if (vasprintf(&words, part, arguments) < 0) {
		words = NULL;
	}
	va_end(arguments);
	if (!words) {
		return;
	}
	if (line->column > line->indent) {
		putc(',', line->stream);
		++line->column;
	}
	put_words(line, words);
	free(words);
}

/** A text, or other words if it is not known. */
static const char *text(const char *fact, const char *otherwise)
{
	return fact ? fact : otherwise;
}

/** Words for yes, no or unknown. */
static const char *truth(enum truth truth, const char *yes, const char *no, const char *unknown)
{
	return truth == TRUTH_YES ? yes : truth == TRUTH_NO ? no : unknown;
}

/** Prints a count and its name, with an s for the plural. */
static void put_count(struct line *line, double count, const char *name)
{
	if (!(count > 0)) {
		put(line, "%ss unknown", name);
	} else {
		put(line, "%.0f %s%s", count, name, count == 1 ? "" : "s");
	}
}

/** Prints words and a share in percent. */
static void put_share(struct line *line, const char *words, double share)
{
	if (isfinite(share)) {
		put(line, "%s %.1f %%", words, 100 * share);
	} else {
		put(line, "%s unknown", words);
	}
}

/** A size in the unit that leaves it below 1024. */
struct size {
	double number;
	const char *unit;
};

static struct size size_of(double bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	struct size size = {bytes, units[0]};
	for (size_t i = 1; i < sizeof(units) / sizeof(*units) && size.number >= 1024; ++i) {
		size = (struct size){size.number / 1024, units[i]};
	}
	return size;
}

static void write_processor(const struct machine *machine, struct line *line)
{
	begin(line, "processor");
	put(line, "%s", text(machine->processor.model, "model unknown"));
	put(line, "%s", text(machine->processor.architecture, "architecture unknown"));
	if (machine->processor.lse != TRUTH_UNKNOWN) {
		put(line, "atomic updates are %s",
		    truth(machine->processor.lse, "instructions (LSE)", "loops (no LSE)", ""));
	}

	begin(line, "");
	put_count(line, machine->processor.packages, "package");
	put_count(line, machine->processor.cores, "core");
	put_count(line, machine->processor.threads, "hardware thread");
	if (machine->processor.available > 0) {
		put(line, "%.0f for this process", machine->processor.available);
	}
	const char *control = text(machine->processor.smt_control, NULL);
	put(line, "SMT %s%s%s%s", truth(machine->processor.smt, "on", "off or missing", "unknown"),
	    control ? " (" : "", control ? control : "", control ? ")" : "");

	begin(line, "places");
	const char *across = text(machine->places.across, NULL);
	for (enum place place = PLACE_NONE; place < PLACES; ++place) {
		if (!(machine->places.offered >> place & 1)) {
			continue;
		}
		if (place == PLACE_ACROSS && across) {
			put(line, "across (one thread on each of the %s)", across);
		} else {
			put(line, "%s", topology_place_name(place));
		}
	}
}

/** Letter after the level of a cache: L1d, L1i, L2. */
static const char *cache_letter(const struct machine_cache *cache)
{
	const char *type = text(cache->type, "unified");
	return *type == 'u' ? "" : *type == 'd' ? "d" : "i";
}

static void write_caches(const struct machine *machine, struct line *line)
{
	begin(line, "caches");
	const struct machine_cache *caches = machine->caches.all;
	for (size_t i = 0; i < machine->caches.count; ++i) {
		const struct machine_cache *cache = &caches[i];
		struct size size = size_of(cache->bytes);
		put(line, "%.0f x L%.0f%s of %.4g %s", cache->count, cache->level,
		    cache_letter(cache), size.number, size.unit);
		if (cache->shared_by > 1) {
			put(line, "shared by %.0f hardware threads", cache->shared_by);
		} else {
			put(line, "not shared");
		}
		end(line);
	}
	if (machine->caches.count == 0) {
		put(line, "unknown");
	}
}

static void write_memory(const struct machine *machine, struct line *line)
{
	begin(line, "memory");
	struct size size = size_of(machine->memory.bytes);
	put(line, size.number > 0 ? "%.1f %s" : "size unknown", size.number, size.unit);
	size_t nodes = machine->memory.numa_nodes.count;
	put(line, "%zu NUMA node%s", nodes, nodes == 1 ? "" : "s");
	put(line, "transparent huge pages: %s",
	    text(machine->memory.transparent_huge_pages, "unknown"));
	put(line, "addresses %s",
	    isnan(machine->memory.aslr) ? "randomised or not: unknown"
	    : machine->memory.aslr == 0 ? "not randomised"
					: "randomised");
}

static void write_software(const struct machine *machine, struct line *line)
{
	begin(line, "system");
	put(line, "Linux %s", text(machine->software.kernel, "of unknown version"));
	put(line, "%s", text(machine->software.distribution, "distribution unknown"));
	put(line, "%s", text(machine->software.libc, "C library unknown"));

	begin(line, "built with");
	put(line, "%s", text(machine->software.compiler, "unknown compiler"));
	put(line, "flags %s", text(machine->software.flags, "unknown"));
	put(line, "commit %s", text(machine->software.commit, "unknown"));
	put(line, "%s",
	    truth(machine->software.optimised, "optimised", "not optimised",
		  "optimised or not: unknown"));
	const char *sanitizer = text(machine->software.sanitizer, NULL);
	if (sanitizer) {
		put(line, "%s sanitizer", sanitizer);
	}

	begin(line, "libraries");
	put(line, "jansson %s", text(machine->software.jansson, "unknown"));
	put(line, "hwloc %s", text(machine->software.hwloc, "unknown"));
}

static void write_speed(const struct machine *machine, struct line *line)
{
	begin(line, "frequency");
	put(line, "governor %s", text(machine->frequency.governor, "unknown"));
	put(line, "driver %s", text(machine->frequency.driver, "unknown"));
	put(line, "turbo %s", truth(machine->frequency.boost, "on", "off", "unknown"));
	if (isfinite(machine->frequency.max_mhz)) {
		put(line, "at most %.0f MHz", machine->frequency.max_mhz);
	}

	begin(line, "virtual");
	put(line, "%s", truth(machine->virtualisation.virtual, "yes", "no", "unknown"));
	put(line, "hypervisor %s", text(machine->virtualisation.hypervisor, "unknown"));
	put(line, "vendor %s", text(machine->virtualisation.vendor, "unknown"));

	begin(line, "clock");
	put(line, "%s", text(machine->timer.clocksource, "source unknown"));
	if (machine->timer.resolution_ns >= 0) {
		put(line, "resolution %.0f ns", machine->timer.resolution_ns);
		put(line, "a call takes %.1f ns", machine->timer.cost_ns);
		put(line, "smallest step %.0f ns", machine->timer.step_ns);
	}
	put(line, "constant: %s", truth(machine->timer.constant_tsc, "yes", "no", "unknown"));

	begin(line, "counters");
	put(line, "%s", truth(machine->counters.work, "cycles are counted", "none", "unknown"));
	const char *reason = text(machine->counters.reason, NULL);
	if (reason) {
		put(line, "%s", reason);
	}
	if (isfinite(machine->counters.perf_event_paranoid)) {
		put(line, "perf_event_paranoid %.0f", machine->counters.perf_event_paranoid);
	}
}

static void write_load(const struct machine *machine, struct line *line)
{
	begin(line, "load");
	if (isfinite(machine->load.average_1)) {
		put(line, "%.2f in the last minute", machine->load.average_1);
		put(line, "%.2f in 5", machine->load.average_5);
		put(line, "%.2f in 15", machine->load.average_15);
	} else {
		put(line, "unknown");
	}
	put_share(line, "processors busy now", machine->load.busy);

	begin(line, "steal");
	put_share(line, "now", machine->load.steal);
	put_share(line, "since boot", machine->load.steal_since_boot);

	begin(line, "limits");
	if (isfinite(machine->limits.cgroup_processors)) {
		put(line, "control group: time of %.2f processors",
		    machine->limits.cgroup_processors);
	} else {
		put(line, "control group: none found");
	}
	const char *isolated = text(machine->limits.isolated, "unknown");
	put(line, "isolated processors: %s", *isolated ? isolated : "none");
}

static void write_findings(const struct machine *machine, struct line *line)
{
	const struct machine_finding *findings = machine->findings.all;
	size_t count = machine->findings.count;
	end(line);
	if (!findings) {
		return;
	}
	fprintf(line->stream, count ? "\nWhat is bad here for measuring, the worst first:\n"
				    : "\nNothing was found that is bad for measuring.\n");
	for (size_t i = 0; i < count; ++i) {
		fprintf(line->stream, "\n%3zu. ", i + 1);
		line->column = 5;
		line->indent = 5;
		put_words(line, text(findings[i].what, ""));
		end(line);
		line->indent = 5;
		put_words(line, text(findings[i].why, ""));
		end(line);
		line->indent = 5;
		put_words(line, "->");
		line->indent = 8;
		put_words(line, text(findings[i].remedy, ""));
		end(line);
	}
}

int machine_print(const struct machine *machine, FILE *stream)
{
	struct line line = {.stream = stream};
	write_processor(machine, &line);
	write_caches(machine, &line);
	write_memory(machine, &line);
	write_software(machine, &line);
	write_speed(machine, &line);
	write_load(machine, &line);
	write_findings(machine, &line);
	return fflush(stream) == 0 && !ferror(stream) ? 0 : -1;
}
