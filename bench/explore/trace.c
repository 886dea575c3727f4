// SPDX-License-Identifier: MIT

/**
 * A line for each step: the thread, the line of the source, the access, the values before and
 * after.
 *
 * malloc() is a hook here, so the text comes from the C library by its internal name.
 */

#include "explore/trace.h"
#include "explore/heap.h"
#include "hooked/place.h"

#include <stdarg.h>
#include <stdio.h>

extern void *__libc_malloc(size_t size);

struct text {
	char *bytes;
	size_t length;
	size_t size;
};

__attribute__((format(printf, 2, 3))) static void put(struct text *text, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	int length =
		vsnprintf(text->bytes + text->length, text->size - text->length, format, arguments);
	va_end(arguments);
	size_t left = text->size - text->length - 1;
	text->length += length < 0 ? 0 : (size_t)length < left ? (size_t)length : left;
}

static const char *order_name(int order)
{
	static const char *const names[] = {"relaxed", "consume", "acquire",
					    "release", "acq_rel", "seq_cst"};
	return order >= 0 && order <= __ATOMIC_SEQ_CST ? names[order] : "?";
}

static const char *kind_name(const struct access *access)
{
	static const char *const kinds[] = {
		[ACCESS_START] = "begin",   [ACCESS_LOAD] = "load",   [ACCESS_STORE] = "store",
		[ACCESS_UPDATE] = "update", [ACCESS_FENCE] = "fence", [ACCESS_LOCK] = "lock",
		[ACCESS_UNLOCK] = "unlock", [ACCESS_SLEEP] = "sleep", [ACCESS_WAKE] = "wake",
	};
	static const char *const updates[] = {
		[UPDATE_EXCHANGE] = "exchange",
		[UPDATE_ADD] = "fetch_add",
		[UPDATE_SUBTRACT] = "fetch_sub",
		[UPDATE_AND] = "fetch_and",
		[UPDATE_OR] = "fetch_or",
		[UPDATE_XOR] = "fetch_xor",
		[UPDATE_COMPARE] = "compare_exchange",
	};
	return access->kind == ACCESS_UPDATE ? updates[access->update] : kinds[access->kind];
}

/** Writes a value: above 9 in hexadecimal; 16 bytes as two halves. */
static void put_value(struct text *text, unsigned __int128 value, unsigned int size)
{
	uint64_t low = (uint64_t)value;
	if (size < 8) {
		low &= ((uint64_t)1 << 8 * size) - 1;
	}
	if (size > 8) {
		put(text, "%#jx:", (uintmax_t)(uint64_t)(value >> 64));
	}
	put(text, low > 9 ? "%#jx" : "%ju", (uintmax_t)low);
}

static void put_step(struct text *text, unsigned int number, const struct event *event)
{
	const struct access *access = &event->access;
	char place[256];
	char name[64];
	if (access->kind == ACCESS_START) {
		put(text, "%4u  thread %u  begins\n", number, event->thread);
		return;
	}
	place_name(access->code, place, sizeof(place));
	put(text, "%4u  thread %u  %-36s  %s", number, event->thread, place, kind_name(access));
	if (access->kind == ACCESS_FENCE) {
		put(text, " %s\n", order_name(access->order));
		return;
	}
	heap_name(access->address, name, sizeof(name));
	bool ordered = access->kind <= ACCESS_UPDATE;
	put(text, " %s%s%s%s  ", name, ordered ? " (" : "",
	    ordered ? order_name(access->order) : "", ordered ? ")" : "");
	put_value(text, access->before, access->size);
	if (event->writes && access->kind <= ACCESS_UPDATE) {
		put(text, " -> ");
		put_value(text, access->after, access->size);
	} else if (access->kind == ACCESS_UPDATE) {
		put(text, ", unchanged");
	} else if (access->kind == ACCESS_LOAD && event->locations[0] &&
		   search.nodes[number - 1].option > 0) {
		put(text, ", an old value: %u later stores are not seen",
		    search.nodes[number - 1].option);
	}
	put(text, "\n");
}

void trace_stuck(char *bytes, size_t size)
{
	struct text text = {.bytes = bytes, .size = size};
	bytes[0] = '\0';
	for (unsigned int i = 0; i < search.thread_count; ++i) {
		const struct thread *thread = &search.threads[i];
		if (search.stuck >> i & 1) {
			char place[256];
			place_name(thread->pending.code, place, sizeof(place));
			put(&text, "%sthread %u %s at %s", text.length ? ", " : "", i,
			    thread->state == THREAD_ASLEEP ? "sleeps" : "waits", place);
		}
	}
}

static const char *letter_name(char letter)
{
	static const char *const names[] = {
		['e'] = "enqueue", ['d'] = "dequeue",	       ['a'] = "attach",
		['x'] = "detach",  ['E'] = "enqueue-and-wake", ['P'] = "enqueue-without-waking",
		['w'] = "wake",	   ['D'] = "dequeue-waiting",  ['R'] = "dequeue-until-closed",
		['c'] = "close",   ['k'] = "cancel",	       ['m'] = "run-the-pool",
		['r'] = "worker",  ['b'] = "enqueue-two",      ['t'] = "dequeue-two",
	};
	return names[(unsigned char)letter];
}

char *trace_execution(const struct queue_type *type, const struct explore_request *request)
{
	struct text text = {.bytes = __libc_malloc(EXPLORE_FINDING_SIZE),
			    .size = EXPLORE_FINDING_SIZE};
	const struct explore_program *program = request->program;
	if (!text.bytes) {
		return NULL;
	}
	text.bytes[0] = '\0';
	put(&text, "%s\nprogram \"%s\" of %s, %s, capacity %zu, %u inside at the start:\n",
	    search.finding, program->name, type->name,
	    request->model == EXPLORE_C11 ? "C11 memory" : "sequentially consistent",
	    program->capacity, program->filled);
	for (unsigned int i = 0; i < EXPLORE_THREADS && program->threads[i]; ++i) {
		put(&text, "  thread %u:", i);
		for (const char *letter = program->threads[i]; *letter; ++letter) {
			put(&text, " %s", letter_name(*letter));
		}
		put(&text, "\n");
	}
	for (unsigned int i = 0; i < search.depth; ++i) {
		put_step(&text, i + 1, &search.events[i]);
	}
	return text.bytes;
}
