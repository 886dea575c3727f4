// SPDX-License-Identifier: MIT

/** Reads shapes of walks, checking every line, and writes them. */

#include "shape.h"

#include "base/replace.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char magic[] = "qbench-shape ";

/** A shape file that is being read. */
struct reading {
	const char *path;
	FILE *stream;
	/** The last line read, without its end, and its number. */
	char *text;
	size_t size;
	uint64_t line;
	/** Number of directories, from the header. */
	uint64_t expected;
	/** Directories for which memory is allocated. */
	size_t room;
	/** Where the message goes, and whether an error was found. */
	char **error;
	bool failed;
};

/** Describes what is wrong with the file; only the first error is kept. Returns -1. */
__attribute__((format(printf, 2, 3))) static int complain(struct reading *reading,
							  const char *format, ...)
{
	char *what;
	va_list arguments;
	va_start(arguments, format);
	if (!reading->failed && vasprintf(&what, format, arguments) >= 0) {
		int length = reading->line
				     ? asprintf(reading->error, "%s, line %" PRIu64 ": %s",
						reading->path, reading->line, what)
				     : asprintf(reading->error, "%s: %s", reading->path, what);
		if (length < 0) {
			*reading->error = NULL;
		}
		free(what);
	}
	va_end(arguments);
	reading->failed = true;
	return -1;
}

/** Reads a line. 1; 0 at the end; or -1. An unended line or a zero byte is an error. */
static int next_line(struct reading *reading)
{
	errno = 0;
	ssize_t length = getline(&reading->text, &reading->size, reading->stream);
	if (length < 0) {
		return feof(reading->stream)
			       ? 0
			       : complain(reading, "%s", strerror(errno ? errno : EIO));
	}
	++reading->line;
	if (reading->text[length - 1] != '\n') {
		return complain(reading, "the line has no end: the file is truncated; record it "
					 "again with dirwalk --record");
	}
	reading->text[length - 1] = '\0';
	if (strlen(reading->text) != (size_t)length - 1) {
		return complain(reading, "a zero byte: this is no text");
	}
	return 1;
}

/**
 * Reads a decimal number up to `most` and the byte `end` after it. False if the text has another
 * form: no sign, blanks or leading zeroes.
 */
static bool take_number(const char **text, uint64_t most, char end, uint64_t *number)
{
	const char *digit = *text;
	uint64_t value = 0;
	for (; *digit >= '0' && *digit <= '9'; ++digit) {
		// Cannot overflow: `value` is at most 2^32 here
		value = value * 10 + (uint64_t)(*digit - '0');
		if (value > most) {
			return false;
		}
	}
	if (digit == *text || (**text == '0' && digit - *text > 1) || *digit != end) {
		return false;
	}
	*text = end ? digit + 1 : digit;
	*number = value;
	return true;
}

static int read_header(struct reading *reading)
{
	static const char advice[] = "dirwalk --record=FILE writes one";
	// A file that is no shape may have no lines, so only its first bytes are read
	char start[sizeof(magic)] = "";
	size_t length = fread(start, 1, sizeof(magic) - 1, reading->stream);
	if (ferror(reading->stream)) {
		return complain(reading, "%s", strerror(errno));
	}
	if (length == 0) {
		return complain(reading, "is empty, and no shape of a walk; %s", advice);
	}
	if (length < sizeof(magic) - 1 || memcmp(start, magic, length) != 0) {
		return complain(reading, "is no shape of a walk: it does not begin with '%s'; %s",
				magic, advice);
	}
	if (next_line(reading) <= 0) {
		++reading->line;
		return complain(reading, "the header is truncated; record it again with dirwalk "
					 "--record");
	}
	const char *text = reading->text;
	uint64_t version;
	if (!take_number(&text, UINT32_MAX, ' ', &version) || version != 1) {
		return complain(reading,
				"the version is '%.*s', and what is read here is 1; record it "
				"again with dirwalk --record",
				(int)strcspn(reading->text, " "), reading->text);
	}
	const char *count = text;
	if (!take_number(&text, SHAPE_MOST, '\0', &reading->expected) || reading->expected == 0) {
		return complain(reading,
				"the number of directories is '%.40s', not one from 1 to %" PRIu32,
				count, SHAPE_MOST);
	}
	return 0;
}

/** Makes room for one more directory. Does not trust the header's count. 0, or -1. */
static int make_room(struct reading *reading, struct shape *shape)
{
	if (shape->count < reading->room) {
		return 0;
	}
	size_t room = reading->room ? 2 * reading->room : 1024;
	struct shape_directory *more = realloc(shape->directories, room * sizeof(*more));
	if (!more) {
		return complain(reading, "%s", strerror(ENOMEM));
	}
	shape->directories = more;
	reading->room = room;
	return 0;
}

