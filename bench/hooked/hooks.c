// SPDX-License-Identifier: MIT

/**
 * The hooks: they replace the sanitizer, the C library and the system for a queue's file.
 *
 * The file is compiled with -fsanitize=thread, which makes each atomic operation, each fence and
 * each plain access to memory that other threads may reach a call of a function below. No sanitizer
 * is linked. Functions of the C library that allocate, lock, sleep, yield or create threads are
 * found here first, because they stand in the module itself.
 */

#include "hooked/hooked.h"

#include "queue.h"

#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#define CODE ((uintptr_t)__builtin_return_address(0))

// The compiler calls hooks by name: they need no prototypes
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

typedef unsigned __int128 word128;

/** Makes an access. Returns the value before it. */
static word128 perform(struct access *access)
{
	hooked_access(access);
	return access->before;
}

static word128 load(const volatile void *address, unsigned int size, int order, uintptr_t code)
{
	return perform(&(struct access){.kind = ACCESS_LOAD,
					.size = size,
					.order = order,
					.address = (uintptr_t)address,
					.code = code});
}

static void store(volatile void *address, unsigned int size, word128 value, int order,
		  uintptr_t code)
{
	perform(&(struct access){.kind = ACCESS_STORE,
				 .size = size,
				 .order = order,
				 .address = (uintptr_t)address,
				 .operand = value,
				 .code = code});
}

static word128 update(enum update how, volatile void *address, unsigned int size, word128 operand,
		      int order, uintptr_t code)
{
	return perform(&(struct access){.kind = ACCESS_UPDATE,
					.update = how,
					.size = size,
					.order = order,
					.address = (uintptr_t)address,
					.operand = operand,
					.code = code});
}

static word128 compare(volatile void *address, unsigned int size, word128 operand, word128 expected,
		       int order, int failure, uintptr_t code)
{
	return perform(&(struct access){.kind = ACCESS_UPDATE,
					.update = UPDATE_COMPARE,
					.size = size,
					.order = order,
					.failure = failure,
					.address = (uintptr_t)address,
					.operand = operand,
					.expected = expected,
					.code = code});
}

// A weak compare-and-swap never fails in vain: it is a strong one
#define ATOMIC_HOOKS(bits, type)                                                                   \
	type __tsan_atomic##bits##_load(const volatile type *a, int order)                         \
	{                                                                                          \
		return (type)load(a, sizeof(type), order, CODE);                                   \
	}                                                                                          \
	void __tsan_atomic##bits##_store(volatile type *a, type v, int order)                      \
	{                                                                                          \
		store(a, sizeof(type), v, order, CODE);                                            \
	}                                                                                          \
	UPDATE_HOOK(bits, type, exchange, UPDATE_EXCHANGE)                                         \
	UPDATE_HOOK(bits, type, fetch_add, UPDATE_ADD)                                             \
	UPDATE_HOOK(bits, type, fetch_sub, UPDATE_SUBTRACT)                                        \
	UPDATE_HOOK(bits, type, fetch_and, UPDATE_AND)                                             \
	UPDATE_HOOK(bits, type, fetch_or, UPDATE_OR)                                               \
	UPDATE_HOOK(bits, type, fetch_xor, UPDATE_XOR)                                             \
	type __tsan_atomic##bits##_compare_exchange_val(volatile type *a, type c, type v,          \
							int order, int failure)                    \
	{                                                                                          \
		return (type)compare(a, sizeof(type), v, c, order, failure, CODE);                 \
	}                                                                                          \
	COMPARE_HOOK(bits, type, strong)                                                           \
	COMPARE_HOOK(bits, type, weak)

#define UPDATE_HOOK(bits, type, name, how)                                                         \
	type __tsan_atomic##bits##_##name(volatile type *a, type v, int order)                     \
	{                                                                                          \
		return (type)update(how, a, sizeof(type), v, order, CODE);                         \
	}

#define COMPARE_HOOK(bits, type, name)                                                             \
	int __tsan_atomic##bits##_compare_exchange_##name(volatile type *a, type *c, type v,       \
							  int order, int failure)                  \
	{                                                                                          \
		type before = (type)compare(a, sizeof(type), v, *c, order, failure, CODE);         \
		if (before == *c) {                                                                \
			return 1;                                                                  \
		}                                                                                  \
		*c = before;                                                                       \
		return 0;                                                                          \
	}

ATOMIC_HOOKS(8, uint8_t)
ATOMIC_HOOKS(16, uint16_t)
ATOMIC_HOOKS(32, uint32_t)
ATOMIC_HOOKS(64, uint64_t)
ATOMIC_HOOKS(128, word128)

