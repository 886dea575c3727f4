// SPDX-License-Identifier: MIT

/**
 * The primitives of liburcu with hooks. The library makes them of inline assembly and volatile
 * accesses, which have none; here they are atomic builtins. This header is included before a
 * queue's file, and the queue's code and the library's are compiled unchanged.
 *
 * The meaning of each is our reading of the library's contract (uatomic-api.md, and the comments in
 * urcu/arch/generic.h and urcu/system.h), not what x86 makes of it: no x86 may ever show a finding.
 */

#ifndef EXPLORE_LIBURCU_H
#define EXPLORE_LIBURCU_H

// Inlines the library's code, also in files that call it under tsan
#define _LGPL_SOURCE

#include <urcu/arch.h>
#include <urcu/compiler.h>
#include <urcu/system.h>
#include <urcu/uatomic.h>

// "A full memory barrier before and after" orders all accesses around it, also relaxed ones. A
// sequentially consistent exchange alone does not
#undef uatomic_xchg
#define uatomic_xchg(address, value)                                                               \
	__extension__({                                                                            \
		__atomic_thread_fence(__ATOMIC_SEQ_CST);                                           \
		__typeof__(*(address)) was_ =                                                      \
			__atomic_exchange_n((address), (value), __ATOMIC_RELAXED);                 \
		__atomic_thread_fence(__ATOMIC_SEQ_CST);                                           \
		was_;                                                                              \
	})

// The same, also when it fails
#undef uatomic_cmpxchg
#define uatomic_cmpxchg(address, old, new)                                                         \
	__extension__({                                                                            \
		__typeof__(*(address)) found_ = (old);                                             \
		__atomic_thread_fence(__ATOMIC_SEQ_CST);                                           \
		__atomic_compare_exchange_n((address), &found_, (new), 0, __ATOMIC_RELAXED,        \
					    __ATOMIC_RELAXED);                                     \
		__atomic_thread_fence(__ATOMIC_SEQ_CST);                                           \
		found_;                                                                            \
	})

// A read through a loaded pointer comes after the load on every processor except Alpha, and the
// library relies on that: consume, which compilers and the engine take for acquire. So Alpha's
// barrier is not needed
#undef _CMM_LOAD_SHARED
#define _CMM_LOAD_SHARED(place) __atomic_load_n(&(place), __ATOMIC_CONSUME)
#undef CMM_LOAD_SHARED
#define CMM_LOAD_SHARED(place) _CMM_LOAD_SHARED(place)
#undef cmm_smp_read_barrier_depends
#define cmm_smp_read_barrier_depends() ((void)0)

// The library takes a store that was seen to be over: a thread that has seen the successor of a
// node may use the node again at once. In C a relaxed store does not happen before that, whatever
// fence is before it. A release does, and liburcu 0.15 has it where a successor is stored
#undef _CMM_STORE_SHARED
#define _CMM_STORE_SHARED(place, value) __atomic_store_n(&(place), (value), __ATOMIC_RELEASE)
#undef CMM_STORE_SHARED
#define CMM_STORE_SHARED(place, value) _CMM_STORE_SHARED(place, value)

#undef cmm_smp_mb
#define cmm_smp_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
// Barriers between loads, and between stores, are weaker: C has nothing as weak
#undef cmm_smp_rmb
#define cmm_smp_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#undef cmm_smp_wmb
#define cmm_smp_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)

// Consumers read the `next` of a list's head without the lock under which another consumer stores
// it plainly. In C that is a race. From 0.15 on these stores are relaxed, and so they are here, in
// a copy of the library's headers that the build makes. A plain store still requires that no other
// thread writes there meanwhile
void explore_store_exclusive(void *place, void *value);

// Assembly that no explored queue uses: it must not be used unnoticed
#undef uatomic_add
#undef uatomic_add_return
#undef uatomic_and
#undef uatomic_dec
#undef uatomic_inc
#undef uatomic_or
#undef uatomic_sub
#undef uatomic_sub_return

#ifdef LIBURCU_TIMED
// In virtual time two fences would take time. An update of x86 is a full barrier itself
#undef uatomic_xchg
#define uatomic_xchg(address, value) __atomic_exchange_n((address), (value), __ATOMIC_SEQ_CST)
#undef uatomic_cmpxchg
#define uatomic_cmpxchg(address, old, new)                                                         \
	__extension__({                                                                            \
		__typeof__(*(address)) found_ = (old);                                             \
		__atomic_compare_exchange_n((address), &found_, (new), 0, __ATOMIC_SEQ_CST,        \
					    __ATOMIC_SEQ_CST);                                     \
		found_;                                                                            \
	})
#endif

#endif // EXPLORE_LIBURCU_H
