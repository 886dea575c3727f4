// SPDX-License-Identifier: MIT

/** Traffic: see traffic.h. */

#include "verify/traffic.h"

#include "base/number.h"
#include "workload/proof.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/** Most items of a native batch. */
#define MOST_BATCH 128
/** Failed operations after which a thread yields the processor. */
#define PATIENT_LOOKS 4
/** Failed tries after which a producer ignores `inside`: items may have been lost. */
#define CROWDED_LOOKS 1000
/** EMPTY answers after which a consumer leaves, if EMPTY is not exact. */
#define INEXACT_LOOKS 1000
/** Nanoseconds between two interrupts, and the longest one: a thread is off for 100 times that. */
#define INTERRUPT_EVERY 60000
#define INTERRUPT_LONGEST 1000000
#define INTERRUPT_SIGNAL SIGUSR2

struct ground;

struct worker {
	/** Items that this worker enqueued and dequeued, read by other workers. */
	_Alignas(QUEUE_APART) _Atomic uint64_t put;
	_Atomic uint64_t taken;

	_Alignas(QUEUE_APART) struct ground *ground;
	unsigned int index;
	bool sends;
	bool receives;
	struct queue_handle *handle;
	struct rng rng;
	uint64_t until;
	/** Successful operations until the next attach. */
	unsigned int attached_for;
	uint32_t attachment;
	unsigned int fruitless;
	unsigned int empties;

	uint64_t sent;
	/** The attachment that sent each item, by sequence. Order is only claimed within one. */
	uint32_t *attachments;
	uint64_t received;
	uintptr_t *log;
};

/** What all threads of a round share. */
struct ground {
	const struct traffic *traffic;
	struct check_run *run;
	const struct queue_type *type;
	struct queue *queue;
	unsigned int workers_count;
	struct worker workers[CHECK_MAX_THREADS];
	pthread_t _Atomic threads[CHECK_MAX_THREADS];
	uint64_t log_size;
	_Atomic unsigned int sending;
	_Atomic unsigned int working;
};

/** Nanoseconds that the next interrupt lasts. Global, since a signal handler has no argument. */
static _Atomic long interrupt_length;

size_t traffic_first_ticket(struct rng *rng, size_t capacity)
{
	const size_t ends[] = {0, 0, 0, (size_t)PTRDIFF_MAX + 1, (size_t)1 << 32, (size_t)1 << 31};
	const size_t distances[] = {0, 1, capacity, 5, 100, 1000};
	size_t end = ends[rng_below(rng, sizeof(ends) / sizeof(*ends))];
	size_t distance = distances[rng_below(rng, sizeof(distances) / sizeof(*distances))];
	return rng_below(rng, 8) == 0 ? (size_t)rng_next(rng) : end - distance;
}

/** Draws a number from 1 to `most`, at most `allowed`, where 0 allows any. */
static unsigned int some_threads(struct rng *rng, unsigned int most, unsigned int allowed)
{
	return 1 + (unsigned int)rng_below(rng, check_at_most(most, allowed));
}

void traffic_threads(struct traffic *traffic, const struct queue_type *type, struct rng *rng,
		     unsigned int most)
{
	traffic->producers = some_threads(rng, most, type->max_producers);
	traffic->consumers = some_threads(rng, most, type->max_consumers);
	if (traffic->both) {
		traffic->producers = some_threads(rng, check_at_most(2 * most, type->max_producers),
						  type->max_consumers);
		traffic->consumers = 0;
	}
}

static void interrupted(int signal)
{
	(void)signal;
	int error = errno;
	// Relaxed: any drawn length is as good
	long length = atomic_load_explicit(&interrupt_length, memory_order_relaxed);
	nanosleep(&(struct timespec){.tv_nsec = length}, NULL);
	errno = error;
}

/** Interrupts workers until all have ended. They are joined later, so signalling them is safe. */
static void interrupt(struct ground *ground, struct rng *rng)
{
	while (atomic_load_explicit(&ground->working, memory_order_relaxed) > 0) {
		nanosleep(&(struct timespec){.tv_nsec = INTERRUPT_EVERY}, NULL);
		// Mostly short; now and then long enough for many operations of the others
		long longest = rng_below(rng, 16) == 0 ? INTERRUPT_LONGEST : 30000;
		long length = (long)rng_below(rng, (uint64_t)longest);
		atomic_store_explicit(&interrupt_length, length, memory_order_relaxed);
		pthread_t thread = atomic_load_explicit(
			&ground->threads[rng_below(rng, ground->workers_count)],
			memory_order_relaxed);
		if (thread) {
			pthread_kill(thread, INTERRUPT_SIGNAL);
		}
	}
}

