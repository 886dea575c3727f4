// SPDX-License-Identifier: MIT

#include "export/sources.h"

#include <err.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/** A row of the table, as assembly, since the compiler has no way to include a file as text. */
#define SOURCE(path, file)                                                                         \
	".pushsection .rodata\n"                                                                   \
	"1: .asciz \"" path "\"\n"                                                                 \
	"2: .incbin \"" file "\"\n"                                                                \
	".byte 0\n"                                                                                \
	".popsection\n"                                                                            \
	".quad 1b, 2b\n"

// The rows are generated: sources.inc
// clang-format off
__asm__(".pushsection .data.rel.ro, \"aw\"\n"
	".balign 8\n"
	".globl sources\n"
	".hidden sources\n"
	".type sources, %object\n"
	"sources:\n"
#include "sources.inc"
	".quad 0, 0\n"
	".size sources, . - sources\n"
	".popsection\n");
// clang-format on

const struct source *sources_find(const char *path)
{
	const struct source *source = sources;
	while (source->path && strcmp(source->path, path) != 0) {
		++source;
	}
	return source->path ? source : NULL;
}

const char *sources_text(const char *path)
{
	const struct source *source = sources_find(path);
	if (!source) {
		errx(EXIT_FAILURE, "this qbench was built without its source %s", path);
	}
	return source->text;
}
