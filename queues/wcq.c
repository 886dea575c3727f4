// SPDX-License-Identifier: MIT

/**
 * wCQ: Nikolaev & Ravindran, "wCQ: A Fast Wait-Free Queue with Bounded Memory Usage", SPAA 2022:
 * SCQ made wait-free by helping. Read scq.c first.
 *
 * Items stand in an array of n slots; two rings pass the indices of the vacant and of the filled
 * slots around. An operation begins as in SCQ, but tries a bounded number of tickets. Then it takes
 * the slow path: the thread publishes a request. Every other thread looks after one peer every
 * HELP_DELAY operations of its own, and helps if it finds a request. In the end all threads work
 * for that request, and none is left to spoil its tickets.
 *
 * All helpers of a request must use the same ticket at a time. The word `local` of the request says
 * which, and only goes forward:
 *
 *     local:  FRESH -> 7|INC -> 7 -> 9|INC -> 11|INC -> 11 -> 11|FIN
 *             begun    |        |    others took 9         |     |
 *                    proposed  taken, tried in vain      taken  done with 11
 *
 * So a slow fetch-and-add has two phases. First a thread proposes the ring's next ticket in
 * `local`. Then it takes the ticket, by a compare-and-swap of the ring's counter that also leaves
 * its name there: `ticket|name -> ticket + 1|name`. By the name any thread finds which proposal has
 * become true (struct claim), and finishes that claim before it takes the next ticket in this way.
 * Fast fetch-and-adds leave the name alone.
 *
 * A try with a ticket must have the same outcome for all helpers, early or late:
 *
 *     [ cycle | settled | safe | index ][ note ]
 *
 *     note     the last cycle whose slow producer has given the entry up. Without it, a late
 *              helper would find the entry usable again, once the index inside was taken out.
 *              Consumers refresh it before it is so old that it looks new (note_refresh())
 *     settled  0: put by a slow producer, whose request may not say FIN yet. The consumer makes
 *              it say FIN before it takes the index out. Otherwise a late helper would find no
 *              trace of the index, and put it once more
 *     index    NOTHING: spoilt by a consumer; TAKEN: put, and taken out
 *
 * Where a slow producer puts an index or leaves a note, it changes both words of an entry by a
 * compare-and-swap of 16 bytes (CAS2). All else changes the first word alone.
 *
 * Wait-free: a thread that fails on its own is overtaken until the others help it, which they do
 * within a bounded number of their operations. Surprising: that costs little. The fast path only
 * counts down to the next look. FULL is as in SCQ: it counts a slot that a stopped thread holds
 * (exact_full = 0).
 *
 * Helpers come late, and errors hide there. So:
 *
 * - `local` begins with the number of the request, which is never the same again.
 * - Helpers look at that number once more after each reading of `local`. Otherwise they would go on
 *   with the thread's next request, and put the wrong index there.
 * - A helper looks for a claim in the counter once more before it believes the claim. Otherwise a
 *   mere proposal would pass for a ticket.
 * - Only FIN ends the work for a request, since a helper can have moved on after the own try
 *   succeeded.
 * - The request's thread itself raises the threshold. Otherwise it could return before its helper
 *   did, with its item passed over.
 *
 * The paper keeps a pointer beside each counter, which takes CAS2; here it is a name in the
 * counter's low bits.
 *
 * Accesses are sequentially consistent unless stated otherwise, as the paper's proofs assume. An
 * operation takes effect where an index enters or leaves `filled` (marked LP).
 */

#include "queue.h"
#include "shared/tsan.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#ifndef QUEUE_EXPLORED
/**
 * Tickets that an operation tries before it asks for help, as in the paper. A running thread rarely
 * loses more than two; a consumer loses one for each late producer.
 */
#define PUT_PATIENCE 16
#define TAKE_PATIENCE 64

/** Operations from one look after a peer to the next, which share the miss that it costs. */
#define HELP_DELAY 64

/**
 * Looks at an entry whose producer has taken the ticket but has not come yet, before the consumer
 * spoils the ticket: about as long as the line takes from another core.
 */
#define PRODUCER_LOOKS 32
#else
// Small enough for a short program to ask for help, and to give it
#define PUT_PATIENCE 1
#define TAKE_PATIENCE 1
#define HELP_DELAY 1
#define PRODUCER_LOOKS 1
#endif

/** Tries to bring the producers' tickets up to date, which saves them tickets, and may fail. */
#define CATCH_UP_TRIES 8

/** log2 of the entries in a cache line, over which neighbouring tickets are spread. */
#define LINE_ORDER 2

/** log2 of the step of a ticket. A test makes it larger, so that tickets wrap around soon. */
#ifndef TICKET_ORDER
#define TICKET_ORDER 16
#endif
/** Step of a ticket: the bits below it hold a name, or flags. */
#define TICKET (UINT64_C(1) << TICKET_ORDER)
/** In a counter: name of the thread that took the last ticket slowly; 0 when that is finished. */
#define NAME (TICKET - 1)

