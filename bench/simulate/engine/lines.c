// SPDX-License-Identifier: MIT

/**
 * Cache lines, and the events of virtual time. A line goes to one core at a time: a request waits
 * in the line's queue until it is granted, and the line is free for the next one when it has
 * arrived and its new owner has held it for a while.
 */

#include "hooked/place.h"
#include "simulate/engine/engine.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/** Lines at most: a run that touches more is given up. */
#define LINES ((size_t)1 << 18)
#define EVENTS 8192

static struct {
	struct event heap[EVENTS];
	unsigned int event_count;
	uint64_t event_number;
	/** Lines in the order in which they were first touched. */
	struct line *lines;
	size_t used;
	/** A hash table of their numbers, counted from 1. */
	uint32_t places[2 * LINES];
	/** Lines by the low bits of their key: most accesses find theirs here. */
	struct line *recent[1024];
	/** Lines that each core's private cache has taken in. */
	uint64_t fills[SIMULATE_THREADS];
} state;

static bool is_before(const struct event *one, const struct event *other)
{
	return one->time < other->time || (one->time == other->time && one->number < other->number);
}

void event_add(int64_t time, enum event_kind kind, void *what)
{
	struct event added = {time, state.event_number++, kind, what};
	unsigned int i = state.event_count++;
	for (; i > 0 && is_before(&added, &state.heap[(i - 1) / 2]); i = (i - 1) / 2) {
		state.heap[i] = state.heap[(i - 1) / 2];
	}
	state.heap[i] = added;
}

bool event_take(int64_t most, struct event *event)
{
	if (state.event_count == 0 || state.heap[0].time > most) {
		return false;
	}
	*event = state.heap[0];
	struct event last = state.heap[--state.event_count];
	unsigned int i = 0;
	for (unsigned int child; (child = 2 * i + 1) < state.event_count; i = child) {
		child += child + 1 < state.event_count &&
			 is_before(&state.heap[child + 1], &state.heap[child]);
		if (is_before(&last, &state.heap[child])) {
			break;
		}
		state.heap[i] = state.heap[child];
	}
	state.heap[i] = last;
	return true;
}

bool event_is_due(int64_t time)
{
	return state.event_count > 0 && state.heap[0].time < time;
}

