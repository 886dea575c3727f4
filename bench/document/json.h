// SPDX-License-Identifier: MIT

/** Additions to jansson: values by key with a default, strings of any bytes, errno. */

#ifndef BENCH_JSON_H
#define BENCH_JSON_H

#include <jansson.h>

/** The string at `key`, or "" if there is none. Borrowed from the object. */
const char *json_text(const json_t *object, const char *key);

/** The number at `key`, or NAN if there is none. */
double json_number(const json_t *object, const char *key);

/** The integer at `key`, or 0 if there is none. */
long long json_integer_of(const json_t *object, const char *key);

/** A number, or null for one that is not finite. */
json_t *json_finite(double number);

/** Appends to an array, which takes the value over. Returns the array; NULL without memory. */
json_t *json_append(json_t *array, json_t *value);

/**
 * A string of any bytes, such as a path; null for NULL. A byte that is not part of a valid UTF-8
 * sequence becomes \xHH. NULL without memory.
 */
json_t *json_bytes(const char *bytes);

/**
 * A string that holds any bytes, such as a path that this program hands to itself: json_path_of()
 * gives the same bytes back. A byte that is not part of a valid UTF-8 sequence becomes one of the
 * code points U+EF80 to U+EFFF. NULL without memory.
 */
json_t *json_path(const char *path);

/** The bytes that json_path() was given, to be freed. NULL without memory, or for no string. */
char *json_path_of(const json_t *json);

/** Sets errno to ENOMEM, since jansson sets none. Returns -1. */
int json_lacks_memory(void);

#endif // BENCH_JSON_H