/** In `local`: the request is done, with this ticket. */
#define FIN UINT64_C(1)
/** In `local`: this ticket is proposed, but not taken yet. */
#define INC UINT64_C(2)
/** In `local`: in place of a ticket, the number of a request that has none yet. */
#define FRESH UINT64_C(4)

/**
 * Bits of a ticket that are all 1 for 2^32 of 2^45 tickets, and so eight times until tickets wrap
 * around. In these stretches consumers refresh notes: see note_refresh().
 */
#ifndef NOTE_STRETCH
#define NOTE_STRETCH (UINT64_C(0x1fff) << 48)
#endif

/** Looks after peers from one look for a stretch to the next, which reads lines that all write. */
#define STRETCH_LOOK 16

/** Indices of the rings, and of the requests of a thread. */
enum {
	VACANT,
	FILLED,
	RINGS,
};

/** The ends of a ring. */
enum {
	TAIL,
	HEAD,
	ENDS,
};

struct entry {
	union {
		struct {
			_Atomic uint64_t value;
			_Atomic uint64_t note;
		};
		/** Both words, for CAS2. */
		unsigned __int128 pair;
	};
};

struct counter {
	_Alignas(QUEUE_APART) _Atomic uint64_t ticket;
};

struct ring {
	struct counter ends[ENDS];
	_Alignas(QUEUE_APART) _Atomic int64_t threshold;
	/** Read only, like the line that it begins. */
	_Alignas(QUEUE_APART) struct entry *entries;
	unsigned int number;
};

/** A ticket that a thread is taking slowly, for its own request or another thread's. */
struct claim {
	/** Odd while the others are written: only while no counter has the thread's name. */
	_Atomic uint64_t version;
	_Atomic uint64_t *_Atomic local;
	_Atomic uint64_t ticket;
};

/** Work at a ring that a thread asks others to do. */
struct request {
	/** Odd while the request is open. The request is written while it is even. */
	_Alignas(QUEUE_APART) _Atomic uint64_t number;
	_Atomic uint64_t index;
	/** TAIL to put the index, HEAD to take one. */
	_Atomic unsigned int end;
	/** Progress of the helpers, one for each end: the same ticket means another thing there. */
	_Atomic uint64_t locals[ENDS];
	struct claim claims[ENDS];
};

/** State of one thread. All of them live as long as the queue. */
struct queue_handle {
	struct request requests[RINGS];
	_Alignas(QUEUE_APART) atomic_bool taken;
	/** Used by the owner only: operations until it looks after a peer, and that peer. */
	unsigned int countdown;
	unsigned int peer;
	/** Operations from look to look: 1 in a stretch, or else as many as the queue's. */
	unsigned int help_delay;
	/** Name of the thread in counters, not 0. */
	uint64_t name;
};

struct queue {
	/** 2n - 1: the mask of an entry's index, and the index that says "taken". */
	uint64_t gone;
	/** 2n - 2: the index that says "nothing", or "taken" without its lowest bit. */
	uint64_t nothing;
	/** The bits above: set while a late producer may still fill the entry; see `settled`. */
	uint64_t safe;
	uint64_t settled;
	/** Mask of the bits above a ticket's place in a ring. */
	uint64_t cycles;
	/** The threshold's top, 3n - 1. */
	int64_t top;
	/** Places are tickets rotated: their lowest `spread` bits are moved to the top. */
	unsigned int spread;
	unsigned int unspread;
	unsigned int max_threads;
	/** Patience of the operations that look after a peer first, and how often these come. */
	unsigned int put_patience;
	unsigned int take_patience;
	unsigned int help_delay;
	struct queue_handle *handles;
	void **slots;

	struct ring rings[RINGS];
};

enum {
	PUT_ASKS,
	TAKE_ASKS,
	PUT_HELPED,
	TAKE_HELPED,
	PUT_SETTLED,
	CLAIM_FINISHED,
};

static struct queue_slow_path slow_paths[] = {
	[PUT_ASKS] = {"a put asks for help", false, 0},
	[TAKE_ASKS] = {"a take asks for help", false, 0},
	[PUT_HELPED] = {"help a put", true, 0},
	[TAKE_HELPED] = {"help a take", true, 0},
	[PUT_SETTLED] = {"settle a put", false, 0},
	[CLAIM_FINISHED] = {"finish a claim", false, 0},
	{NULL, false, 0},
};

QUEUE_OP uint64_t look(const _Atomic uint64_t *word)
{
	return atomic_load_explicit(word, memory_order_seq_cst);
}

/** Compares and swaps a word. */
QUEUE_OP bool change(_Atomic uint64_t *word, uint64_t old, uint64_t new)
{
	return atomic_compare_exchange_strong_explicit(word, &old, new, memory_order_seq_cst,
						       memory_order_seq_cst);
}

