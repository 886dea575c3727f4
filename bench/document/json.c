// SPDX-License-Identifier: MIT

/** Helpers for jansson. */

#include "document/json.h"

#include <errno.h>
#include <math.h>
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

/** Length of the valid UTF-8 sequence at the start of `bytes`; 0 if there is none. */
static size_t sequence(const char *bytes)
{
	for (size_t length = 1; length <= 4 && bytes[length - 1]; ++length) {
		json_t *valid = json_stringn(bytes, length);
		json_decref(valid);
		if (valid) {
			return length;
		}
	}
	return 0;
}

json_t *json_bytes(const char *bytes)
{
	json_t *json = json_string(bytes);
	if (json) {
		return json;
	}
	char *text = malloc(strlen(bytes) * strlen("\\xHH") + 1);
	if (!text) {
		return NULL;
	}
	char *end = text;
	while (*bytes) {
		size_t length = sequence(bytes);
		if (length > 0) {
			memcpy(end, bytes, length);
			end += length;
			bytes += length;
		} else {
			end += sprintf(end, "\\x%02x", (unsigned char)*bytes++);
		}
	}
	*end = '\0';
	json = json_string(text);
	free(text);
	return json;
}

int json_lacks_memory(void)
{
	errno = ENOMEM;
	return -1;
}
