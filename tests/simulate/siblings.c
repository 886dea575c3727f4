// SPDX-License-Identifier: MIT

/** A floor in which two threads take turns. A thread passes the turn with a plain write, which
 * takes no line from the other one where both are of one core, and counts its looks in memory.
 */

#define FLOOR_TOUCH(counter) siblings_touch(counter)
#include "queue.h"

#include <stdatomic.h>
#include <stdint.h>

/** 1 or 2; 0 when one has left. */
static _Alignas(QUEUE_APART) uintptr_t turn = 1;
static _Alignas(QUEUE_APART) atomic_uintptr_t joined;
static struct {
	_Alignas(QUEUE_APART) volatile uint64_t count;
} looks[3];

static void siblings_touch(const _Atomic uint64_t *counter)
{
	static __thread uintptr_t self;
	(void)counter;
	if (!self) {
		self = atomic_fetch_add(&joined, 1) + 1;
	}
	if (__atomic_load_n(&turn, __ATOMIC_RELAXED) == self) {
		turn = 3 - self;
	}
	uintptr_t now;
	while ((now = __atomic_load_n(&turn, __ATOMIC_RELAXED)) != self && now) {
		looks[self].count = looks[self].count + 1;
		queue_pause();
	}
}

#include "workload/floors/floor.h"

static void siblings_detach(struct queue *queue, struct queue_handle *handle)
{
	turn = 0;
	floor_detach(queue, handle);
}

QUEUE_EXPORT(siblings) = {
	.name = "siblings",
	.title = "floor: two threads take turns",
	.source = "no queue",
	.create = floor_create,
	.destroy = floor_destroy,
	.attach = floor_attach,
	.detach = siblings_detach,
	.enqueue = floor_enqueue,
	.dequeue = floor_dequeue,
};
