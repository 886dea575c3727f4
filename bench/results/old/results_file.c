// SPDX-License-Identifier: MIT

/** Documents of results on disk: written so that no older one is lost, and read with care. */

#include "results/old/results.h"

#include "base/replace.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

// Writing

int results_check(const char *path)
{
	return replace_check(path);
}

int results_write(const char *path, const json_t *document)
{
	struct replace replace;
	if (replace_begin(&replace, path) != 0) {
		return -1;
	}
	errno = 0;
	if (json_dumpf(document, replace.stream, JSON_INDENT(1)) != 0 ||
	    fputc('\n', replace.stream) == EOF) {
		// What jansson cannot write is not its caller's memory or disk
		errno = errno ? errno : EINVAL;
		replace_abandon(&replace);
		return -1;
	}
	return replace_commit(&replace);
}

// Reading

/** Say what is wrong. Always false. */
__attribute__((format(printf, 2, 3))) static bool complain(char **error_text, const char *format,
							   ...)
{
	va_list arguments;
	va_start(arguments, format);
	if (vasprintf(error_text, format, arguments) < 0) {
		*error_text = NULL;
	}
	va_end(arguments);
	return false;
}

/** What must be in an object for anybody to work on it. */
struct field {
	const char *name;
	bool (*is)(const json_t *value);
	const char *what;
};

static bool is_string(const json_t *value)
{
	return json_is_string(value);
}

static bool is_object(const json_t *value)
{
	return json_is_object(value);
}

static bool is_array(const json_t *value)
{
	return json_is_array(value);
}

static bool is_count(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) >= 0;
}

static bool is_unit(const json_t *value)
{
	const char *unit = json_string_value(value);
	return unit && (strcmp(unit, "items/s") == 0 || strcmp(unit, "ns") == 0);
}

/** Are all fields there? `where` is for the message. */
static bool has_fields(const json_t *object, const struct field *fields, size_t count,
		       const char *where, char **error_text)
{
	if (!json_is_object(object)) {
		return complain(error_text, "%s is not an object", where);
	}
	for (size_t i = 0; i < count; ++i) {
		const json_t *value = json_object_get(object, fields[i].name);
		if (!value) {
			return complain(error_text, "%s has no \"%s\"", where, fields[i].name);
		}
		if (!fields[i].is(value)) {
			return complain(error_text, "%s: \"%s\" is not %s", where, fields[i].name,
					fields[i].what);
		}
	}
	return true;
}

#define HAS_FIELDS(object, fields, where, error_text)                                              \
	has_fields(object, fields, sizeof(fields) / sizeof(*(fields)), where, error_text)

static bool is_sample(const json_t *sample, const char *where, char **error_text)
{
	static const struct field fields[] = {{"verdict", is_string, "a string"}};
	if (!HAS_FIELDS(sample, fields, where, error_text)) {
		return false;
	}
	const json_t *value = json_object_get(sample, "value");
	if (strcmp(json_string_value(json_object_get(sample, "verdict")), "ok") == 0 &&
	    (!json_is_number(value) || !isfinite(json_number_value(value)))) {
		return complain(error_text, "%s is ok, but has no value", where);
	}
	return true;
}

static bool is_cell(const json_t *cell, size_t index, char **error_text)
{
	static const struct field fields[] = {
		{"queue", is_string, "a string"},    {"workload", is_string, "a string"},
		{"threads", is_count, "a count"},    {"producers", is_count, "a count"},
		{"consumers", is_count, "a count"},  {"wait", is_string, "a string"},
		{"capacity", is_count, "a count"},   {"place", is_string, "a string"},
		{"work_ns", is_count, "a count"},    {"batch", is_count, "a count"},
		{"dispatch", is_string, "a string"}, {"unit", is_unit, "a unit that is known"},
		{"samples", is_array, "an array"},
	};
	char where[64];
	snprintf(where, sizeof(where), "cell %zu", index + 1);
	if (!HAS_FIELDS(cell, fields, where, error_text)) {
		return false;
	}
	size_t i;
	json_t *sample;
	json_array_foreach(json_object_get(cell, "samples"), i, sample)
	{
		snprintf(where, sizeof(where), "cell %zu, sample %zu", index + 1, i + 1);
		if (!is_sample(sample, where, error_text)) {
			return false;
		}
	}
	return true;
}

bool results_valid(const json_t *document, char **error_text)
{
	static const struct field fields[] = {
		{"machine", is_object, "an object"},
		{"settings", is_object, "an object"},
		{"cells", is_array, "an array"},
	};
	const char *format = json_string_value(json_object_get(document, "format"));
	if (!format) {
		return complain(error_text, "not results of qbench: no \"format\" at its top");
	}
	if (strcmp(format, RESULTS_FORMAT) != 0) {
		return complain(error_text, "its format is \"%s\", and what is read here is \"%s\"",
				format, RESULTS_FORMAT);
	}
	if (!HAS_FIELDS(document, fields, "the document", error_text)) {
		return false;
	}
	size_t i;
	json_t *cell;
	json_array_foreach(json_object_get(document, "cells"), i, cell)
	{
		if (!is_cell(cell, i, error_text)) {
			return false;
		}
	}
	return true;
}

json_t *results_read(const char *path, char **error_text)
{
	*error_text = NULL;
	FILE *stream = fopen(path, "re");
	struct stat found;
	if (!stream || fstat(fileno(stream), &found) != 0 || S_ISDIR(found.st_mode)) {
		complain(error_text, "%s", strerror(stream ? EISDIR : errno));
		if (stream) {
			fclose(stream);
		}
		return NULL;
	}
	json_error_t error;
	json_t *document = json_loadf(stream, JSON_REJECT_DUPLICATES, &error);
	fclose(stream);
	if (!document) {
		complain(error_text, "not JSON: line %d: %s", error.line, error.text);
		return NULL;
	}
	if (!results_valid(document, error_text)) {
		json_decref(document);
		return NULL;
	}
	return document;
}
