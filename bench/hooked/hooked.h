// SPDX-License-Identifier: MIT

/**
 * The engine behind the hooks: functions that explore/ and simulate/ both define, each in modules
 * of its own. A queue's file is compiled with -fsanitize=thread, whose calls go to hooks.c, as do
 * calls of the C library that allocate, lock, sleep, yield or create threads.
 */

#ifndef HOOKED_HOOKED_H
#define HOOKED_HOOKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// In the module itself: calls need no table
#pragma GCC visibility push(hidden)

enum access_kind {
	/** First step of a thread: not an access. */
	ACCESS_START,
	ACCESS_LOAD,
	ACCESS_STORE,
	/** Reads the latest value, and writes a value that differs. */
	ACCESS_UPDATE,
	ACCESS_FENCE,
	ACCESS_LOCK,
	ACCESS_UNLOCK,
	/** Condition variables and futexes. */
	ACCESS_SLEEP,
	ACCESS_WAKE,
};

enum update {
	UPDATE_EXCHANGE,
	UPDATE_ADD,
	UPDATE_SUBTRACT,
	UPDATE_AND,
	UPDATE_OR,
	UPDATE_XOR,
	UPDATE_COMPARE,
};

/** An access that a thread is about to make or has made. */
struct access {
	enum access_kind kind;
	enum update update;
	/** Bytes: 1 to 16. */
	unsigned int size;
	/** __ATOMIC_RELAXED and so on. */
	int order;
	/** Order of a compare-and-swap that fails. */
	int failure;
	/** A store while no other thread may write there; others may read. */
	bool exclusive;
	uintptr_t address;
	unsigned __int128 operand;
	unsigned __int128 expected;
	/** The values before and after the access. */
	unsigned __int128 before;
	unsigned __int128 after;
	/** Address in the code. */
	uintptr_t code;
};

/** The value that an update leaves. */
static inline unsigned __int128 access_updated(const struct access *access)
{
	switch (access->update) {
	case UPDATE_EXCHANGE:
		return access->operand;
	case UPDATE_ADD:
		return access->before + access->operand;
	case UPDATE_SUBTRACT:
		return access->before - access->operand;
	case UPDATE_AND:
		return access->before & access->operand;
	case UPDATE_OR:
		return access->before | access->operand;
	case UPDATE_XOR:
		return access->before ^ access->operand;
	case UPDATE_COMPARE:
		return access->before == access->expected ? access->operand : access->before;
	}
	return access->before;
}

// The engine. `code` is the address in the queue's code that an access or a call returns to

/** Makes an access. Sets `access->before`. */
void hooked_access(struct access *access);
/** A plain access, which has no order. */
void hooked_plain(uintptr_t address, size_t size, bool write, uintptr_t code);
/** Allocates `size` bytes. NULL if there is no memory. */
void *hooked_allocate(size_t size, size_t alignment, uintptr_t code);
void hooked_free(void *block, uintptr_t code);
/** From now on the calling thread is among those that a wake on `object` reaches. */
void hooked_announce_sleep(const void *object);
/** Sleeps until woken on `object`: at once if the wake came since the announcement. */
void hooked_sleep(const void *object, uintptr_t code);
/** Wakes up to `count` threads that sleep on `object`. Returns how many it woke. */
unsigned int hooked_wake(const void *object, unsigned int count, uintptr_t code);
void hooked_yield(void);
/** Creates a thread. Returns its number, or -1 if it cannot. */
int hooked_create(void *(*entry)(void *), void *argument, uintptr_t code);
/** Waits for the end of a thread. */
void hooked_join(unsigned int thread, uintptr_t code);
/** Ends the run with a message. In a thread of the program it does not return. */
__attribute__((format(printf, 1, 2))) void hooked_fail(const char *format, ...);

/** In hooks.c: makes an access to the first word of an object, such as a lock. */
void hooked_step(enum access_kind kind, const void *object, uintptr_t code);

#pragma GCC visibility pop

#endif // HOOKED_HOOKED_H
