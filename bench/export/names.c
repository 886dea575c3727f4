// SPDX-License-Identifier: MIT

#include "export/names.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/** A token: an identifier, or one character. */
struct token {
	const char *text;
	size_t length;
};

/** What of the text lies around the token at hand. */
struct scan {
	struct names *names;
	/** Open brackets: { and ( and [. */
	size_t braces;
	size_t others;
	/** The two tokens before. */
	struct token last;
	struct token last_but_one;
	/** In the braces of an enum that began in the file's scope. */
	bool enumerators;
};

static bool is(struct token token, const char *text)
{
	return strlen(text) == token.length && memcmp(text, token.text, token.length) == 0;
}

static bool is_identifier(struct token token)
{
	return token.length > 0 && (isalpha((unsigned char)*token.text) || *token.text == '_');
}

/** Keywords that can stand where a name can. */
static bool is_word(struct token token)
{
	static const char *const words[] = {"static", "inline", "const",    "void",   "int",
					    "char",   "sizeof", "unsigned", "struct", "enum",
					    "union",  "extern", "long",	    "return", "bool"};
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); ++i) {
		if (is(token, words[i])) {
			return true;
		}
	}
	return *token.text == '_';
}

void names_add_one(struct names *names, const char *text, size_t length, bool macro)
{
	for (size_t i = 0; i < names->count; ++i) {
		const char *known = names->all[i].text;
		if (strlen(known) == length && memcmp(known, text, length) == 0) {
			return;
		}
	}
	struct name *more = reallocarray(names->all, names->count + 1, sizeof(*more));
	char *copy = strndup(text, length);
	names->all = more ? more : names->all;
	if (!more || !copy) {
		names->failed = true;
		free(copy);
		return;
	}
	more[names->count++] = (struct name){.text = copy, .macro = macro};
}

/** Takes the token before for a name, if what follows shows that it is one. */
static void look(struct scan *scan, struct token next)
{
	struct token name = scan->last;
	bool tagged = is(scan->last_but_one, "struct") || is(scan->last_but_one, "union") ||
		      is(scan->last_but_one, "enum");
	if (!is_identifier(name) || is_word(name) || scan->others > 0) {
		return;
	}
	bool declares =
		scan->braces == 0 &&
		(tagged ? is(next, "{") || is(next, ";")
			: (is(next, "(") && islower((unsigned char)*name.text)) || is(next, "=") ||
				  is(next, ";") || is(next, "[") || is(next, "__attribute__"));
	bool enumerates = scan->enumerators && scan->braces == 1 &&
			  (is(next, ",") || is(next, "=") || is(next, "}")) &&
			  (is(scan->last_but_one, "{") || is(scan->last_but_one, ","));
	if (declares || enumerates) {
		names_add_one(scan->names, name.text, name.length, false);
	}
}

/** Follows the brackets, and moves on. */
static void take(struct scan *scan, struct token token)
{
	look(scan, token);
	if (is(token, "{")) {
		scan->enumerators =
			scan->braces == 0 ? is(scan->last, "enum") || is(scan->last_but_one, "enum")
					  : scan->enumerators;
		++scan->braces;
	} else if (is(token, "}") && scan->braces > 0) {
		--scan->braces;
	} else if (is(token, "(") || is(token, "[")) {
		++scan->others;
	} else if ((is(token, ")") || is(token, "]")) && scan->others > 0) {
		--scan->others;
	}
	scan->last_but_one = scan->last;
	scan->last = token;
}

/** The end of a line of the preprocessor, which backslashes continue. */
static const char *end_of_line(const char *text)
{
	while (*text && !(*text == '\n' && text[-1] != '\\')) {
		++text;
	}
	return text;
}

static size_t identifier_length(const char *text)
{
	size_t length = 0;
	while (isalnum((unsigned char)text[length]) || text[length] == '_') {
		++length;
	}
	return length;
}

/** The end of a comment, or of a text in quotes, that begins here; else the same place. */
static const char *skip_quiet(const char *text)
{
	if (strncmp(text, "//", 2) == 0) {
		return text + strcspn(text, "\n");
	}
	if (strncmp(text, "/*", 2) == 0) {
		const char *end = strstr(text + 2, "*/");
		return end ? end + 2 : text + strlen(text);
	}
	if (*text != '"' && *text != '\'') {
		return text;
	}
	const char *end = text + 1;
	while (*end && *end != *text) {
		end += *end == '\\' && end[1] ? 2 : 1;
	}
	return *end ? end + 1 : end;
}

void names_add(struct names *names, const char *text)
{
	struct scan scan = {.names = names, .last = {"", 0}, .last_but_one = {"", 0}};
	while (*text) {
		const char *rest = skip_quiet(text);
		size_t length = identifier_length(text);
		if (rest != text) {
			text = rest;
		} else if (*text == '#') {
			const char *end = end_of_line(text + 1);
			text += 1 + strspn(text + 1, " ");
			if (strncmp(text, "define ", 7) == 0) {
				names_add_one(names, text + 7, identifier_length(text + 7), true);
			}
			text = end;
		} else if (isspace((unsigned char)*text)) {
			++text;
		} else {
			length = length > 0 ? length : 1;
			take(&scan, (struct token){text, length});
			text += length;
		}
	}
}

void names_replaced_in(struct names *names, const char *text)
{
	for (const char *at = text; (at = strstr(at, "\n#define ")); ++at) {
		const char *end = strchrnul(at + 1, '\n');
		for (size_t i = 0; i < names->count; ++i) {
			struct name *name = &names->all[i];
			size_t length = strlen(name->text);
			name->replaces |= (size_t)(end - at) > length &&
					  end[-1 - (ptrdiff_t)length] == ' ' &&
					  memcmp(end - length, name->text, length) == 0;
		}
	}
}

void names_destroy(struct names *names)
{
	for (size_t i = 0; i < names->count; ++i) {
		free(names->all[i].text);
	}
	free(names->all);
	*names = (struct names){0};
}