QUEUE_OP uint64_t cycle(const struct queue *queue, uint64_t ticket)
{
	return ticket & queue->cycles;
}

/** Distance in cycles from a ticket to a value or note, times a constant. Cycles wrap around. */
QUEUE_OP int64_t cycles_ahead(const struct queue *queue, uint64_t value, uint64_t ticket)
{
	return (int64_t)(cycle(queue, value) - cycle(queue, ticket));
}

/** True if there is no index in an entry. */
QUEUE_OP bool is_vacant(const struct queue *queue, uint64_t value)
{
	return (value & queue->nothing) == queue->nothing;
}

/** The entry of a ticket. Neighbouring tickets are spread over different lines. */
QUEUE_OP struct entry *place(const struct queue *queue, const struct ring *ring, uint64_t ticket)
{
	uint64_t index = ticket / TICKET & queue->gone;
	index = (index << queue->spread | index >> queue->unspread) & queue->gone;
	return &ring->entries[index];
}

/** Changes both words of an entry. A full barrier. */
QUEUE_OP bool entry_change(struct entry *entry, uint64_t value, uint64_t note, uint64_t new_value,
			   uint64_t new_note)
{
	unsigned __int128 old = (unsigned __int128)note << 64 | value;
	unsigned __int128 new = (unsigned __int128)new_note << 64 | new_value;
	return __sync_bool_compare_and_swap(&entry->pair, old, new);
}

/*
 * gcc's tsan does 16-byte operations under a lock of its own, of which operations on 8 of the 16
 * bytes know nothing. So under tsan all changes of an entry are 16-byte operations.
 */
/** Changes an entry's value and keeps its note. On failure `*value` is the current one. */
QUEUE_OP bool value_change(struct entry *entry, uint64_t *value, uint64_t new)
{
	if (TSAN) {
		uint64_t note = look(&entry->note);
		bool changed = entry_change(entry, *value, note, new, note);
		*value = changed ? *value : look(&entry->value);
		return changed;
	}
	return atomic_compare_exchange_strong_explicit(&entry->value, value, new,
						       memory_order_seq_cst, memory_order_seq_cst);
}

/** Bounds the tickets that consumers waste until they know that nothing is inside. */
QUEUE_OP void threshold_raise(struct queue *queue, struct ring *ring)
{
	if (atomic_load_explicit(&ring->threshold, memory_order_seq_cst) != queue->top) {
		atomic_store_explicit(&ring->threshold, queue->top, memory_order_seq_cst);
	}
}

/** True if a consumer is at this ticket, or past it. */
QUEUE_OP bool consumer_has(const struct ring *ring, uint64_t ticket)
{
	return (int64_t)((look(&ring->ends[HEAD].ticket) & ~NAME) - ticket) > 0;
}

/** True if a producer is at this ticket, or past it. */
QUEUE_OP bool producer_has(const struct ring *ring, uint64_t ticket)
{
	return (int64_t)((look(&ring->ends[TAIL].ticket) & ~NAME) - ticket) > 0;
}

/** Takes the next ticket of an end. */
QUEUE_OP uint64_t ticket_take(struct ring *ring, int end)
{
	return atomic_fetch_add_explicit(&ring->ends[end].ticket, TICKET, memory_order_seq_cst) &
	       ~NAME;
}

/** Brings the producers' tickets up to date, after consumers have overtaken them. */
QUEUE_RARE void ring_catch_up(struct ring *ring)
{
	for (int i = 0; i < CATCH_UP_TRIES; ++i) {
		uint64_t tail = look(&ring->ends[TAIL].ticket);
		uint64_t head = look(&ring->ends[HEAD].ticket) & ~NAME;
		if ((int64_t)(head - (tail & ~NAME)) <= 0 ||
		    change(&ring->ends[TAIL].ticket, tail, head | (tail & NAME))) {
			return;
		}
	}
}

/** Puts an index with one ticket. False if the ticket was spoilt. */
QUEUE_OP bool try_put(struct queue *queue, struct ring *ring, uint64_t index)
{
	uint64_t ticket = ticket_take(ring, TAIL);
	struct entry *entry = place(queue, ring, ticket);
	uint64_t filled = cycle(queue, ticket) | queue->settled | queue->safe | index;
	uint64_t old = look(&entry->value);

	while (cycles_ahead(queue, old, ticket) < 0 && is_vacant(queue, old) &&
	       // An unsafe entry will do while no consumer can have come with this ticket
	       ((old & queue->safe) || !consumer_has(ring, ticket))) {
		// LP of an enqueue, in `filled`
		if (__builtin_expect(value_change(entry, &old, filled), 1)) {
			threshold_raise(queue, ring);
			return true;
		}
	}
	return false;
}

