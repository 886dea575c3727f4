// SPDX-License-Identifier: MIT

/**
 * Nodes from magazines (Bonwick & Adams, USENIX 2001), so that the figures of a queue are not those
 * of the allocator, or of a shared free list.
 *
 * A thread keeps two magazines of nodes in its handle and works on those alone:
 *
 *     loaded    the one that nodes are taken from and put back into
 *     previous  full or empty, the last one that was loaded
 *
 * With two, a thread that goes back and forth over the edge of one swaps them and does not run to
 * the depot each time. Only when both are empty (or both are full) is a whole magazine exchanged
 * with the depot, which all threads share: one shared access for MAGAZINE_ROUNDS nodes. In this
 * way, nodes that consumers free come back to producers.
 *
 * No thread waits for the depot. A thread that finds it locked goes to the allocator instead, so
 * a thread that is stopped inside it stops no other. The depot keeps DEPOT_MAGAZINES at most,
 * and fewer of large nodes; the rest goes back to the allocator.
 *
 * A node may be freed only by a thread that alone can reach it. Queues whose readers may still hold
 * a node put hazard pointers in front.
 */

#ifndef RECLAIM_MAGAZINE_H
#define RECLAIM_MAGAZINE_H

#include "queue.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#ifndef QUEUE_EXPLORED
/** Most nodes of a magazine: the depot's line moves once for as many operations. */
#define MAGAZINE_ROUNDS 64
/** Most magazines of the depot: 16 Ki nodes, which a burst needs again soon. */
#define DEPOT_MAGAZINES 256
#else
// Small enough for a short program to come to the depot, and see nodes used again
#define MAGAZINE_ROUNDS 1
#define DEPOT_MAGAZINES 2
#endif
/** Most bytes of the nodes in a magazine, unless one node is larger: 64 of two cache lines. */
#define MAGAZINE_BYTES ((size_t)8 << 10)
/** Most bytes of the nodes in the depot: 256 such magazines. */
#define DEPOT_BYTES ((size_t)2 << 20)
/** Looks at a locked depot before going to the allocator: about as long as that takes. */
#define DEPOT_LOOKS 8

/**
 * Nodes stand at the end of the array: a full magazine ends at a constant, and an empty one at a
 * NULL. So neither the size of nodes nor their number is looked up on the hot path.
 */
struct magazine {
	struct magazine *next;
	/** Index of the last node; of the NULL before the first, if there is none. */
	unsigned int top;
	void *nodes[MAGAZINE_ROUNDS + 1];
};

/** State of a thread, in its handle. */
struct magazines {
	struct magazine *loaded;
	struct magazine *previous;
};

/** State that the threads of a queue share. */
struct depot {
	_Alignas(QUEUE_APART) atomic_bool locked;
	/*
	 * The lists and their count are written under the lock. Without it they are read as hints:
	 * while a backlog grows or drains, the depot has nothing to give or no room, for each
	 * operation of each thread. A look finds that out and leaves the line where it is.
	 */
	/** Magazines with nodes. All are full, except those that a thread left at its detach. */
	_Atomic(struct magazine *) filled;
	_Atomic(struct magazine *) empty;
	/** Magazines in both lists: an exchange leaves it as it is. */
	_Atomic unsigned int count;
	/** Magazines that the depot keeps. */
	unsigned int most;
	/** Nodes in a full magazine. */
	unsigned int rounds;
	size_t node_size;
};

static inline void depot_create(struct depot *depot, size_t node_size)
{
	atomic_init(&depot->locked, false);
	atomic_init(&depot->filled, NULL);
	atomic_init(&depot->empty, NULL);
	atomic_init(&depot->count, 0);
	size_t rounds = MAGAZINE_BYTES / node_size;
	rounds = rounds < MAGAZINE_ROUNDS ? rounds : MAGAZINE_ROUNDS;
	depot->rounds = rounds > 0 ? (unsigned int)rounds : 1;
	size_t most = DEPOT_BYTES / depot->rounds / node_size;
	depot->most = most < DEPOT_MAGAZINES ? (unsigned int)most : DEPOT_MAGAZINES;
	depot->node_size = node_size;
}

