// SPDX-License-Identifier: MIT

/**
 * model: random operations of one thread, compared with a plain queue that cannot be wrong: an
 * array.
 *
 * One thread meets no peer, so every answer is known beforehand, even if the queue's FULL or EMPTY
 * is not exact: FULL at the capacity and only there, EMPTY when nothing is inside and only then,
 * BUSY never. The next item is the oldest one, or any that the claimed order allows. The thread
 * works on two independent queues in turn, with several handles each if the queue allows it.
 *
 * With allocator.so, some allocations fail: the operation may then answer NOMEM, and must have
 * changed nothing. When the queues are destroyed, none of their blocks may be left.
 */

#include "base/number.h"
#include "verify/allocator.h"
#include "verify/traffic.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/**
 * Operations in the life of a queue, and lives in a round. One life in LONG_SELDOM is long, to meet
 * faults that happen once in many thousand operations of one queue.
 */
#define OPERATIONS (10000 / BUILD_SLOW)
#define LONG_OPERATIONS (150000 / BUILD_SLOW)
#define LONG_SELDOM 5
#define LIVES 20
/** Most items inside an unbounded queue. */
#define UNBOUNDED_MOST 3000
/** Places of the model: enough for a bounded queue that rounds its capacity up. */
#define MODEL_MOST (1 << 16)
#define MOST_BATCH 130
#define MOST_HANDLES 3
#define QUEUES 2
/** Most allocations of one create() or attach() that are made to fail in turn. */
#define MOST_FAILURES 100

struct entry {
	void *item;
	/** The attachment that enqueued it. Order is only claimed within one. */
	uint64_t producer;
};

/** A queue, and the items that must be inside. */
struct model {
	struct queue *queue;
	size_t asked;
	/** Real capacity; 0 means no bound. */
	size_t capacity;
	/** Number of items from which none is offered. */
	size_t most;
	unsigned int handles_count;
	struct queue_handle *handles[MOST_HANDLES];
	uint64_t attachments[MOST_HANDLES];
	/** A ring; the oldest is at `first`. */
	struct entry *entries;
	size_t first;
	size_t count;
};

/** State of the thread of a round. */
struct trial {
	struct check_thread *thread;
	const struct queue_type *type;
	const struct allocator *allocator;
	struct rng rng;
	struct model models[QUEUES];
	uint64_t attachments;
	/** Items are multiples of the stride: all differ, and all their bits are used. */
	uint64_t stride;
	uint64_t items;
	/** Percentage of operations that enqueue. */
	unsigned int bias;
	bool failures;
	uint64_t failures_done;
	uint64_t operations;
};

/** What the thread of a round receives, and returns. */
struct round {
	uint64_t seed;
	struct entry *entries[QUEUES];
	/** Totals of all rounds: operations, and allocations that failed. */
	uint64_t operations;
	uint64_t failures;
};

#define FAIL(trial, ...) check_fail((trial)->thread->run, __VA_ARGS__)

static bool failed(const struct trial *trial)
{
	return check_failed(trial->thread->run);
}

/** Fails an operation that answered something else than expected. */
static void fail_operation(struct trial *trial, const struct model *model, const char *operation,
			   enum queue_status found, const char *expected)
{
	FAIL(trial,
	     "%s answered %s, not %s, with %zu item%s inside\n"
	     "  of a queue of capacity %zu, where %zu were asked for\n",
	     operation, check_answer(found), expected, model->count, number_plural(model->count),
	     model->capacity, model->asked);
}

static struct entry *entry_at(const struct model *model, size_t index)
{
	return &model->entries[(model->first + index) % MODEL_MOST];
}

static void model_push(struct model *model, void *item, uint64_t producer)
{
	*entry_at(model, model->count++) = (struct entry){item, producer};
}

/** May the item at `index` leave now, by the claimed order? */
static bool model_may_leave(const struct trial *trial, const struct model *model, size_t index)
{
	bool first = index == 0 || trial->type->order == QUEUE_UNORDERED;
	if (!first && trial->type->order == QUEUE_PRODUCER_FIFO) {
		first = true;
		for (size_t i = 0; i < index && first; ++i) {
			first = entry_at(model, i)->producer != entry_at(model, index)->producer;
		}
	}
	return first;
}

