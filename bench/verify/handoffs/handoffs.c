// SPDX-License-Identifier: MIT

/** Givers and takers: see handoffs.h. */

#include "verify/handoffs/delayed_channel.h"

#include "verify/handoffs/handoffs.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

/** Looks at a count before sleeping. A giver that is quick meets takers still awake. */
#define LOOKS 400

/** Nanoseconds until givers stop: short, so that there are many rounds on a busy machine, too. */
#define ROUND_TIME 50000000

/** The part of a thread in the life of a channel. */
struct part {
	struct check_thread *thread;
	struct round *round;
	struct life *life;
	struct channel_end end;
	struct channel_end back;
};

static uint64_t stamp_of(const struct round *round, uint64_t index)
{
	return round->seed + index * UINT64_C(0x9e3779b97f4a7c15);
}

/** Returns an unused parcel. NULL if more went in than there was room for. */
static struct parcel *new_parcel(const struct round *round, struct life *life)
{
	uint64_t index = atomic_fetch_add_explicit(&life->parcels_used, 1, memory_order_relaxed);
	if (index >= life->parcel_count) {
		check_fail(round->run, "%s\nmore was enqueued than there was room for\n",
			   round->run->about);
		return NULL;
	}
	life->parcels[index].stamp = stamp_of(round, index);
	return &life->parcels[index];
}

static void receive(const struct round *round, struct life *life, const void *item)
{
	uintptr_t offset = (uintptr_t)item - (uintptr_t)life->parcels;
	uint64_t index = offset / sizeof(struct parcel);
	if (offset % sizeof(struct parcel) != 0 || index >= life->parcel_count) {
		check_fail(round->run, "%s\na pointer came out that never went in: %p\n",
			   round->run->about, item);
		return;
	}
	struct parcel *parcel = &life->parcels[index];
	if (parcel->stamp != stamp_of(round, index)) {
		check_fail(round->run, "%s\nitem %llu came out before it was written\n",
			   round->run->about, (unsigned long long)index);
	}
	if (atomic_fetch_add_explicit(&parcel->received, 1, memory_order_relaxed) != 0) {
		check_fail(round->run, "%s\nitem %llu came out twice\n", round->run->about,
			   (unsigned long long)index);
	}
}

/** Enqueues an item, or dequeues one. */
static enum queue_status try_hand(struct part *part, bool enqueue)
{
	const struct queue_type *type = part->round->type;
	struct channel *channel = &part->life->channel;
	if (enqueue) {
		struct parcel *parcel = new_parcel(part->round, part->life);
		if (!parcel) {
			return QUEUE_CLOSED;
		}
		enum queue_status status = channel_enqueue(type, channel, &part->end, parcel);
		parcel->sent = status == QUEUE_OK;
		return status;
	}
	void *item = NULL;
	enum queue_status status = channel_dequeue(type, channel, &part->end, &item);
	if (status == QUEUE_OK) {
		receive(part->round, part->life, item);
	}
	return status;
}

/** The same between delays. False if the channel is closed. */
static bool hand(struct part *part, bool enqueue)
{
	struct check_run *run = part->round->run;
	delays_step(STEP_operation);
	enum queue_status status = try_hand(part, enqueue);
	delays_step(STEP_operation);
	if (status == QUEUE_OK) {
		return true;
	}
	if (status != QUEUE_CLOSED) {
		check_fail(run, "%s\nstatus %d of an operation that waits\n", run->about, status);
	} else if (channel_state(&part->life->channel) == CHANNEL_OPEN) {
		check_fail(run, "%s\nan open channel said that it is closed\n", run->about);
	}
	return false;
}

/** True if enough is taken, or the channel is closed. */
static bool is_taken(const struct life *life, uint64_t goal)
{
	// Acquire: pairs with the release in take()
	return atomic_load_explicit(&life->taken, memory_order_acquire) >= goal ||
	       channel_state(&life->channel) != CHANNEL_OPEN;
}

/** Wakes all givers, to look once more. */
static void tell(struct round *round)
{
	// A giver that has looked in vain sleeps by the time this thread has the lock
	pthread_mutex_lock(&round->lock);
	pthread_mutex_unlock(&round->lock);
	pthread_cond_broadcast(&round->told);
}

/** Waits until `goal` are taken, or the channel is closed. */
static void await_taken(struct part *part, uint64_t goal)
{
	struct round *round = part->round;
	check_doing(part->thread, "waits until all of a burst is taken");
	for (unsigned int looks = 0; looks < LOOKS; ++looks) {
		if (is_taken(part->life, goal)) {
			return;
		}
		queue_pause();
	}
	pthread_mutex_lock(&round->lock);
	while (!is_taken(part->life, goal)) {
		pthread_cond_wait(&round->told, &round->lock);
	}
	pthread_mutex_unlock(&round->lock);
}

