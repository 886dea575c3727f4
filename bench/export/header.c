// SPDX-License-Identifier: MIT

/**
 * Writing an exported header. The sources stand in it as they are, each where it is included,
 * between macros that give their names the prefix and take it off again. So headers of several
 * queues go into one program, and into one file.
 */

#include "export/header.h"

#include "catalog/contract.h"
#include "export/names.h"
#include "export/sources.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/** The commit that it was built from, or nothing where that is not known. */
#ifdef BENCH_COMMIT
#define COMMIT ", commit " BENCH_COMMIT
#else
#define COMMIT ""
#endif

/** Most files of a queue. */
enum { FILES = 16 };

/** The files of a queue, in the order in which they are included. */
struct files {
	const char *paths[FILES];
	size_t count;
};

/** The sources of waiting. */
static const char *const waiting[] = {"src/channel.c", "src/eventcount.c"};

enum { WAITING = sizeof(waiting) / sizeof(*waiting) };

/** A line `#include` of a text. */
struct inclusion {
	/** Begin of the line, and of the next one. */
	const char *line;
	const char *next;
	char name[128];
	/** In quotes: of the project. */
	bool own;
};

/** Headers of the C library, which are included before any name is a macro. */
static const char *const system_headers[] = {
	"errno.h",  "fcntl.h",	"limits.h",    "linux/futex.h", "pthread.h",
	"sched.h",  "signal.h", "stdatomic.h", "stdbool.h",	"stddef.h",
	"stdint.h", "stdlib.h", "string.h",    "sys/syscall.h", "unistd.h",
};

enum { SYSTEM_HEADERS = sizeof(system_headers) / sizeof(*system_headers) };

/** Finds the next inclusion. False if there is none. */
static bool next_inclusion(const char *text, struct inclusion *inclusion)
{
	for (const char *at = text; at && *at; at = inclusion->next) {
		inclusion->line = at;
		inclusion->next = strchrnul(at, '\n');
		inclusion->next += *inclusion->next == '\n';
		char open;
		if (sscanf(at, "#include %c%127[^\">]", &open, inclusion->name) == 2) {
			inclusion->own = open == '"';
			return true;
		}
	}
	return false;
}

/** The number of a header of the C library; SYSTEM_HEADERS if it is another. */
static size_t system_header(const struct inclusion *inclusion)
{
	size_t i = 0;
	while (i < SYSTEM_HEADERS &&
	       (inclusion->own || strcmp(system_headers[i], inclusion->name) != 0)) {
		++i;
	}
	return i;
}

/** The source that is included: beside the file that includes it, or in a folder of the project. */
static const struct source *resolve(const char *from, const char *name)
{
	const char *slash = strrchr(from, '/');
	const char *const folders[] = {from, "queues", "src"};
	const int lengths[] = {(int)(slash - from), 6, 3};
	const struct source *source = NULL;
	char path[256];
	for (size_t i = 0; !source && i < 3; ++i) {
		snprintf(path, sizeof(path), "%.*s/%s", lengths[i], folders[i], name);
		source = sources_find(path);
	}
	return source;
}

/** True if the file was there already; else adds it. */
static bool is_there(struct files *files, const char *path)
{
	for (size_t i = 0; i < files->count; ++i) {
		if (strcmp(files->paths[i], path) == 0) {
			return true;
		}
	}
	if (files->count < FILES) {
		files->paths[files->count++] = path;
	}
	return false;
}

/** Sets a macro aside, if there is one of that name. */
static void hide(FILE *stream, const char *name)
{
	fprintf(stream, "#pragma push_macro(\"%s\")\n#undef %s\n", name, name);
}