/** Removes the item that the queue returned. Fails if it may not leave. */
static void model_take(struct trial *trial, struct model *model, void *item)
{
	size_t index = 0;
	while (index < model->count && entry_at(model, index)->item != item) {
		++index;
	}
	if (index == model->count) {
		FAIL(trial, "dequeued %p, which was not inside, with %zu item%s inside\n", item,
		     model->count, number_plural(model->count));
		return;
	}
	if (!model_may_leave(trial, model, index)) {
		FAIL(trial, "dequeued %p, which had %zu item%s before it, of %zu inside\n", item,
		     index, number_plural(index), model->count);
	}
	for (size_t i = index; i > 0; --i) {
		*entry_at(model, i) = *entry_at(model, i - 1);
	}
	model->first = (model->first + 1) % MODEL_MOST;
	--model->count;
}

static size_t model_room(const struct model *model)
{
	return model->capacity ? model->capacity - model->count : SIZE_MAX;
}

static bool chance(struct trial *trial, uint64_t one_in)
{
	return rng_below(&trial->rng, one_in) == 0;
}

/** Now and then, makes an allocation of the next operation fail. */
static void arm(struct trial *trial)
{
	if (trial->failures && chance(trial, 4)) {
		trial->allocator->fail_at(1 + rng_below(&trial->rng, 3));
	}
}

/** Has an allocation failed since arm()? */
static bool disarm(struct trial *trial)
{
	bool done = trial->failures && trial->allocator->fail_at(0);
	trial->failures_done += done;
	return done;
}

/** Draws a handle from the first `allowed`, where 0 means all. */
static unsigned int pick_handle(struct trial *trial, const struct model *model,
				unsigned int allowed)
{
	return (unsigned int)rng_below(&trial->rng, check_at_most(model->handles_count, allowed));
}

static void *next_item(struct trial *trial)
{
	// Bits 3 to 47
	uint64_t item = ++trial->items * trial->stride << 19 >> 16;
	return (void *)(uintptr_t)item;
}

static void enqueue(struct trial *trial, struct model *model, bool wait)
{
	unsigned int index = pick_handle(trial, model, trial->type->max_producers);
	struct queue_handle *handle = model->handles[index];
	void *item = next_item(trial);
	const char *operation = wait ? "enqueue_wait()" : "enqueue()";
	check_doing(trial->thread, operation);
	arm(trial);
	enum queue_status status = wait ? trial->type->enqueue_wait(model->queue, handle, item)
					: trial->type->enqueue(model->queue, handle, item);
	bool short_of_memory = disarm(trial);
	if (status == QUEUE_OK && model_room(model) > 0) {
		model_push(model, item, model->attachments[index]);
	} else if (status == QUEUE_NOMEM && short_of_memory) {
		return;
	} else if (status == QUEUE_NOMEM && check_refused(trial->thread->run)) {
		check_lack(trial->thread->run, "the system had no memory for an item");
	} else if (status != QUEUE_FULL || model_room(model) > 0) {
		fail_operation(trial, model, operation, status,
			       model_room(model) > 0 ? "OK" : "FULL");
	}
}

static void enqueue_batch(struct trial *trial, struct model *model)
{
	unsigned int index = pick_handle(trial, model, trial->type->max_producers);
	size_t count = 1 + rng_below(&trial->rng, chance(trial, 4) ? MOST_BATCH : 5);
	void *items[MOST_BATCH];
	for (size_t i = 0; i < count; ++i) {
		items[i] = next_item(trial);
	}
	check_doing(trial->thread, "enqueue_batch()");
	arm(trial);
	size_t done = trial->type->enqueue_batch(model->queue, model->handles[index], items, count);
	bool short_of_memory = disarm(trial);
	size_t most = count < model_room(model) ? count : model_room(model);
	if (done > most || (done == 0 && most > 0 && !short_of_memory)) {
		FAIL(trial, "enqueue_batch() of %zu item%s took %zu, with room for %zu\n", count,
		     number_plural(count), done, model_room(model));
		return;
	}
	for (size_t i = 0; i < done; ++i) {
		model_push(model, items[i], model->attachments[index]);
	}
}

static enum queue_status look(struct trial *trial, struct model *model, void **item, bool wait)
{
	const struct queue_type *type = trial->type;
	struct queue_handle *handle =
		model->handles[pick_handle(trial, model, type->max_consumers)];
	enum queue_status status;
	*item = NULL;
	arm(trial);
	status = wait ? type->dequeue_wait(model->queue, handle, item)
		      : type->dequeue(model->queue, handle, item);
	disarm(trial);
	return status;
}