/** A relaxed store while no other thread may write there: see liburcu.h. */
void explore_store_exclusive(void *place, void *value)
{
	perform(&(struct access){.kind = ACCESS_STORE,
				 .size = sizeof(value),
				 .order = __ATOMIC_RELAXED,
				 .exclusive = true,
				 .address = (uintptr_t)place,
				 .operand = (uintptr_t)value,
				 .code = CODE});
}

void __tsan_atomic_thread_fence(int order)
{
	perform(&(struct access){.kind = ACCESS_FENCE, .order = order, .code = CODE});
}

void __tsan_atomic_signal_fence(int order)
{
	(void)order;
}

#define PLAIN_HOOK(name, size, write)                                                              \
	void __tsan_##name##size(void *a)                                                          \
	{                                                                                          \
		hooked_plain((uintptr_t)a, size, write, CODE);                                     \
	}

#define PLAIN_HOOKS(size)                                                                          \
	PLAIN_HOOK(read, size, false)                                                              \
	PLAIN_HOOK(write, size, true)                                                              \
	PLAIN_HOOK(unaligned_read, size, false)                                                    \
	PLAIN_HOOK(unaligned_write, size, true)                                                    \
	PLAIN_HOOK(volatile_write, size, true)                                                     \
	void __tsan_volatile_read##size(void *a)                                                   \
	{                                                                                          \
		load(a, size, __ATOMIC_RELAXED, CODE);                                             \
	}

PLAIN_HOOKS(1)
PLAIN_HOOKS(2)
PLAIN_HOOKS(4)
PLAIN_HOOKS(8)
PLAIN_HOOKS(16)

void __tsan_read_range(void *a, size_t size)
{
	hooked_plain((uintptr_t)a, size, false, CODE);
}

void __tsan_write_range(void *a, size_t size)
{
	hooked_plain((uintptr_t)a, size, true, CODE);
}

/** A call of a virtual function reads the table of its object. clang calls this before. */
void __tsan_vptr_read(void *a)
{
	hooked_plain((uintptr_t)a, sizeof(void *), false, CODE);
}

/** A constructor of C++ sets its object's table. */
void __tsan_vptr_update(void *a, void *value)
{
	(void)value;
	hooked_plain((uintptr_t)a, sizeof(void *), true, CODE);
}

/** Not an access of the algorithm: see queue.h. */
void explore_slow_path(struct queue_slow_path *path)
{
	++path->entries;
}

void __tsan_init(void)
{
}

// Files tell tsan which order a library keeps. Here the accesses themselves show it

void __tsan_acquire(void *a)
{
	(void)a;
}

void __tsan_release(void *a)
{
	(void)a;
}

// Nor is anything hidden from an engine

#define ANNOTATION_HOOK(name)                                                                      \
	void AnnotateIgnore##name(const char *file, int line)                                      \
	{                                                                                          \
		(void)file;                                                                        \
		(void)line;                                                                        \
	}

ANNOTATION_HOOK(ReadsBegin)
ANNOTATION_HOOK(ReadsEnd)
ANNOTATION_HOOK(WritesBegin)
ANNOTATION_HOOK(WritesEnd)

void __tsan_func_entry(void *caller)
{
	(void)caller;
}

void __tsan_func_exit(void)
{
}

// Allocation

void *malloc(size_t size)
{
	return hooked_allocate(size, 16, CODE);
}

void *calloc(size_t count, size_t size)
{
	void *block = hooked_allocate(count * size, 16, CODE);
	return block ? memset(block, 0, count * size) : NULL;
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return hooked_allocate(size, alignment, CODE);
}

void *realloc(void *block, size_t size)
{
	(void)block;
	(void)size;
	hooked_fail("the queue calls realloc(), which is not hooked: use malloc() and free()");
	return NULL;
}

void free(void *block)
{
	hooked_free(block, CODE);
}

// The same for C++, whose names say what it passes besides: alignments, sizes, std::nothrow

