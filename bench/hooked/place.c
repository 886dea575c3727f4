// SPDX-License-Identifier: MIT

#include "hooked/place.h"

#include <dlfcn.h>
#include <stdio.h>
#include <string.h>

/** The same places come again and again, and addr2line is a process. */
static struct place {
	uintptr_t code;
	char text[256];
} kept[PLACES_KEPT];

static struct place *find(uintptr_t code)
{
	for (unsigned int i = 0; i < PLACES_KEPT; ++i) {
		if (kept[i].code == code && code) {
			return &kept[i];
		}
	}
	return NULL;
}

/** Reads what addr2line says of places: of each its address, and then a function and a line, of
 * which the first are the innermost of inlined functions. */
static void read_answers(FILE *stream, struct place *const *places, size_t count)
{
	char function[100] = "";
	char line[1024];
	unsigned int row = 0;
	unsigned int look = 2;
	for (size_t i = 0; fgets(line, sizeof(line), stream); ++row) {
		line[strcspn(line, " \n")] = '\0';
		if (strncmp(line, "0x", 2) == 0) {
			++i;
			row = 0;
			look = 2;
		} else if (row % 2 == 1) {
			snprintf(function, sizeof(function), "%.99s", line);
		} else if (row == look && line[0] != '?' && i > 0 && i <= count) {
			snprintf(places[i - 1]->text, sizeof(places[i - 1]->text), "%.149s %s()",
				 line, function);
			// Who calls std::atomic says more
			look += strncmp(line, "atomic:", 7) == 0 ||
						strncmp(line, "atomic_base.h:", 14) == 0
					? 2
					: 0;
		}
	}
}

void places_learn(const uintptr_t *codes, size_t count)
{
	static unsigned int next;
	struct place *asked[PLACES_KEPT];
	size_t asked_count = 0;
	const char *module = NULL;
	char command[8192];
	size_t length = 0;
	for (size_t i = 0; i < count && i < PLACES_KEPT; ++i) {
		Dl_info info;
		if (find(codes[i])) {
			continue;
		}
		struct place *place = &kept[next++ % PLACES_KEPT];
		place->code = codes[i];
		snprintf(place->text, sizeof(place->text), "%#jx", (uintmax_t)codes[i]);
		if (!codes[i] || !dladdr((void *)codes[i], &info) || !info.dli_fname) {
			continue;
		}
		uintptr_t offset = codes[i] - (uintptr_t)info.dli_fbase;
		snprintf(place->text, sizeof(place->text), "%s+%#jx", basename(info.dli_fname),
			 (uintmax_t)offset);
		if (!module) {
			// It comes with every compiler
			module = info.dli_fname;
			length = (size_t)snprintf(command, sizeof(command) / 2,
						  "addr2line -a -f -s -i -e '%s' 2>/dev/null",
						  module);
		}
		if (strcmp(info.dli_fname, module) == 0) {
			// The call stands before its return address
			length += (size_t)snprintf(command + length, sizeof(command) - length,
						   " %#jx", (uintmax_t)offset - 1);
			asked[asked_count++] = place;
		}
	}
	FILE *stream = asked_count ? popen(command, "re") : NULL;
	if (stream) {
		read_answers(stream, asked, asked_count);
		pclose(stream);
	}
}

void place_name(uintptr_t code, char *text, size_t size)
{
	if (!find(code)) {
		places_learn(&code, 1);
	}
	const struct place *place = find(code);
	snprintf(text, size, "%s", place ? place->text : "0");
}
