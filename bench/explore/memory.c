// SPDX-License-Identifier: MIT

/**
 * What an access sees.
 *
 * Under EXPLORE_C11 a load may see any store to its location that coherence and happens-before
 * allow. They rule out stores before one that is visible to the thread, and stores before one that
 * a visible load has seen. The clock `visible` of a thread is happens-before, joined by what
 * sequentially consistent fences order before. The stores to a location are in the order in which
 * the search runs them, and an update or a load of 16 bytes sees the last one. So behaviours that
 * need another order are not run, and no behaviour is run that C11 forbids. The behaviours of the
 * store buffers of x86 are among those that are run.
 *
 * Under both models a data race is a finding: two accesses to a location, one of them a write and
 * one of them plain, neither of which happens before the other.
 */

#include "explore/memory.h"
#include "explore/finding.h"
#include "explore/heap.h"
#include "hooked/place.h"

#include <string.h>

static struct {
	/** A block is being freed: for the text of findings. */
	bool freeing;
	/** Threads that accessed each 8 bytes in any execution of a search by states, as bits. */
	uint8_t atomic_by[ARENA_SIZE / 8];
	uint8_t plain_by[ARENA_SIZE / 8];
} memory;

void memory_begin(void)
{
	memset(&memory, 0, sizeof(memory));
}

/** Notes a plain or atomic access to a location, for searches by states. */
static void note_access(uintptr_t address, bool plain)
{
	uintptr_t index = (address - (uintptr_t)heap.arena) / 8;
	uint8_t self = (uint8_t)(1U << search.current);
	if (plain) {
		memory.plain_by[index] |= self;
	} else {
		memory.atomic_by[index] |= self;
	}
	uint8_t plain_by = memory.plain_by[index];
	uint8_t atomic_by = memory.atomic_by[index];
	// Accesses of one thread are ordered
	bool alone = plain_by == atomic_by && (plain_by & (plain_by - 1)) == 0;
	search.unsuited |= plain_by && atomic_by && !alone;
}

/** Makes a finding of two accesses that nothing orders, one of them plain. */
static void tell_race(uintptr_t address, uintptr_t code, unsigned int other, uintptr_t other_code)
{
	const char *what = memory.freeing ? "a block is freed while it may be in use: " : "";
	char name[64];
	char here[256];
	char there[256];
	heap_name(address, name, sizeof(name));
	place_name(code, here, sizeof(here));
	place_name(other_code, there, sizeof(there));
	finding_set("%sa data race on %s: thread %u at %s, and thread %u at %s", what, name,
		    search.current, here, other, there);
}

/** Bytes of a location that an access touches, as bits. */
static uint8_t bytes_of(const struct location *location, uintptr_t address, size_t size)
{
	uintptr_t first = address > location->address ? address - location->address : 0;
	uintptr_t end = address + size - location->address;
	return (uint8_t)((end < 8 ? (1U << end) - 1 : 0xff) & ~((1U << first) - 1));
}

/** Looks for a race of an access of the current thread with plain accesses of others. */
static void check_plain(const struct location *location, uint8_t bytes, bool write, uintptr_t code)
{
	const struct thread *thread = &search.threads[search.current];
	if (location->written && location->writer != search.current &&
	    (location->write_bytes & bytes) &&
	    location->write_stamp > thread->happens[location->writer]) {
		tell_race(location->address, code, location->writer, location->write_code);
	}
	for (unsigned int i = 0; write && i < search.thread_count; ++i) {
		if (i != search.current && (location->read_bytes[i] & bytes) &&
		    location->read_stamps[i] > thread->happens[i]) {
			tell_race(location->address, code, i, location->read_code);
		}
	}
}

/** Looks for a race of a plain access of the current thread with atomic accesses of others. */
static void check_atomic(const struct location *location, uint8_t bytes, bool write, uintptr_t code)
{
	const struct thread *thread = &search.threads[search.current];
	for (const struct event *event = location->last; event;
	     event = event->previous[event_side(event, location)]) {
		if (event->thread != search.current && (write || event->writes) &&
		    (bytes & bytes_of(location, event->access.address, event->access.size)) &&
		    event->stamp > thread->happens[event->thread]) {
			tell_race(location->address, code, event->thread, event->access.code);
		}
	}
}