/** Waits for the acknowledgements of this thread, then for those of the whole burst. */
static void await_burst(struct part *part, uint64_t goal)
{
	const struct round *round = part->round;
	if (round->acknowledgement == BY_CHANNEL) {
		check_doing(part->thread, "in channel_dequeue() of an acknowledgement");
		enum queue_status status = QUEUE_OK;
		for (unsigned int i = 0; i < round->per_giver && status == QUEUE_OK; ++i) {
			void *item;
			status =
				channel_dequeue(round->type, &part->life->back, &part->back, &item);
		}
	}
	await_taken(part, goal);
}

static bool give_burst(struct part *part, bool wakes)
{
	const struct round *round = part->round;
	// Meets takers at any point of their way to sleep
	delays_spin(delays_draw_head_start(&delays.rng));
	check_doing(part->thread, round->room ? "in channel_dequeue(), to give room"
					      : "in channel_enqueue(), to give an item");
	for (unsigned int i = 0; i < round->per_giver; ++i) {
		if (!hand(part, !round->room)) {
			return false;
		}
		delays_note_move();
	}
	if (wakes) {
		check_doing(part->thread, "in channel_wake()");
		channel_wake(&part->life->channel, &part->end, round->per_giver);
		delays_note_move();
	}
	check_step(part->thread);
	return true;
}

static void end_channel(const struct round *round, struct channel *channel)
{
	delays_step(STEP_operation);
	if (round->cancels) {
		channel_cancel(round->type, channel);
	} else {
		channel_close(round->type, channel);
	}
	delays_note_move();
}

static void end_life(struct part *part)
{
	struct round *round = part->round;
	check_doing(part->thread, "in channel_close() or channel_cancel()");
	end_channel(round, &part->life->channel);
	if (round->acknowledgement == BY_CHANNEL) {
		end_channel(round, &part->life->back);
	}
	tell(round);
}

/**
 * Is another burst due? When the time is over, this one is the last. Givers that wait for each
 * other must agree on that. The first giver decides before its part of the burst, hence before any
 * giver is done with the burst.
 */
static bool another_burst(const struct part *part, uint64_t given)
{
	_Atomic uint64_t *bursts = &part->life->bursts;
	bool decides = part->thread->index == 0 || part->round->acknowledgement == UNTOLD;
	// Relaxed: a giver that has waited for the previous burst has seen the decision
	uint64_t most = atomic_load_explicit(bursts, memory_order_relaxed);
	if (decides && given + 1 < most && clock_now() >= part->round->until) {
		most = given + 1;
		atomic_store_explicit(bursts, most, memory_order_relaxed);
	}
	return given < most;
}

static void give(struct part *part)
{
	const struct round *round = part->round;
	bool first = part->thread->index == 0;
	bool untold = round->acknowledgement == UNTOLD;
	uint64_t most = round->bursts;
	if (untold && round->early && first) {
		most = rng_below(&delays.rng, most) + 1;
	}
	for (uint64_t i = 0; i < most && another_burst(part, i); ++i) {
		// A giver that closes now need not wake anyone: closing wakes all
		bool last = i + 1 == most || i + 1 == atomic_load_explicit(&part->life->bursts,
									   memory_order_relaxed);
		bool midst = round->early && first && last;
		bool wakes = !round->room && (!midst || rng_below(&delays.rng, 2));
		if (!give_burst(part, wakes)) {
			break;
		}
		if (!untold && !midst) {
			await_burst(part, (i + 1) * round->burst);
		}
	}
	// Acquire and release: the last giver closes after all others have given
	bool last =
		atomic_fetch_sub_explicit(&part->life->givers_left, 1, memory_order_acq_rel) == 1;
	if (untold && !round->early ? last : first) {
		end_life(part);
	}
}

/** Acknowledges through the other channel. */
static void acknowledge(struct part *part)
{
	const struct queue_type *type = part->round->type;
	struct channel *back = &part->life->back;
	check_doing(part->thread, "in channel_enqueue() of an acknowledgement");
	if (channel_enqueue(type, back, &part->back, part->round) == QUEUE_OK) {
		channel_wake(back, &part->back, 1);
	}
}