static bool attach(struct worker *worker)
{
	struct ground *ground = worker->ground;
	worker->handle = queue_attach(ground->type, ground->queue);
	if (!worker->handle) {
		check_cannot(ground->run, errno,
			     "attach() failed, with no more than max_threads = %u",
			     ground->workers_count);
		return false;
	}
	// Uneven, so that threads that start together drift apart
	worker->attached_for =
		1 + (unsigned int)rng_below(&worker->rng, 2 * ground->traffic->reattach + 1);
	return true;
}

static bool attach_anew(struct worker *worker)
{
	struct ground *ground = worker->ground;
	queue_detach(ground->type, ground->queue, worker->handle);
	worker->attachment += ground->type->order == QUEUE_PRODUCER_FIFO;
	return attach(worker);
}

/** Delays the worker now and then, for a random short time. */
static void delay(struct worker *worker)
{
	unsigned int seldom = worker->ground->traffic->delay;
	if (seldom == 0 || rng_below(&worker->rng, seldom) > 0) {
		return;
	}
	uint64_t kind = rng_below(&worker->rng, 100);
	if (kind < 80) {
		for (uint64_t i = rng_below(&worker->rng, 300); i > 0; --i) {
			queue_pause();
		}
	} else if (kind < 98) {
		sched_yield();
	} else {
		nanosleep(&(struct timespec){.tv_nsec = (long)rng_below(&worker->rng, 100000)},
			  NULL);
	}
}

/** True if enough items are inside. False after many tries, since items may have been lost. */
static bool crowded(const struct worker *worker)
{
	const struct ground *ground = worker->ground;
	bool seldom = ground->traffic->inside > 64 && worker->sent % 16 > 0;
	if (ground->type->capacity || seldom || worker->fruitless > CROWDED_LOOKS) {
		return false;
	}
	// Relaxed: about as many will do
	uint64_t inside = 0;
	for (unsigned int i = 0; i < ground->workers_count; ++i) {
		const struct worker *other = &ground->workers[i];
		inside += atomic_load_explicit(&other->put, memory_order_relaxed) -
			  atomic_load_explicit(&other->taken, memory_order_relaxed);
	}
	return (int64_t)inside >= (int64_t)ground->traffic->inside;
}

/** Draws the items of the next batch; 0 means a single operation. */
static size_t batch_size(struct worker *worker, bool native)
{
	unsigned int most = worker->ground->traffic->batch;
	return native && most > 0 && rng_below(&worker->rng, 4) > 0
		       ? 1 + rng_below(&worker->rng, most)
		       : 0;
}

static uintptr_t item_make(const struct worker *worker, uint64_t sequence)
{
	return proof_first(worker->index) + sequence * PROOF_STEP;
}

/** Enqueues items by one operation. Returns how many went in. */
static size_t offer(struct worker *worker)
{
	struct ground *ground = worker->ground;
	const struct queue_type *type = ground->type;
	size_t count = batch_size(worker, type->enqueue_batch);
	if (count > ground->traffic->items - worker->sent) {
		count = ground->traffic->items - worker->sent;
	}
	if (count > 0) {
		void *items[MOST_BATCH];
		for (size_t i = 0; i < count; ++i) {
			items[i] = (void *)item_make(worker, worker->sent + i);
		}
		size_t done = type->enqueue_batch(ground->queue, worker->handle, items, count);
		if (done > count) {
			check_fail(ground->run, "enqueue_batch() of %zu item%s said %zu\n", count,
				   number_plural(count), done);
			return 0;
		}
		return done;
	}
	void *item = (void *)item_make(worker, worker->sent);
	enum queue_status status = type->enqueue(ground->queue, worker->handle, item);
	if (status == QUEUE_CLOSED || status == QUEUE_EMPTY ||
	    (status == QUEUE_FULL && !type->capacity)) {
		check_fail(ground->run, "enqueue() answered %s%s\n", check_answer(status),
			   status == QUEUE_FULL ? ", of a queue without a bound" : "");
	}
	return status == QUEUE_OK;
}

