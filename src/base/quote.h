// SPDX-License-Identifier: MIT

/**
 * Names of any bytes, made fit for terminals and for records of one line.
 *
 * Escapes are \n, \t, \r, \\ and \xNN, one for each byte. They stand for control characters (C0,
 * DEL, and C1 both as UTF-8 and as a byte), for marks that turn the direction of text or break a
 * line, and for bytes that are not UTF-8.
 */

#ifndef BASE_QUOTE_H
#define BASE_QUOTE_H

#include <stddef.h>

enum quote {
	/** For a record in a file or pipe: escape new lines and backslashes alone. */
	QUOTE_RECORD,
	/** For a name that is shown: escape all of the above. */
	QUOTE_NAME,
	/** For a text with names in it: like QUOTE_NAME, but keep new lines and backslashes. */
	QUOTE_TEXT,
};

/** Longest output of quote_bytes() for one byte of input. */
#define QUOTE_LONGEST 4

/** Length of the valid UTF-8 sequence at the start of `length` bytes, or 0. */
size_t quote_utf8(const char *bytes, size_t length);

/** Quotes into `to`, which has room for QUOTE_LONGEST * length bytes. Returns the end. */
char *quote_bytes(char *to, const char *bytes, size_t length, enum quote how);

/** A quoted copy, which the caller frees. NULL with ENOMEM. */
char *quote_copy(const char *text, enum quote how);

/**
 * A name, quoted for a message. Called by the main thread only.
 *
 * @return a string that is good until the fourth call from here; "?" without memory
 */
const char *quoted(const char *name);

#endif // BASE_QUOTE_H
