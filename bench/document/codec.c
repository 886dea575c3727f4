// SPDX-License-Identifier: MIT

/** Structs as JSON and back, field by field of a table. */

#include "document/codec.h"

#include "document/complain.h"
#include "document/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Members

/** An unsigned integer, enum or bool of `size` bytes. */
static uint64_t get_integer(const void *member, size_t size)
{
	return size == sizeof(uint8_t)	  ? *(const uint8_t *)member
	       : size == sizeof(uint32_t) ? *(const uint32_t *)member
					  : *(const uint64_t *)member;
}

static void set_integer(void *member, size_t size, uint64_t value)
{
	if (size == sizeof(uint8_t)) {
		*(uint8_t *)member = (uint8_t)value;
	} else if (size == sizeof(uint32_t)) {
		*(uint32_t *)member = (uint32_t)value;
	} else {
		*(uint64_t *)member = value;
	}
}

static const void *member_of(const struct codec_field *field, const void *object)
{
	return (const char *)object + field->offset;
}

static bool may_lack(const struct codec_field *field)
{
	return field->flags & (CODEC_OPTIONAL | CODEC_NULL);
}

/** The array of a member, which may have another type of pointer. */
static struct codec_array array_of(const void *member)
{
	struct codec_array array;
	memcpy(&array, member, sizeof(array));
	return array;
}

static void *element_of(const struct codec *codec, const struct codec_array *array, size_t index)
{
	return (char *)array->all + index * codec->size;
}

static bool is_absent(const struct codec_field *field, const void *object)
{
	const void *member = member_of(field, object);
	switch (field->kind) {
	case CODEC_TEXT:
	case CODEC_PATH:
		return !*(const char *const *)member;
	case CODEC_FLAG:
		return field->size == sizeof(int) && *(const int *)member < 0;
	case CODEC_WHOLE:
	case CODEC_NUMBER:
		return !isfinite(*(const double *)member) ||
		       ((field->flags & CODEC_ZERO) && *(const double *)member == 0);
	case CODEC_PAIRS:
		return ((const struct codec_pairs *)member)->count == 0;
	case CODEC_JSON:
		return !*(json_t *const *)member;
	case CODEC_ARRAY:
		return may_lack(field) && !array_of(member).all;
	case CODEC_OBJECT:
		return may_lack(field) && is_absent(&field->object->fields[0], member);
	case CODEC_CHOICE:
	case CODEC_SET:
	case CODEC_COUNT:
		break;
	}
	return false;
}

static void clear_field(const struct codec_field *field, void *object)
{
	void *member = (char *)object + field->offset;
	memset(member, 0, field->size);
	if (field->kind == CODEC_FLAG && field->size == sizeof(int)) {
		*(int *)member = -1;
	} else if ((field->kind == CODEC_WHOLE || field->kind == CODEC_NUMBER) &&
		   !(field->flags & CODEC_ZERO)) {
		*(double *)member = NAN;
	} else if (field->kind == CODEC_OBJECT) {
		codec_clear(field->object, member);
	}
}

void codec_clear(const struct codec *codec, void *object)
{
	for (size_t i = 0; i < codec->count; ++i) {
		clear_field(&codec->fields[i], object);
	}
}

const char *codec_text(const struct codec_field *field, const void *object)
{
	const void *member = member_of(field, object);
	if (field->kind == CODEC_TEXT || field->kind == CODEC_PATH) {
		const char *text = *(const char *const *)member;
		return text ? text : "";
	}
	return field->kind == CODEC_CHOICE
		       ? field->choice((unsigned int)get_integer(member, field->size))
		       : NULL;
}

double codec_number(const struct codec_field *field, const void *object)
{
	if (is_absent(field, object)) {
		return NAN;
	}
	const void *member = member_of(field, object);
	switch (field->kind) {
	case CODEC_COUNT:
		return (double)get_integer(member, field->size);
	case CODEC_WHOLE:
	case CODEC_NUMBER:
		return *(const double *)member;
	default:
		return NAN;
	}
}

