// SPDX-License-Identifier: MIT

/**
 * The engine of the hooks: threads in virtual time. A thread runs until something else is due
 * earlier than it has come. Values take effect when a line has arrived, so a compare-and-swap fails
 * exactly when it would. Stores go through a buffer as on x86 (TSO): an update waits until it is
 * empty.
 */

#include "simulate/engine/engine.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

typedef unsigned __int128 word128;

struct simulation simulation;

static inline struct simulated_thread *current(void)
{
	return simulation.current;
}

static inline bool is_main(void)
{
	return simulation.current == &simulation.main;
}

static void switch_to(struct simulated_thread *thread)
{
	struct simulated_thread *from = simulation.current;
	if (thread != from) {
		simulation.current = thread;
		local_switch(from->index, thread->index);
		coroutine_switch(&from->coroutine, &thread->coroutine);
	}
}

void hooked_fail(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(simulation.result->failure, sizeof(simulation.result->failure), format,
		  arguments);
	va_end(arguments);
	switch_to(&simulation.main);
}

static void store_step(struct simulated_thread *thread, int64_t now);
static bool reach(struct simulated_thread *thread);

void threads_switch(void)
{
	const struct simulated_thread *self = simulation.current;
	struct event event;
	struct simulated_thread *thread;
	while (event_take(&event)) {
		switch (event.kind) {
		case EVENT_LINE:
			line_grant(&simulation.lines[event.index], event.time);
			break;
		case EVENT_STORE:
			store_step(&simulation.threads[event.index], event.time);
			break;
		case EVENT_WINDOW:
			simulation.window[event.index](event.time);
			break;
		case EVENT_THREAD:
			thread = &simulation.threads[event.index];
			thread->now = event.time;
			// What it waits for next takes no switch
			if (!reach(thread)) {
				break;
			}
			if (thread != self) {
				switch_to(thread);
			}
			return;
		}
	}
	switch_to(&simulation.main);
}

/** Lets time pass, give or take a quarter. */
static inline void spend(struct simulated_thread *thread, int64_t time)
{
	thread->now +=
		time - time / 4 + (int64_t)(draw(&thread->random) % (uint64_t)(time / 2 + 1));
}

/** Begins an access that may be a look. */
static inline void look(int64_t time)
{
	if (++simulation.result->accesses > simulation.most) {
		hooked_fail("it takes more than %ju accesses", (uintmax_t)simulation.most);
	}
	spend(current(), time);
}

/** Begins any other access. */
static inline void begin(int64_t time)
{
	spin_break(&current()->spin);
	look(time);
}

static word128 get(uintptr_t address, unsigned int size)
{
	word128 value = 0;
	memcpy(&value, (const void *)address, size);
	return value;
}

static void put(uintptr_t address, unsigned int size, word128 value)
{
	memcpy((void *)address, &value, size);
}

/** Waits until the store buffer has at most this many stores. */
static void await_stores(unsigned int most)
{
	if (current()->count > most) {
		current()->awaited = (int)most;
		threads_switch();
	}
}

/** The oldest stores take effect, as far as their lines are there. */
static void store_step(struct simulated_thread *thread, int64_t now)
{
	thread->storing = false;
	for (; thread->count > 0; --thread->count) {
		struct buffered_store *store = &thread->stores[thread->oldest];
		struct line *line = line_at(store->address);
		if (line->owner != (int)thread->core) {
			thread->storing = true;
			thread->store_request = (struct line_request){.thread = thread,
								      .since = now,
								      .code = store->code,
								      .buffered = true};
			line_ask(line, &thread->store_request);
			break;
		}
		if (line->ready > now) {
			thread->storing = true;
			event_add(line->ready, EVENT_STORE, thread->index);
			break;
		}
		line_change(line, now);
		if (store->has_value) {
			put(store->address, store->size, store->value);
		}
		line_use(line, thread->core);
		thread->oldest = (thread->oldest + 1) % STORE_BUFFER;
	}
	if (thread->awaited >= 0 && thread->count <= (unsigned int)thread->awaited) {
		thread->awaited = -1;
		event_add(now, EVENT_THREAD, thread->index);
	}
}

static void buffer(struct buffered_store store)
{
	struct simulated_thread *thread = current();
	spin_break(&thread->spin);
	await_stores(STORE_BUFFER - 1);
	thread->stores[(thread->oldest + thread->count++) % STORE_BUFFER] = store;
	if (!thread->storing) {
		store_step(thread, thread->now);
	}
}