static void take(struct part *part)
{
	struct round *round = part->round;
	for (;;) {
		check_doing(part->thread, round->room ? "in channel_enqueue(), for room"
						      : "in channel_dequeue(), for an item");
		if (!hand(part, round->room)) {
			return;
		}
		check_step(part->thread);
		if (round->room) {
			channel_wake(&part->life->channel, &part->end, 1);
		}
		if (round->acknowledgement == BY_CHANNEL) {
			acknowledge(part);
		}
		// Release: pairs with the acquire in is_taken()
		uint64_t before =
			atomic_fetch_add_explicit(&part->life->taken, 1, memory_order_release);
		if ((before + 1) % round->burst == 0) {
			tell(round);
		}
		if (round->holds) {
			await_taken(part, (before / round->burst + 1) * round->burst);
		}
	}
}

/** Signal handler: delays the thread for the length that the sender drew. */
static void delay_signalled(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	int error = errno;
	delays_wait(info->si_value.sival_int);
	errno = error;
}

void handoffs_prepare(void)
{
	struct sigaction action = {.sa_sigaction = delay_signalled,
				   .sa_flags = SA_SIGINFO | SA_RESTART};
	sigaction(SIGUSR1, &action, NULL);
	// The main thread, which fills and drains channels, is never delayed
	delays_begin(0, DELAYS_NEVER, STEPS);
}

/** Delays the others by signals until all have ended. Makes no step itself. */
static void disturb(struct round *round)
{
	struct rng rng;
	rng_seed(&rng, ~round->seed);
	while (atomic_load_explicit(&round->running, memory_order_relaxed) > 0) {
		nanosleep(&(struct timespec){.tv_nsec = (long)rng_below(&rng, 50000)}, NULL);
		size_t target = rng_below(&rng, round->givers + round->takers);
		pthread_t thread =
			atomic_load_explicit(&round->threads[target], memory_order_relaxed);
		if (thread) {
			union sigval value = {.sival_int = delays_draw(&rng)};
			pthread_sigqueue(thread, SIGUSR1, value);
		}
	}
}

static void live(struct check_thread *thread, struct round *round, struct life *life)
{
	struct part part = {.thread = thread, .round = round, .life = life};
	bool back = round->acknowledgement == BY_CHANNEL;
	if (channel_attach(round->type, &life->channel, &part.end) != 0 ||
	    (back && channel_attach(round->type, &life->back, &part.back) != 0)) {
		check_cannot(round->run, errno, "attach() of thread %u failed", thread->index);
		check_end(round->run);
	}
	if (thread->index < round->givers) {
		give(&part);
	} else {
		take(&part);
	}
	check_doing(thread, "detaching");
	channel_detach(round->type, &life->channel, &part.end);
	if (back) {
		channel_detach(round->type, &life->back, &part.back);
	}
	pthread_mutex_lock(&round->lock);
	channel_counts_add(&life->counts, &part.end.counts);
	channel_counts_add(&life->counts_back, &part.back.counts);
	pthread_mutex_unlock(&round->lock);
	check_step(thread);
}

static void worker(struct check_thread *thread, struct round *round)
{
	delays_begin(round->seed * CHECK_MAX_THREADS + thread->index, round->delay_mean,
		     round->favourite);
	// Relaxed: a thread that sends signals needs only the identifier
	atomic_store_explicit(&round->threads[thread->index], pthread_self(), memory_order_relaxed);
	for (unsigned int i = 0; i < round->life_count && !check_failed(round->run); ++i) {
		live(thread, round, &round->lives[i]);
	}
	atomic_fetch_sub_explicit(&round->running, 1, memory_order_relaxed);
	check_doing(thread, NULL);
}

static void round_main(struct check_thread *thread)
{
	struct round *round = thread->context;
	if (thread->index < round->givers + round->takers) {
		worker(thread, round);
	} else {
		check_doing(thread, "sends signals that delay the others");
		disturb(round);
	}
}

static bool make_channel(const struct round *round, struct channel *channel, size_t capacity)
{
	struct channel_config config = {
		.queue = {.capacity = capacity, .max_threads = round->givers + round->takers + 1},
		.wait = round->wait,
		.polls = round->polls,
		.waits_for_room = true,
	};
	return channel_create(round->type, channel, &config) == 0;
}

static void fill(const struct round *round, struct life *life)
{
	struct channel_end end;
	if (channel_attach(round->type, &life->channel, &end) != 0) {
		return;
	}
	enum queue_status status = QUEUE_OK;
	struct parcel *parcel;
	while (status == QUEUE_OK && (parcel = new_parcel(round, life))) {
		status = channel_try_enqueue(round->type, &life->channel, &end, parcel);
		parcel->sent = status == QUEUE_OK;
	}
	channel_detach(round->type, &life->channel, &end);
	channel_counts_add(&life->counts, &end.counts);
}