void codec_free(const struct codec *codec, void *object)
{
	for (size_t i = 0; i < codec->count; ++i) {
		const struct codec_field *field = &codec->fields[i];
		void *member = (char *)object + field->offset;
		if (field->kind == CODEC_OBJECT) {
			codec_free(field->object, member);
		} else if (field->kind == CODEC_PAIRS) {
			free(((struct codec_pairs *)member)->pairs);
		} else if (field->kind == CODEC_JSON) {
			json_decref(*(json_t **)member);
		} else if (field->kind == CODEC_ARRAY) {
			struct codec_array array = array_of(member);
			for (size_t j = 0; j < array.count; ++j) {
				codec_free(field->object, element_of(field->object, &array, j));
			}
			free(array.all);
		}
	}
}

/** Adds an element to an array, all of it absent. NULL without memory. */
static void *add_element(const struct codec *codec, void *array)
{
	struct codec_array grown = array_of(array);
	void *all = reallocarray(grown.all, grown.count + 1, codec->size);
	if (!all) {
		return NULL;
	}
	grown.all = all;
	void *element = element_of(codec, &grown, grown.count++);
	memcpy(array, &grown, sizeof(grown));
	memset(element, 0, codec->size);
	codec_clear(codec, element);
	return element;
}

int codec_keep(const struct codec *codec, void *object, struct texts *texts)
{
	for (size_t i = 0; i < codec->count; ++i) {
		const struct codec_field *field = &codec->fields[i];
		void *member = (char *)object + field->offset;
		const char **text = member;
		if ((field->kind == CODEC_TEXT || field->kind == CODEC_PATH) && *text &&
		    !(*text = texts_keep(texts, *text))) {
			return json_lacks_memory();
		}
		if (field->kind == CODEC_OBJECT && codec_keep(field->object, member, texts) != 0) {
			return -1;
		}
	}
	return 0;
}

void *codec_append(const struct codec *codec, void *array, const void *object, struct texts *texts)
{
	void *element = add_element(codec, array);
	if (element) {
		memcpy(element, object, codec->size);
	}
	return element && (!texts || codec_keep(codec, element, texts) == 0) ? element : NULL;
}

// Comparing

static bool equal_field(const struct codec_field *field, const void *left, const void *right)
{
	if (is_absent(field, left) || is_absent(field, right)) {
		return is_absent(field, left) && is_absent(field, right);
	}
	const void *a = member_of(field, left);
	const void *b = member_of(field, right);
	switch (field->kind) {
	case CODEC_TEXT:
	case CODEC_PATH:
		return strcmp(*(const char *const *)a, *(const char *const *)b) == 0;
	case CODEC_WHOLE:
	case CODEC_NUMBER:
		return *(const double *)a == *(const double *)b;
	case CODEC_CHOICE:
	case CODEC_SET:
	case CODEC_FLAG:
	case CODEC_COUNT:
		return get_integer(a, field->size) == get_integer(b, field->size);
	default:
		return false;
	}
}

bool codec_equal(const struct codec *codec, unsigned int flags, const void *left, const void *right)
{
	for (size_t i = 0; i < codec->count; ++i) {
		const struct codec_field *field = &codec->fields[i];
		if ((flags == ~0U || (field->flags & flags)) && !equal_field(field, left, right)) {
			return false;
		}
	}
	return true;
}

// Writing

static json_t *pairs_json(const struct codec_pairs *pairs)
{
	json_t *array = json_array();
	for (size_t i = 0; i < pairs->count; ++i) {
		array = json_append(array, json_pack("[I, I]", (json_int_t)pairs->pairs[i][0],
						     (json_int_t)pairs->pairs[i][1]));
	}
	return array;
}

static json_t *array_json(const struct codec *codec, const void *member)
{
	struct codec_array elements = array_of(member);
	json_t *array = json_array();
	for (size_t i = 0; i < elements.count; ++i) {
		array = json_append(array, codec_write(codec, element_of(codec, &elements, i)));
	}
	return array;
}

static json_t *set_json(const struct codec_field *field, unsigned int set)
{
	json_t *array = json_array();
	for (unsigned int i = 0; i < field->choices; ++i) {
		if (set >> i & 1) {
			array = json_append(array, json_string(field->choice(i)));
		}
	}
	return array;
}