static inline bool overlaps(const struct buffered_store *store, uintptr_t address, size_t size)
{
	return store->has_value && store->address < address + size &&
	       address < store->address + store->size;
}

/** Stores to memory that is accessed plainly, or freed, take effect at once: no other thread sees
 * it.
 */
static void settle(uintptr_t address, size_t size)
{
	for (unsigned int i = 0; i < current()->count; ++i) {
		struct buffered_store *store =
			&current()->stores[(current()->oldest + i) % STORE_BUFFER];
		if (overlaps(store, address, size)) {
			put(store->address, store->size, store->value);
			store->has_value = false;
		}
	}
}

/**
 * Goes on with the access of a thread, as far as it comes without waiting. True if the thread can
 * go on: its core has the line, or it is to look for the value in its store buffer.
 */
static bool reach(struct simulated_thread *thread)
{
	struct line_request *request = &thread->request;
	switch (thread->stage) {
	case STAGE_NONE:
		return true;
	case STAGE_ARRIVES:
		if (thread->count == 0) {
			break;
		}
		if (request->reads) {
			return true;
		}
		thread->stage = STAGE_DRAINED;
		thread->awaited = 0;
		return false;
	case STAGE_DRAINED:
		spend(thread, simulation.machine->update);
		thread->stage = STAGE_LOOKS;
		if (event_is_due(thread->now)) {
			event_add(thread->now, EVENT_THREAD, thread->index);
			return false;
		}
		break;
	case STAGE_LOOKS:
		break;
	}
	thread->stage = STAGE_NONE;
	struct line *line = line_at(request->address);
	request->line = line;
	request->far &= line_is_far(line, thread->core);
	if (request->reads && thread->now < thread->spin.past) {
		thread->now += simulation.machine->hit;
		return true;
	}
	while (request->reads ? line_is_shared_by(line, thread->core)
			      : !request->far && line->owner == (int)thread->core) {
		if (line->ready <= thread->now) {
			thread->now += request->reads ? simulation.machine->hit : 0;
			line_use(line, thread->core);
			return true;
		}
		// Another thread of the core fetches it
		spin_break(&thread->spin);
		thread->now = line->ready;
		if (event_is_due(thread->now)) {
			thread->stage = STAGE_LOOKS;
			event_add(thread->now, EVENT_THREAD, thread->index);
			return false;
		}
	}
	spin_break(&thread->spin);
	request->since = thread->now;
	line_ask(line, request);
	return false;
}

/** Lets happen what is due before, and waits until the thread's core has a line. */
static inline void await_line(enum stage stage, struct line_request request)
{
	struct simulated_thread *thread = current();
	request.thread = thread;
	thread->request = request;
	thread->stage = stage;
	if (event_is_due(thread->now)) {
		event_add(thread->now, EVENT_THREAD, thread->index);
		threads_switch();
	} else if (!reach(thread)) {
		threads_switch();
	}
}

/** Loads from the store buffer. False if the value is not there; what hides it then has left. */
static bool forward(struct access *access)
{
	struct simulated_thread *thread = current();
	for (unsigned int i = thread->count; i-- > 0;) {
		const struct buffered_store *store =
			&thread->stores[(thread->oldest + i) % STORE_BUFFER];
		if (!overlaps(store, access->address, access->size)) {
			continue;
		}
		if (store->address > access->address ||
		    access->address + access->size > store->address + store->size) {
			thread->stage = STAGE_NONE;
			await_stores(0);
			return false;
		}
		thread->now += simulation.machine->hit;
		word128 value = store->value >> 8 * (access->address - store->address);
		access->before = 0;
		memcpy(&access->before, &value, access->size);
		thread->stage = STAGE_NONE;
		spin_break(&thread->spin);
		return true;
	}
	return false;
}

static void load(struct access *access)
{
	struct simulated_thread *thread = current();
	look(simulation.machine->step);
	await_line(STAGE_ARRIVES, (struct line_request){.address = access->address,
							.code = access->code,
							.reads = true});
	if (thread->stage == STAGE_ARRIVES) {
		if (forward(access)) {
			return;
		}
		thread->stage = STAGE_LOOKS;
		if (!reach(thread)) {
			threads_switch();
		}
	}
	if (thread->spin.records) {
		spin_record(thread->request.line, access->code, access->address, false);
	}
	access->before = get(access->address, access->size);
}