/** Writes the inclusion of a library's header, which sees its own names. */
static void write_library(FILE *stream, const struct inclusion *inclusion,
			  const struct names *names)
{
	for (size_t i = 0; i < names->count; ++i) {
		if (!names->all[i].macro && !names->all[i].replaces) {
			hide(stream, names->all[i].text);
		}
	}
	fprintf(stream, "%.*s", (int)(inclusion->next - inclusion->line), inclusion->line);
	for (size_t i = 0; i < names->count; ++i) {
		if (!names->all[i].macro && !names->all[i].replaces) {
			fprintf(stream, "#pragma pop_macro(\"%s\")\n", names->all[i].text);
		}
	}
}

/** Writes a file with what it includes, or only notes the files if the stream is NULL. */
static void write_file(FILE *stream, const char *path, const char *text, struct files *files,
		       const struct names *names)
{
	struct inclusion inclusion;
	if (stream) {
		fprintf(stream, "\n/* ---- %s ---- */\n\n", path);
	}
	for (const char *rest = text; rest; rest = inclusion.next) {
		bool found = next_inclusion(rest, &inclusion);
		const char *end = found ? inclusion.line : rest + strlen(rest);
		const struct source *own =
			found && inclusion.own ? resolve(path, inclusion.name) : NULL;
		if (stream) {
			fprintf(stream, "%.*s", (int)(end - rest), rest);
		}
		if (!found) {
			return;
		}
		if (own && !is_there(files, own->path)) {
			write_file(stream, own->path, own->text, files, names);
			if (stream) {
				fprintf(stream, "\n/* ---- %s, continued ---- */\n", path);
			}
		} else if (!own && stream && system_header(&inclusion) == SYSTEM_HEADERS) {
			write_library(stream, &inclusion, names);
		}
	}
}

/** Writes the sources of a queue, and of waiting. */
static void write_sources(FILE *stream, const struct export *export, struct files *files,
			  const struct names *names)
{
	const char *first = "queues/queue.h";
	is_there(files, first);
	write_file(stream, first, sources_text(first), files, names);
	if (stream) {
		// Other files of a program have a queue of the same name
		fprintf(stream, "\n#undef QUEUE_EXPORT\n"
				"#define QUEUE_EXPORT(id) static const struct queue_type "
				"queue_type_##id\n");
	}
	is_there(files, export->path);
	write_file(stream, export->path, sources_text(export->path), files, names);
	// Hidden, since libraries of one program may have exported different versions
	if (stream && export->waits) {
		fputs("\n#pragma GCC visibility push(hidden)\n", stream);
	}
	for (size_t i = 0; export->waits && i < WAITING; ++i) {
		is_there(files, waiting[i]);
		write_file(stream, waiting[i], sources_text(waiting[i]), files, names);
	}
	if (stream && export->waits) {
		fputs("\n#pragma GCC visibility pop\n", stream);
	}
}

/** Lets the compiler use an instruction that the first x86-64 had not. */
#ifdef __x86_64__
#define NEEDS_INT128 "-mcx16"
#else
#define NEEDS_INT128 ""
#endif

char *header_needs(const char *path)
{
	struct files files = {.paths = {path}, .count = 1};
	const char *text = sources_text(path);
	char *needs = strdup("");
	write_file(NULL, path, text, &files, NULL);
	for (size_t i = 0; needs && i < files.count; ++i) {
		if (strstr(sources_text(files.paths[i]), "__int128") && !*needs) {
			free(needs);
			needs = strdup(NEEDS_INT128);
		}
	}
	static const char mark[] = "// requires: ";
	for (const char *at = text; needs && (at = strstr(at, mark)); ++at) {
		char *more;
		const char *module = at + strlen(mark);
		int length = (int)strcspn(module, "\n");
		bool failed = asprintf(&more, "%s%s$(pkg-config --cflags --libs %.*s)", needs,
				       *needs ? " " : "", length, module) < 0;
		free(needs);
		needs = failed ? NULL : more;
	}
	return needs;
}

static void put_capitals(FILE *stream, const char *text)
{
	for (; *text; ++text) {
		fputc(toupper((unsigned char)*text), stream);
	}
}