static void dequeue(struct trial *trial, struct model *model, bool wait)
{
	const char *operation = wait ? "dequeue_wait()" : "dequeue()";
	check_doing(trial->thread, operation);
	void *item;
	enum queue_status status = look(trial, model, &item, wait);
	if (status == QUEUE_OK) {
		model_take(trial, model, item);
	} else if (status != QUEUE_EMPTY || model->count > 0) {
		fail_operation(trial, model, operation, status, model->count > 0 ? "OK" : "EMPTY");
	}
}

static void dequeue_batch(struct trial *trial, struct model *model)
{
	const struct queue_type *type = trial->type;
	struct queue_handle *handle =
		model->handles[pick_handle(trial, model, type->max_consumers)];
	size_t count = 1 + rng_below(&trial->rng, chance(trial, 4) ? MOST_BATCH : 5);
	void *items[MOST_BATCH] = {NULL};
	check_doing(trial->thread, "dequeue_batch()");
	arm(trial);
	size_t done = type->dequeue_batch(model->queue, handle, items, count);
	disarm(trial);
	size_t most = count < model->count ? count : model->count;
	if (done > most || (done == 0 && most > 0)) {
		FAIL(trial, "dequeue_batch() of %zu item%s gave %zu, with %zu inside\n", count,
		     number_plural(count), done, model->count);
		return;
	}
	for (size_t i = 0; i < done && !failed(trial); ++i) {
		model_take(trial, model, items[i]);
	}
}

/**
 * Attaches. Before that, if allocations fail in this life, lets each allocation of attach() fail in
 * turn.
 *
 * @param allowed  whether max_threads allows one more thread
 */
static struct queue_handle *attach(struct trial *trial, struct model *model, bool allowed)
{
	for (uint64_t count = 1; count <= MOST_FAILURES; ++count) {
		if (trial->failures) {
			trial->allocator->fail_at(count);
		}
		errno = 0;
		struct queue_handle *handle = queue_attach(trial->type, model->queue);
		int error = errno;
		bool short_of_memory = disarm(trial);
		if (handle || (!allowed && error == EAGAIN)) {
			return handle;
		}
		if (!short_of_memory) {
			check_cannot(trial->thread->run, error, "attach() failed");
			return NULL;
		}
		if (error != ENOMEM) {
			FAIL(trial, "attach(), of which an allocation failed, says %s\n",
			     strerror(error));
			return NULL;
		}
	}
	FAIL(trial, "attach() failed for want of memory %d times\n", MOST_FAILURES);
	return NULL;
}

static void attach_anew(struct trial *trial, struct model *model)
{
	unsigned int index = (unsigned int)rng_below(&trial->rng, model->handles_count);
	arm(trial);
	queue_detach(trial->type, model->queue, model->handles[index]);
	disarm(trial);
	model->handles[index] = attach(trial, model, true);
	model->attachments[index] = ++trial->attachments;
}

/** Attaches one more thread than max_threads: the queue may accept it or answer EAGAIN. */
static void attach_one_too_many(struct trial *trial, struct model *model)
{
	struct queue_handle *handle = attach(trial, model, false);
	if (handle) {
		queue_detach(trial->type, model->queue, handle);
	}
}

/** Does a random operation: more enqueues or more dequeues, as `bias` has it. */
static void operate(struct trial *trial, struct model *model)
{
	const struct queue_type *type = trial->type;
	if (chance(trial, 200)) {
		check_doing(trial->thread, "attach()");
		if (chance(trial, 10)) {
			attach_one_too_many(trial, model);
		} else {
			attach_anew(trial, model);
		}
		return;
	}
	bool more = model->count < model->most;
	bool wait = type->enqueue_wait && chance(trial, 4);
	if (more && rng_below(&trial->rng, 100) < trial->bias) {
		if (type->enqueue_batch && chance(trial, 4)) {
			enqueue_batch(trial, model);
		} else {
			enqueue(trial, model, wait && model_room(model) > 0);
		}
	} else if (type->dequeue_batch && chance(trial, 4)) {
		dequeue_batch(trial, model);
	} else {
		dequeue(trial, model, wait && model->count > 0);
	}
}