/** Puts a directory in its place below its parent. 0, or -1. */
static int add_child(struct reading *reading, struct shape *shape, uint32_t index)
{
	struct shape_directory *child = &shape->directories[index];
	if (child->parent == SHAPE_NO_PARENT) {
		if (shape->roots < index) {
			return complain(reading, "a root after directories that are not roots");
		}
		++shape->roots;
		return 0;
	}
	if (child->parent >= index) {
		return complain(reading,
				"directory %" PRIu32 " is in %" PRIu32
				", which does not come before it",
				index, child->parent);
	}
	uint32_t before = shape->directories[index - 1].parent;
	if (before != SHAPE_NO_PARENT && child->parent < before) {
		return complain(reading,
				"directory %" PRIu32 " is in %" PRIu32
				", and the one before it in %" PRIu32
				": that is no breadth-first order",
				index, child->parent, before);
	}
	struct shape_directory *parent = &shape->directories[child->parent];
	if (parent->children == 0) {
		parent->first_child = index;
	}
	if (++parent->children > parent->directories) {
		return complain(reading,
				"directory %" PRIu32 " has more children than the %" PRIu32
				" directories in it",
				child->parent, parent->directories);
	}
	return 0;
}

static int read_directory(struct reading *reading, struct shape *shape)
{
	const char *text = reading->text;
	uint64_t parent = SHAPE_NO_PARENT;
	uint64_t files, directories;
	bool root = strncmp(text, "- ", 2) == 0;
	text += root ? 2 : 0;
	if ((!root && !take_number(&text, SHAPE_MOST, ' ', &parent)) ||
	    !take_number(&text, UINT32_MAX, ' ', &files) ||
	    !take_number(&text, UINT32_MAX, '\0', &directories)) {
		return complain(reading,
				"'%.60s' is not 'PARENT FILES DIRECTORIES': three numbers below "
				"2^32, or '-' for the parent of a root",
				reading->text);
	}
	if (make_room(reading, shape) != 0) {
		return -1;
	}
	uint32_t index = (uint32_t)shape->count;
	shape->directories[index] = (struct shape_directory){
		.parent = (uint32_t)parent,
		.files = (uint32_t)files,
		.directories = (uint32_t)directories,
	};
	if (add_child(reading, shape, index) != 0) {
		return -1;
	}
	++shape->count;
	return 0;
}

static int read_all(struct reading *reading, struct shape *shape)
{
	if (read_header(reading) != 0) {
		return -1;
	}
	int result;
	while ((result = next_line(reading)) > 0) {
		if (shape->count == reading->expected) {
			return complain(reading,
					"the header says %" PRIu64
					" directories, and here is one more",
					reading->expected);
		}
		if (read_directory(reading, shape) != 0) {
			return -1;
		}
	}
	if (result == 0 && shape->count < reading->expected) {
		return complain(reading,
				"ends after %zu of %" PRIu64 " directories: the file is truncated; "
				"record it again with dirwalk --record",
				shape->count, reading->expected);
	}
	return result;
}

int shape_read(struct shape *shape, const char *path, char **error)
{
	struct reading reading = {.path = path, .error = error};
	*shape = (struct shape){0};
	*error = NULL;
	reading.stream = fopen(path, "re");
	if (!reading.stream) {
		return complain(&reading, "%s", strerror(errno));
	}
	int result = read_all(&reading, shape);
	fclose(reading.stream);
	free(reading.text);
	if (result != 0) {
		shape_destroy(shape);
	}
	return result;
}

int shape_write(const struct shape *shape, const char *path)
{
	struct replace replace;
	if (replace_begin(&replace, path) != 0) {
		return -1;
	}
	fprintf(replace.stream, "%s1 %zu\n", magic, shape->count);
	for (size_t i = 0; i < shape->count && !ferror(replace.stream); ++i) {
		const struct shape_directory *directory = &shape->directories[i];
		if (directory->parent == SHAPE_NO_PARENT) {
			fputc('-', replace.stream);
		} else {
			fprintf(replace.stream, "%" PRIu32, directory->parent);
		}
		fprintf(replace.stream, " %" PRIu32 " %" PRIu32 "\n", directory->files,
			directory->directories);
	}
	return replace_commit(&replace);
}

void shape_destroy(struct shape *shape)
{
	free(shape->directories);
	*shape = (struct shape){0};
}