/** Writes a template, with the words that stand for others replaced. */
static void write_template(FILE *stream, const struct export *export, const char *name)
{
	char path[64];
	snprintf(path, sizeof(path), "bench/export/templates/%s", name);
	for (const char *text = sources_text(path); *text;) {
		size_t length = strcspn(text, "pPTH");
		fwrite(text, 1, length, stream);
		text += length;
		if (strncmp(text, "prefix", 6) == 0) {
			fputs(export->prefix, stream);
			text += 6;
		} else if (strncmp(text, "PREFIX", 6) == 0) {
			put_capitals(stream, export->prefix);
			text += 6;
		} else if (strncmp(text, "TABLE", 5) == 0) {
			fprintf(stream, "queue_type_%s", export->type->name);
			text += 5;
		} else if (strncmp(text, "HEADER", 6) == 0) {
			fprintf(stream, "%s_queue.h", export->type->name);
			text += 6;
		} else if (*text) {
			fputc(*text++, stream);
		}
	}
}

/** How many threads: "any number of threads", or at most that many. */
static void write_limit(FILE *stream, unsigned int limit)
{
	if (limit == 0) {
		fputs("any number of threads", stream);
	} else {
		fprintf(stream, "%u thread%s", limit, limit == 1 ? "" : "s");
	}
}

static void write_head(FILE *stream, const struct export *export)
{
	static const char *const orders[] = {
		[QUEUE_FIFO] = "in the order in which they came",
		[QUEUE_PRODUCER_FIFO] = "in the order of each producer, while it is attached",
		[QUEUE_UNORDERED] = "in no promised order",
	};
	const struct queue_type *type = export->type;
	fprintf(stream,
		"// SPDX-License-Identifier: MIT\n\n/*\n * %s: %s.\n * %s\n *\n"
		" * Exported from qbench %s%s. Below its functions stands the very source that was "
		"measured\n"
		" * and verified.\n *\n * Needs: -pthread%s%s, gcc or clang, C11 or C17.\n"
		" * Items leave %s.\n * At once may enqueue: ",
		type->name, type->title, type->source, EXPORT_VERSION, COMMIT,
		*export->needs ? " " : "", export->needs, orders[type->order]);
	write_limit(stream, type->max_producers);
	fputs("; dequeue: ", stream);
	write_limit(stream, type->max_consumers);
	fprintf(stream, ".\n * Enqueuing is %s, dequeuing %s.\n",
		contract_progress_name(type->enqueue_progress),
		contract_progress_name(type->dequeue_progress));
	if (!type->exact_full && !type->library_memory) {
		fputs(" * FULL may count operations of peers that overlap the call.\n", stream);
	}
	if (type->library_memory) {
		fputs(" * Without memory its library ends the process.\n", stream);
	}
	static const char mark[] = "// exported: ";
	for (const char *at = sources_text(export->path); (at = strstr(at, mark)); ++at) {
		const char *note = at + strlen(mark);
		fprintf(stream, " * %.*s\n", (int)strcspn(note, "\n"), note);
	}
	fputs(" */\n\n", stream);
	for (const char *line = sources_text("LICENSE"); *line;) {
		int length = (int)strcspn(line, "\n");
		fprintf(stream, "//%s%.*s\n", length > 0 ? " " : "", length, line);
		line += length + (line[length] == '\n');
	}
}

static void find_names(const struct files *files, const struct export *export, struct names *names)
{
	char table[80];
	for (size_t i = 0; i < files->count; ++i) {
		names_add(names, sources_text(files->paths[i]));
	}
	for (size_t i = 0; i < files->count; ++i) {
		names_replaced_in(names, sources_text(files->paths[i]));
	}
	snprintf(table, sizeof(table), "queue_type_%s", export->type->name);
	names_add_one(names, table, strlen(table), false);
}