/** Ends sending. Once all producers have ended, EMPTY means that the queue is empty. */
static void end_sending(struct worker *worker)
{
	worker->sends = false;
	// S1, release: all enqueues happen before what follows S2
	atomic_fetch_sub_explicit(&worker->ground->sending, 1, memory_order_release);
}

static size_t send(struct worker *worker)
{
	size_t done = crowded(worker) ? 0 : offer(worker);
	for (size_t i = 0; i < done; ++i) {
		worker->attachments[worker->sent++] = worker->attachment;
	}
	atomic_store_explicit(&worker->put, worker->sent, memory_order_relaxed);
	// Time is only looked at after an item went in: if none does, that is a hang
	if (worker->sent == worker->ground->traffic->items ||
	    (done > 0 && worker->sent % 16 == 0 && clock_now() >= worker->until)) {
		end_sending(worker);
	}
	return done;
}

/** Logs received items. False if one of them is impossible. */
static bool note(struct worker *worker, void *const *items, size_t count)
{
	struct ground *ground = worker->ground;
	for (size_t i = 0; i < count; ++i) {
		uintptr_t item = (uintptr_t)items[i];
		unsigned int producer = proof_producer(item);
		if (producer >= ground->traffic->producers ||
		    proof_sequence(item) >= ground->traffic->items || item % PROOF_STEP != 0) {
			check_fail(ground->run, "dequeued %p, which nobody enqueued\n", items[i]);
			return false;
		}
		if (worker->received == ground->log_size) {
			check_fail(ground->run, "a consumer got more items than were enqueued\n");
			return false;
		}
		worker->log[worker->received++] = item;
	}
	return true;
}

/** Handles EMPTY of a call that began after all producers had ended. */
static void end_receiving(struct worker *worker)
{
	worker->receives = !worker->ground->type->exact_empty && ++worker->empties < INEXACT_LOOKS;
}

static size_t receive(struct worker *worker)
{
	struct ground *ground = worker->ground;
	const struct queue_type *type = ground->type;
	// S2, acquire: pairs with S1
	bool over = atomic_load_explicit(&ground->sending, memory_order_acquire) == 0;
	void *items[MOST_BATCH] = {NULL};
	// A batch of 0 items does not say whether the queue was empty
	size_t count = over ? 0 : batch_size(worker, type->dequeue_batch);
	size_t done = 0;
	if (count > 0) {
		done = type->dequeue_batch(ground->queue, worker->handle, items, count);
		if (done > count) {
			check_fail(ground->run, "dequeue_batch() of %zu item%s said %zu\n", count,
				   number_plural(count), done);
			return 0;
		}
	} else {
		enum queue_status status = type->dequeue(ground->queue, worker->handle, items);
		done = status == QUEUE_OK;
		if (status == QUEUE_EMPTY && over) {
			end_receiving(worker);
		} else if (status != QUEUE_OK && status != QUEUE_EMPTY && status != QUEUE_BUSY) {
			check_fail(ground->run, "dequeue() answered %s\n", check_answer(status));
		}
	}
	if (done > 0) {
		worker->empties = 0;
	}
	bool noted = note(worker, items, done);
	atomic_store_explicit(&worker->taken, worker->received, memory_order_relaxed);
	return noted ? done : 0;
}

static void work(struct worker *worker, struct check_thread *thread)
{
	struct ground *ground = worker->ground;
	if (!attach(worker)) {
		return;
	}
	while ((worker->sends || worker->receives) && !check_failed(ground->run)) {
		bool sending =
			worker->sends && (!worker->receives || rng_below(&worker->rng, 2) == 0);
		check_doing(thread, sending ? "enqueues" : "dequeues");
		if ((sending ? send(worker) : receive(worker)) > 0) {
			worker->fruitless = 0;
			check_step(thread);
			if (ground->traffic->reattach > 0 && --worker->attached_for == 0) {
				check_doing(thread, "attaches anew");
				if (!attach_anew(worker)) {
					return;
				}
			}
			delay(worker);
		} else {
			queue_give_way(&worker->fruitless, PATIENT_LOOKS);
		}
	}
	check_doing(thread, "detaches");
	queue_detach(ground->type, ground->queue, worker->handle);
}

