// SPDX-License-Identifier: MIT

/** Documents of results on disk: written so that no older one is lost, and read with care. */

#include "results.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Writing

/** Does something else than a regular file stand there, such as a pipe? */
static bool is_special(const char *path)
{
	struct stat found;
	return stat(path, &found) == 0 && !S_ISREG(found.st_mode);
}

/** The folder that a path is in, for the caller to free. NULL without memory. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? strndup(path, (size_t)(slash - path) + 1) : strdup("./");
}

/**
 * Make a file beside a path.
 *
 * @param name  receives its name, for the caller to free
 * @return a descriptor, or -1 with errno
 */
static int open_temporary(const char *path, char **name)
{
	char *folder = folder_of(path);
	int file = -1;
	*name = NULL;
	for (unsigned int attempt = 0; folder && file < 0 && attempt < 100; ++attempt) {
		free(*name);
		if (asprintf(name, "%s.qbench-%ld-%u.tmp", folder, (long)getpid(), attempt) < 0) {
			*name = NULL;
			break;
		}
		file = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (file < 0 && errno != EEXIST) {
			break;
		}
	}
	if (file < 0) {
		free(*name);
		*name = NULL;
	}
	free(folder);
	return file;
}

int results_check(const char *path)
{
	struct stat found;
	if (stat(path, &found) == 0) {
		if (S_ISDIR(found.st_mode)) {
			errno = EISDIR;
			return -1;
		}
		if (access(path, W_OK) != 0 || !S_ISREG(found.st_mode)) {
			return access(path, W_OK);
		}
	} else if (errno != ENOENT || *path == '\0') {
		return -1;
	}

	char *temporary;
	char *target = realpath(path, NULL);
	int file = open_temporary(target ? target : path, &temporary);
	free(target);
	if (file < 0) {
		return -1;
	}
	close(file);
	int result = unlink(temporary);
	free(temporary);
	return result;
}

/** Write all of a document to a descriptor, which is closed. 0, or -1 with errno. */
static int write_document(int file, const json_t *document, bool sync)
{
	FILE *stream = fdopen(file, "w");
	if (!stream) {
		close(file);
		return -1;
	}
	errno = 0;
	bool written = json_dumpf(document, stream, JSON_INDENT(1)) == 0 &&
		       fputc('\n', stream) != EOF && fflush(stream) == 0 &&
		       (!sync || fsync(file) == 0);
	// What jansson cannot write is not its caller's memory or disk
	int error = written ? 0 : errno ? errno : EINVAL;
	if (fclose(stream) != 0 && !error) {
		error = errno;
	}
	errno = error;
	return error ? -1 : 0;
}

/** See to it that a rename outlives a crash. 0, or -1 with errno. */
static int sync_folder(const char *path)
{
	char *name = folder_of(path);
	if (!name) {
		return -1;
	}
	int folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(name);
	if (folder < 0) {
		return errno == EACCES ? 0 : -1; // to be written to, but not to be read
	}
	// Some file systems have nothing to sync in a folder
	int error = fsync(folder) == 0 || errno == EINVAL ? 0 : errno;
	close(folder);
	errno = error;
	return error ? -1 : 0;
}

int results_write(const char *path, const json_t *document)
{
	if (is_special(path)) {
		int direct = open(path, O_WRONLY | O_CLOEXEC);
		return direct < 0 ? -1 : write_document(direct, document, false);
	}

	int result = -1;
	char *temporary = NULL;
	char *resolved = realpath(path, NULL);
	const char *target = resolved ? resolved : path;
	int file = open_temporary(target, &temporary);
	if (file < 0) {
		goto out;
	}
	if (write_document(file, document, true) != 0 || rename(temporary, target) != 0) {
		int error = errno;
		unlink(temporary);
		errno = error;
		goto out;
	}
	result = sync_folder(target);

out:
	free(temporary);
	free(resolved);
	return result;
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

static bool is_document(const json_t *document, char **error_text)
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
	if (!is_document(document, error_text)) {
		json_decref(document);
		return NULL;
	}
	return document;
}
