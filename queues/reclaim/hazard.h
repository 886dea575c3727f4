// SPDX-License-Identifier: MIT

/**
 * Hazard pointers (Michael, IEEE TPDS 2004, doi:10.1109/TPDS.2004.8), with magazines behind them:
 * when may a node be used again that other threads may be reading?
 *
 * Before a thread reads a node, it publishes the node's address in a place that all threads can
 * read, and then makes sure that the node is still where it found it. The thread that unlinks a
 * node retires it: the node is put aside, and goes back to the magazines only after a scan found it
 * in no thread's places.
 *
 *     reader                           reclaimer
 *       place = node        (H1)         unlink the node      (H3)
 *       is it still linked? (H2)         is it in a place?    (H4)
 *
 * These four are sequentially consistent, so they stand in one order. If H4 does not see H1, then
 * H4 comes before H1, and H3 before H2: the reader sees that the node is gone, and leaves it
 * alone. One of the two always notices.
 *
 * Nothing that was read from a pointer may be followed, or compared with another pointer, before
 * H2. Until then the node may have been retired, and may have come back at the same address as
 * another node: a comparison made before H1 says nothing about the node that H2 finds.
 *
 * An address stays in its place until the next one is published there. So a node that a thread
 * read last time is still protected, and hazard_protects() costs a compare then. That saves most of
 * the fences, which are all that hazard pointers cost: a full one at each H1. A place may hold the
 * address of a node that was freed before H2 could fail. If that address comes back as a new node,
 * the node is protected, since its address was published before.
 *
 * A node that is not linked yet may be published without a fence (hazard_announce()): linking it
 * orders the publication before everything that can unlink it.
 *
 * Bounded: a place keeps one node, so a scan leaves at most as many nodes as there are places, for
 * however long a thread is stopped. A scan takes time linear in the places and in the retired
 * nodes. A thread that retires a node never waits: all of it is wait-free, except the allocator.
 *
 * A thread's record stays with the queue. Nodes that are still protected at detach stay in the
 * record, for the next thread that attaches there, or for the end of the queue.
 */

#ifndef RECLAIM_HAZARD_H
#define RECLAIM_HAZARD_H

#include "magazine.h"

#include <errno.h>
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

/** Places of a thread: as many as any queue uses. A scan reads a line per thread. */
#define HAZARD_PLACES 4
/**
 * Nodes that a thread retires from one scan to the next, beside those that the last scan kept:
 * at least HAZARD_BATCH, and HAZARD_BATCH_PER_PLACE for each place there is. A scan costs a miss
 * or two per thread, so with the second it costs the same per node however many threads are
 * attached (Michael's bound asks for more nodes than places).
 */
#ifndef QUEUE_EXPLORED
#define HAZARD_BATCH 128
#define HAZARD_BATCH_PER_PLACE 2
#else
// A node comes back as soon as it may, so a short program sees it used again
#define HAZARD_BATCH 1
#define HAZARD_BATCH_PER_PLACE 0
#endif
/**
 * 1 in modules for tests: threads are held now and then between the load of a pointer and its
 * protection, and nodes come back as soon as they may. Most faults of reclamation are in that
 * window, which is otherwise some instructions wide.
 */
#if !defined(HAZARD_HELD) || defined(QUEUE_EXPLORED)
#undef HAZARD_HELD
#define HAZARD_HELD 0
#endif
/** Most bytes of these nodes. Large nodes are retired seldom, so a few are enough. */
#define HAZARD_BATCH_BYTES ((size_t)16384)

struct hazard_record {
	/** Written by the owner, read by all that reclaim. */
	_Alignas(QUEUE_APART) _Atomic(void *) places[HAZARD_PLACES];
	_Alignas(QUEUE_APART) atomic_bool taken;
	/** Nodes put aside, and how many start a scan. Used by the owner only, like all below. */
	unsigned int count;
	unsigned int limit;
	void **retired;
	/** A hash set for the places of all threads: open addressing, NULL is free. */
	void **set;
};

/** State of a thread, in its handle. */
struct hazard_thread {
	struct hazard_record *record;
	struct magazines magazines;
};

/** State that the threads of a queue share. */
struct hazards {
	struct depot depot;
	_Alignas(QUEUE_APART) struct hazard_record *records;
	unsigned int max_threads;
	/** Records below this index have been taken at least once. The others are empty. */
	_Atomic unsigned int used;
	/** Nodes retired from scan to scan. */
	unsigned int batch;
	/** log2 of the size of a set, which is never more than half full. */
	unsigned int set_order;
};

/** Number of nodes of that size that a thread retires from scan to scan. */
static inline unsigned int hazards_batch(unsigned int max_threads, size_t node_size)
{
	size_t batch = (size_t)HAZARD_BATCH_PER_PLACE * HAZARD_PLACES * max_threads;
	batch = batch > HAZARD_BATCH ? batch : HAZARD_BATCH;
	size_t most = HAZARD_BATCH_BYTES / node_size;
	batch = batch < most ? batch : most;
	return batch > 0 ? (unsigned int)batch : 1;
}

