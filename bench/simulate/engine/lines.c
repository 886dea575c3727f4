// SPDX-License-Identifier: MIT

/**
 * Cache lines. A line goes to one core at a time: a request waits in the line's queue until it is
 * granted, and the line is free for the next one when it has arrived and its new owner has held it
 * for a while.
 */

#include "hooked/place.h"
#include "simulate/engine/engine.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

_Static_assert(LINES <= EVENT_INDEXES, "an event has room for the number of a line");

/** Bytes of a huge page, and slots that the hash table begins with. */
#define HUGE_PAGE ((uintptr_t)1 << 21)
#define FIRST_SLOTS 1024

/** Distances between cores that differ. */
#define DISTANCES (SIMULATE_DISTANCES - 1)

static struct {
	size_t used;
	/** A hash table of the lines' numbers, counted from 1. It grows, so that short runs touch
	 * few of its pages. */
	size_t slot_count;
	uint32_t slots[2 * LINES];
	/** Memory for those that wait for a line, and what of it is free. */
	struct waiter waiters[2 * SIMULATE_THREADS][2 * SIMULATE_THREADS + 16];
	struct waiter *free_waiters[2 * SIMULATE_THREADS];
	unsigned int free_count;
	/** Words of a set of cores; and for each core how far all are, and who is that far. */
	unsigned int words;
	uint8_t distances[SIMULATE_THREADS][SIMULATE_THREADS];
	uint64_t at[SIMULATE_THREADS][DISTANCES][SIMULATE_THREADS / 64];
} state;

static enum simulate_distance measure(unsigned int one, unsigned int other)
{
	const struct simulate_machine *machine = simulation.machine;
	return one == other					      ? SIMULATE_CORE
	       : machine->l3_of[one] == machine->l3_of[other]	      ? SIMULATE_L3
	       : machine->socket_of[one] == machine->socket_of[other] ? SIMULATE_SOCKET
								      : SIMULATE_OTHER;
}

static inline enum simulate_distance distance(unsigned int one, unsigned int other)
{
	return state.distances[one][other];
}