static json_t *write_field(const struct codec_field *field, const void *object)
{
	const void *member = member_of(field, object);
	switch (field->kind) {
	case CODEC_TEXT:
	case CODEC_CHOICE:
		return json_bytes(codec_text(field, object));
	case CODEC_PATH:
		return json_path(codec_text(field, object));
	case CODEC_SET:
		return set_json(field, *(const unsigned int *)member);
	case CODEC_FLAG:
		return json_boolean(get_integer(member, field->size));
	case CODEC_COUNT:
		return json_integer((json_int_t)get_integer(member, field->size));
	case CODEC_WHOLE:
		return json_integer((json_int_t) * (const double *)member);
	case CODEC_NUMBER:
		return json_finite(*(const double *)member);
	case CODEC_PAIRS:
		return pairs_json(member);
	case CODEC_JSON:
		return json_incref(*(json_t *const *)member);
	case CODEC_OBJECT:
		return codec_write(field->object, member);
	case CODEC_ARRAY:
		return array_json(field->object, member);
	}
	return NULL;
}

json_t *codec_write(const struct codec *codec, const void *object)
{
	json_t *json = json_object();
	for (size_t i = 0; json && i < codec->count; ++i) {
		const struct codec_field *field = &codec->fields[i];
		bool absent = is_absent(field, object);
		if (absent && !(field->flags & CODEC_NULL)) {
			continue;
		}
		json_t *value = absent ? json_null() : write_field(field, object);
		if (json_object_set_new(json, field->name, value) != 0) {
			json_decref(json);
			json = NULL;
		}
	}
	return json;
}

// Reading

/** Finds a choice by its name. False if there is none. */
static bool parse_choice(const struct codec_field *field, const json_t *json, unsigned int *value)
{
	const char *text = json_string_value(json);
	for (*value = 0; text && *value < field->choices; ++*value) {
		if (strcmp(field->choice(*value), text) == 0) {
			return true;
		}
	}
	return false;
}

static bool read_set(const struct codec_field *field, const json_t *json, unsigned int *set)
{
	size_t i;
	json_t *name;
	*set = 0;
	json_array_foreach(json, i, name)
	{
		unsigned int value;
		// Choices of a newer program are ignored
		if (parse_choice(field, name, &value)) {
			*set |= 1U << value;
		}
	}
	return json_is_array(json);
}

static bool read_pairs(const json_t *json, struct codec_pairs *pairs)
{
	pairs->pairs = calloc(json_array_size(json) + 1, sizeof(*pairs->pairs));
	size_t i;
	json_t *pair;
	json_array_foreach(json, i, pair)
	{
		const json_t *first = json_array_get(pair, 0);
		const json_t *second = json_array_get(pair, 1);
		if (!pairs->pairs || !json_is_integer(first) || !json_is_integer(second)) {
			return false;
		}
		pairs->pairs[i][0] = (uint64_t)json_integer_value(first);
		pairs->pairs[i][1] = (uint64_t)json_integer_value(second);
		pairs->count = i + 1;
	}
	return json_is_array(json);
}

/** Reads a count that fits into the member. */
static bool read_count(const struct codec_field *field, const json_t *json, void *member)
{
	json_int_t value = json_integer_value(json);
	uint64_t most =
		field->size == sizeof(uint64_t) ? UINT64_MAX : (UINT64_C(1) << 8 * field->size) - 1;
	if (!json_is_integer(json) || value < 0 || (uint64_t)value > most) {
		return false;
	}
	set_integer(member, field->size, (uint64_t)value);
	return true;
}

/** False if the value is not what the field's kind needs. */
static bool read_value(const struct codec_field *field, const json_t *json, void *object,
		       struct texts *texts)
{
	void *member = (char *)object + field->offset;
	unsigned int value;
	switch (field->kind) {
	case CODEC_TEXT:
		return json_is_string(json) &&
		       (*(const char **)member = texts_keep(texts, json_string_value(json)));
	case CODEC_PATH: {
		char *path = json_path_of(json);
		*(const char **)member = path ? texts_keep(texts, path) : NULL;
		free(path);
		return *(const char **)member != NULL;
	}
	case CODEC_CHOICE:
		if (!parse_choice(field, json, &value)) {
			return false;
		}
		set_integer(member, field->size, value);
		return true;
	case CODEC_SET:
		return read_set(field, json, member);
	case CODEC_FLAG:
		set_integer(member, field->size, json_is_true(json));
		return json_is_boolean(json);
	case CODEC_COUNT:
		return read_count(field, json, member);
	case CODEC_WHOLE:
	case CODEC_NUMBER:
		*(double *)member = json_number_value(json);
		return json_is_number(json);
	case CODEC_PAIRS:
		return read_pairs(json, member);
	case CODEC_JSON:
		*(json_t **)member = json_is_object(json) ? json_incref((json_t *)json) : NULL;
		return json_is_object(json);
	case CODEC_OBJECT:
	case CODEC_ARRAY:
		break;
	}
	return false;
}

