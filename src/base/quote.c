// SPDX-License-Identifier: MIT

/** Names of any bytes, made fit to be shown. */

#include "base/quote.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/** Decodes the sequence at the start of some bytes. Returns its length, or 0 if it is not valid. */
static size_t decode(const char *bytes, size_t length, uint32_t *point)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} forms[] = {{0x80, 0, 0}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

	const unsigned char *at = (const unsigned char *)bytes;
	for (size_t more = 0; more < 4 && more < length; ++more) {
		if ((at[0] & forms[more].mask) != forms[more].lead) {
			continue;
		}
		*point = at[0] & (unsigned char)~forms[more].mask;
		for (size_t i = 1; i <= more; ++i) {
			if ((at[i] & 0xc0) != 0x80) {
				return 0;
			}
			*point = *point << 6 | (at[i] & 0x3f);
		}
		bool valid = *point >= forms[more].least && *point <= 0x10ffff &&
			     (*point < 0xd800 || *point > 0xdfff);
		return valid ? more + 1 : 0;
	}
	return 0;
}

size_t quote_utf8(const char *bytes, size_t length)
{
	uint32_t point;
	return decode(bytes, length, &point);
}

/** True for what a terminal obeys instead of showing it, or shows as something else. */
static bool is_unsafe(uint32_t point)
{
	static const uint32_t ranges[][2] = {
		{0, 0x1f},	  // C0
		{0x7f, 0x9f},	  // DEL and C1
		{0x61c, 0x61c},	  // Arabic letter mark
		{0x200e, 0x200f}, // left-to-right and right-to-left marks
		{0x2028, 0x202e}, // line and paragraph separators; embeddings and overrides
		{0x2066, 0x2069}, // isolates
	};
	for (size_t i = 0; i < sizeof(ranges) / sizeof(*ranges); ++i) {
		if (point >= ranges[i][0] && point <= ranges[i][1]) {
			return true;
		}
	}
	return false;
}

static char *escape(char *to, unsigned char byte)
{
	static const char digits[] = "0123456789abcdef";
	static const char letters[] = "\nn\tt\rr\\\\";
	*to++ = '\\';
	for (const char *letter = letters; *letter; letter += 2) {
		if (byte == (unsigned char)*letter) {
			*to++ = letter[1];
			return to;
		}
	}
	*to++ = 'x';
	*to++ = digits[byte >> 4];
	*to++ = digits[byte & 15];
	return to;
}

char *quote_bytes(char *to, const char *bytes, size_t length, enum quote how)
{
	while (length > 0) {
		uint32_t point = 0;
		size_t size = how == QUOTE_RECORD ? 1 : decode(bytes, length, &point);
		bool safe = how == QUOTE_RECORD || (size > 0 && !is_unsafe(point));
		if (*bytes == '\n' || *bytes == '\\') {
			safe = how == QUOTE_TEXT;
		}
		size = size ? size : 1;
		for (size_t i = 0; i < size; ++i) {
			if (safe) {
				*to++ = bytes[i];
			} else {
				to = escape(to, (unsigned char)bytes[i]);
			}
		}
		bytes += size;
		length -= size;
	}
	return to;
}

char *quote_copy(const char *text, enum quote how)
{
	size_t length = strlen(text);
	char *copy = malloc(QUOTE_LONGEST * length + 1);
	if (copy) {
		*quote_bytes(copy, text, length, how) = '\0';
	}
	return copy;
}

const char *quoted(const char *name)
{
	static char *copies[4];
	static unsigned int next;
	char **copy = &copies[next++ % 4];
	free(*copy);
	*copy = quote_copy(name, QUOTE_NAME);
	return *copy ? *copy : "?";
}