/** 0, or -1 with EINVAL or ENOMEM. */
static inline int hazards_create(struct hazards *hazards, const struct queue_config *config,
				 size_t node_size)
{
	unsigned int max_threads = config->max_threads;
	// The places of more threads would not fit in an unsigned int
	if (max_threads == 0 || max_threads > 1U << 20) {
		errno = EINVAL;
		return -1;
	}
	hazards->records = aligned_alloc(_Alignof(struct hazard_record),
					 max_threads * sizeof(*hazards->records));
	if (!hazards->records) {
		return -1;
	}

	hazards->max_threads = max_threads;
	atomic_init(&hazards->used, 0);
	hazards->set_order = 1;
	while (1U << hazards->set_order < 2 * HAZARD_PLACES * max_threads) {
		++hazards->set_order;
	}
	bool soon = HAZARD_HELD || config->patience != QUEUE_PATIENT;
	hazards->batch = soon ? 1 : hazards_batch(max_threads, node_size);
	for (unsigned int i = 0; i < max_threads; ++i) {
		struct hazard_record *record = &hazards->records[i];
		for (int place = 0; place < HAZARD_PLACES; ++place) {
			atomic_init(&record->places[place], NULL);
		}
		atomic_init(&record->taken, false);
		record->count = 0;
		record->limit = hazards->batch;
		record->retired = NULL;
		record->set = NULL;
	}
	depot_create(&hazards->depot, node_size);
	if (soon) {
		depot_shrink(&hazards->depot);
	}
	return 0;
}

/** Frees all nodes, retired or kept for later. No thread may be attached. */
static inline void hazards_destroy(struct hazards *hazards)
{
	for (unsigned int i = 0; i < hazards->max_threads; ++i) {
		struct hazard_record *record = &hazards->records[i];
		while (record->count > 0) {
			free(record->retired[--record->count]);
		}
		free(record->retired);
		free(record->set);
	}
	free(hazards->records);
	depot_destroy(&hazards->depot);
}

/** Takes the lowest free record, so that scans read few. NULL if all are taken. */
static inline struct hazard_record *hazard_record_take(struct hazards *hazards)
{
	for (unsigned int i = 0; i < hazards->max_threads; ++i) {
		struct hazard_record *record = &hazards->records[i];
		// A1, acquire: pairs with A2, so that the nodes retired there are seen
		if (atomic_exchange_explicit(&record->taken, true, memory_order_acquire)) {
			continue;
		}
		// Before any H1 of this thread: a scan that misses it comes before, as H4 would
		unsigned int used = atomic_load_explicit(&hazards->used, memory_order_seq_cst);
		while (used <= i && !atomic_compare_exchange_weak_explicit(
					    &hazards->used, &used, i + 1, memory_order_seq_cst,
					    memory_order_seq_cst)) {
		}
		return record;
	}
	return NULL;
}

static inline void hazard_record_leave(struct hazard_record *record)
{
	// A2, release: hands the retired nodes to the next A1
	atomic_store_explicit(&record->taken, false, memory_order_release);
}

/** Joins the calling thread. 0, or -1 with EAGAIN (max_threads) or ENOMEM. */
static inline int hazards_attach(struct hazards *hazards, struct hazard_thread *thread)
{
	struct hazard_record *record = hazard_record_take(hazards);
	if (!record) {
		errno = EAGAIN;
		return -1;
	}
	if (!record->retired) {
		size_t most = HAZARD_PLACES * hazards->max_threads + hazards->batch;
		record->retired = malloc(most * sizeof(*record->retired));
	}
	if (!record->set) {
		record->set = malloc(sizeof(*record->set) << hazards->set_order);
	}
	if (!record->retired || !record->set ||
	    magazines_attach(&hazards->depot, &thread->magazines) != 0) {
		hazard_record_leave(record);
		errno = ENOMEM;
		return -1;
	}
	thread->record = record;
	return 0;
}

/** Index of the thread's record, below max_threads. No other attached thread has the same. */
QUEUE_OP unsigned int hazard_index(const struct hazards *hazards,
				   const struct hazard_thread *thread)
{
	return (unsigned int)(thread->record - hazards->records);
}

/**
 * hazard_index() of all threads that are attached, or ever were, is below this. A thread that
 * attaches later has done nothing yet. Sequentially consistent.
 */
QUEUE_OP unsigned int hazards_used(const struct hazards *hazards)
{
	return atomic_load_explicit(&hazards->used, memory_order_seq_cst);
}

/**
 * Index in a set where a node is, or would be. Fibonacci hashing: nodes stand at regular distances,
 * which the upper bits of the product spread.
 */
QUEUE_OP size_t hazard_set_find(void *const *set, unsigned int order, const void *node)
{
	size_t mask = ((size_t)1 << order) - 1;
	size_t i = (uint64_t)(uintptr_t)node * UINT64_C(0x9e3779b97f4a7c15) >> (64 - order);
	while (set[i] && set[i] != node) {
		i = (i + 1) & mask;
	}
	return i;
}

