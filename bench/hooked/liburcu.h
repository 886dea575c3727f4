// SPDX-License-Identifier: MIT

/**
 * liburcu's primitives for exploring. The library makes them of inline assembly and volatile
 * accesses, which have no hooks; here they are atomic builtins, which do. This comes before a
 * queue's file, whose own code, and that of the library, are then compiled as they are.
 *
 * What each means is taken from the library's contract (uatomic-api.md, and the comments in
 * urcu/arch/generic.h and urcu/system.h), not from what x86 makes of it: so a finding may be one
 * that no x86 shows. This reading is ours.
 */

#ifndef EXPLORE_LIBURCU_H
#define EXPLORE_LIBURCU_H

// The library's code inline, also where a file would rather call it, as it is told to for tsan
#define _LGPL_SOURCE

#include <urcu/arch.h>
#include <urcu/compiler.h>
#include <urcu/system.h>
#include <urcu/uatomic.h>

// "A full memory barrier before and after": that orders all accesses around, also relaxed ones,
// which an exchange that is itself sequentially consistent does not
#undef uatomic_xchg
#define uatomic_xchg(address, value)                                                               \
	__extension__({                                                                            \
		__atomic_thread_fence(__ATOMIC_SEQ_CST);                                           \
		__typeof__(*(address)) was_ =                                                      \
			__atomic_exchange_n((address), (value), __ATOMIC_RELAXED);                 \
		__atomic_thread_fence(__ATOMIC_SEQ_CST);                                           \
		was_;                                                                              \
	})

// The same, also where it fails
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

// What is read through a pointer that was loaded is in order with the load on every processor
// but Alpha, and the library's code relies on that: consume, which is an acquire to compilers and
// to the engine. Alpha has a barrier for it, here one too many
#undef _CMM_LOAD_SHARED
#define _CMM_LOAD_SHARED(place) __atomic_load_n(&(place), __ATOMIC_CONSUME)
#undef CMM_LOAD_SHARED
#define CMM_LOAD_SHARED(place) _CMM_LOAD_SHARED(place)
#undef cmm_smp_read_barrier_depends
#define cmm_smp_read_barrier_depends() ((void)0)

// The library takes a store that was seen to be over: who has seen a node's successor may use the
// node again at once. In C a relaxed store does not happen before that, whatever fence is before
// it; a release does, and is what liburcu 0.15 has where a successor is stored
#undef _CMM_STORE_SHARED
#define _CMM_STORE_SHARED(place, value) __atomic_store_n(&(place), (value), __ATOMIC_RELEASE)
#undef CMM_STORE_SHARED
#define CMM_STORE_SHARED(place, value) _CMM_STORE_SHARED(place, value)

#undef cmm_smp_mb
#define cmm_smp_mb() __atomic_thread_fence(__ATOMIC_SEQ_CST)
// Loads before loads, and stores before stores, are less than these: C has nothing that is as weak
#undef cmm_smp_rmb
#define cmm_smp_rmb() __atomic_thread_fence(__ATOMIC_ACQUIRE)
#undef cmm_smp_wmb
#define cmm_smp_wmb() __atomic_thread_fence(__ATOMIC_RELEASE)

// Consumers look at the `next` of a list's head without the lock under which another one stores it
// plainly. By the letter of C that is a race, and from 0.15 on these stores are relaxed ones; so
// they are here, in a copy of the library's headers that the build makes. What a plain store still
// asks for is that nobody else writes there meanwhile
void explore_store_exclusive(void *place, void *value);

// Assembly that nothing explored makes use of so far: it is not to be taken unseen
#undef uatomic_add
#undef uatomic_add_return
#undef uatomic_and
#undef uatomic_dec
#undef uatomic_inc
#undef uatomic_or
#undef uatomic_sub
#undef uatomic_sub_return

#endif // EXPLORE_LIBURCU_H