static void update(struct access *access)
{
	struct simulated_thread *thread = current();
	struct line *line = NULL;
	if (!is_main()) {
		begin(simulation.machine->step);
		// A compare-and-swap fetches the line
		await_line(STAGE_ARRIVES,
			   (struct line_request){.address = access->address,
						 .code = access->code,
						 .far = access->update != UPDATE_COMPARE});
		line = thread->request.line;
	}
	access->before = get(access->address, access->size);
	if (line) {
		line_change(line, thread->now);
	}
	put(access->address, access->size, access_updated(access));
	if (!line) {
		return;
	}
	if (access->update == UPDATE_COMPARE) {
		++simulation.swaps;
		simulation.failed_swaps += access->before != access->expected;
	}
	if (thread->request.far) {
		return;
	}
	thread->now += simulation.machine->update;
	line->free_at = line->free_at < thread->now ? thread->now : line->free_at;
}

static void store(struct access *access)
{
	struct simulated_thread *thread = current();
	if (access->order == __ATOMIC_SEQ_CST) {
		access->update = UPDATE_EXCHANGE;
		update(access);
		return;
	}
	begin(simulation.machine->step);
	threads_catch_up();
	struct line *line = line_at(access->address);
	thread->now += simulation.machine->store;
	if (thread->count == 0 && line->owner == (int)thread->core && line->ready <= thread->now) {
		line_change(line, thread->now);
		put(access->address, access->size, access->operand);
		line_use(line, thread->core);
		return;
	}
	buffer((struct buffered_store){access->address, access->size, true, access->operand,
				       access->code});
}

void hooked_plain(uintptr_t address, size_t size, bool write, uintptr_t code)
{
	struct simulated_thread *thread = current();
	if (is_main()) {
		return;
	}
	look(simulation.machine->step / 2);
	if (address - simulate_local.start < simulate_local.size) {
		thread->now += simulation.machine->hit / 4;
		return;
	}
	settle(address, size);
	for (uintptr_t at = address / 64 * 64; at < address + size; at += 64) {
		struct line *line = line_at(at);
		bool there = write ? line->owner == (int)thread->core
				   : line_is_shared_by(line, thread->core);
		bool past = thread->now < thread->spin.past;
		if (past || (there && line->ready <= thread->now)) {
			thread->now += write ? 0 : simulation.machine->hit / 4;
			if (!past) {
				line_use(line, thread->core);
			}
			if (write) {
				line_change(line, thread->now);
			}
			if (thread->spin.records) {
				spin_record(line, code, address, write);
			}
			continue;
		}
		if (!write) {
			await_line(
				STAGE_LOOKS,
				(struct line_request){.address = at, .code = code, .reads = true});
			continue;
		}
		threads_catch_up();
		const struct buffered_store *last =
			&thread->stores[(thread->oldest + thread->count + STORE_BUFFER - 1) %
					STORE_BUFFER];
		if (thread->count == 0 || last->has_value || last->address / 64 != at / 64) {
			buffer((struct buffered_store){.address = at, .size = 1, .code = code});
		}
	}
}

void hooked_announce_sleep(const void *object)
{
	simulation.sleeps_on[current()->index] = object;
}

void hooked_sleep(const void *object, uintptr_t code)
{
	(void)code;
	begin(simulation.machine->system_call);
	threads_catch_up();
	if (simulation.sleeps_on[current()->index] == object) {
		current()->asleep = true;
		threads_switch();
	}
}

unsigned int hooked_wake(const void *object, unsigned int count, uintptr_t code)
{
	(void)code;
	if (is_main()) {
		return 0;
	}
	begin(simulation.machine->system_call);
	threads_catch_up();
	unsigned int woken = 0;
	// Beginning behind the caller, so that nobody is always the last
	unsigned int index = current()->index;
	for (unsigned int i = 0; i < simulation.thread_count && woken < count; ++i) {
		index = index + 1 < simulation.thread_count ? index + 1 : 0;
		if (simulation.sleeps_on[index] != object) {
			continue;
		}
		simulation.sleeps_on[index] = NULL;
		++woken;
		if (simulation.threads[index].asleep) {
			simulation.threads[index].asleep = false;
			event_add(current()->now + simulation.machine->wake, EVENT_THREAD, index);
		}
	}
	return woken;
}