/** Closes a queue: nothing may go in, what is inside comes out, then CLOSED is answered. */
static void close_and_drain(struct trial *trial, struct model *model)
{
	const struct queue_type *type = trial->type;
	check_doing(trial->thread, "works on, after close()");
	type->close(model->queue);
	for (size_t left = model->count + 2; left > 0 && !failed(trial); --left) {
		enum queue_status status =
			type->enqueue_wait(model->queue, model->handles[0], next_item(trial));
		if (status != QUEUE_CLOSED) {
			fail_operation(trial, model, "enqueue_wait(), when closed,", status,
				       "CLOSED");
		}
		void *item;
		bool more = model->count > 0;
		status = look(trial, model, &item, true);
		if (status == QUEUE_OK && more) {
			model_take(trial, model, item);
		} else if (status != QUEUE_CLOSED || more) {
			fail_operation(trial, model, "dequeue_wait(), when closed,", status,
				       more ? "OK" : "CLOSED");
		}
		check_step(trial->thread);
	}
}

static void drain(struct trial *trial, struct model *model)
{
	for (size_t left = model->count + 1; left > 0 && !failed(trial); --left) {
		dequeue(trial, model, false);
		check_step(trial->thread);
	}
}

/** Makes a queue; lets each allocation of create() fail in turn, if they fail in this life. */
static void model_create(struct trial *trial, struct model *model)
{
	static const size_t capacities[] = {1, 2, 3, 7, 64, 1000};
	struct queue_config config = {
		.patience = trial->thread->run->patience,
		.capacity = capacities[rng_below(&trial->rng, 6)],
		.max_threads = 1 + (unsigned int)rng_below(&trial->rng, MOST_HANDLES),
	};
	config.first_ticket = traffic_first_ticket(&trial->rng, config.capacity);
	*model = (struct model){.entries = model->entries};
	uint64_t blocks = trial->failures ? *trial->allocator->blocks : 0;
	for (uint64_t count = 1; !model->queue && count <= MOST_FAILURES; ++count) {
		if (trial->failures) {
			trial->allocator->fail_at(count);
		}
		errno = 0;
		model->queue = trial->type->create(&config);
		int error = errno;
		bool short_of_memory = disarm(trial);
		if (!model->queue && !short_of_memory) {
			check_cannot(trial->thread->run, error, "create() of %zu item%s failed",
				     config.capacity, number_plural(config.capacity));
			return;
		}
		if (!model->queue && error != ENOMEM) {
			FAIL(trial,
			     "create() of %zu item%s, of which an allocation failed, says %s\n",
			     config.capacity, number_plural(config.capacity), strerror(error));
			return;
		}
		if (!model->queue && *trial->allocator->blocks > blocks) {
			FAIL(trial,
			     "create() failed for want of memory, and left %" PRIu64
			     " blocks behind\n",
			     *trial->allocator->blocks - blocks);
			return;
		}
	}
	if (!model->queue) {
		FAIL(trial, "create() failed for want of memory %d times\n", MOST_FAILURES);
		return;
	}
	model->asked = config.capacity;
	model->capacity = queue_capacity(trial->type, model->queue);
	model->most = model->capacity && model->capacity <= MODEL_MOST ? SIZE_MAX : UNBOUNDED_MOST;
	if (trial->type->capacity && model->capacity < model->asked) {
		FAIL(trial, "capacity() is %zu, where %zu were asked for\n", model->capacity,
		     model->asked);
	}
	for (unsigned int i = 0; i < config.max_threads && !failed(trial); ++i) {
		model->handles[i] = attach(trial, model, true);
		model->attachments[i] = ++trial->attachments;
		++model->handles_count;
	}
}

/** Destroys a queue: drained, or with items inside, which belong to the caller. */
static void model_destroy(struct trial *trial, struct model *model)
{
	bool closes = trial->type->close && chance(trial, 2);
	if (closes) {
		close_and_drain(trial, model);
	} else if (chance(trial, 2)) {
		drain(trial, model);
	}
	if (failed(trial)) {
		return;
	}
	check_doing(trial->thread, "detach() and destroy()");
	arm(trial);
	for (unsigned int i = 0; i < model->handles_count; ++i) {
		queue_detach(trial->type, model->queue, model->handles[i]);
	}
	trial->type->destroy(model->queue);
	disarm(trial);
}