void hooked_plain(uintptr_t address, size_t size, bool write, uintptr_t code)
{
	finding_count(code);
	if (!heap_owns(address, size, write ? "a write" : "a read", code) || !search.running ||
	    search.current == MODEL_MAIN) {
		return;
	}
	unsigned int self = search.current;
	// It belongs to the next step of the thread, which publishes it
	uint16_t stamp = (uint16_t)(search.threads[self].stamp + 1);
	for (uintptr_t at = address & ~(uintptr_t)7; at < address + size; at += 8) {
		struct location *location = heap_location(at);
		uint8_t bytes = bytes_of(location, address, size);
		if (search.request->states) {
			note_access(at, true);
		}
		check_plain(location, bytes, write, code);
		check_atomic(location, bytes, write, code);
		if (write) {
			bool again = location->written && location->writer == self &&
				     location->write_stamp == stamp;
			location->write_bytes = again ? location->write_bytes | bytes : bytes;
			location->written = true;
			location->overwritten |= bytes;
			location->writer = (uint8_t)self;
			location->write_stamp = stamp;
			location->write_code = code;
		} else {
			bool again = location->read_stamps[self] == stamp;
			location->read_bytes[self] =
				again ? location->read_bytes[self] | bytes : bytes;
			location->read_stamps[self] = stamp;
			location->read_code = code;
		}
	}
}

/**
 * Freeing counts as a write to the whole block, so every use must happen before it. A use after it
 * is another order of the same steps, which need not be run.
 */
static void check_unused(const struct block *block, uintptr_t code)
{
	for (uint32_t i = block->offset / 8; i < (block->offset + block->size + 7) / 8; ++i) {
		if (heap.location_of[i]) {
			struct location *location = &heap.locations[heap.location_of[i] - 1];
			if (search.request->states) {
				note_access(location->address, true);
			}
			check_plain(location, 0xff, true, code);
			check_atomic(location, 0xff, true, code);
		}
	}
}

void hooked_free(void *pointer, uintptr_t code)
{
	char place[256];
	if (!pointer) {
		return;
	}
	struct block *block = heap_block((uintptr_t)pointer);
	if (!block || heap.arena + block->offset != (char *)pointer) {
		place_name(code, place, sizeof(place));
		finding_set("free() of an address that is no block, at %s", place);
	} else if (block->freed) {
		place_name(code, place, sizeof(place));
		finding_set("a block is freed twice, at %s", place);
	} else {
		if (search.running && search.current != MODEL_MAIN) {
			memory.freeing = true;
			check_unused(block, code);
			memory.freeing = false;
		}
		block->freed = true;
	}
}