/** A mutex as glibc has it: 0 is free, 1 is held, 2 is held and somebody may sleep. */
static word128 change_mutex(const struct access *access, enum update how, word128 value)
{
	struct access step = {.update = how,
			      .size = 8,
			      .address = access->address,
			      .operand = value,
			      .code = access->code};
	update(&step);
	return step.before;
}

static void lock(const struct access *access)
{
	if (change_mutex(access, UPDATE_COMPARE, 1) == 0) {
		return;
	}
	while (change_mutex(access, UPDATE_EXCHANGE, 2) != 0) {
		begin(simulation.machine->system_call);
		threads_catch_up();
		// The kernel compares under a lock that a wake takes
		if (get(access->address, 8) == 2) {
			simulation.sleeps_on[current()->index] = (const void *)access->address;
			current()->asleep = true;
			threads_switch();
		}
	}
}

void hooked_access(struct access *access)
{
	bool costs = !is_main();
	switch (access->kind) {
	case ACCESS_LOAD:
		if (costs) {
			load(access);
		} else {
			access->before = get(access->address, access->size);
		}
		break;
	case ACCESS_STORE:
		if (costs) {
			store(access);
		} else {
			put(access->address, access->size, access->operand);
		}
		break;
	case ACCESS_UPDATE:
		update(access);
		break;
	case ACCESS_FENCE:
		if (costs && access->order == __ATOMIC_SEQ_CST) {
			begin(simulation.machine->fence);
			threads_catch_up();
			await_stores(0);
		}
		break;
	case ACCESS_LOCK:
		lock(access);
		break;
	case ACCESS_UNLOCK:
		if (change_mutex(access, UPDATE_EXCHANGE, 0) == 2) {
			hooked_wake((const void *)access->address, 1, access->code);
		}
		break;
	case ACCESS_START:
	case ACCESS_SLEEP:
	case ACCESS_WAKE:
		break;
	}
}

/** Before a block: the logarithm of its size, or 0 if it has pages of its own. */
#define BLOCK_HEAD 16
/** Where memory begins; bytes that are mapped at once; and places that may be taken. */
#define MAPPED_FROM ((uintptr_t)1 << 44)
#define MAPPED_AHEAD ((size_t)1 << 26)
#define MAPPED_TAKEN 8

/** Maps pages at the same addresses in every run: queues hash addresses. Many at once: threads take
 * a megabyte each. Skips what is taken already. NULL without memory. */
static void *map(size_t size)
{
	static uintptr_t next = MAPPED_FROM;
	static uintptr_t end = MAPPED_FROM;
	static unsigned int taken;
	size = (size + 4095) / 4096 * 4096;
	while (next + size > end) {
		size_t more = next + size - end > MAPPED_AHEAD ? next + size - end : MAPPED_AHEAD;
		if (mmap((void *)end, more, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1,
			 0) != MAP_FAILED) {
			end += more;
		} else if (errno == EEXIST && ++taken <= MAPPED_TAKEN) {
			end += more;
			next = end;
		} else {
			if (errno == EEXIST) {
				hooked_fail(
					"its memory cannot be at the same addresses in every run: "
					"at %#jx and below there is other memory",
					(uintmax_t)end);
			}
			return NULL;
		}
	}
	void *pages = (void *)next;
	next += size;
	return pages;
}

/** Each thread has memory of its own, as with any allocator made for threads. */
void *hooked_allocate(size_t size, size_t alignment, uintptr_t code)
{
	(void)code;
	struct simulated_thread *thread = current();
	if (!is_main()) {
		begin(simulation.machine->allocation);
	}
	alignment = alignment < BLOCK_HEAD ? BLOCK_HEAD : alignment;
	size_t whole = (size < 16 ? 16 : size) + alignment;
	unsigned int class = 64 - (unsigned int)__builtin_clzll(whole - 1);
	size_t bytes = (size_t)1 << class;
	char *start;
	if (bytes > 65536) {
		start = map(whole);
		class = 0;
	} else if (alignment <= 128 && thread->freed[class]) {
		// Blocks are multiples of their size apart, so a block is aligned for the next as
		// well
		start = thread->freed[class];
		thread->freed[class] = *(void **)start;
	} else {
		if ((size_t)(thread->fresh_end - thread->fresh) < bytes) {
			thread->fresh = map(1 << 20);
			thread->fresh_end = thread->fresh ? thread->fresh + (1 << 20) : NULL;
		}
		start = thread->fresh;
		thread->fresh += start ? bytes : 0;
	}
	if (!start) {
		errno = ENOMEM;
		return NULL;
	}
	char *block =
		(char *)(((uintptr_t)start + BLOCK_HEAD + alignment - 1) / alignment * alignment);
	((uint64_t *)block)[-1] = class;
	((char **)block)[-2] = start;
	return block;
}