/** Ends the request of the slow producer that has put the index with this ticket. */
QUEUE_RARE void put_settle(struct queue *queue, struct ring *ring, uint64_t ticket)
{
	queue_slow_path(&slow_paths[PUT_SETTLED]);
	for (unsigned int i = 0; i < queue->max_threads; ++i) {
		_Atomic uint64_t *local = &queue->handles[i].requests[ring->number].locals[TAIL];
		if (look(local) == ticket) {
			change(local, ticket, ticket | FIN);
			return;
		}
	}
}

/**
 * Takes the index out of an entry which holds it for the caller's ticket. Other threads can only
 * mark the entry unsafe or settled meanwhile, once each.
 */
QUEUE_OP uint64_t entry_consume(struct queue *queue, struct ring *ring, struct entry *entry,
				uint64_t ticket, uint64_t value)
{
	if (__builtin_expect(!(value & queue->settled), 0)) {
		put_settle(queue, ring, ticket);
	}
	uint64_t index = value & queue->gone;
	while (!value_change(entry, &value, value | queue->settled | queue->gone)) {
	}
	return index;
}

/** True if consumers with this ticket refresh notes, of those that look after a peer. */
QUEUE_OP bool is_stretch(uint64_t ticket)
{
	return !(~ticket & NOTE_STRETCH);
}

/**
 * Brings the note of an entry up to date, for a consumer that comes with this ticket.
 *
 * Notes are compared with tickets, which wrap around. A note that stays as it is for half of all
 * tickets, 2^47 (33 days at 50 M/s), would look ahead of every ticket, and no slow put would have
 * any effect there. Fast puts leave notes alone. So consumers refresh notes while tickets are in a
 * stretch (NOTE_STRETCH), which comes every 2^45 tickets. To keep that off the fast path, only
 * operations that look after a peer do so, and in a stretch every operation looks: a thread begins
 * within HELP_DELAY * STRETCH_LOOK operations. Each lap of a stretch has a consumer at each entry,
 * so a note gets too old only if that consumer stops, or has not begun, in every lap.
 *
 * The note becomes the cycle before the ticket's. That takes nothing from the slow puts of that
 * cycle or an older one: while the entry's value is behind a cycle, no helper has put with a ticket
 * of it, and after the new note none will. The two words change together. A put that is refused
 * here takes another ticket.
 */
QUEUE_RARE void note_refresh(struct queue *queue, struct entry *entry, uint64_t ticket)
{
	uint64_t value = look(&entry->value);
	uint64_t note = look(&entry->note);
	uint64_t last = cycle(queue, ticket - (queue->gone + 1) * TICKET);
	if (cycles_ahead(queue, note, last) < 0) {
		// If this fails, the entry is in use, and is refreshed in the next lap
		entry_change(entry, value, note, value, last);
	}
}

enum attempt {
	ATTEMPT_DONE,
	ATTEMPT_SPOILT,
	ATTEMPT_EMPTY,
};

/** Takes an index out with one ticket. */
QUEUE_OP enum attempt try_take(struct queue *queue, struct ring *ring, uint64_t *index,
			       bool helping)
{
	uint64_t ticket = ticket_take(ring, HEAD);
	struct entry *entry = place(queue, ring, ticket);
	if (helping && is_stretch(ticket)) {
		note_refresh(queue, entry, ticket);
	}
	uint64_t old = look(&entry->value);

	for (int looks = 0;; ++looks) {
		int64_t ahead = cycles_ahead(queue, old, ticket);
		if (__builtin_expect(ahead == 0, 1)) {
			*index = entry_consume(queue, ring, entry, ticket, old); // LP, in `filled`
			return ATTEMPT_DONE;
		}
		if (ahead > 0) {
			break;
		}

		uint64_t spoilt = old & ~queue->safe;
		if (is_vacant(queue, old)) {
			if (looks < PRODUCER_LOOKS && producer_has(ring, ticket)) {
				queue_pause();
				old = look(&entry->value);
				continue;
			}
			spoilt = cycle(queue, ticket) | queue->settled | (old & queue->safe) |
				 queue->nothing;
		}
		if (value_change(entry, &old, spoilt)) {
			break;
		}
	}

	if (!producer_has(ring, ticket + TICKET)) { // LP: no producer is ahead of this ticket
		ring_catch_up(ring);
		atomic_fetch_sub_explicit(&ring->threshold, 1, memory_order_seq_cst);
		return ATTEMPT_EMPTY;
	}
	if (atomic_fetch_sub_explicit(&ring->threshold, 1, memory_order_seq_cst) <= 0) {
		return ATTEMPT_EMPTY; // LP
	}
	return ATTEMPT_SPOILT;
}

/** Value of `local` before any ticket. It never repeats: requests are counted. */
QUEUE_OP uint64_t local_fresh(uint64_t number)
{
	return number * TICKET | FRESH;
}

/**
 * Finishes the claim whose name is in a counter: writes the ticket that was taken under that name
 * to its request, and frees the counter for the next claim.
 */