static void thread_main(struct check_thread *thread)
{
	struct ground *ground = thread->context;
	if (thread->index == ground->workers_count) {
		struct rng rng;
		rng_seed(&rng, ground->workers[0].until);
		check_doing(thread, "interrupts others");
		interrupt(ground, &rng);
		return;
	}
	// Relaxed: the interrupting thread needs only the identifier
	atomic_store_explicit(&ground->threads[thread->index], pthread_self(),
			      memory_order_relaxed);
	work(&ground->workers[thread->index], thread);
	check_doing(thread, "has ended");
	atomic_fetch_sub_explicit(&ground->working, 1, memory_order_relaxed);
}

/** Drains the queue without peers, into the log of one worker. */
static void drain(struct ground *ground, struct worker *worker)
{
	const struct queue_type *type = ground->type;
	enum queue_status status = QUEUE_OK;
	uint64_t left = 0;
	if (!attach(worker)) {
		return;
	}
	// Without a peer EMPTY is exact, whatever is claimed
	for (;;) {
		void *item = NULL;
		status = type->dequeue(ground->queue, worker->handle, &item);
		if (status != QUEUE_OK || !note(worker, &item, 1)) {
			break;
		}
		++left;
	}
	queue_detach(type, ground->queue, worker->handle);
	if (status == QUEUE_BUSY) {
		check_fail(
			ground->run,
			"dequeue() answered BUSY although no other thread was in an operation\n");
	} else if (left > 0 && type->exact_empty) {
		check_fail(
			ground->run,
			"dequeue() answered EMPTY, when all producers had ended, with %llu item%s "
			"inside\n",
			(unsigned long long)left, number_plural(left));
	}
}

/** Fails unless each item of a producer came out exactly once. */
static void judge_items(struct ground *ground, unsigned int producer, unsigned char *times)
{
	const struct worker *sender = &ground->workers[producer];
	uint64_t wrong[3] = {0};
	uint64_t first[3] = {0};
	memset(times, 0, ground->traffic->items);
	for (unsigned int i = 0; i < ground->workers_count; ++i) {
		const struct worker *worker = &ground->workers[i];
		for (uint64_t k = 0; k < worker->received; ++k) {
			uint64_t sequence = proof_sequence(worker->log[k]);
			if (proof_producer(worker->log[k]) == producer && times[sequence] < 2) {
				++times[sequence];
			}
		}
	}
	for (uint64_t i = ground->traffic->items; i-- > 0;) {
		// 1 lost, 2 delivered more than once, 3 never enqueued
		unsigned int kind = i >= sender->sent ? (times[i] ? 3 : 0)
				    : times[i] == 0   ? 1
				    : times[i] > 1    ? 2
						      : 0;
		if (kind > 0) {
			++wrong[kind - 1];
			first[kind - 1] = i;
		}
	}
	static const char *const names[] = {"lost", "delivered more than once",
					    "delivered, but not enqueued yet"};
	for (unsigned int kind = 0; kind < 3; ++kind) {
		if (wrong[kind] > 0) {
			check_fail(
				ground->run,
				"of %llu item%s that producer %u enqueued, %llu %s %s: the first "
				"is item %llu\n",
				(unsigned long long)sender->sent, number_plural(sender->sent),
				producer, (unsigned long long)wrong[kind],
				wrong[kind] > 1 ? "were" : "was", names[kind],
				(unsigned long long)first[kind]);
		}
	}
}

/** Fails if a worker received the items of a producer out of order. */
static void judge_order(struct ground *ground, const struct worker *worker)
{
	uintptr_t last[CHECK_MAX_THREADS] = {0};
	for (uint64_t i = 0; i < worker->received; ++i) {
		uintptr_t item = worker->log[i];
		unsigned int producer = proof_producer(item);
		const uint32_t *attachments = ground->workers[producer].attachments;
		if (item <= last[producer] && attachments[proof_sequence(item)] ==
						      attachments[proof_sequence(last[producer])]) {
			check_fail(ground->run,
				   "a consumer got item %llu of producer %u after item %llu\n",
				   (unsigned long long)proof_sequence(item), producer,
				   (unsigned long long)proof_sequence(last[producer]));
			return;
		}
		last[producer] = item;
	}
}

static void judge(struct ground *ground)
{
	unsigned char *times = malloc(ground->traffic->items);
	if (!times) {
		check_lack(ground->run, "no memory to judge by");
		return;
	}
	for (unsigned int i = 0; i < ground->traffic->producers; ++i) {
		judge_items(ground, i, times);
	}
	free(times);
	for (unsigned int i = 0; i < ground->workers_count; ++i) {
		if (ground->type->order != QUEUE_UNORDERED && !check_failed(ground->run)) {
			judge_order(ground, &ground->workers[i]);
		}
	}
}

