// SPDX-License-Identifier: MIT

/**
 * Prints what a run is measured on: a line for each subject, its parts behind each other.
 *
 *     subject         part, part, part
 *                     and what does not fit
 */

#include "machine/machine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/** Columns of a line, and before its parts. */
#define WIDTH 100
#define INDENT 16

/** A line, and what is in its columns until now. */
struct line {
	FILE *stream;
	unsigned int column;
	unsigned int indent;
};

/** Print words, and go on in the next line where they, or a comma, would be too many. */
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

/** End a line, if one was begun. */
static void end(struct line *line)
{
	if (line->column > 0) {
		putc('\n', line->stream);
	}
	line->column = 0;
}

/** Begin a line with its subject. */
static void begin(struct line *line, const char *subject)
{
	end(line);
	line->indent = 0;
	put_words(line, subject);
	line->indent = INDENT;
}

/** Print a part of a line, with a comma before it unless it is the first. */
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

static const json_t *fact(const json_t *machine, const char *group, const char *key)
{
	return json_object_get(json_object_get(machine, group), key);
}

/** A text, or what to say if it is not known. */
static const char *text(const json_t *machine, const char *group, const char *key,
			const char *otherwise)
{
	const char *value = json_string_value(fact(machine, group, key));
	return value ? value : otherwise;
}

/** What is true, false, or not known, in words. */
static const char *truth(const json_t *value, const char *if_true, const char *if_false,
			 const char *otherwise)
{
	return json_is_true(value) ? if_true : json_is_false(value) ? if_false : otherwise;
}

/** Print how many there are of something that has a plural in s. */
static void put_count(struct line *line, const json_t *count, const char *name)
{
	json_int_t number = json_integer_value(count);
	if (number == 0) {
		put(line, "%ss unknown", name);
	} else {
		put(line, "%" JSON_INTEGER_FORMAT " %s%s", number, name, number == 1 ? "" : "s");
	}
}

/** Print a share in percent, with words before it. */
static void put_share(struct line *line, const char *words, const json_t *share)
{
	if (json_is_number(share)) {
		put(line, "%s %.1f %%", words, 100 * json_number_value(share));
	} else {
		put(line, "%s unknown", words);
	}
}

/** Bytes in the largest unit that divides them well. */
struct size {
	double number;
	const char *unit;
};

static struct size size_of(const json_t *bytes)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	struct size size = {json_number_value(bytes), units[0]};
	for (size_t i = 1; i < sizeof(units) / sizeof(*units) && size.number >= 1024; ++i) {
		size = (struct size){size.number / 1024, units[i]};
	}
	return size;
}

static void write_processor(const json_t *machine, struct line *line)
{
	begin(line, "processor");
	put(line, "%s", text(machine, "processor", "model", "model unknown"));
	put(line, "%s", text(machine, "processor", "architecture", "architecture unknown"));

	begin(line, "");
	put_count(line, fact(machine, "processor", "packages"), "package");
	put_count(line, fact(machine, "processor", "cores"), "core");
	put_count(line, fact(machine, "processor", "threads"), "hardware thread");
	put(line, "%" JSON_INTEGER_FORMAT " for this process",
	    json_integer_value(fact(machine, "processor", "available")));
	const char *control = text(machine, "processor", "smt_control", NULL);
	put(line, "SMT %s%s%s%s",
	    truth(fact(machine, "processor", "smt"), "on", "off or missing", "unknown"),
	    control ? " (" : "", control ? control : "", control ? ")" : "");

	begin(line, "places");
	const json_t *offered = fact(machine, "places", "offered");
	for (size_t i = 0; i < json_array_size(offered); ++i) {
		put(line, "%s", json_string_value(json_array_get(offered, i)));
	}
	const char *across = text(machine, "places", "across", NULL);
	if (across) {
		put(line, "across goes across %s", across);
	}
}

/** What stands behind the level of a cache. */
static const char *cache_letter(const json_t *cache)
{
	const char *type = json_string_value(json_object_get(cache, "type"));
	return !type || *type == 'u' ? "" : *type == 'd' ? "d" : "i";
}

static void write_caches(const json_t *machine, struct line *line)
{
	begin(line, "caches");
	const json_t *caches = json_object_get(machine, "caches");
	for (size_t i = 0; i < json_array_size(caches); ++i) {
		const json_t *cache = json_array_get(caches, i);
		struct size size = size_of(json_object_get(cache, "bytes"));
		json_int_t sharing = json_integer_value(json_object_get(cache, "shared_by"));
		put(line, "%" JSON_INTEGER_FORMAT " x L%" JSON_INTEGER_FORMAT "%s of %.4g %s",
		    json_integer_value(json_object_get(cache, "count")),
		    json_integer_value(json_object_get(cache, "level")), cache_letter(cache),
		    size.number, size.unit);
		if (sharing > 1) {
			put(line, "shared by %" JSON_INTEGER_FORMAT " hardware threads", sharing);
		} else {
			put(line, "not shared");
		}
		end(line);
	}
	if (json_array_size(caches) == 0) {
		put(line, "unknown");
	}
}

static void write_memory(const json_t *machine, struct line *line)
{
	begin(line, "memory");
	struct size size = size_of(fact(machine, "memory", "bytes"));
	put(line, size.number > 0 ? "%.1f %s" : "size unknown", size.number, size.unit);
	size_t nodes = json_array_size(fact(machine, "memory", "numa_nodes"));
	put(line, "%zu NUMA node%s", nodes, nodes == 1 ? "" : "s");
	put(line, "transparent huge pages: %s",
	    text(machine, "memory", "transparent_huge_pages", "unknown"));
	const json_t *aslr = fact(machine, "memory", "aslr");
	put(line, "addresses %s",
	    !json_is_integer(aslr)	    ? "randomised or not: unknown"
	    : json_integer_value(aslr) == 0 ? "not randomised"
					    : "randomised");
}