static void claim_finish(struct queue *queue, struct ring *ring, int end, uint64_t counter)
{
	queue_slow_path(&slow_paths[CLAIM_FINISHED]);
	struct queue_handle *taker = &queue->handles[(counter & NAME) - 1];
	struct claim *claim = &taker->requests[ring->number].claims[end];
	uint64_t version = look(&claim->version);
	_Atomic uint64_t *local = atomic_load_explicit(&claim->local, memory_order_seq_cst);
	uint64_t ticket = look(&claim->ticket);

	// The three loads are of one claim, and it came true, if the name is still there and the
	// version is the same
	if (version % 2 == 0 && (look(&ring->ends[end].ticket) & NAME) == (counter & NAME) &&
	    look(&claim->version) == version) {
		change(local, ticket | INC, ticket);
	}
	// If the name has gone since, this fails
	change(&ring->ends[end].ticket, counter, counter & ~NAME);
}

/** Publishes the ticket that the caller is about to take, after it saw a counter without a name. */
static void claim_prepare(struct claim *claim, _Atomic uint64_t *local, uint64_t ticket)
{
	uint64_t version = look(&claim->version);
	atomic_store_explicit(&claim->version, version + 1, memory_order_seq_cst);
	atomic_store_explicit(&claim->local, local, memory_order_seq_cst);
	atomic_store_explicit(&claim->ticket, ticket, memory_order_seq_cst);
	atomic_store_explicit(&claim->version, version + 2, memory_order_seq_cst);
}

/**
 * Brings a request to a ticket that the caller has not tried yet.
 *
 * @param number  number of the request
 * @param seen    value of `local` that the caller saw last; receives the current one, a ticket
 * @return false if the request is done
 */
static bool request_advance(struct queue *queue, struct ring *ring, struct queue_handle *handle,
			    struct request *request, uint64_t number, int end, uint64_t *seen)
{
	_Atomic uint64_t *local = &request->locals[end];
	_Atomic uint64_t *counter = &ring->ends[end].ticket;
	struct claim *claim = &handle->requests[ring->number].claims[end];
	uint64_t ticket;

	do {
		ticket = look(counter);
		while (ticket & NAME) {
			claim_finish(queue, ring, end, ticket);
			if (look(local) & FIN) {
				return false;
			}
			ticket = look(counter);
		}

		if (change(local, *seen, ticket | INC)) {
			*seen = ticket | INC;
		} else {
			*seen = look(local);
			// The number last: if it is the same, `local` was read during the request
			if ((*seen & FIN) || look(&request->number) != number) {
				return false;
			}
			if (!(*seen & INC)) {
				return true;
			}
			// Proposed by a peer. If the proposal is too old, the counter is past it
			ticket = *seen & ~INC;
		}
		claim_prepare(claim, local, ticket);
	} while (!change(counter, ticket, (ticket + TICKET) | handle->name));

	if (end == HEAD) {
		atomic_fetch_sub_explicit(&ring->threshold, 1, memory_order_seq_cst);
	}
	change(local, ticket | INC, ticket);
	// If this fails, the counter has moved on, and the next slow thread clears the name
	change(counter, (ticket + TICKET) | handle->name, ticket + TICKET);
	*seen = ticket;
	return true;
}

/** Tries to put an index with a request's ticket. The outcome is the same for all helpers. */
static void put_at(struct queue *queue, struct ring *ring, struct request *request, uint64_t ticket,
		   uint64_t index)
{
	struct entry *entry = place(queue, ring, ticket);
	for (;;) {
		uint64_t value = look(&entry->value);
		uint64_t note = look(&entry->note);
		int64_t ahead = cycles_ahead(queue, value, ticket);
		if (ahead == 0 && (value & queue->gone) != queue->nothing) {
			// Another helper was faster
			change(&request->locals[TAIL], ticket, ticket | FIN);
			return;
		}
		// The note and the cycle only grow: once a helper gives up here, all later ones do
		if (ahead >= 0 || cycles_ahead(queue, note, ticket) >= 0) {
			return;
		}

		if (is_vacant(queue, value) &&
		    ((value & queue->safe) || !consumer_has(ring, ticket))) {
			uint64_t filled = cycle(queue, ticket) | queue->safe | index;
			if (entry_change(entry, value, note, filled, note)) { // LP, in `filled`
				if (change(&request->locals[TAIL], ticket, ticket | FIN)) {
					value_change(entry, &filled, filled | queue->settled);
				}
				return;
			}
		} else if (entry_change(entry, value, note, value, cycle(queue, ticket))) {
			return;
		}
	}
}

/**
 * Tries to take an index with a request's ticket. The index stays in the entry for the request's
 * thread, which alone takes it out. If one helper does not find it there, no later one does.
 */