/** Makes the functions of a source weak, since each file of a program that includes it has them. */
static void write_weak(FILE *stream, const struct export *export, const char *text)
{
	for (; *text; text = strchrnul(text, '\n'), text += *text == '\n') {
		size_t length = strcspn(text, "(\n");
		size_t first = length;
		while (first > 0 &&
		       (isalnum((unsigned char)text[first - 1]) || text[first - 1] == '_')) {
			--first;
		}
		if (isalpha((unsigned char)*text) && text[length] == '(' &&
		    strncmp(text, "static", 6) != 0) {
			fprintf(stream, "#pragma weak %s__%.*s\n", export->prefix,
				(int)(length - first), text + first);
		}
	}
}

/** Writes the sources and the functions, whose own names have the prefix before and after them. */
static void write_sources_renamed(FILE *stream, const struct export *export,
				  const struct names *names)
{
	struct files files = {.count = 0};
	for (size_t i = 0; i < SYSTEM_HEADERS; ++i) {
		fprintf(stream, "#include <%s>\n", system_headers[i]);
	}
	fputc('\n', stream);
	fputs("#if defined(__GLIBC__) && !defined(__USE_GNU)\n"
	      "#error \"include this before the headers of the C library, or define _GNU_SOURCE\"\n"
	      "#endif\n\n",
	      stream);
	// A file that includes this may have macros of these names, which come back at the end
	for (size_t i = 0; i < names->count; ++i) {
		const struct name *name = &names->all[i];
		hide(stream, name->text);
		if (!name->macro) {
			fprintf(stream, "#define %s %s__%s\n", name->text, export->prefix,
				name->text);
		}
	}
	for (size_t i = 0; export->waits && i < WAITING; ++i) {
		write_weak(stream, export, sources_text(waiting[i]));
	}
	fputs("\n#pragma GCC diagnostic push\n#pragma GCC diagnostic ignored \"-Wpedantic\"\n",
	      stream);
	write_sources(stream, export, &files, names);
	fputs("\n#pragma GCC diagnostic pop\n\n", stream);
	if (export->waits) {
		fputs("#define CHANNEL_WAIT CHANNEL_", stream);
		put_capitals(stream, channel_wait_name(export->wait));
		fputs("\n\n", stream);
	}
	write_template(stream, export, export->waits ? "waiting.h.in" : "plain.h.in");
	fputs(export->waits ? "\n#undef CHANNEL_WAIT\n" : "\n", stream);
	for (size_t i = 0; i < names->count; ++i) {
		fprintf(stream, "#pragma pop_macro(\"%s\")\n", names->all[i].text);
	}
	fputs("\n#endif // definitions\n", stream);
}

/** The first name that is the prefix, or begins with it and a line below; NULL if there is none. */
static const char *find_clash(const struct names *names, const char *prefix)
{
	size_t length = strlen(prefix);
	for (size_t i = 0; i < names->count; ++i) {
		const char *name = names->all[i].text;
		if (strncasecmp(name, prefix, length) == 0 &&
		    (!name[length] || name[length] == '_')) {
			return name;
		}
	}
	return NULL;
}

int header_write(FILE *stream, const struct export *export, char **clash)
{
	struct files files = {.count = 0};
	struct names names = {0};
	int result = -1;
	*clash = NULL;
	write_sources(NULL, export, &files, NULL);
	find_names(&files, export, &names);
	const char *name = find_clash(&names, export->prefix);
	if (names.failed) {
		errno = ENOMEM;
	} else if (name) {
		*clash = strdup(name);
		errno = EINVAL;
	} else {
		write_head(stream, export);
		write_template(stream, export, "declarations.h.in");
		if (export->waits) {
			write_template(stream, export, "waiting_declarations.h.in");
		}
		write_template(stream, export, "declarations_end.h.in");
		write_sources_renamed(stream, export, &names);
		result = 0;
	}
	names_destroy(&names);
	return result;
}

void header_write_example(FILE *stream, const struct export *export)
{
	fprintf(stream, "// cc -O2 -pthread %s_example.c -o %s_example%s%s\n", export->type->name,
		export->type->name, *export->needs ? " " : "", export->needs);
	write_template(stream, export,
		       export->waits ? "waiting_example.c.in" : "plain_example.c.in");
}