/** Frees the retired nodes that are in no thread's places. */
QUEUE_RARE void hazards_scan(struct hazards *hazards, struct hazard_thread *thread)
{
	struct hazard_record *own = thread->record;
	unsigned int order = hazards->set_order;
	memset(own->set, 0, sizeof(*own->set) << order);
	unsigned int used = hazards_used(hazards);
	for (unsigned int i = 0; i < used; ++i) {
		for (int place = 0; place < HAZARD_PLACES; ++place) {
			// H4. As an acquire it pairs with H1: the reader is done with the node
			// that the place held before, so it is not overwritten too early
			void *node = atomic_load_explicit(&hazards->records[i].places[place],
							  memory_order_seq_cst);
			if (node) {
				own->set[hazard_set_find(own->set, order, node)] = node;
			}
		}
	}

	unsigned int kept = 0;
	for (unsigned int i = 0; i < own->count; ++i) {
		void *node = own->retired[i];
		if (own->set[hazard_set_find(own->set, order, node)]) {
			own->retired[kept++] = node;
		} else {
			node_free(&hazards->depot, &thread->magazines, node);
		}
	}
	own->count = kept;
	// At most as many nodes as there are places were kept, so these fit
	own->limit = kept + hazards->batch;
}

/** Leaves, with nothing protected. */
static inline void hazards_detach(struct hazards *hazards, struct hazard_thread *thread)
{
	for (int place = 0; place < HAZARD_PLACES; ++place) {
		// Release: like H1, it ends the reading of the node that was there
		atomic_store_explicit(&thread->record->places[place], NULL, memory_order_release);
	}
	hazards_scan(hazards, thread);
	magazines_detach(&hazards->depot, &thread->magazines);
	hazard_record_leave(thread->record);
}

/**
 * Joins with a new handle of that size, which begins with a struct hazard_thread. NULL with EAGAIN
 * (max_threads) or ENOMEM.
 */
static inline void *hazards_attach_handle(struct hazards *hazards, size_t size)
{
	struct hazard_thread *thread = malloc(size);
	if (thread && hazards_attach(hazards, thread) != 0) {
		int error = errno;
		free(thread);
		errno = error;
		thread = NULL;
	}
	return thread;
}

/** Leaves, and frees the handle. */
static inline void hazards_detach_handle(struct hazards *hazards, void *handle)
{
	hazards_detach(hazards, handle);
	free(handle);
}

/** A node for the caller to own. NULL with ENOMEM on failure. */
QUEUE_OP void *hazard_alloc(struct hazards *hazards, struct hazard_thread *thread)
{
	return node_alloc(&hazards->depot, &thread->magazines);
}

/** Gives back a node that was never linked. */
QUEUE_OP void hazard_free(struct hazards *hazards, struct hazard_thread *thread, void *node)
{
	node_free(&hazards->depot, &thread->magazines, node);
}

/** Holds a thread now and then: see HAZARD_HELD. */
QUEUE_OP void hazard_hold(void)
{
	// tsan dies of a thread-local block that the loader allocates at its first use
	static __thread unsigned int calls __attribute__((tls_model("initial-exec")));
	if (HAZARD_HELD && ++calls % 8 == 0) {
		if (calls % 64 == 0) {
			// Of different lengths, all enough for peers to use nodes again
			usleep(calls / 64 % 32);
		} else {
			sched_yield();
		}
	}
}

/**
 * True if the node is protected already. If not, it is published in `place`, instead of the node
 * that was there: the caller must look again where it found the node, and if the node is still
 * there, it is protected. So this loop
 *
 *     do {
 *             node = atomic_load(&source);     // H2: sequentially consistent
 *     } while (!hazard_protects(thread, PLACE, node));
 *
 * ends with a node that nobody frees until the place is used again. True is returned only for a
 * node that was published before the caller's load.
 */
QUEUE_OP bool hazard_protects(struct hazard_thread *thread, unsigned int place, void *node)
{
	_Atomic(void *) *published = &thread->record->places[place];
	// Relaxed: no other thread writes it
	if (atomic_load_explicit(published, memory_order_relaxed) == node) {
		return true;
	}
	hazard_hold();
	// H1. As a release it ends the reading of the node that was there: pairs with H4
	atomic_store_explicit(published, node, memory_order_seq_cst);
	return false;
}

/** Publishes a node before the caller links it: protected before others can unlink it. */
QUEUE_OP void hazard_announce(struct hazard_thread *thread, unsigned int place, void *node)
{
	// Release: like H1, and the link, a release, orders it before every scan for this node
	atomic_store_explicit(&thread->record->places[place], node, memory_order_release);
}

/**
 * Frees a node as soon as nobody protects it. Only one thread may retire it. It must have been
 * unlinked for good from every pointer at which readers find it (H3): by sequentially consistent
 * operations of the caller, or by others' whose effect the caller saw in a sequentially consistent
 * load.
 */
QUEUE_OP void hazard_retire(struct hazards *hazards, struct hazard_thread *thread, void *node)
{
	struct hazard_record *record = thread->record;
	record->retired[record->count++] = node;
	if (__builtin_expect(record->count == record->limit, 0)) {
		hazards_scan(hazards, thread);
	}
}

#endif // RECLAIM_HAZARD_H