static void take_at(struct queue *queue, struct ring *ring, struct request *request,
		    uint64_t ticket)
{
	struct entry *entry = place(queue, ring, ticket);
	_Atomic uint64_t *local = &request->locals[HEAD];
	if (is_stretch(ticket)) {
		note_refresh(queue, entry, ticket);
	}
	uint64_t value = look(&entry->value);
	for (;;) {
		int64_t ahead = cycles_ahead(queue, value, ticket);
		if (ahead == 0 && (value & queue->gone) != queue->nothing) {
			change(local, ticket, ticket | FIN);
			return;
		}
		if (ahead >= 0) {
			break;
		}
		uint64_t spoilt = value & ~queue->safe;
		if (is_vacant(queue, value)) {
			spoilt = cycle(queue, ticket) | queue->settled | (value & queue->safe) |
				 queue->nothing;
		}
		if (value_change(entry, &value, spoilt)) {
			break;
		}
	}

	if (!producer_has(ring, ticket + TICKET)) { // LP: no producer is ahead of this ticket
		ring_catch_up(ring);
		change(local, ticket, ticket | FIN);
	} else if (atomic_load_explicit(&ring->threshold, memory_order_seq_cst) < 0) { // LP
		change(local, ticket, ticket | FIN);
	}
}

/** Works for a request until it is done. */
static void request_serve(struct queue *queue, struct ring *ring, struct queue_handle *handle,
			  struct request *request, uint64_t number, int end, uint64_t index)
{
	uint64_t local = local_fresh(number);
	while (request_advance(queue, ring, handle, request, number, end, &local)) {
		if (end == TAIL) {
			put_at(queue, ring, request, local, index);
		} else {
			take_at(queue, ring, request, local);
		}
	}
}

/** Asks for help, and works with the helpers until the request is done. Returns the ticket. */
static uint64_t request_make(struct queue *queue, struct ring *ring, struct queue_handle *handle,
			     int end, uint64_t index)
{
	struct request *request = &handle->requests[ring->number];
	uint64_t number = look(&request->number) + 1;
	atomic_store_explicit(&request->locals[end], local_fresh(number), memory_order_seq_cst);
	atomic_store_explicit(&request->index, index, memory_order_seq_cst);
	atomic_store_explicit(&request->end, (unsigned int)end, memory_order_seq_cst);
	atomic_store_explicit(&request->number, number, memory_order_seq_cst);
	request_serve(queue, ring, handle, request, number, end, index);
	atomic_store_explicit(&request->number, number + 1, memory_order_seq_cst);
	return look(&request->locals[end]) & ~FIN;
}

QUEUE_RARE void put_slow(struct queue *queue, struct ring *ring, struct queue_handle *handle,
			 uint64_t index)
{
	queue_slow_path(&slow_paths[PUT_ASKS]);
	request_make(queue, ring, handle, TAIL, index);
	threshold_raise(queue, ring);
}

QUEUE_RARE bool take_slow(struct queue *queue, struct ring *ring, struct queue_handle *handle,
			  uint64_t *index)
{
	queue_slow_path(&slow_paths[TAKE_ASKS]);
	uint64_t ticket = request_make(queue, ring, handle, HEAD, 0);
	struct entry *entry = place(queue, ring, ticket);
	uint64_t value = look(&entry->value);
	if (cycles_ahead(queue, value, ticket) != 0 || (value & queue->gone) == queue->nothing) {
		return false;
	}
	*index = entry_consume(queue, ring, entry, ticket, value); // LP, in `filled`
	return true;
}

/** True if one of the rings is in a stretch. */
QUEUE_OP bool in_stretch(const struct queue *queue)
{
	return is_stretch(look(&queue->rings[VACANT].ends[HEAD].ticket)) ||
	       is_stretch(look(&queue->rings[FILLED].ends[HEAD].ticket));
}

/** Looks after the next peer. */
static void help(struct queue *queue, struct queue_handle *handle)
{
	struct queue_handle *peer = &queue->handles[handle->peer];
	if (handle->peer % STRETCH_LOOK == 0) {
		handle->help_delay = in_stretch(queue) ? 1 : queue->help_delay;
	}
	handle->countdown = handle->help_delay;
	handle->peer = handle->peer + 1 == queue->max_threads ? 0 : handle->peer + 1;
	for (int i = 0; i < RINGS; ++i) {
		struct request *request = &peer->requests[i];
		uint64_t number = look(&request->number);
		if (number % 2 == 0) {
			continue;
		}
		uint64_t index = look(&request->index);
		unsigned int end = atomic_load_explicit(&request->end, memory_order_seq_cst);
		// If the number is the same, all was read from this request
		if (look(&request->number) == number) {
			queue_slow_path(&slow_paths[end == TAIL ? PUT_HELPED : TAKE_HELPED]);
			request_serve(queue, &queue->rings[i], handle, request, number, (int)end,
				      index);
		}
	}
}