/** Names of the kinds of values, for messages. */
static const char *const kind_names[] = {
	[CODEC_TEXT] = "a string",
	[CODEC_PATH] = "a path",
	[CODEC_CHOICE] = "a string",
	[CODEC_SET] = "an array",
	[CODEC_FLAG] = "true or false",
	[CODEC_COUNT] = "a count",
	[CODEC_WHOLE] = "a number from 0 up",
	[CODEC_NUMBER] = "a number",
	[CODEC_PAIRS] = "an array of pairs",
	[CODEC_JSON] = "an object",
	[CODEC_OBJECT] = "an object",
	[CODEC_ARRAY] = "an array of objects",
};

/**
 * Reads an array.
 *
 * @param around  names the struct that the array is in, in messages; NULL for the outermost
 */
static int read_array(const struct codec *codec, const json_t *json, void *member,
		      struct texts *texts, const char *around, char **error)
{
	// An array without elements is not absent
	struct codec_array array = {malloc(codec->size), 0};
	memcpy(member, &array, sizeof(array));
	int result = array.all ? 0 : json_lacks_memory();
	for (size_t i = 0; i < json_array_size(json) && result == 0; ++i) {
		char where[128];
		snprintf(where, sizeof(where), "%s%s%s %zu", around ? around : "",
			 around ? ", " : "", codec->name ? codec->name : "element", i + 1);
		void *element = add_element(codec, member);
		result = element ? codec_read(codec, json_array_get(json, i), element, texts, where,
					      error)
				 : json_lacks_memory();
	}
	return result;
}

/** Says which words a choice may be. Returns -1. */
static int complain_choice(const struct codec_field *field, const json_t *json, const char *where,
			   char **error)
{
	char words[256] = "";
	for (unsigned int i = 0; i < field->choices; ++i) {
		snprintf(words + strlen(words), sizeof(words) - strlen(words), "%s\"%s\"",
			 i ? ", " : "", field->choice(i));
	}
	return complain(error, "%s: \"%s\" is \"%s\", which is none of %s", where, field->name,
			json_string_value(json), words);
}

int codec_read(const struct codec *codec, const json_t *json, void *object, struct texts *texts,
	       const char *where, char **error)
{
	codec_clear(codec, object);
	if (!json_is_object(json)) {
		return complain(error, "%s is not an object", where);
	}
	for (size_t i = 0; i < codec->count; ++i) {
		const struct codec_field *field = &codec->fields[i];
		const json_t *value = json_object_get(json, field->name);
		if (field->flags & CODEC_WRITTEN) {
			continue;
		}
		if ((may_lack(field) || (field->flags & CODEC_EMPTY)) &&
		    (!value || json_is_null(value))) {
			continue;
		}
		if (!value) {
			return complain(error, "%s has no \"%s\"", where, field->name);
		}
		void *member = (char *)object + field->offset;
		if (field->kind == CODEC_OBJECT && json_is_object(value)) {
			if (codec_read(field->object, value, member, texts, where, error) != 0) {
				return -1;
			}
		} else if (field->kind == CODEC_ARRAY && json_is_array(value)) {
			if (read_array(field->object, value, member, texts,
				       codec->name ? where : NULL, error) != 0) {
				return -1;
			}
		} else if (!read_value(field, value, object, texts)) {
			if (field->kind == CODEC_CHOICE && json_is_string(value)) {
				return complain_choice(field, value, where, error);
			}
			return complain(error, "%s: \"%s\" is not %s", where, field->name,
					kind_names[field->kind]);
		}
	}
	return 0;
}