int lines_create(void)
{
	// Pages that no line is in are never touched
	void *lines = mmap(NULL, LINES * sizeof(struct line), PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	state.lines = lines;
	return lines == MAP_FAILED ? -1 : 0;
}

struct line *line_at(uintptr_t address)
{
	uintptr_t key = address / 64;
	struct line **recent = &state.recent[key % 1024];
	if (*recent && (*recent)->key == key) {
		return *recent;
	}
	size_t at = (key * 0x9E3779B97F4A7C15u >> 20) % (2 * LINES);
	while (state.places[at] && state.lines[state.places[at] - 1].key != key) {
		at = (at + 1) % (2 * LINES);
	}
	if (!state.places[at]) {
		if (state.used == LINES) {
			simulate_engine.fail("the run touches more than %zu lines", LINES);
		}
		struct line *line = &state.lines[state.used++];
		*line = (struct line){.key = key, .owner = -1, .last = -1, .end = &line->first};
		state.places[at] = (uint32_t)state.used;
	}
	return *recent = &state.lines[state.places[at] - 1];
}

static enum simulate_distance distance(unsigned int one, unsigned int other)
{
	const struct simulate_machine *machine = simulation.machine;
	return one == other					      ? SIMULATE_CORE
	       : machine->l3_of[one] == machine->l3_of[other]	      ? SIMULATE_L3
	       : machine->socket_of[one] == machine->socket_of[other] ? SIMULATE_SOCKET
								      : SIMULATE_OTHER;
}

static void share(struct line *line, unsigned int core)
{
	line->sharer_count += !line_is_shared_by(line, core);
	line->sharers[core / 64] |= (uint64_t)1 << core % 64;
}

static void unshare(struct line *line)
{
	memset(line->sharers, 0, sizeof(line->sharers));
	line->sharer_count = 0;
}

void line_use(struct line *line, unsigned int core)
{
	line->touched = true;
	line->used_at = state.fills[core];
}

void line_ask(struct line *line, struct line_request *request)
{
	*line->end = request;
	line->end = &request->next;
	if (!line->scheduled) {
		line->scheduled = true;
		event_add(request->since > line->free_at ? request->since : line->free_at,
			  EVENT_LINE, line);
	}
}

/** Takes the oldest request out, or that of the nearest core. */
static struct line_request *choose(struct line *line)
{
	struct line_request **chosen = &line->first;
	if (line->first->next && line->last >= 0 &&
	    draw_share(&simulation.random) * 1000 < (double)simulation.machine->near) {
		enum simulate_distance best = SIMULATE_DISTANCES;
		for (struct line_request **at = &line->first; *at; at = &(*at)->next) {
			enum simulate_distance here =
				distance((unsigned int)line->last, (*at)->thread->core);
			if (here < best) {
				best = here;
				chosen = at;
			}
		}
	}
	struct line_request *request = *chosen;
	*chosen = request->next;
	if (!*chosen) {
		line->end = chosen;
	}
	return request;
}

/** Distances of the nearest and of the farthest core that shares the line, except `core`. */
static void measure_sharers(const struct line *line, unsigned int core,
			    enum simulate_distance *nearest, enum simulate_distance *farthest)
{
	*nearest = SIMULATE_DISTANCES;
	*farthest = SIMULATE_CORE;
	for (unsigned int word = 0; word < SIMULATE_THREADS / 64; ++word) {
		for (uint64_t bits = line->sharers[word]; bits; bits &= bits - 1) {
			unsigned int other = word * 64 + (unsigned int)__builtin_ctzll(bits);
			if (other == core) {
				continue;
			}
			enum simulate_distance here = distance(other, core);
			*nearest = here < *nearest ? here : *nearest;
			*farthest = here > *farthest ? here : *farthest;
		}
	}
}

/** Counts a transfer for the place in the code; the place with fewest gives way to a new one. */
static void count_transfer(struct line *line, uintptr_t code)
{
	++simulation.transfers;
	++line->transfers;
	unsigned int least = 0;
	for (unsigned int i = 0; i < SIMULATE_PLACES; ++i) {
		if (line->places[i].code == code) {
			++line->places[i].transfers;
			return;
		}
		least = line->places[i].transfers < line->places[least].transfers ? i : least;
	}
	line->places[least].code = code;
	++line->places[least].transfers;
}

/** Time until the core has the line, which is its from now on. */
static int64_t fetch(struct line *line, const struct line_request *request, bool contended)
{
	const struct simulate_machine *machine = simulation.machine;
	unsigned int core = request->thread->core;
	int64_t extra = contended ? machine->contended : 0;
	bool had = line_is_shared_by(line, core);
	enum simulate_distance nearest;
	enum simulate_distance farthest;
	measure_sharers(line, core, &nearest, &farthest);
	if (line->owner == (int)core || (had && request->reads)) {
		return 0;
	}
	state.fills[core] += !had && !request->far;
	if (line->owner >= 0) {
		unsigned int owner = (unsigned int)line->owner;
		count_transfer(line, request->code);
		if (state.fills[owner] - line->used_at > (uint64_t)machine->private_lines) {
			// The owner's private cache has let it go
			unshare(line);
			return distance(owner, core) <= SIMULATE_L3
				       ? machine->l3
				       : machine->read[distance(owner, core)];
		}
		return machine->take[distance(owner, core)] + extra;
	}
	if (nearest == SIMULATE_DISTANCES) {
		// Nobody else has it
		return had	       ? machine->take[SIMULATE_L3]
		       : line->at_l3   ? machine->l3
		       : line->touched ? machine->memory
				       : machine->first;
	}
	count_transfer(line, request->code);
	return request->reads ? machine->read[nearest] : machine->take[farthest] + extra;
}

void line_grant(struct line *line, int64_t now)
{
	const struct simulate_machine *machine = simulation.machine;
	line->scheduled = false;
	if (!line->first) {
		return;
	}
	if (now < line->free_at) {
		line->scheduled = true;
		event_add(line->free_at, EVENT_LINE, line);
		return;
	}
	struct line_request *request = choose(line);
	unsigned int core = request->thread->core;
	bool owned = line->owner >= 0;
	if (!request->reads || (owned && line->owner != (int)core)) {
		line_change(line, now);
	}
	int64_t time = fetch(line, request, line->first || request->since < now);
	if (request->reads) {
		line->owner = line->owner == (int)core ? line->owner : -1;
		share(line, core);
		line->free_at = now + (owned ? time : machine->next_read);
	} else if (request->far) {
		// Updates of a line that is there follow each other faster than answers come back
		line->free_at =
			now + (line->at_l3 && line->sharer_count == 0 ? machine->far_update : time);
		line->owner = -1;
		line->last = -1;
		line->at_l3 = true;
		unshare(line);
	} else {
		line->owner = (int)core;
		line->at_l3 = false;
		line->last = (int)core;
		unshare(line);
		share(line, core);
		line->ready = now + time;
		line->free_at = now + time +
				(int64_t)((double)machine->hold *
					  (0.4 + 1.2 * draw_share(&simulation.random)));
	}
	line_use(line, core);
	if (!request->buffered) {
		simulation.waited += now + time - request->since;
	}
	event_add(now + time, request->buffered ? EVENT_STORE : EVENT_THREAD, request->thread);
	if (line->first) {
		line->scheduled = true;
		event_add(line->free_at, EVENT_LINE, line);
	}
}

void lines_count_anew(void)
{
	for (size_t i = 0; i < state.used; ++i) {
		if (state.lines[i].transfers) {
			state.lines[i].transfers = 0;
			memset(state.lines[i].places, 0, sizeof(state.lines[i].places));
		}
	}
}

/** Adds transfers to the place of that name, which is there or the next one. */
static void add_place(struct simulate_line *told, const char *name, uint64_t transfers)
{
	unsigned int k = 0;
	while (told->places[k].transfers && strcmp(told->places[k].name, name) != 0) {
		++k;
	}
	snprintf(told->places[k].name, sizeof(told->places[k].name), "%s", name);
	told->places[k].transfers += transfers;
	for (; k > 0 && told->places[k].transfers > told->places[k - 1].transfers; --k) {
		typeof(told->places[k]) less = told->places[k - 1];
		told->places[k - 1] = told->places[k];
		told->places[k] = less;
	}
}

/** Writes the places of a line, from the one with most transfers on; a line of the code once. */
static void tell_places(struct line *line, struct simulate_line *told)
{
	for (unsigned int k = 0; k < SIMULATE_PLACES; ++k) {
		char name[sizeof(told->places[k].name)];
		unsigned int most = 0;
		for (unsigned int i = 1; i < SIMULATE_PLACES; ++i) {
			most = line->places[i].transfers > line->places[most].transfers ? i : most;
		}
		if (!line->places[most].transfers) {
			return;
		}
		place_name(line->places[most].code, name, sizeof(name));
		add_place(told, name, line->places[most].transfers);
		line->places[most].transfers = 0;
	}
}

void lines_tell(struct simulate_result *result)
{
	for (unsigned int k = 0; k < SIMULATE_LINES; ++k) {
		struct line *hottest = state.lines;
		for (size_t i = 0; i < state.used; ++i) {
			// Of two alike, the one that was touched first
			hottest = state.lines[i].transfers > hottest->transfers ? &state.lines[i]
										: hottest;
		}
		if (!hottest->transfers) {
			return;
		}
		result->lines[k].transfers = hottest->transfers;
		hottest->transfers = 0;
		tell_places(hottest, &result->lines[k]);
	}
}
