// SPDX-License-Identifier: MIT

/**
 * Credit bounds the backlog where producers can outrun consumers, for every queue
 * alike: an item costs its producer one credit, which its consumer gives back.
 *
 * A thread keeps a purse and exchanges credits in bulk, so that it touches the shared
 * count once in CREDIT_BULK items, or more often where credit is scarce.
 */

#ifndef BENCH_CREDIT_H
#define BENCH_CREDIT_H

#include "queue.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#define CREDIT_BULK 64

struct credit {
	_Alignas(QUEUE_APART) _Atomic int64_t left;
	/** All credits, and how many move at once. */
	int64_t all;
	int64_t bulk;
};

struct credit_purse {
	int64_t credits;
	/** Fewest credits that this thread left for others when it took some. */
	int64_t least;
};

static inline void credit_create(struct credit *credit, uint64_t all, unsigned int threads)
{
	int64_t bulk = (int64_t)all / (4 * (int64_t)threads);
	atomic_init(&credit->left, (int64_t)all);
	credit->all = (int64_t)all;
	credit->bulk = bulk < 1 ? 1 : bulk < CREDIT_BULK ? bulk : CREDIT_BULK;
}

/** Spends one credit. False if there is none now. */
QUEUE_OP bool credit_spend(struct credit *credit, struct credit_purse *purse)
{
	if (purse->credits == 0) {
		// Relaxed: a count and nothing else
		int64_t left = atomic_load_explicit(&credit->left, memory_order_relaxed);
		int64_t take;
		do {
			take = left < credit->bulk ? left : credit->bulk;
			if (take <= 0) {
				return false;
			}
		} while (!atomic_compare_exchange_weak_explicit(&credit->left, &left, left - take,
								memory_order_relaxed,
								memory_order_relaxed));
		purse->credits = take;
		if (left - take < purse->least) {
			purse->least = left - take;
		}
	}
	--purse->credits;
	return true;
}

/** Gives back all credits of the purse. */
QUEUE_OP void credit_return(struct credit *credit, struct credit_purse *purse)
{
	if (purse->credits > 0) {
		atomic_fetch_add_explicit(&credit->left, purse->credits, memory_order_relaxed);
		purse->credits = 0;
	}
}

/** Earns one credit, and gives all back when they are a bulk. */
QUEUE_OP void credit_earn(struct credit *credit, struct credit_purse *purse)
{
	if (++purse->credits >= credit->bulk) {
		credit_return(credit, purse);
	}
}

#endif // BENCH_CREDIT_H