/** Lets nodes come back as soon as they may, for tests. No thread may be attached. */
static inline void depot_shrink(struct depot *depot)
{
	depot->rounds = 1;
	depot->most = 2;
}

/** Frees a chain of magazines, with the nodes in them. */
static inline void magazines_free(struct magazine *magazine)
{
	while (magazine) {
		struct magazine *next = magazine->next;
		while (magazine->nodes[magazine->top]) {
			free(magazine->nodes[magazine->top--]);
		}
		free(magazine);
		magazine = next;
	}
}

/** The first magazine of a list. Relaxed: the lock orders the lists, else it is a hint. */
static inline struct magazine *depot_first(const _Atomic(struct magazine *) *list)
{
	return atomic_load_explicit(list, memory_order_relaxed);
}

/** No thread may be attached. */
static inline void depot_destroy(struct depot *depot)
{
	magazines_free(depot_first(&depot->filled));
	magazines_free(depot_first(&depot->empty));
}

/** Locks the depot, unless another thread holds it. */
static inline bool depot_trylock(struct depot *depot)
{
	for (int look = 1;; ++look) {
		// L1, acquire: pairs with L2, so that the lists are seen as they were left
		if (!atomic_exchange_explicit(&depot->locked, true, memory_order_acquire)) {
			return true;
		}
		if (look == DEPOT_LOOKS) {
			return false;
		}
		queue_pause();
	}
}

static inline void depot_unlock(struct depot *depot)
{
	// L2, release: hands the lists to the next L1
	atomic_store_explicit(&depot->locked, false, memory_order_release);
}

/** Puts a magazine first. Under the lock, which publishes it: a hint may come late. */
static inline void depot_push(_Atomic(struct magazine *) *list, struct magazine *magazine)
{
	magazine->next = depot_first(list);
	atomic_store_explicit(list, magazine, memory_order_relaxed);
}

/** Takes the first magazine out. NULL if there is none. Under the lock. */
static inline struct magazine *depot_pop(_Atomic(struct magazine *) *list)
{
	struct magazine *magazine = depot_first(list);
	if (magazine) {
		atomic_store_explicit(list, magazine->next, memory_order_relaxed);
	}
	return magazine;
}

/** True if the depot may have one more magazine. Relaxed, like depot_first(). */
static inline bool depot_has_room(const struct depot *depot)
{
	return atomic_load_explicit(&depot->count, memory_order_relaxed) < depot->most;
}

/** Counts one more magazine in the depot. Under the lock. */
static inline void depot_grow(struct depot *depot)
{
	unsigned int count = atomic_load_explicit(&depot->count, memory_order_relaxed);
	atomic_store_explicit(&depot->count, count + 1, memory_order_relaxed);
}

/** Empties a new magazine. */
static inline void magazine_init(const struct depot *depot, struct magazine *magazine)
{
	magazine->next = NULL;
	magazine->top = MAGAZINE_ROUNDS - depot->rounds;
	magazine->nodes[magazine->top] = NULL;
}

static inline struct magazine *magazine_create(const struct depot *depot)
{
	struct magazine *magazine = malloc(sizeof(*magazine));
	if (magazine) {
		magazine_init(depot, magazine);
	}
	return magazine;
}

QUEUE_OP bool magazine_is_empty(const struct magazine *magazine)
{
	return !magazine->nodes[magazine->top];
}

QUEUE_OP bool magazine_is_full(const struct magazine *magazine)
{
	return magazine->top == MAGAZINE_ROUNDS;
}

/** Gives a thread its magazines. 0, or -1 with ENOMEM. */
static inline int magazines_attach(const struct depot *depot, struct magazines *magazines)
{
	magazines->loaded = magazine_create(depot);
	magazines->previous = magazine_create(depot);
	if (magazines->loaded && magazines->previous) {
		return 0;
	}
	free(magazines->loaded);
	free(magazines->previous);
	return -1;
}

/**
 * Puts a magazine into the depot, in exchange for an empty one. Frees the magazine if the depot is
 * locked or full. Empty ones are not kept: every new thread brings two, which would add up
 * where threads come and go for ever.
 */
