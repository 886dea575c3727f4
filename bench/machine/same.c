// SPDX-License-Identifier: MIT

/** Whether two machines are one, and what else differs between two runs. */

#include "machine/machine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/** A value in words. */
static void print_value(FILE *stream, const struct codec_field *field, const void *object)
{
	double number = codec_number(field, object);
	const char *text = codec_text(field, object);
	enum truth truth = field->kind == CODEC_FLAG
				   ? *(const enum truth *)((const char *)object + field->offset)
				   : TRUTH_UNKNOWN;
	if (isfinite(number)) {
		fprintf(stream, "%g", number);
	} else if (text && *text) {
		fputs(text, stream);
	} else {
		fputs(truth == TRUTH_YES  ? "true"
		      : truth == TRUTH_NO ? "false"
					  : "unknown",
		      stream);
	}
}

/** Prints the name of a field, with blanks in it. */
static void print_name(FILE *stream, const char *name)
{
	for (; *name; ++name) {
		putc(*name == '_' ? ' ' : *name, stream);
	}
}

/**
 * The fields with a flag that differ: "GROUP NAME was A, and is B", with an ending after each.
 *
 * @return to be freed; NULL without memory
 */
static char *differences(const struct machine *before, const struct machine *after,
			 unsigned int flag, const char *ending)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	for (size_t i = 0; stream && i < machine_codec.count; ++i) {
		const struct codec_field *group = &machine_codec.fields[i];
		const void *was = (const char *)before + group->offset;
		const void *is = (const char *)after + group->offset;
		for (size_t j = 0; group->kind == CODEC_OBJECT && j < group->object->count; ++j) {
			struct codec_field field = group->object->fields[j];
			const struct codec one = {&field, 1, 0, NULL};
			if (!(field.flags & flag) || codec_equal(&one, flag, was, is)) {
				continue;
			}
			print_name(stream, group->name);
			putc(' ', stream);
			print_name(stream, field.name);
			fputs(" was ", stream);
			print_value(stream, &field, was);
			fputs(", and is ", stream);
			print_value(stream, &field, is);
			fputs(ending, stream);
		}
	}
	if (stream && fclose(stream) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

bool machine_same(const struct machine *before, const struct machine *after, char **difference)
{
	char *text = differences(before, after, MACHINE_IDENTITY, "; ");
	bool same = !text || !*text;
	if (difference && !same) {
		text[strlen(text) - strlen("; ")] = '\0';
		*difference = text;
		return false;
	}
	if (difference) {
		*difference = NULL;
	}
	free(text);
	return same;
}

char *machine_changes(const struct machine *before, const struct machine *after)
{
	return differences(before, after, MACHINE_NOTABLE, "\n");
}
