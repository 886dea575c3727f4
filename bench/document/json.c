// SPDX-License-Identifier: MIT

/** Helpers for jansson. */

#include "document/json.h"

#include "base/quote.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *json_text(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));
	return text ? text : "";
}

double json_number(const json_t *object, const char *key)
{
	const json_t *number = json_object_get(object, key);
	return json_is_number(number) ? json_number_value(number) : NAN;
}

long long json_integer_of(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

json_t *json_finite(double number)
{
	return isfinite(number) ? json_real(number) : json_null();
}

json_t *json_append(json_t *array, json_t *value)
{
	if (json_array_append_new(array, value) == 0) {
		return array;
	}
	json_decref(array);
	return NULL;
}

/** Bytes that a byte becomes at most. */
#define MOST_ESCAPED 4

/** Writes the replacement of a byte outside any valid sequence. Returns the bytes written. */
typedef size_t escape(char *end, unsigned char byte);

static size_t escape_shown(char *end, unsigned char byte)
{
	return (size_t)sprintf(end, "\\x%02x", byte);
}

/** The code points U+EF80 to U+EFFF, in UTF-8: EE BE 80 to EE BF BF. */
static bool is_escaped(const char *bytes)
{
	return bytes[0] == '\xee' && (bytes[1] == '\xbe' || bytes[1] == '\xbf');
}

static size_t escape_kept(char *end, unsigned char byte)
{
	end[0] = '\xee';
	end[1] = (char)(0xbe + (byte >> 6 & 1));
	end[2] = (char)(0x80 | (byte & 0x3f));
	return 3;
}

/** A string in which each byte of no valid sequence, and of no allowed one, is escaped. */
static json_t *escaped(const char *bytes, escape *escaping, bool (*forbidden)(const char *bytes))
{
	const char *behind = bytes + strlen(bytes);
	char *text = malloc((size_t)(behind - bytes) * MOST_ESCAPED + 1);
	if (!text) {
		return NULL;
	}
	char *end = text;
	while (bytes < behind) {
		size_t length = forbidden && forbidden(bytes)
					? 0
					: quote_utf8(bytes, (size_t)(behind - bytes));
		if (length > 0) {
			memcpy(end, bytes, length);
			end += length;
			bytes += length;
		} else {
			end += escaping(end, (unsigned char)*bytes++);
		}
	}
	json_t *json = json_stringn(text, (size_t)(end - text));
	free(text);
	return json;
}

json_t *json_bytes(const char *bytes)
{
	json_t *json = bytes ? json_string(bytes) : json_null();
	return json ? json : escaped(bytes, escape_shown, NULL);
}

json_t *json_path(const char *path)
{
	return escaped(path, escape_kept, is_escaped);
}

char *json_path_of(const json_t *json)
{
	const char *text = json_string_value(json);
	char *path = text ? malloc(strlen(text) + 1) : NULL;
	char *end = path;
	while (path && *text) {
		if (is_escaped(text)) {
			*end++ = (char)(0x80 | (text[1] & 1) << 6 | (text[2] & 0x3f));
			text += 3;
		} else {
			*end++ = *text++;
		}
	}
	if (path) {
		*end = '\0';
	}
	return path;
}

int json_lacks_memory(void)
{
	errno = ENOMEM;
	return -1;
}