void hooked_free(void *block, uintptr_t code)
{
	(void)code;
	if (!block) {
		return;
	}
	uint64_t class = ((uint64_t *)block)[-1];
	char *start = ((char **)block)[-2];
	if (!is_main()) {
		begin(simulation.machine->allocation);
		settle((uintptr_t)start, (size_t)1 << class);
	}
	if (class) {
		*(void **)start = current()->freed[class];
		current()->freed[class] = start;
	}
}

void hooked_yield(void)
{
	if (!is_main()) {
		look(simulation.machine->yield);
		threads_catch_up();
		spin_step();
	}
}

void simulate_pause(void)
{
	if (!is_main()) {
		look(simulation.machine->pause);
		spin_step();
	}
}

void simulate_work(uint64_t nanoseconds)
{
	begin(simulation.machine->loop + (int64_t)nanoseconds * 1000);
}

uint64_t simulate_clock(void)
{
	if (!is_main()) {
		begin(simulation.machine->step);
	}
	return (uint64_t)current()->now / 1000;
}

/** Notes an operation, for no time. */
void simulate_note(struct rank_log *log, uintptr_t item, uint64_t before)
{
	log->notes[log->count++] =
		(struct rank_note){before, (uint64_t)current()->now / 1000, item};
}

int hooked_create(void *(*entry)(void *), void *argument, uintptr_t code)
{
	(void)code;
	if (simulation.created == simulation.creatable) {
		hooked_fail("the queue creates threads of its own");
		return -1;
	}
	begin(simulation.machine->system_call);
	unsigned int index = simulation.created++;
	simulation.threads[index].entry = entry;
	simulation.threads[index].argument = argument;
	event_add(current()->now + simulation.machine->wake, EVENT_THREAD, index);
	return (int)index;
}

void hooked_join(unsigned int index, uintptr_t code)
{
	(void)code;
	if (!simulation.threads[index].over) {
		simulation.threads[index].joiner = current();
		threads_switch();
	}
}

static void thread_main(void)
{
	struct simulated_thread *self = simulation.current;
	if (self->entry) {
		self->entry(self->argument);
	} else {
		self->body(self->index);
	}
	self->over = true;
	if (self->joiner) {
		event_add(self->now, EVENT_THREAD, self->joiner->index);
	}
	threads_switch();
}

int threads_create(unsigned int count, unsigned int creatable, uint64_t seed,
		   void (*body)(unsigned int index))
{
	simulation.current = &simulation.main;
	simulation.main.index = SIMULATE_THREADS;
	if (local_create() != 0) {
		return -1;
	}
	simulation.random = seed * 0xD1B54A32D192ED03u | 1;
	simulation.thread_count = count;
	simulation.creatable = creatable;
	// Each of these pages would be a fault of its own. Only an advice
	uintptr_t pages = (uintptr_t)simulation.threads / 4096 * 4096;
	madvise((void *)pages, count * sizeof(*simulation.threads), MADV_POPULATE_WRITE);
	for (unsigned int i = 0; i < count; ++i) {
		struct simulated_thread *thread = &simulation.threads[i];
		if (coroutine_prepare(&thread->coroutine, i % 64 * 64) != 0) {
			return -1;
		}
		coroutine_make(&thread->coroutine, thread_main);
		thread->body = body;
		thread->index = i;
		thread->core = simulation.machine->core[i];
		thread->awaited = -1;
		thread->random = (seed * 0x9E3779B97F4A7C15u + (i + 1) * 0xD1B54A32D192ED03u) | 1;
		for (unsigned int k = 0; k < 8; ++k) {
			draw(&thread->random);
		}
		if (i >= creatable) {
			// Threads do not begin in step
			event_add((int64_t)(draw(&thread->random) % 200000), EVENT_THREAD, i);
		}
	}
	return 0;
}

void threads_run(void)
{
	threads_switch();
	for (unsigned int i = 0; i < simulation.thread_count; ++i) {
		if (!simulation.threads[i].over && !simulation.result->failure[0]) {
			hooked_fail("thread %u sleeps for ever", i);
		}
	}
}