/** `operator new`, which throws where there is no memory: that ends the run. */
#define NEW_HOOK(name, throws, alignment, ...)                                                     \
	void *name(size_t size, ##__VA_ARGS__)                                                     \
	{                                                                                          \
		void *block = hooked_allocate(size, alignment, CODE);                              \
		if (throws && !block) {                                                            \
			hooked_fail("no memory");                                                  \
		}                                                                                  \
		return block;                                                                      \
	}

#define DELETE_HOOK(name, ...)                                                                     \
	void name(void *block, ##__VA_ARGS__)                                                      \
	{                                                                                          \
		hooked_free(block, CODE);                                                          \
	}

#define UNUSED __attribute__((unused))

NEW_HOOK(_Znwm, true, 16)
NEW_HOOK(_ZnwmRKSt9nothrow_t, false, 16, UNUSED const void *nothrow)
NEW_HOOK(_ZnwmSt11align_val_t, true, alignment, size_t alignment)
NEW_HOOK(_ZnwmSt11align_val_tRKSt9nothrow_t, false, alignment, size_t alignment,
	 UNUSED const void *nothrow)
DELETE_HOOK(_ZdlPv)
DELETE_HOOK(_ZdlPvm, UNUSED size_t size)
DELETE_HOOK(_ZdlPvSt11align_val_t, UNUSED size_t alignment)
DELETE_HOOK(_ZdlPvmSt11align_val_t, UNUSED size_t size, UNUSED size_t alignment)

// Locks and sleep: the first word of a mutex or a condition variable stands for it

void hooked_step(enum access_kind kind, const void *object, uintptr_t code)
{
	perform(&(struct access){.kind = kind,
				 .size = 8,
				 .order = __ATOMIC_SEQ_CST,
				 .address = (uintptr_t)object & ~(uintptr_t)7,
				 .operand = kind == ACCESS_LOCK,
				 .code = code});
}

int pthread_mutex_init(pthread_mutex_t *mutex, const pthread_mutexattr_t *attributes)
{
	(void)attributes;
	memset(mutex, 0, sizeof(*mutex));
	return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
	(void)mutex;
	return 0;
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
	hooked_step(ACCESS_LOCK, mutex, CODE);
	return 0;
}

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
	return compare(mutex, 8, 1, 0, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED, CODE) == 0 ? 0 : EBUSY;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
	hooked_step(ACCESS_UNLOCK, mutex, CODE);
	return 0;
}

int pthread_cond_init(pthread_cond_t *condition, const pthread_condattr_t *attributes)
{
	(void)attributes;
	memset(condition, 0, sizeof(*condition));
	return 0;
}

int pthread_cond_destroy(pthread_cond_t *condition)
{
	(void)condition;
	return 0;
}

int pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
	// A step on the condition: a signal before it and one after it differ, whichever thread
	// holds the lock
	update(UPDATE_ADD, condition, 8, 0, __ATOMIC_RELAXED, CODE);
	hooked_announce_sleep(condition);
	hooked_step(ACCESS_UNLOCK, mutex, CODE);
	hooked_sleep(condition, CODE);
	hooked_step(ACCESS_LOCK, mutex, CODE);
	return 0;
}

int pthread_cond_signal(pthread_cond_t *condition)
{
	hooked_wake(condition, 1, CODE);
	return 0;
}

int pthread_cond_broadcast(pthread_cond_t *condition)
{
	hooked_wake(condition, UINT32_MAX, CODE);
	return 0;
}

int sched_yield(void)
{
	hooked_yield();
	return 0;
}

int pthread_create(pthread_t *handle, const pthread_attr_t *attributes, void *(*entry)(void *),
		   void *argument)
{
	(void)attributes;
	int thread = hooked_create(entry, argument, CODE);
	*handle = (pthread_t)thread;
	return thread < 0 ? EAGAIN : 0;
}

int pthread_join(pthread_t handle, void **result)
{
	(void)result;
	hooked_join((unsigned int)handle, CODE);
	return 0;
}

/** Only futex(2). */
long syscall(long number, ...)
{
	va_list arguments;
	va_start(arguments, number);
	uint32_t *word = va_arg(arguments, uint32_t *);
	int operation = va_arg(arguments, int) & FUTEX_CMD_MASK;
	unsigned int value = va_arg(arguments, unsigned int);
	va_end(arguments);
	if (number != SYS_futex) {
		hooked_fail("the queue makes system call %ld, and only futex(2) is hooked", number);
		return -1;
	}
	if (operation == FUTEX_WAKE) {
		return hooked_wake(word, value, CODE);
	}
	// The latest value: the system compares it under the lock that a wake takes
	if ((uint32_t)update(UPDATE_ADD, word, 4, 0, __ATOMIC_SEQ_CST, CODE) != value) {
		errno = EAGAIN;
		return -1;
	}
	// The announcement is one step with the comparison: no other thread has run since
	hooked_announce_sleep(word);
	hooked_sleep(word, CODE);
	return 0;
}