/**
 * Puts an index; fewer than n are inside. Asks for help after PUT_PATIENCE tickets; an operation
 * that is `helping`, since it looks after a peer first, has the queue's patience, which tests set.
 */
QUEUE_OP void ring_put(struct queue *queue, struct ring *ring, struct queue_handle *handle,
		       uint64_t index, bool helping)
{
	unsigned int patience = helping ? queue->put_patience : PUT_PATIENCE;
	for (unsigned int i = 0; i < patience; ++i) {
		if (__builtin_expect(try_put(queue, ring, index), 1)) {
			return;
		}
	}
	put_slow(queue, ring, handle, index);
}

/** Takes an index out, likewise. False if there was none at some instant of the call. */
QUEUE_OP bool ring_take(struct queue *queue, struct ring *ring, struct queue_handle *handle,
			uint64_t *index, bool helping)
{
	if (atomic_load_explicit(&ring->threshold, memory_order_seq_cst) < 0) {
		return false; // LP
	}
	unsigned int patience = helping ? queue->take_patience : TAKE_PATIENCE;
	for (unsigned int i = 0; i < patience; ++i) {
		enum attempt attempt = try_take(queue, ring, index, helping);
		if (__builtin_expect(attempt != ATTEMPT_SPOILT, 1)) {
			return attempt == ATTEMPT_DONE;
		}
	}
	return take_slow(queue, ring, handle, index);
}

/** Makes a ring with `count` indices in it, 0 to count - 1. 0, or -1 with ENOMEM. */
static int ring_create(const struct queue *queue, struct ring *ring, uint64_t first_ticket,
		       uint64_t count)
{
	uint64_t size = queue->gone + 1;
	ring->entries = aligned_alloc(QUEUE_APART, (size * sizeof(*ring->entries) + QUEUE_APART -
						    1) & ~(size_t)(QUEUE_APART - 1));
	if (!ring->entries) {
		return -1;
	}

	for (uint64_t i = 0; i < size; ++i) {
		uint64_t ticket = first_ticket + i * TICKET;
		uint64_t last_lap = cycle(queue, ticket - size * TICKET);
		uint64_t flags = queue->settled | queue->safe;
		uint64_t inside = cycle(queue, ticket) | flags | i;
		struct entry *entry = place(queue, ring, ticket);
		atomic_init(&entry->value, i < count ? inside : last_lap | flags | queue->nothing);
		atomic_init(&entry->note, last_lap);
	}
	atomic_init(&ring->ends[HEAD].ticket, first_ticket);
	atomic_init(&ring->ends[TAIL].ticket, first_ticket + count * TICKET);
	atomic_init(&ring->threshold, count > 0 ? queue->top : -1);
	return 0;
}

static void handle_create(const struct queue *queue, struct queue_handle *handle,
			  unsigned int number)
{
	for (int i = 0; i < RINGS; ++i) {
		struct request *request = &handle->requests[i];
		atomic_init(&request->number, 0);
		atomic_init(&request->index, 0);
		atomic_init(&request->end, TAIL);
		for (int end = 0; end < ENDS; ++end) {
			atomic_init(&request->locals[end], FIN);
			atomic_init(&request->claims[end].version, 0);
			atomic_init(&request->claims[end].local, NULL);
			atomic_init(&request->claims[end].ticket, 0);
		}
	}
	atomic_init(&handle->taken, false);
	handle->countdown = queue->help_delay;
	handle->help_delay = queue->help_delay;
	handle->peer = number + 1 == queue->max_threads ? 0 : number + 1;
	handle->name = number + 1;
}

/** Sets how soon operations ask for help, and how often they look after a peer. */
static void patience_set(struct queue *queue, enum queue_patience patience)
{
	queue->put_patience = PUT_PATIENCE;
	queue->take_patience = TAKE_PATIENCE;
	queue->help_delay = HELP_DELAY;
	if (patience != QUEUE_PATIENT) {
		queue->put_patience = patience == QUEUE_ONE_TRY ? 1 : 0;
		queue->take_patience = queue->put_patience;
		queue->help_delay = 1;
	}
}

static void wcq_destroy(struct queue *queue)
{
	free(queue->rings[FILLED].entries);
	free(queue->rings[VACANT].entries);
	free(queue->slots);
	free(queue->handles);
	free(queue);
}

static struct queue *wcq_create(const struct queue_config *config)
{
	uint64_t names = config->max_threads;
	// Cycles and names need bits beside an index; 2^30 slots are beyond any need
	if (config->capacity == 0 || config->capacity > (size_t)1 << 30 || names == 0 ||
	    names >= NAME) {
		errno = EINVAL;
		return NULL;
	}

	// With a single slot, its index would be the one that says "nothing"
	uint64_t n = 2;
	unsigned int order = 2;
	while (n < config->capacity || n < config->max_threads) {
		n *= 2;
		++order;
	}