/** Drains the queue. Returns the number of items. */
static uint64_t drain(const struct round *round, struct life *life)
{
	struct channel_end end;
	if (channel_attach(round->type, &life->channel, &end) != 0) {
		return 0;
	}
	uint64_t count = 0;
	void *item;
	while (channel_try_dequeue(round->type, &life->channel, &end, &item) == QUEUE_OK) {
		receive(round, life, item);
		++count;
	}
	channel_detach(round->type, &life->channel, &end);
	channel_counts_add(&life->counts, &end.counts);
	return count;
}

/** Fails if an item is lost, or a thread still counts as a sleeper. */
static void audit(const struct round *round, struct life *life)
{
	struct check_run *run = round->run;
	uint64_t left = drain(round, life);
	// An item that is enqueued while another thread closes may be too late for consumers
	bool all_before = !round->room && (round->givers == 1 || !round->early);
	if (left > 0 && !round->cancels && all_before) {
		check_fail(run, "%s\nconsumers were told of the close with %llu inside\n",
			   run->about, (unsigned long long)left);
	}
	uint64_t sent = 0;
	uint64_t received = 0;
	for (uint64_t i = 0; i < life->parcel_count; ++i) {
		sent += life->parcels[i].sent;
		received += atomic_load_explicit(&life->parcels[i].received, memory_order_relaxed);
	}
	// An item that was dequeued natively from a cancelled channel is abandoned
	uint64_t abandoned = life->counts.dequeued - received;
	if (sent != received + abandoned || (abandoned > 0 && !round->cancels)) {
		check_fail(run, "%s\n%llu went in, %llu came out, %llu were abandoned\n",
			   run->about, (unsigned long long)sent, (unsigned long long)received,
			   (unsigned long long)abandoned);
	}
	uint64_t items = atomic_load_explicit(&life->channel.items.state, memory_order_relaxed);
	uint64_t room = atomic_load_explicit(&life->channel.room.state, memory_order_relaxed);
	if (items != 0 || room != 0) {
		check_fail(run, "%s\nnobody waits, but the eventcounts are at %#llx, %#llx\n",
			   run->about, (unsigned long long)items, (unsigned long long)room);
	}
}

/** Makes a channel and its items. False with errno. */
static bool life_begin(const struct round *round, struct life *life)
{
	if (!make_channel(round, &life->channel, round->capacity)) {
		return false;
	}
	uint64_t inside = round->room ? queue_capacity(round->type, life->channel.queue) : 0;
	// Besides what is given: items that fill the queue, and one that each taker tries to add
	life->parcel_count = inside + round->bursts * round->burst + round->takers + 1;
	life->parcels = calloc(life->parcel_count, sizeof(*life->parcels));
	atomic_init(&life->givers_left, round->givers);
	atomic_init(&life->bursts, round->bursts);
	// Acknowledgements always find room: else all threads could wait for each other
	if (!life->parcels || (round->acknowledgement == BY_CHANNEL &&
			       !make_channel(round, &life->back, round->burst))) {
		free(life->parcels);
		channel_destroy(round->type, &life->channel);
		return false;
	}
	if (round->room) {
		fill(round, life);
	}
	return true;
}

static void life_end(struct round *round, struct life *life)
{
	round->hand_offs += life->counts.dequeued + life->counts_back.dequeued;
	round->parks += life->counts.parks + life->counts_back.parks;
	channel_destroy(round->type, &life->channel);
	if (round->acknowledgement == BY_CHANNEL) {
		channel_destroy(round->type, &life->back);
	}
	free(life->parcels);
}

bool handoffs_play(struct round *round)
{
	unsigned int count = round->givers + round->takers;
	unsigned int made = 0;
	atomic_init(&round->running, count);
	round->lives =
		aligned_alloc(_Alignof(struct life), round->life_count * sizeof(*round->lives));
	if (!round->lives) {
		return false;
	}
	memset(round->lives, 0, round->life_count * sizeof(*round->lives));
	while (made < round->life_count && life_begin(round, &round->lives[made])) {
		++made;
	}
	int error = errno;
	if (made == round->life_count) {
		pthread_cond_init(&round->told, NULL);
		pthread_mutex_init(&round->lock, NULL);
		uint64_t end = clock_now() + ROUND_TIME;
		round->until = end < round->run->until ? end : round->run->until;
		check_threads(round->run, count + round->signals, round_main, round);
		pthread_cond_destroy(&round->told);
		pthread_mutex_destroy(&round->lock);
		for (unsigned int i = 0; i < made && !check_failed(round->run); ++i) {
			audit(round, &round->lives[i]);
		}
	}
	for (unsigned int i = 0; i < made; ++i) {
		life_end(round, &round->lives[i]);
	}
	free(round->lives);
	errno = error;
	return made == round->life_count;
}