int lines_create(void)
{
	const struct simulate_machine *machine = simulation.machine;
	unsigned int cores = 0;
	for (unsigned int i = 0; i < machine->processors; ++i) {
		cores = machine->core[i] >= cores ? machine->core[i] + 1U : cores;
	}
	state.words = (cores + 63) / 64;
	for (unsigned int one = 0; one < cores; ++one) {
		for (unsigned int other = 0; other < cores; ++other) {
			enum simulate_distance here = measure(one, other);
			state.distances[one][other] = (uint8_t)here;
			if (here != SIMULATE_CORE) {
				state.at[one][here - 1][other / 64] |= (uint64_t)1 << other % 64;
			}
		}
	}
	for (unsigned int i = 0; i < 2 * SIMULATE_THREADS; ++i) {
		state.free_waiters[state.free_count++] =
			state.waiters[2 * SIMULATE_THREADS - 1 - i];
	}
	state.slot_count = FIRST_SLOTS;
	// Pages that no line is in are never touched
	size_t size = LINES * sizeof(struct line);
	char *lines = mmap(NULL, size + HUGE_PAGE, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (lines == MAP_FAILED) {
		return -1;
	}
	lines += HUGE_PAGE - (uintptr_t)lines % HUGE_PAGE;
	// Of a short run page faults take half of the time. Only an advice: it goes without as well
	madvise(lines, size, MADV_HUGEPAGE);
	simulation.lines = (struct line *)(void *)lines;
	return 0;
}

/** Where the number of a line is in the hash table, or has to be. */
static uint32_t *find_slot(uintptr_t key, uint64_t hash)
{
	// Other bits of the hash than the recent ones have
	size_t at = (hash >> 20) % state.slot_count;
	while (state.slots[at] && simulation.lines[state.slots[at] - 1].key != key) {
		at = (at + 1) % state.slot_count;
	}
	return &state.slots[at];
}

static uint32_t add_line(uintptr_t key)
{
	if (state.used == LINES) {
		hooked_fail("the run touches more than %zu lines", LINES);
	}
	simulation.lines[state.used++] = (struct line){.key = key, .owner = -1, .last = -1};
	if (2 * state.used > state.slot_count) {
		memset(state.slots, 0, state.slot_count * sizeof(*state.slots));
		state.slot_count *= 2;
		for (uint32_t i = 0; i < state.used; ++i) {
			uintptr_t other = simulation.lines[i].key;
			*find_slot(other, line_hash(other)) = i + 1;
		}
	} else {
		*find_slot(key, line_hash(key)) = (uint32_t)state.used;
	}
	return (uint32_t)state.used;
}

struct line *line_find(uintptr_t key, uint64_t hash)
{
	uint32_t number = *find_slot(key, hash);
	if (!number) {
		number = add_line(key);
	}
	simulation.recent[hash >> (64 - RECENT_BITS)] = number - 1;
	return &simulation.lines[number - 1];
}

static void share(struct line *line, unsigned int core)
{
	line->sharer_count += !line_is_shared_by(line, core);
	line->sharers[core / 64] |= (uint64_t)1 << core % 64;
}

static void clear_sharers(struct line *line)
{
	memset(line->sharers, 0, state.words * sizeof(*line->sharers));
	line->sharer_count = 0;
}

void line_ask(struct line *line, struct line_request *request)
{
	const struct simulated_thread *thread = request->thread;
	if (line->waiting == 0) {
		line->waiters = state.free_waiters[--state.free_count];
	}
	line->waiters[line->waiting++] = (struct waiter){
		(uint16_t)thread->core, (uint16_t)(2 * thread->index + request->buffered)};
	if (!line->scheduled) {
		line->scheduled = true;
		event_add(request->since > line->free_at ? request->since : line->free_at,
			  EVENT_LINE, (unsigned int)(line - simulation.lines));
	}
}

/** Takes the oldest request out, or that of the nearest core. */
static struct line_request *choose(struct line *line)
{
	struct waiter *waiters = line->waiters;
	unsigned int chosen = 0;
	if (line->waiting > 1 && line->last >= 0 &&
	    draw_share(&simulation.random) * 1000 < (double)simulation.machine->near) {
		const uint8_t *far = state.distances[line->last];
		unsigned int best = far[waiters->core];
		for (unsigned int i = 1; i < line->waiting && best > SIMULATE_CORE; ++i) {
			unsigned int here = far[waiters[i].core];
			if (here < best) {
				best = here;
				chosen = i;
			}
		}
	}
	unsigned int request = waiters[chosen].request;
	--line->waiting;
	memmove(&waiters[chosen], &waiters[chosen + 1],
		(line->waiting - chosen) * sizeof(*waiters));
	if (line->waiting == 0) {
		state.free_waiters[state.free_count++] = waiters;
	}
	struct simulated_thread *thread = &simulation.threads[request / 2];
	return request % 2 ? &thread->store_request : &thread->request;
}

/** Distances of the nearest and of the farthest core that shares the line, except `core`. */
static void measure_sharers(const struct line *line, unsigned int core,
			    enum simulate_distance *nearest, enum simulate_distance *farthest)
{
	*nearest = SIMULATE_DISTANCES;
	*farthest = SIMULATE_CORE;
	for (unsigned int i = DISTANCES; i-- > 0;) {
		uint64_t found = 0;
		for (unsigned int word = 0; word < state.words; ++word) {
			found |= line->sharers[word] & state.at[core][i][word];
		}
		if (found) {
			*nearest = (enum simulate_distance)(i + 1);
			*farthest = *farthest > *nearest ? *farthest : *nearest;
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
		if (line->codes[i] == code) {
			++line->code_transfers[i];
			return;
		}
		least = line->code_transfers[i] < line->code_transfers[least] ? i : least;
	}
	line->codes[least] = code;
	++line->code_transfers[least];
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
	if (line->owner == (int)core || (had && request->reads)) {
		return 0;
	}
	simulation.fills[core] += !had && !request->far;
	if (line->owner >= 0) {
		unsigned int owner = (unsigned int)line->owner;
		count_transfer(line, request->code);
		if (simulation.fills[owner] - line->used_at > (uint64_t)machine->private_lines) {
			// The owner's private cache has let it go
			clear_sharers(line);
			return distance(owner, core) <= SIMULATE_L3
				       ? machine->l3
				       : machine->read[distance(owner, core)];
		}
		return machine->take[distance(owner, core)] + extra;
	}
	measure_sharers(line, core, &nearest, &farthest);
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
	unsigned int number = (unsigned int)(line - simulation.lines);
	line->scheduled = false;
	if (line->waiting == 0) {
		return;
	}
	if (now < line->free_at) {
		line->scheduled = true;
		event_add(line->free_at, EVENT_LINE, number);
		return;
	}
	struct line_request *request = choose(line);
	unsigned int core = request->thread->core;
	bool owned = line->owner >= 0;
	if (!request->reads || (owned && line->owner != (int)core)) {
		line_change(line, now);
	}
	int64_t time = fetch(line, request, line->waiting > 0 || request->since < now);
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
		clear_sharers(line);
	} else {
		line->owner = (int16_t)core;
		line->at_l3 = false;
		line->last = (int16_t)core;
		clear_sharers(line);
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
	event_add(now + time, request->buffered ? EVENT_STORE : EVENT_THREAD,
		  request->thread->index);
	if (line->waiting > 0) {
		line->scheduled = true;
		event_add(line->free_at, EVENT_LINE, number);
	}
}

void lines_count_anew(void)
{
	for (size_t i = 0; i < state.used; ++i) {
		struct line *line = &simulation.lines[i];
		if (line->transfers) {
			line->transfers = 0;
			memset(line->codes, 0, sizeof(line->codes));
			memset(line->code_transfers, 0, sizeof(line->code_transfers));
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
			most = line->code_transfers[i] > line->code_transfers[most] ? i : most;
		}
		if (!line->code_transfers[most]) {
			return;
		}
		place_name(line->codes[most], name, sizeof(name));
		add_place(told, name, line->code_transfers[most]);
		line->code_transfers[most] = 0;
	}
}

void lines_tell(struct simulate_result *result, bool named)
{
	// From the hottest on; of two alike, the one that was touched first
	struct line *hottest[SIMULATE_LINES + 1];
	unsigned int count = 0;
	uintptr_t codes[SIMULATE_LINES * SIMULATE_PLACES] = {0};
	size_t code_count = 0;
	for (struct line *line = simulation.lines; line < simulation.lines + state.used; ++line) {
		if (!line->transfers ||
		    (count == SIMULATE_LINES && line->transfers <= hottest[count - 1]->transfers)) {
			continue;
		}
		unsigned int k = count;
		for (; k > 0 && hottest[k - 1]->transfers < line->transfers; --k) {
			hottest[k] = hottest[k - 1];
		}
		hottest[k] = line;
		count += count < SIMULATE_LINES;
	}
	for (unsigned int k = 0; k < count; ++k) {
		result->lines[k].transfers = hottest[k]->transfers;
		for (unsigned int i = 0; i < SIMULATE_PLACES; ++i) {
			codes[code_count++] = hottest[k]->codes[i];
		}
	}
	if (named) {
		places_learn(codes, code_count);
	}
	for (unsigned int k = 0; named && k < count; ++k) {
		tell_places(hottest[k], &result->lines[k]);
	}
}
