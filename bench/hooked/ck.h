// SPDX-License-Identifier: MIT

/**
 * The primitives of Concurrency Kit with hooks, for virtual time. The library makes them of inline
 * assembly, which has none; here they are atomic builtins. This header is included before a queue's
 * file. Updates are full barriers, as on x86. The library's fences stay, which order accesses that
 * x86 keeps in order anyway.
 */

#ifndef HOOKED_CK_H
#define HOOKED_CK_H

#include <ck_pr.h>

#undef ck_pr_load_ptr
#define ck_pr_load_ptr(place) __atomic_load_n((place), __ATOMIC_RELAXED)
#undef ck_pr_load_uint
#define ck_pr_load_uint(place) __atomic_load_n((place), __ATOMIC_RELAXED)
#undef ck_pr_store_ptr
#define ck_pr_store_ptr(place, value) __atomic_store_n((place), (value), __ATOMIC_RELAXED)
#undef ck_pr_store_uint
#define ck_pr_store_uint(place, value) __atomic_store_n((place), (value), __ATOMIC_RELAXED)
#define ck_pr_fas_ptr(place, value)                                                                \
	__atomic_exchange_n((void **)(place), (void *)(value), __ATOMIC_SEQ_CST)
#define ck_pr_fas_uint(place, value) __atomic_exchange_n((place), (value), __ATOMIC_SEQ_CST)
#define ck_pr_cas_ptr(place, old, new) hooked_cas_ptr((void **)(place), (old), (new))
#define ck_pr_cas_uint_value(place, old, new, found) hooked_cas_uint((place), (old), (new), (found))

static inline bool hooked_cas_ptr(void **place, void *old, void *new)
{
	return __atomic_compare_exchange_n(place, &old, new, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

static inline bool hooked_cas_uint(unsigned int *place, unsigned int old, unsigned int new,
				   unsigned int *found)
{
	*found = old;
	return __atomic_compare_exchange_n(place, found, new, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

#endif // HOOKED_CK_H
