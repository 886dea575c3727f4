// SPDX-License-Identifier: MIT

/** The traced process: see stage.h. */

#include "verify/progress/stage.h"

#include "verify/progress/stepper.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

/** Failed operations after which a peer yields the processor. */
#define LOOKS 32

const char *const stage_side_names[] = {[PRODUCER] = "enqueue", [CONSUMER] = "dequeue"};

bool stage_claims(const struct queue_type *type, enum role side)
{
	return (side == PRODUCER ? type->enqueue_progress : type->dequeue_progress) !=
	       QUEUE_BLOCKING;
}

void stage_set_gate(struct stage *stage, bool open)
{
	uint32_t gate = atomic_load_explicit(&stage->gate, memory_order_relaxed);
	if ((gate % 2 == 1) != open) {
		atomic_store_explicit(&stage->gate, gate + 1, memory_order_relaxed);
		syscall(SYS_futex, &stage->gate, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	}
}

/** Signal fences suffice: the process that reads the flag has stopped this thread. */
static void set_operating(struct actor *actor, int operating)
{
	atomic_signal_fence(memory_order_seq_cst);
	atomic_store_explicit(&actor->operating, operating, memory_order_relaxed);
	atomic_signal_fence(memory_order_seq_cst);
}

static enum queue_status operate(struct stage *stage, struct actor *actor, enum role side,
				 struct queue_handle *handle)
{
	unsigned int self = (unsigned int)(actor - stage->actors);
	void *item = (void *)(proof_first(self) + stage_get(&actor->enqueued) * PROOF_STEP);
	const struct queue_type *type = stage->type;
	struct queue *queue = stage->queue;
	enum queue_status status;
	stage_add(&actor->begun, 1);
	set_operating(actor, 1);
	status = side == PRODUCER ? type->enqueue(queue, handle, item)
				  : type->dequeue(queue, handle, &item);
	set_operating(actor, 0);
	if (status == QUEUE_OK && side == PRODUCER) {
		stage_add(&actor->enqueued, 1);
	} else if (status == QUEUE_OK) {
		proof_take(actor->tallies, ACTORS, item);
		stage_add(&actor->dequeued, 1);
	}
	atomic_store_explicit(&actor->answer, (int)status, memory_order_relaxed);
	stage_add(&actor->ended, 1);
	return status;
}

static bool ending(const struct stage *stage)
{
	return atomic_load_explicit(&stage->ending, memory_order_relaxed);
}

static void pass_gate(struct stage *stage)
{
	uint32_t gate;
	while ((gate = atomic_load_explicit(&stage->gate, memory_order_relaxed)) % 2 == 0) {
		syscall(SYS_futex, &stage->gate, FUTEX_WAIT, gate, NULL, NULL, 0);
	}
}

/** Has a peer nothing to do? */
static bool peer_idle(const struct stage *stage, enum role side)
{
	int64_t items = stage_backlog(stage);
	return side == PRODUCER ? items >= (int64_t)(stage->window + stage_get(&stage->beyond))
				: items > 0 && items <= (int64_t)stage_get(&stage->left_inside);
}

static void peer_main(struct stage *stage, struct actor *actor, enum role side,
		      struct queue_handle *handle)
{
	uint64_t since = 0;
	unsigned int looks = 0;
	while (!ending(stage)) {
		pass_gate(stage);
		bool idle = peer_idle(stage, side);
		atomic_store_explicit(&actor->idle, idle, memory_order_relaxed);
		if (idle) {
			queue_give_way(&looks, LOOKS);
			continue;
		}
		uint64_t before = clock_now();
		since = since ? since : before;
		enum queue_status status = operate(stage, actor, side, handle);
		uint64_t held = clock_now() - since;
		if (status == QUEUE_OK && held > stage_get(&actor->held)) {
			atomic_store_explicit(&actor->held, held, memory_order_relaxed);
		}
		if (status != QUEUE_BUSY) {
			since = 0;
		}
		if (status != QUEUE_OK) {
			queue_give_way(&looks, LOOKS);
		}
	}
}

/** Does one operation of the victim, if the window has room. */
static void operate_within(struct stage *stage, struct actor *actor, enum role side,
			   struct queue_handle *handle)
{
	if (side == PRODUCER && stage_backlog(stage) > (int64_t)stage->window) {
		sched_yield();
		return;
	}
	if (stage_get(&actor->begun) >= stage_get(&stage->stop_at)) {
		stepper_stop_here();
	}
	operate(stage, actor, side, handle);
}

/** The victim is the only consumer: dequeues what was enqueued beyond the window meanwhile. */
static void victim_catch_up(struct stage *stage, struct actor *actor, struct queue_handle *handle)
{
	while (stage_backlog(stage) > (int64_t)stage->window &&
	       operate(stage, actor, CONSUMER, handle) == QUEUE_OK) {
	}
}

static void victim_main(struct stage *stage, struct actor *actor, enum role side,
			struct queue_handle *handle)
{
	if (stage->allocator) {
		stage->allocator->note_inside(&stage->inside);
	}
	stage_let_run(stage, STAGE_NO_STOP);
	for (unsigned int i = 1; i <= STAGE_WARM_UP; ++i) {
		operate_within(stage, actor, side, handle);
		if (i % LOOKS == 0) {
			sched_yield();
		}
	}
	// R1, release: publishes the queue and the threads to R2, in the watcher
	atomic_store_explicit(&stage->ready, true, memory_order_release);
	while (!atomic_load_explicit(&stage->led, memory_order_relaxed)) {
		sched_yield();
	}
	while (!ending(stage)) {
		operate_within(stage, actor, side, handle);
		if (!stage->peers[CONSUMER]) {
			victim_catch_up(stage, actor, handle);
		}
	}
}

struct part {
	struct stage *stage;
	enum role role;
	pthread_t thread;
};

static void *actor_main(void *context)
{
	const struct part *part = context;
	struct stage *stage = part->stage;
	struct actor *actor = &stage->actors[part->role];
	struct queue_handle *handle = queue_attach(stage->type, stage->queue);
	if (!handle) {
		_exit(2);
	}
	atomic_store_explicit(&actor->thread, gettid(), memory_order_relaxed);
	if (part->role == VICTIM) {
		victim_main(stage, actor, stage->role, handle);
		if (stage->allocator) {
			stage->allocator->note_inside(NULL);
		}
	} else {
		peer_main(stage, actor, part->role, handle);
	}
	queue_detach(stage->type, stage->queue, handle);
	return NULL;
}

/** Drains the queue. True if each item has come out exactly once. */
static bool conserved(struct stage *stage)
{
	struct queue_handle *handle = queue_attach(stage->type, stage->queue);
	struct proof_tally *left = stage->actors[CONSUMER].tallies;
	void *item;
	if (!handle) {
		return false;
	}
	// No more than ever went in, and one
	uint64_t most = 1;
	for (int i = 0; i < ACTORS; ++i) {
		most += stage_get(&stage->actors[i].enqueued);
	}
	while (most-- > 0 && stage->type->dequeue(stage->queue, handle, &item) == QUEUE_OK) {
		proof_take(left, ACTORS, item);
		stage_add(&stage->actors[CONSUMER].dequeued, 1);
	}
	queue_detach(stage->type, stage->queue, handle);
	for (unsigned int producer = 0; producer < ACTORS; ++producer) {
		uint64_t made = stage_get(&stage->actors[producer].enqueued);
		uint64_t count = 0;
		uint64_t sum = 0;
		for (int i = 0; i < ACTORS; ++i) {
			count += stage->actors[i].tallies[producer].count;
			sum += stage->actors[i].tallies[producer].sum;
		}
		if (count != made || sum != proof_sum(producer, made)) {
			return false;
		}
	}
	return true;
}

/** Runs the threads, and leaves the result in the stage. */
_Noreturn void stage_main(struct stage *stage)
{
	struct part parts[ACTORS];
	stage->queue =
		stage->type->create(&(struct queue_config){.capacity = stage->requested,
							   .max_threads = ACTORS + 1,
							   .first_ticket = stage->first_ticket});
	if (!stage->queue) {
		stage->error = errno;
		_exit(1);
	}
	stage->capacity = queue_capacity(stage->type, stage->queue);
	stage->window = (stage->capacity ? stage->capacity : stage->requested) / 2;
	for (enum role role = 0; role < ACTORS; ++role) {
		if (role != VICTIM && !stage->peers[role]) {
			continue;
		}
		parts[role] = (struct part){.stage = stage, .role = role};
		int error = pthread_create(&parts[role].thread, NULL, actor_main, &parts[role]);
		if (error) {
			stage->error = error;
			_exit(1);
		}
	}
	for (enum role role = 0; role < ACTORS; ++role) {
		if (role == VICTIM || stage->peers[role]) {
			pthread_join(parts[role].thread, NULL);
		}
	}
	stage->conserved = conserved(stage);
	stage->finished = true;
	_exit(0);
}