static inline void depot_give(struct depot *depot, struct magazine *magazine)
{
	if (!magazine_is_empty(magazine) && depot_trylock(depot)) {
		struct magazine *empty = depot_pop(&depot->empty);
		if (empty || depot_has_room(depot)) {
			if (!empty) {
				depot_grow(depot);
			}
			depot_push(&depot->filled, magazine);
			magazine = empty;
		}
		depot_unlock(depot);
	}
	if (magazine) {
		magazine->next = NULL;
		magazines_free(magazine);
	}
}

/** Passes a thread's magazines to the depot. */
static inline void magazines_detach(struct depot *depot, struct magazines *magazines)
{
	depot_give(depot, magazines->loaded);
	depot_give(depot, magazines->previous);
}

/** A new handle for a thread that keeps only its magazines. NULL with ENOMEM. */
static inline void *magazines_attach_handle(const struct depot *depot)
{
	struct magazines *magazines = malloc(sizeof(*magazines));
	if (magazines && magazines_attach(depot, magazines) != 0) {
		free(magazines);
		magazines = NULL;
	}
	return magazines;
}

/** Passes the magazines to the depot, and frees the handle. */
static inline void magazines_detach_handle(struct depot *depot, void *handle)
{
	magazines_detach(depot, handle);
	free(handle);
}

static inline void magazines_swap(struct magazines *magazines)
{
	struct magazine *loaded = magazines->loaded;
	magazines->loaded = magazines->previous;
	magazines->previous = loaded;
}

/**
 * The loaded magazine is empty: goes on with the previous one. If both are empty, exchanges one for
 * a magazine with nodes, or asks the allocator.
 */
QUEUE_RARE void *node_alloc_next(struct depot *depot, struct magazines *magazines)
{
	if (!magazine_is_empty(magazines->previous)) {
		magazines_swap(magazines);
		return magazines->loaded->nodes[magazines->loaded->top--];
	}
	if (depot_first(&depot->filled) && depot_trylock(depot)) {
		struct magazine *magazine = depot_pop(&depot->filled);
		if (magazine) {
			depot_push(&depot->empty, magazines->loaded);
			magazines->loaded = magazine;
		}
		depot_unlock(depot);
		if (magazine) {
			return magazine->nodes[magazine->top--];
		}
	}
	return malloc(depot->node_size);
}

/** Both magazines are full: exchanges one for a magazine with room, or frees the node. */
QUEUE_RARE void node_free_slow(struct depot *depot, struct magazines *magazines, void *node)
{
	struct magazine *magazine = NULL;
	if ((depot_first(&depot->empty) || depot_has_room(depot)) && depot_trylock(depot)) {
		magazine = depot_pop(&depot->empty);
		if (!magazine && depot_has_room(depot)) {
			magazine = magazine_create(depot);
			if (magazine) {
				depot_grow(depot);
			}
		}
		if (magazine) {
			depot_push(&depot->filled, magazines->loaded);
			magazines->loaded = magazine;
		}
		depot_unlock(depot);
	}
	if (magazine) {
		magazine->nodes[++magazine->top] = node;
	} else {
		free(node);
	}
}

/** A node of the depot's size, for the caller to own. NULL with ENOMEM on failure. */
QUEUE_OP void *node_alloc(struct depot *depot, struct magazines *magazines)
{
	struct magazine *magazine = magazines->loaded;
	void *node = magazine->nodes[magazine->top];
	if (__builtin_expect(!node, 0)) {
		return node_alloc_next(depot, magazines);
	}
	--magazine->top;
	return node;
}

/** Gives back a node that nobody else can reach. */
QUEUE_OP void node_free(struct depot *depot, struct magazines *magazines, void *node)
{
	struct magazine *magazine = magazines->loaded;
	if (__builtin_expect(magazine_is_full(magazine), 0)) {
		if (magazine_is_full(magazines->previous)) {
			node_free_slow(depot, magazines, node);
			return;
		}
		magazines_swap(magazines);
		magazine = magazines->loaded;
	}
	magazine->nodes[++magazine->top] = node;
}

#endif // RECLAIM_MAGAZINE_H
