// SPDX-License-Identifier: MIT

/**
 * A struct as a JSON object and back, by a table with a row for each field.
 *
 * Whatever works on the fields of a struct works on its table: the reader with its checks, the
 * writer, comparisons, columns of CSV. So a new field is a member and a row.
 *
 * A value that a document does not have is *absent* in the struct: NAN, NULL, or -1.
 */

#ifndef BENCH_CODEC_H
#define BENCH_CODEC_H

#include "document/texts.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum codec_kind {
	/** const char *; NULL is absent. */
	CODEC_TEXT,
	/** The same, of any bytes, which are read as they were written. */
	CODEC_PATH,
	/** An enum or bool, written as the name of its value. */
	CODEC_CHOICE,
	/** An unsigned set, a bit for each choice; written as an array of their names. */
	CODEC_SET,
	/** A bool; or an int, where -1 is absent. */
	CODEC_FLAG,
	/** An unsigned integer of any size. */
	CODEC_COUNT,
	/** A double that is written as an integer; NAN is absent. */
	CODEC_WHOLE,
	/** A double; NAN is absent. */
	CODEC_NUMBER,
	/** A struct codec_pairs; no pairs are absent. */
	CODEC_PAIRS,
	/** A json_t *, an object that is kept as it is; NULL is absent. */
	CODEC_JSON,
	/**
	 * A struct with a table of its own. One that may be missing or null is absent if its first
	 * field is.
	 */
	CODEC_OBJECT,
	/**
	 * Structs with a table of their own: a pointer, and behind it a size_t that counts them, as
	 * in struct codec_array. NULL is absent in an array that may be missing or null.
	 */
	CODEC_ARRAY,
};

/** Flags of a field. Those from CODEC_OWN on mean what the owner of the table says. */
enum {
	/** May be missing in a document. Where it is absent, it is left out. */
	CODEC_OPTIONAL = 1 << 0,
	/** May be missing or null in a document. Where it is absent, null is written. */
	CODEC_NULL = 1 << 1,
	/** Of a number: absent is 0. */
	CODEC_ZERO = 1 << 2,
	/** Of an object or array: may be missing in a document, and is then an empty one. */
	CODEC_EMPTY = 1 << 3,
	/** Written, and not read: made again from other fields. */
	CODEC_WRITTEN = 1 << 4,
	CODEC_OWN = 1 << 5,
};

struct codec_field {
	/** Key in the JSON object. */
	const char *name;
	enum codec_kind kind;
	/** Where the member is, and how large: CODEC_AT(). */
	size_t offset;
	size_t size;
	unsigned int flags;
	/** Of CODEC_CHOICE and CODEC_SET: how many values there are, from 0 up, and their names. */
	unsigned int choices;
	const char *(*choice)(unsigned int value);
	/** Of CODEC_OBJECT, and of the elements of CODEC_ARRAY. */
	const struct codec *object;
};

struct codec {
	const struct codec_field *fields;
	size_t count;
	/** Of an element of an array: size of the struct, and its name in messages, or NULL. */
	size_t size;
	const char *name;
};

/** Pairs of numbers, such as the buckets of a histogram. On the heap. */
struct codec_pairs {
	uint64_t (*pairs)[2];
	size_t count;
};

/** An array on the heap. A pointer to a struct, with a size_t behind it, will do as well. */
struct codec_array {
	void *all;
	size_t count;
};

/** Offset and size of a member, for a row of a table. */
#define CODEC_AT(type, member) .offset = offsetof(type, member), .size = sizeof(((type *)0)->member)

#define CODEC(fields)                                                                              \
	{                                                                                          \
		fields, sizeof(fields) / sizeof(*(fields)), 0, NULL                                \
	}

#define CODEC_OF(type, fields)                                                                     \
	{                                                                                          \
		fields, sizeof(fields) / sizeof(*(fields)), sizeof(type), NULL                     \
	}

#define CODEC_NAMED(type, fields, name)                                                            \
	{                                                                                          \
		fields, sizeof(fields) / sizeof(*(fields)), sizeof(type), name                     \
	}

/** Makes all fields of a struct absent, or 0 where their kind has no such value. */
void codec_clear(const struct codec *codec, void *object);

/**
 * Reads a struct. Keys that have no row are ignored.
 *
 * @param object  receives all fields, for codec_free(), also on failure
 * @param texts   keeps its strings
 * @param where   names the object in the message, such as "cell 3"
 * @param error   receives what is wrong, for the caller to free; NULL without memory
 * @return 0, or -1
 */
int codec_read(const struct codec *codec, const json_t *json, void *object, struct texts *texts,
	       const char *where, char **error);

/** Frees the arrays, pairs and JSON of a struct, and of the structs in them. Strings stay. */
void codec_free(const struct codec *codec, void *object);

/**
 * Adds a copy of a struct to an array.
 *
 * @param array  address of its pointer, as of a member of CODEC_ARRAY
 * @param texts  keeps copies of its strings, as codec_keep() does; NULL: they stay whose they are
 * @return NULL without memory
 */
void *codec_append(const struct codec *codec, void *array, const void *object, struct texts *texts);

/** Copies all strings of a struct, but those of arrays, into `texts`. 0, or -1 with ENOMEM. */
int codec_keep(const struct codec *codec, void *object, struct texts *texts);

/** Writes a struct. NULL without memory. */
json_t *codec_write(const struct codec *codec, const void *object);

/**
 * True if all fields with one of these flags are equal. Absent fields are equal to each other.
 * Objects, arrays, pairs and JSON are not compared, and count as different.
 */
bool codec_equal(const struct codec *codec, unsigned int flags, const void *left,
		 const void *right);

/** A field of CODEC_TEXT or CODEC_CHOICE in words; "" if it is absent; NULL for other kinds. */
const char *codec_text(const struct codec_field *field, const void *object);

/** A field of CODEC_COUNT, CODEC_WHOLE or CODEC_NUMBER; NAN if it is absent, or another kind. */
double codec_number(const struct codec_field *field, const void *object);

#endif // BENCH_CODEC_H