static bool acquires(int order)
{
	return order == __ATOMIC_ACQUIRE || order == __ATOMIC_CONSUME ||
	       order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

static bool releases(int order)
{
	return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

/** The atomic store that made a modification of a location; NULL if none did. */
static struct event *find_store(struct location *location, unsigned int modification)
{
	struct event *event = location->last;
	while (event && !(event->writes &&
			  event->modification[event_side(event, location)] == modification)) {
		event = event->previous[event_side(event, location)];
	}
	return modification ? event : NULL;
}

/** The last store to a location. An update continues its release sequence. */
static struct event *last_store(const struct event *event)
{
	return find_store(event->locations[0], event->locations[0]->modifications);
}

/** The oldest modification that a load may see. */
static unsigned int find_oldest(const struct event *load, const struct thread *thread, int order)
{
	struct location *location = load->locations[0];
	bool ordered = order == __ATOMIC_SEQ_CST;
	vector_clock visible =
		ordered ? vector_clock_join(thread->visible, search.order) : thread->visible;
	unsigned int oldest = location->base;
	for (const struct event *event = location->last; event;
	     event = event->previous[event_side(event, location)]) {
		bool seen = event->thread == load->thread ||
			    event->stamp <= visible[event->thread] ||
			    (event->writes && event->access.order == __ATOMIC_SEQ_CST &&
			     (ordered || event < thread->fence));
		unsigned int modification = event->modification[event_side(event, location)];
		if (seen && modification > oldest) {
			oldest = modification;
		}
	}
	// A repeated read sees another value sooner or later: here at once
	for (unsigned int s = 0; s < thread->seen_count; ++s) {
		const struct seen *seen = &thread->seen[s];
		if (seen->code == load->access.code && seen->location == location &&
		    seen->modification >= oldest && seen->modification < location->modifications) {
			oldest = seen->modification + 1;
		}
	}
	return oldest;
}

/** Joins the clocks of a store that a thread has seen to those of the thread. */
static void learn(struct thread *thread, const struct event *store, int order)
{
	if (!store) {
		return;
	}
	if (acquires(order)) {
		thread->happens = vector_clock_join(thread->happens, store->synchronizes);
		thread->visible = vector_clock_join(thread->visible, store->visible);
	} else {
		thread->acquire_happens =
			vector_clock_join(thread->acquire_happens, store->synchronizes);
		thread->acquire_visible =
			vector_clock_join(thread->acquire_visible, store->visible);
	}
}

/** The eight bytes of a location after a modification. */
static uint64_t value_at(struct location *location, unsigned int modification)
{
	const struct event *store = find_store(location, modification);
	return store ? store->value[event_side(store, location)] : location->initial;
}

/** Value that an access of at most eight bytes reads if it sees a modification. */
static unsigned __int128 value_of(const struct event *event, unsigned int modification)
{
	unsigned __int128 value = 0;
	uint64_t word = value_at(event->locations[0], modification);
	memcpy(&value, (const char *)&word + (event->access.address & 7), event->access.size);
	return value;
}

static void perform_load(struct event *event, struct thread *thread, struct node *node)
{
	struct location *location = event->locations[0];
	unsigned int modification = location->modifications;
	if (search.request->model == EXPLORE_C11 && !event->locations[1]) {
		unsigned int oldest = find_oldest(event, thread, event->access.order);
		node->options = (uint16_t)(modification - oldest + 1);
		modification -= node->option;
		event->oldest = oldest;
	}
	const struct event *store = find_store(location, modification);
	if (event->locations[1]) {
		event->modification[1] = event->locations[1]->modifications;
		memcpy(&event->access.before, (const void *)event->access.address, 16);
	} else {
		event->access.before = value_of(event, modification);
	}
	event->access.after = event->access.before;
	event->modification[0] = modification;
	learn(thread, store, event->access.order);
}

/** Sets the new value of an update. False if the update writes nothing. */
static bool compute(struct access *access)
{
	access->after = access_updated(access);
	return memcmp(&access->after, &access->before, access->size) != 0 ||
	       (access->update == UPDATE_COMPARE && access->before == access->expected);
}

/** Looks for a race of two atomic writes, one of which must be exclusive. */
static void check_exclusive(const struct event *event, const struct thread *thread)
{
	const struct event *before = last_store(event);
	if (before && (before->access.exclusive || event->access.exclusive) &&
	    before->thread != event->thread && before->stamp > thread->happens[before->thread]) {
		tell_race(event->access.address, event->access.code, before->thread,
			  before->access.code);
	}
}

/** Writes the new value of an event, and notes the modification. */
static void perform_write(struct event *event, struct thread *thread)
{
	const struct access *access = &event->access;
	check_exclusive(event, thread);
	memcpy((void *)access->address, &access->after, access->size);
	event->writes = true;
	for (int i = 0; i < 2 && event->locations[i]; ++i) {
		struct location *location = event->locations[i];
		event->modification[i] = ++location->modifications;
		memcpy(&event->value[i], (const void *)location->address, 8);
	}
	bool release = releases(access->order);
	event->synchronizes = release ? thread->happens : thread->release_happens;
	event->visible = release ? thread->visible : thread->release_visible;
}

/**
 * Returns the modification that an update sees. A compare-and-swap may fail by an older store, if
 * that left another value than the expected one: it is a load then.
 */
static unsigned int choose_seen(const struct event *event, const struct thread *thread,
				struct node *node)
{
	const struct access *access = &event->access;
	struct location *location = event->locations[0];
	unsigned int chosen = location->modifications;
	if (search.request->model != EXPLORE_C11 || access->update != UPDATE_COMPARE ||
	    event->locations[1]) {
		return chosen;
	}
	unsigned int oldest = find_oldest(event, thread, access->failure);
	node->options = 1;
	for (unsigned int older = location->modifications; older-- > oldest;) {
		uint64_t value = value_at(location, older) >> 8 * (access->address & 7);
		uint64_t difference = value ^ (uint64_t)access->expected;
		if (difference << (64 - 8 * access->size)) {
			chosen = node->option == node->options ? older : chosen;
			++node->options;
		}
	}
	return chosen;
}

static void perform_update(struct event *event, struct thread *thread, struct node *node)
{
	struct access *access = &event->access;
	unsigned int seen = choose_seen(event, thread, node);
	const struct event *store = find_store(event->locations[0], seen);
	bool writes = false;
	if (seen == event->locations[0]->modifications) {
		memcpy(&access->before, (const void *)access->address, access->size);
		writes = compute(access);
	} else {
		access->before = access->after = value_of(event, seen);
	}
	bool failed = access->update == UPDATE_COMPARE && !writes;
	learn(thread, store, failed ? access->failure : access->order);
	if (!writes) {
		event->modification[0] = seen;
		if (event->locations[1]) {
			event->modification[1] = event->locations[1]->modifications;
		}
		return;
	}
	perform_write(event, thread);
	if (store) {
		event->synchronizes = vector_clock_join(event->synchronizes, store->synchronizes);
		event->visible = vector_clock_join(event->visible, store->visible);
	}
}

static void perform_fence(const struct event *event, struct thread *thread)
{
	int order = event->access.order;
	if (acquires(order)) {
		thread->happens = vector_clock_join(thread->happens, thread->acquire_happens);
		thread->visible = vector_clock_join(thread->visible, thread->acquire_visible);
	}
	if (order == __ATOMIC_SEQ_CST) {
		thread->visible = vector_clock_join(thread->visible, search.order);
		search.order = thread->visible;
		thread->fence = event;
	}
	if (releases(order)) {
		thread->release_happens = thread->happens;
		thread->release_visible = thread->visible;
	}
}

/** Performs an access to a lock or to a place that threads sleep on: a write. */
static void perform_lock(struct event *event, struct thread *thread)
{
	struct access *access = &event->access;
	const struct event *store = last_store(event);
	access->order = __ATOMIC_ACQ_REL;
	if (access->kind != ACCESS_UNLOCK) {
		learn(thread, store, __ATOMIC_ACQUIRE);
	}
	memcpy(&access->before, (const void *)access->address, 8);
	access->after = access->kind == ACCESS_LOCK	? 1
			: access->kind == ACCESS_UNLOCK ? 0
							: access->before;
	access->size = 8;
	perform_write(event, thread);
}

void memory_perform_alone(struct access *access)
{
	if (access->kind == ACCESS_FENCE || access->kind == ACCESS_START) {
		return;
	}
	finding_count(access->code);
	heap_owns(access->address, access->size, "an access", access->code);
	memcpy(&access->before, (const void *)access->address, access->size);
	access->after = access->before;
	if (access->kind == ACCESS_STORE || access->kind == ACCESS_LOCK ||
	    access->kind == ACCESS_UNLOCK) {
		access->after = access->operand;
	} else if (access->kind == ACCESS_UPDATE) {
		compute(access);
	}
	memcpy((void *)access->address, &access->after, access->size);
}

/**
 * Makes a plain write the only value that an atomic access may see: an access that it does not
 * happen before is a race.
 */
static void note_overwritten(struct location *location, const struct access *access)
{
	if (location->overwritten & bytes_of(location, access->address, access->size)) {
		location->base = ++location->modifications;
		memcpy(&location->initial, (const void *)location->address, 8);
		location->overwritten = 0;
	}
}

/** True if the access is sequentially consistent, or to a lock. */
static bool is_strong(const struct access *access)
{
	return access->kind > ACCESS_FENCE ||
	       (access->order == __ATOMIC_SEQ_CST &&
		(access->update != UPDATE_COMPARE || access->failure == __ATOMIC_SEQ_CST));
}

void memory_perform(struct event *event, struct thread *thread, struct node *node)
{
	struct access *access = &event->access;
	if (access->kind == ACCESS_START) {
		return;
	}
	search.strong = search.strong && is_strong(access);
	if (access->kind == ACCESS_FENCE) {
		perform_fence(event, thread);
		return;
	}
	event->locations[0] = heap_location(access->address);
	if (access->size > 8) {
		event->locations[1] = heap_location(access->address + 8);
	}
	for (int i = 0; i < 2; ++i) {
		event->previous[i] = NULL;
		if (!event->locations[i]) {
			continue;
		}
		event->previous[i] = event->locations[i]->last;
		note_overwritten(event->locations[i], access);
		if (search.request->states) {
			note_access(event->locations[i]->address, false);
		}
	}
	switch (access->kind) {
	case ACCESS_LOAD:
		perform_load(event, thread, node);
		break;
	case ACCESS_STORE:
		memcpy(&access->before, (const void *)access->address, access->size);
		access->after = access->operand;
		perform_write(event, thread);
		break;
	case ACCESS_UPDATE:
		perform_update(event, thread, node);
		break;
	default:
		perform_lock(event, thread);
		break;
	}
	for (int i = 0; i < 2 && event->locations[i]; ++i) {
		check_plain(event->locations[i],
			    bytes_of(event->locations[i], access->address, access->size),
			    event->writes, access->code);
		event->locations[i]->last = event;
	}
}

/** Adds which clocks know a step of a thread that made a plain access to a location. */
static void describe_access(struct hash *state, uint64_t what, unsigned int thread, uint16_t stamp)
{
	uint64_t known = 0;
	uint64_t waiting = 0;
	bool over = true;
	for (unsigned int i = 0; i < search.thread_count; ++i) {
		const struct thread *other = &search.threads[i];
		bool knows = i == thread || other->happens[thread] >= stamp;
		over = over && (knows || other->state == THREAD_FINISHED);
		known |= (uint64_t)knows << i;
		waiting |= (uint64_t)(other->acquire_happens[thread] >= stamp) << 2 * i;
		waiting |= (uint64_t)(other->release_happens[thread] >= stamp) << (2 * i + 1);
	}
	if (over) {
		// No later access can race with it
		return;
	}
	struct hash sum = {0};
	hash_add(&sum, what);
	hash_add(&sum, known << 32 | waiting << 8 | thread);
	state->first += sum.first;
	state->second += sum.second;
	for (unsigned int i = 0; i < heap.location_count; ++i) {
		struct location *location = &heap.locations[i];
		const struct event *store = find_store(location, location->modifications);
		if (store && store->synchronizes[thread] >= stamp) {
			struct hash told = sum;
			hash_add(&told, location->address);
			state->first += told.first;
			state->second += told.second;
		}
	}
}

void memory_describe(struct hash *state)
{
	hash_add_bytes(state, heap.arena, heap.used);
	for (unsigned int i = 0; i < heap.block_count; ++i) {
		hash_add(state, heap.blocks[i].size << 1 | heap.blocks[i].freed);
	}
	// Sums, because locations are in the order of their first accesses
	struct hash races = {0};
	for (unsigned int i = 0; i < heap.location_count; ++i) {
		const struct location *location = &heap.locations[i];
		uint64_t what = (uint64_t)(location->address - (uintptr_t)heap.arena) << 16;
		if (location->written) {
			describe_access(&races, what | location->write_bytes << 1 | 1,
					location->writer, location->write_stamp);
		}
		for (unsigned int thread = 0; thread < search.thread_count; ++thread) {
			if (location->read_bytes[thread]) {
				describe_access(&races, what | location->read_bytes[thread] << 1,
						thread, location->read_stamps[thread]);
			}
		}
	}
	hash_add(state, races.first);
	hash_add(state, races.second);
}