static void write_software(const json_t *machine, struct line *line)
{
	begin(line, "system");
	put(line, "Linux %s", text(machine, "software", "kernel", "of unknown version"));
	put(line, "%s", text(machine, "software", "distribution", "distribution unknown"));
	put(line, "%s", text(machine, "software", "libc", "C library unknown"));

	begin(line, "built with");
	put(line, "%s", text(machine, "software", "compiler", "unknown compiler"));
	put(line, "flags %s", text(machine, "software", "flags", "unknown"));
	put(line, "commit %s", text(machine, "software", "commit", "unknown"));
	put(line, "%s",
	    truth(fact(machine, "software", "optimised"), "optimised", "not optimised",
		  "optimised or not: unknown"));
	const char *sanitizer = text(machine, "software", "sanitizer", NULL);
	if (sanitizer) {
		put(line, "%s sanitizer", sanitizer);
	}

	begin(line, "libraries");
	put(line, "jansson %s", text(machine, "software", "jansson", "unknown"));
	put(line, "hwloc %s", text(machine, "software", "hwloc", "unknown"));
}

static void write_speed(const json_t *machine, struct line *line)
{
	begin(line, "frequency");
	put(line, "governor %s", text(machine, "frequency", "governor", "unknown"));
	put(line, "driver %s", text(machine, "frequency", "driver", "unknown"));
	put(line, "turbo %s", truth(fact(machine, "frequency", "boost"), "on", "off", "unknown"));
	const json_t *most = fact(machine, "frequency", "max_mhz");
	if (json_is_number(most)) {
		put(line, "at most %.0f MHz", json_number_value(most));
	}

	begin(line, "virtual");
	put(line, "%s", truth(fact(machine, "virtualisation", "virtual"), "yes", "no", "unknown"));
	put(line, "hypervisor %s", text(machine, "virtualisation", "hypervisor", "unknown"));
	put(line, "vendor %s", text(machine, "virtualisation", "vendor", "unknown"));

	begin(line, "clock");
	put(line, "%s", text(machine, "timer", "clocksource", "source unknown"));
	put(line, "resolution %.0f ns", json_number_value(fact(machine, "timer", "resolution_ns")));
	put(line, "a call takes %.1f ns", json_number_value(fact(machine, "timer", "cost_ns")));
	put(line, "smallest step %.0f ns", json_number_value(fact(machine, "timer", "step_ns")));
	put(line, "constant: %s",
	    truth(fact(machine, "timer", "constant_tsc"), "yes", "no", "unknown"));

	begin(line, "counters");
	put(line, "%s",
	    truth(fact(machine, "counters", "work"), "cycles are counted", "none", "unknown"));
	const char *reason = text(machine, "counters", "reason", NULL);
	if (reason) {
		put(line, "%s", reason);
	}
	const json_t *paranoid = fact(machine, "counters", "perf_event_paranoid");
	if (json_is_integer(paranoid)) {
		put(line, "perf_event_paranoid %" JSON_INTEGER_FORMAT,
		    json_integer_value(paranoid));
	}
}

static void write_load(const json_t *machine, struct line *line)
{
	begin(line, "load");
	if (json_is_number(fact(machine, "load", "average_1"))) {
		put(line, "%.2f in the last minute",
		    json_number_value(fact(machine, "load", "average_1")));
		put(line, "%.2f in 5", json_number_value(fact(machine, "load", "average_5")));
		put(line, "%.2f in 15", json_number_value(fact(machine, "load", "average_15")));
	} else {
		put(line, "unknown");
	}
	put_share(line, "processors busy now", fact(machine, "load", "busy"));

	begin(line, "steal");
	put_share(line, "now", fact(machine, "load", "steal"));
	put_share(line, "since boot", fact(machine, "load", "steal_since_boot"));

	begin(line, "limits");
	const json_t *limit = fact(machine, "limits", "cgroup_processors");
	if (json_is_number(limit)) {
		put(line, "control group: time of %.2f processors", json_number_value(limit));
	} else {
		put(line, "control group: none found");
	}
	const char *isolated = text(machine, "limits", "isolated", "unknown");
	put(line, "isolated processors: %s", *isolated ? isolated : "none");
}

static void write_findings(const json_t *machine, struct line *line)
{
	const json_t *findings = json_object_get(machine, "findings");
	size_t count = json_array_size(findings);
	end(line);
	if (!findings) {
		return;
	}
	fprintf(line->stream, count ? "\nWhat is bad here for measuring, the worst first:\n"
				    : "\nNothing was found that is bad for measuring.\n");
	for (size_t i = 0; i < count; ++i) {
		const json_t *finding = json_array_get(findings, i);
		const char *what = json_string_value(json_object_get(finding, "what"));
		const char *why = json_string_value(json_object_get(finding, "why"));
		const char *remedy = json_string_value(json_object_get(finding, "remedy"));
		fprintf(line->stream, "\n%3zu. ", i + 1);
		line->column = 5;
		line->indent = 5;
		put_words(line, what ? what : "");
		end(line);
		line->indent = 5;
		put_words(line, why ? why : "");
		end(line);
		line->indent = 5;
		put_words(line, "->");
		line->indent = 8;
		put_words(line, remedy ? remedy : "");
		end(line);
	}
}

int machine_write(const json_t *machine, FILE *stream)
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

int machine_print(FILE *stream)
{
	json_t *machine = machine_json();
	if (!machine) {
		return -1;
	}
	int result = machine_write(machine, stream);
	int error = errno;
	json_decref(machine);
	errno = error;
	return result;
}
