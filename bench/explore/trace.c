// SPDX-License-Identifier: MIT

/**
 * A line for each step: the thread, the line of the source, the access, the values before and
 * after.
 */

#include "explore/trace.h"
#include "explore/heap.h"
#include "hooked/place.h"

#include <stdio.h>

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
static void put_value(FILE *stream, unsigned __int128 value, unsigned int size)
{
	uint64_t low = (uint64_t)value;
	if (size < 8) {
		low &= ((uint64_t)1 << 8 * size) - 1;
	}
	if (size > 8) {
		fprintf(stream, "%#jx:", (uintmax_t)(uint64_t)(value >> 64));
	}
	fprintf(stream, low > 9 ? "%#jx" : "%ju", (uintmax_t)low);
}

static void put_step(FILE *stream, unsigned int number, const struct event *event)
{
	const struct access *access = &event->access;
	char place[256];
	char name[64];
	if (access->kind == ACCESS_START) {
		fprintf(stream, "%4u  thread %u  begins\n", number, event->thread);
		return;
	}
	place_name(access->code, place, sizeof(place));
	fprintf(stream, "%4u  thread %u  %-36s  %s", number, event->thread, place,
		kind_name(access));
	if (access->kind == ACCESS_FENCE) {
		fprintf(stream, " %s\n", order_name(access->order));
		return;
	}
	heap_name(access->address, name, sizeof(name));
	bool ordered = access->kind <= ACCESS_UPDATE;
	fprintf(stream, " %s%s%s%s  ", name, ordered ? " (" : "",
		ordered ? order_name(access->order) : "", ordered ? ")" : "");
	put_value(stream, access->before, access->size);
	if (event->writes && access->kind <= ACCESS_UPDATE) {
		fprintf(stream, " -> ");
		put_value(stream, access->after, access->size);
	} else if (access->kind == ACCESS_UPDATE) {
		fprintf(stream, ", unchanged");
	} else if (access->kind == ACCESS_LOAD && event->locations[0] &&
		   search.nodes[number - 1].option > 0) {
		fprintf(stream, ", an old value: %u later stores are not seen",
			search.nodes[number - 1].option);
	}
	fprintf(stream, "\n");
}

void trace_stuck(char *text, size_t size)
{
	size_t length = 0;
	text[0] = '\0';
	for (unsigned int i = 0; i < search.thread_count && length < size; ++i) {
		const struct thread *thread = &search.threads[i];
		if (search.stuck >> i & 1) {
			char place[256];
			place_name(thread->pending.code, place, sizeof(place));
			length += (size_t)snprintf(
				text + length, size - length, "%sthread %u %s at %s",
				length ? ", " : "", i,
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
	const struct explore_program *program = request->program;
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	if (!stream) {
		return NULL;
	}
	fprintf(stream, "%s\nprogram \"%s\" of %s, %s, capacity %zu, %u inside at the start:\n",
		search.finding, program->name, type->name,
		request->model == EXPLORE_C11 ? "C11 memory" : "sequentially consistent",
		program->capacity, program->filled);
	for (unsigned int i = 0; i < EXPLORE_THREADS && program->threads[i]; ++i) {
		fprintf(stream, "  thread %u:", i);
		for (const char *letter = program->threads[i]; *letter; ++letter) {
			fprintf(stream, " %s", letter_name(*letter));
		}
		fprintf(stream, "\n");
	}
	for (unsigned int i = 0; i < search.depth; ++i) {
		put_step(stream, i + 1, &search.events[i]);
	}
	// A text that was cut short is not returned. Nor is it freed: free() is a hook here
	return fclose(stream) == 0 ? text : NULL;
}