	struct queue *queue = aligned_alloc(_Alignof(struct queue), sizeof(*queue));
	if (!queue) {
		return NULL;
	}
	queue->gone = 2 * n - 1;
	queue->nothing = 2 * n - 2;
	queue->safe = 2 * n;
	queue->settled = 4 * n;
	queue->cycles = -(2 * n * TICKET);
	queue->top = (int64_t)(3 * n - 1);
	queue->spread = order > LINE_ORDER ? LINE_ORDER : order - 1;
	queue->unspread = order - queue->spread;
	queue->max_threads = config->max_threads;
	patience_set(queue, config->patience);

	uint64_t first_ticket = config->first_ticket * TICKET;
	queue->handles = aligned_alloc(_Alignof(struct queue_handle),
				       config->max_threads * sizeof(*queue->handles));
	queue->slots = malloc(n * sizeof(*queue->slots));
	queue->rings[VACANT].number = VACANT;
	queue->rings[FILLED].number = FILLED;
	int vacant = ring_create(queue, &queue->rings[VACANT], first_ticket, n);
	int filled = ring_create(queue, &queue->rings[FILLED], first_ticket, 0);
	if (!queue->handles || !queue->slots || vacant != 0 || filled != 0) {
		wcq_destroy(queue);
		return NULL;
	}
	for (unsigned int i = 0; i < config->max_threads; ++i) {
		handle_create(queue, &queue->handles[i], i);
	}
	return queue;
}

static size_t wcq_capacity(const struct queue *queue)
{
	return (queue->gone + 1) / 2;
}

static struct queue_handle *wcq_attach(struct queue *queue)
{
	for (unsigned int i = 0; i < queue->max_threads; ++i) {
		struct queue_handle *handle = &queue->handles[i];
		// A1, acquire: pairs with A2, so that the handle is seen as it was left
		if (!atomic_exchange_explicit(&handle->taken, true, memory_order_acquire)) {
			return handle;
		}
	}
	errno = EAGAIN;
	return NULL;
}

static void wcq_detach(struct queue *queue, struct queue_handle *handle)
{
	(void)queue;
	// A2, release: hands the handle to the next A1
	atomic_store_explicit(&handle->taken, false, memory_order_release);
}

QUEUE_OP enum queue_status item_put(struct queue *queue, struct queue_handle *handle, void *item,
				    bool helping)
{
	uint64_t index;
	if (!ring_take(queue, &queue->rings[VACANT], handle, &index, helping)) {
		return QUEUE_FULL;
	}
	// Only this thread has the index until it puts it: the rings' entries order the item
	queue->slots[index] = item;
	ring_put(queue, &queue->rings[FILLED], handle, index, helping);
	return QUEUE_OK;
}

QUEUE_OP enum queue_status item_take(struct queue *queue, struct queue_handle *handle, void **item,
				     bool helping)
{
	uint64_t index;
	if (!ring_take(queue, &queue->rings[FILLED], handle, &index, helping)) {
		return QUEUE_EMPTY;
	}
	*item = queue->slots[index];
	ring_put(queue, &queue->rings[VACANT], handle, index, helping);
	return QUEUE_OK;
}

/** An enqueue that looks after a peer first. */
QUEUE_RARE enum queue_status help_and_put(struct queue *queue, struct queue_handle *handle,
					  void *item)
{
	help(queue, handle);
	return item_put(queue, handle, item, true);
}

/** Likewise a dequeue. */
QUEUE_RARE enum queue_status help_and_take(struct queue *queue, struct queue_handle *handle,
					   void **item)
{
	help(queue, handle);
	return item_take(queue, handle, item, true);
}

QUEUE_OP enum queue_status wcq_enqueue(struct queue *queue, struct queue_handle *handle, void *item)
{
	if (__builtin_expect(--handle->countdown == 0, 0)) {
		return help_and_put(queue, handle, item);
	}
	return item_put(queue, handle, item, false);
}

QUEUE_OP enum queue_status wcq_dequeue(struct queue *queue, struct queue_handle *handle,
				       void **item)
{
	if (__builtin_expect(--handle->countdown == 0, 0)) {
		return help_and_take(queue, handle, item);
	}
	return item_take(queue, handle, item, false);
}

QUEUE_EXPORT(wcq) = {
	.name = "wcq",
	.title = "bounded ring of indices, threads help each other",
	.source = "Nikolaev & Ravindran, SPAA 2022, doi:10.1145/3490148.3538572",
	.enqueue_progress = QUEUE_WAIT_FREE,
	.dequeue_progress = QUEUE_WAIT_FREE,
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.exact_full = 0,
	.create = wcq_create,
	.destroy = wcq_destroy,
	.capacity = wcq_capacity,
	.attach = wcq_attach,
	.detach = wcq_detach,
	.enqueue = wcq_enqueue,
	.dequeue = wcq_dequeue,
	.slow_paths = slow_paths,
};
