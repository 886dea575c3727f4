// SPDX-License-Identifier: MIT

#include "hooked/place.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const char *last_part(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? slash + 1 : path;
}

/** Asks addr2line, which comes with every compiler. False if it does not know. */
static bool ask(const char *module, uintptr_t offset, char *text, size_t size)
{
	char command[4096];
	char function[256];
	char line[1024];
	snprintf(command, sizeof(command), "addr2line -f -s -i -e '%s' %#jx 2>/dev/null", module,
		 (uintmax_t)offset);
	FILE *stream = popen(command, "re");
	if (!stream) {
		return false;
	}
	// The first answer is the innermost of inlined functions
	bool known = fgets(function, sizeof(function), stream) &&
		     fgets(line, sizeof(line), stream) && line[0] != '?';
	if (known) {
		function[strcspn(function, "\n")] = '\0';
		line[strcspn(line, " \n")] = '\0';
		snprintf(text, size, "%s %s()", line, function);
	}
	while (fgets(line, sizeof(line), stream)) {
	}
	pclose(stream);
	return known;
}

void place_name(uintptr_t code, char *text, size_t size)
{
	// The same places come again and again, and addr2line is a process
	enum { KEPT = 64 };
	static struct {
		uintptr_t code;
		char text[256];
	} kept[KEPT];
	static unsigned int next;
	for (unsigned int i = 0; i < KEPT; ++i) {
		if (kept[i].code == code && code) {
			snprintf(text, size, "%s", kept[i].text);
			return;
		}
	}
	Dl_info info;
	snprintf(text, size, "%#jx", (uintmax_t)code);
	// The call stands before its return address
	if (code && dladdr((void *)code, &info) && info.dli_fname &&
	    !ask(info.dli_fname, code - 1 - (uintptr_t)info.dli_fbase, text, size)) {
		snprintf(text, size, "%s+%#jx", last_part(info.dli_fname),
			 (uintmax_t)(code - (uintptr_t)info.dli_fbase));
	}
	kept[next].code = code;
	snprintf(kept[next].text, sizeof(kept[next].text), "%s", text);
	next = (next + 1) % KEPT;
}