/** Capacity 0 must be refused, unless the queue ignores the capacity. */
static void create_nothing(struct trial *trial)
{
	errno = 0;
	struct queue *queue =
		trial->type->create(&(struct queue_config){.capacity = 0, .max_threads = 1});
	if (!queue && errno != EINVAL) {
		FAIL(trial, "create() of 0 items failed with %s, not EINVAL\n", strerror(errno));
	}
	if (queue && trial->type->capacity) {
		size_t made = trial->type->capacity(queue);
		FAIL(trial, "create() of 0 items made a queue of %zu%s\n", made,
		     made ? "" : ": a queue without a bound has no capacity()");
	}
	if (queue) {
		trial->type->destroy(queue);
	}
}

/** The lives of one or two queues, from create() to destroy(). */
static void live(struct trial *trial)
{
	unsigned int count = 1 + (unsigned int)rng_below(&trial->rng, QUEUES);
	// All bits set, few bits set, or any
	const uint64_t strides[] = {UINT64_MAX, 1, rng_next(&trial->rng) | 1};
	trial->stride = strides[rng_below(&trial->rng, 3)];
	create_nothing(trial);
	for (unsigned int i = 0; i < count && !failed(trial); ++i) {
		model_create(trial, &trial->models[i]);
	}
	unsigned int operations = chance(trial, LONG_SELDOM) ? LONG_OPERATIONS : OPERATIONS;
	// A queue whose threads sleep may be late within one life
	for (unsigned int i = 0;
	     i < operations && !failed(trial) && (i % 64 != 0 || !check_late(trial->thread->run));
	     ++i) {
		if (chance(trial, 500)) {
			trial->bias = 5 + (unsigned int)rng_below(&trial->rng, 91);
		}
		operate(trial, &trial->models[rng_below(&trial->rng, count)]);
		check_step(trial->thread);
		++trial->operations;
	}
	for (unsigned int i = 0; i < count && !failed(trial); ++i) {
		model_destroy(trial, &trial->models[i]);
	}
}

/** Runs the lives of a round. Each must leave no block behind. */
static void trial_main(struct check_thread *thread)
{
	struct round *round = thread->context;
	struct trial trial = {.thread = thread, .type = thread->run->type, .bias = 50};
	rng_seed(&trial.rng, round->seed);
	for (unsigned int i = 0; i < QUEUES; ++i) {
		trial.models[i].entries = round->entries[i];
	}
	// After the first life, what a library allocates once has been allocated
	live(&trial);
	trial.allocator = trial.type->library_memory ? NULL : thread->run->allocator;
	for (unsigned int i = 1; i < LIVES && !failed(&trial) && !check_late(thread->run); ++i) {
		uint64_t blocks = trial.allocator ? *trial.allocator->blocks : 0;
		trial.failures = trial.allocator && chance(&trial, 2);
		live(&trial);
		uint64_t left = trial.allocator && !failed(&trial)
					? allocator_left(trial.allocator, blocks)
					: 0;
		if (left > 0) {
			FAIL(&trial,
			     "%" PRIu64 " blocks were not freed, when all queues were destroyed\n",
			     left);
		}
	}
	round->operations += trial.operations;
	round->failures += trial.failures_done;
}

static void model_run(struct check_run *run)
{
	struct round round = {0};
	for (unsigned int i = 0; i < QUEUES; ++i) {
		round.entries[i] = malloc(MODEL_MOST * sizeof(struct entry));
		if (!round.entries[i]) {
			check_lack(run, "no memory for the model");
			check_end(run);
		}
	}
	while (check_round(run, &round.seed)) {
		check_threads(run, 1, trial_main, &round);
		if (check_failed(run)) {
			// A queue that is wrong need not survive being destroyed
			check_end(run);
		}
	}
	for (unsigned int i = 0; i < QUEUES; ++i) {
		free(round.entries[i]);
	}
	char text[8];
	check_summarize(run, "%s ops", check_count(text, round.operations));
	check_figure(run, "operations", (double)round.operations);
	if (run->allocator) {
		check_figure(run, "failed_allocations", (double)round.failures);
	}
	check_need_allocator(run);
}

CHECK_EXPORT(model, .title = "one thread gets the answers of a plain queue",
	     .refutes = "order EMPTY FULL", .run = model_run);