/** Prepares the workers and their logs. */
static bool ground_prepare(struct ground *ground, uint64_t seed)
{
	const struct traffic *traffic = ground->traffic;
	uint64_t now = clock_now();
	for (unsigned int i = 0; i < ground->workers_count; ++i) {
		struct worker *worker = &ground->workers[i];
		*worker = (struct worker){
			.ground = ground,
			.index = i,
			.sends = i < traffic->producers,
			.receives = traffic->both || i >= traffic->producers,
			.until = now + traffic->time,
			.attachments = i < traffic->producers
					       ? malloc(traffic->items * sizeof(uint32_t))
					       : NULL,
			// Most pages of the log are never touched
			.log = malloc(ground->log_size * sizeof(uintptr_t)),
		};
		rng_seed(&worker->rng, seed + i);
		if (!worker->log || (worker->sends && !worker->attachments)) {
			check_lack(ground->run, "no memory for what threads write down");
			return false;
		}
	}
	return true;
}

static void ground_free(struct ground *ground)
{
	for (unsigned int i = 0; i < ground->workers_count; ++i) {
		free(ground->workers[i].attachments);
		free(ground->workers[i].log);
	}
	free(ground);
}

/** Appends the settings of the round to the report of a failure. */
static void tell(struct check_run *run, const struct traffic *traffic)
{
	char *detail;
	if (asprintf(&detail,
		     "%s  with %u producer%s%s, %u consumer%s, capacity %zu, first ticket %zu, "
		     "batches of up to %u, attaching anew every %u operation%s%s\n",
		     run->found.detail, traffic->producers, number_plural(traffic->producers),
		     traffic->both ? " that also consume" : "", traffic->consumers,
		     number_plural(traffic->consumers), traffic->capacity, traffic->first_ticket,
		     traffic->batch, traffic->reattach, number_plural(traffic->reattach),
		     run->patience == QUEUE_PATIENT   ? ""
		     : run->patience == QUEUE_ONE_TRY ? ", patience of one try"
						      : ", no patience") >= 0) {
		const char *kept = texts_keep(&run->texts, detail);
		run->found.detail = kept ? kept : run->found.detail;
		free(detail);
	}
}

/** Runs the workers and judges their logs. Returns the number of items sent. */
static uint64_t pass(struct ground *ground)
{
	struct check_run *run = ground->run;
	uint64_t sent = 0;
	sigaction(INTERRUPT_SIGNAL,
		  &(struct sigaction){.sa_handler = interrupted, .sa_flags = SA_RESTART}, NULL);
	check_threads(run, ground->workers_count + ground->traffic->interrupts, thread_main,
		      ground);
	if (!check_failed(run)) {
		drain(ground, &ground->workers[ground->workers_count - 1]);
	}
	if (!check_failed(run)) {
		judge(ground);
	}
	if (!check_failed(run)) {
		run->type->destroy(ground->queue);
	}
	for (unsigned int i = 0; i < ground->traffic->producers; ++i) {
		sent += ground->workers[i].sent;
	}
	return sent;
}

uint64_t traffic_run(struct check_run *run, const struct traffic *traffic, uint64_t seed)
{
	struct ground *ground = aligned_alloc(_Alignof(struct ground), sizeof(*ground));
	if (!ground) {
		check_lack(run, "no memory for a round");
		check_end(run);
	}
	memset(ground, 0, sizeof(*ground));
	ground->traffic = traffic;
	ground->run = run;
	ground->type = run->type;
	ground->workers_count = traffic->producers + traffic->consumers;
	ground->log_size = traffic->producers * traffic->items;
	atomic_init(&ground->sending, traffic->producers);
	atomic_init(&ground->working, ground->workers_count);
	uint64_t sent = 0;
	if (ground_prepare(ground, seed)) {
		ground->queue = check_create(run, traffic->capacity, ground->workers_count,
					     traffic->first_ticket);
	}
	if (ground->queue) {
		sent = pass(ground);
	}
	if (check_failed(run)) {
		// A queue that is wrong need not survive being destroyed
		if (run->found.verdict == FINDING_FAILED) {
			tell(run, traffic);
		}
		check_end(run);
	}
	ground_free(ground);
	return sent;
}
