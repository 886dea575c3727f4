// SPDX-License-Identifier: MIT

/**
 * No wake-up is lost, and no close is missed: hand-offs between threads that sleep whenever
 * they can, under every wait of the queue that sleeps.
 *
 *     givers --- hand over ---> [ channel ] --- takers sleep for it
 *        ^                                        |
 *        '------------- acknowledgements ---------'
 *
 * What is given is an item, or else room: then the channel is full, the givers dequeue and
 * the takers enqueue. A wake-up that is lost shows only where nobody else's makes up for it.
 * So givers send nothing after a burst until all of it has been acknowledged, and a taker
 * takes nothing more until then: with as many takers as there are in a burst, each of them
 * must be woken, or everything stands still and the watchdog of check_threads() tells.
 * Other rounds acknowledge nothing: everybody works at the edges of a tiny queue.
 *
 * A round ends with closing or cancelling, after all is done or in the midst of it: everybody
 * who sleeps must then come back, and what was inside when the channel closed must be drained.
 *
 * The races are a few instructions wide. So the channel and its eventcount are compiled a
 * second time here, with delays between their steps, of a length that changes from
 * nanoseconds to a time slice; and a thread that sends signals delays the others wherever
 * they are, the queue's own waiting included. Some rounds have no delay at all: what a store
 * buffer hides is gone after the next function call.
 */

// The second copy, under names of its own
#define channel_attach delayed_channel_attach
#define channel_best_wait delayed_channel_best_wait
#define channel_cancel delayed_channel_cancel
#define channel_close delayed_channel_close
#define channel_counts_add delayed_channel_counts_add
#define channel_create delayed_channel_create
#define channel_destroy delayed_channel_destroy
#define channel_detach delayed_channel_detach
#define channel_offers delayed_channel_offers
#define channel_wait_name delayed_channel_wait_name
#define channel_wait_parse delayed_channel_wait_parse
#define eventcount_announce delayed_eventcount_announce
#define eventcount_cancel delayed_eventcount_cancel
#define eventcount_wait delayed_eventcount_wait
#define eventcount_wake_slow delayed_eventcount_wake_slow

/** The steps that the two name, and those around an operation. */
enum step {
	STEP_published,
	STEP_fenced,
	STEP_announcing,
	STEP_announced,
	STEP_cancelling,
	STEP_waiting,
	STEP_sleeping,
	STEP_woken,
	STEP_waking,
	STEP_permitted,
	STEP_state_read,
	STEP_ending,
	STEP_operation,
	STEPS,
};

static inline void delay_step(enum step step);
#define WAIT_STEP(name) delay_step(STEP_##name)

#include "channel.c"
#include "eventcount.c"

#include "check.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/** Most givers and most takers: more than there are often processors for. */
#define MOST 4

/** Most hand-offs of a round: some 10 ms. */
#define HAND_OFFS (5000 / CHECK_SLOW)

/** Rings that round up to more than this are never filled. */
#define MOST_ROOM 1024

/** Looks at a count before going to sleep: who is told at once meets takers still awake. */
#define LOOKS 400

/** Steps between two delays, on average, in a round without. */
#define NEVER (UINT32_MAX / 2)

/** Each thread's own. */
static _Thread_local struct {
	struct rng rng;
	/** Steps to the next delay, and between two of them on average. */
	uint32_t left;
	uint32_t mean;
	/** The step that is delayed every other time; STEPS is none. */
	enum step favourite;
} delays;

/** About so many cycles, without a word to memory. */
static void spin(uint64_t cycles)
{
	for (uint64_t i = 0; i < cycles; ++i) {
		__asm__ volatile("");
	}
}

/** Any length up to some 10 microseconds, the short ones as often as the long ones. */
static uint64_t draw_spin(struct rng *rng)
{
	return rng_below(rng, UINT64_C(1) << rng_below(rng, 16));
}

/** How long a giver lets takers go on: often just until they are about to sleep. */
static uint64_t draw_head_start(struct rng *rng)
{
	return rng_below(rng, 4) ? rng_below(rng, 800) : draw_spin(rng);
}

/** What a delay of a thread or by a signal is: cycles, or one of these. */
enum { DELAY_YIELD = -1, DELAY_SLEEP = -2 };

static int draw_delay(struct rng *rng)
{
	uint64_t kind = rng_below(rng, 300);
	if (kind == 0) {
		return DELAY_SLEEP;
	}
	return kind < 10 ? DELAY_YIELD : (int)draw_spin(rng);
}

static void delay(int length)
{
	if (length == DELAY_SLEEP) {
		nanosleep(&(struct timespec){.tv_nsec = 50000}, NULL);
	} else if (length == DELAY_YIELD) {
		sched_yield();
	} else {
		spin((uint64_t)length);
	}
}

static __attribute__((noinline, cold)) void delay_now(void)
{
	delays.left = 1 + (uint32_t)rng_below(&delays.rng, (uint64_t)delays.mean * 2);
	delay(draw_delay(&delays.rng));
}

/** At the favourite step: long enough for another thread to do all of its own. */
static __attribute__((noinline, cold)) void delay_favourite(void)
{
	switch (rng_below(&delays.rng, 24)) {
	case 0:
		delay(DELAY_SLEEP);
		break;
	case 1:
	case 2:
		delay(DELAY_YIELD);
		break;
	default:
		if (rng_below(&delays.rng, 2)) {
			delay((int)draw_spin(&delays.rng));
		}
	}
}

static inline void delay_step(enum step step)
{
	if (--delays.left == 0) {
		delay_now();
	} else if (step == delays.favourite) {
		delay_favourite();
	}
}

static void delays_begin(uint64_t seed, uint32_t mean, enum step favourite)
{
	rng_seed(&delays.rng, seed);
	delays.mean = mean;
	delays.left = 1 + (uint32_t)rng_below(&delays.rng, (uint64_t)mean * 2);
	delays.favourite = favourite;
}

/** The thread is delayed where it happens to be, for what the sender drew. */
static void delay_signalled(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	int error = errno;
	delay(info->si_value.sival_int);
	errno = error;
}

/** How takers tell that they have taken. */
enum acknowledgement {
	/** By a count that givers look at: they go on while takers are on their way to sleep. */
	BY_COUNT,
	/** By another channel, on which givers sleep in turn. */
	BY_CHANNEL,
	/** Not at all. */
	UNTOLD,
};

/** What goes through the channel. */
struct parcel {
	/** Written before it is sent, checked by who receives it. */
	uint64_t stamp;
	/** Times that it came out. */
	_Atomic uint32_t received;
	bool sent;
};

struct round {
	struct check_run *run;
	const struct queue_type *type;
	uint64_t seed;

	/* Drawn from the seed. */
	enum channel_wait wait;
	enum acknowledgement acknowledgement;
	/** Room is given, not items. */
	bool room;
	/** It ends in the midst of it all, and by cancelling. */
	bool early;
	bool cancels;
	bool signals;
	/** A taker takes nothing more before all of a burst is taken. */
	bool holds;
	size_t capacity;
	unsigned int polls;
	uint32_t delay_mean;
	enum step favourite;
	unsigned int givers;
	unsigned int takers;
	unsigned int per_giver;
	uint64_t burst;
	uint64_t bursts;

	struct channel channel;
	struct channel back;
	struct parcel *parcels;
	uint64_t parcel_count;

	_Alignas(QUEUE_APART) _Atomic uint64_t taken;
	_Alignas(QUEUE_APART) _Atomic uint64_t parcels_used;
	_Atomic unsigned int givers_left;

	/** The count has grown by a burst. */
	pthread_cond_t told;
	pthread_mutex_t lock;
	/* Under the lock. */
	pthread_t threads[2 * MOST];
	bool runs[2 * MOST];
	unsigned int running;
	struct channel_counts counts;
	struct channel_counts counts_back;
};

/** A thread's ends. */
struct ends {
	struct channel_end channel;
	struct channel_end back;
};

static uint64_t stamp_of(const struct round *round, uint64_t index)
{
	return round->seed + index * UINT64_C(0x9e3779b97f4a7c15);
}

/** A parcel that was never sent. NULL when more went in than there was room for. */
static struct parcel *new_parcel(struct round *round)
{
	uint64_t index = atomic_fetch_add_explicit(&round->parcels_used, 1, memory_order_relaxed);
	if (index >= round->parcel_count) {
		check_fail(round->run, "%s\nmore was enqueued than there was room for\n",
			   round->run->about);
		return NULL;
	}
	round->parcels[index].stamp = stamp_of(round, index);
	return &round->parcels[index];
}

static void receive(struct round *round, const void *item)
{
	uintptr_t offset = (uintptr_t)item - (uintptr_t)round->parcels;
	uint64_t index = offset / sizeof(struct parcel);
	if (offset % sizeof(struct parcel) != 0 || index >= round->parcel_count) {
		check_fail(round->run, "%s\na pointer came out that never went in: %p\n",
			   round->run->about, item);
		return;
	}
	struct parcel *parcel = &round->parcels[index];
	if (parcel->stamp != stamp_of(round, index)) {
		check_fail(round->run, "%s\nitem %llu came out before it was written\n",
			   round->run->about, (unsigned long long)index);
	}
	if (atomic_fetch_add_explicit(&parcel->received, 1, memory_order_relaxed) != 0) {
		check_fail(round->run, "%s\nitem %llu came out twice\n", round->run->about,
			   (unsigned long long)index);
	}
}

/** An item into a channel, or one out of it. False when it is closed. */
static bool hand(struct round *round, struct channel_end *end, bool enqueue)
{
	enum queue_status status = QUEUE_CLOSED;
	delay_step(STEP_operation);
	if (enqueue) {
		struct parcel *parcel = new_parcel(round);
		if (parcel) {
			status = channel_enqueue(round->type, &round->channel, end, parcel);
			parcel->sent = status == QUEUE_OK;
		}
	} else {
		void *item = NULL;
		status = channel_dequeue(round->type, &round->channel, end, &item);
		if (status == QUEUE_OK) {
			receive(round, item);
		}
	}
	delay_step(STEP_operation);
	if (status == QUEUE_OK) {
		return true;
	}
	if (status != QUEUE_CLOSED) {
		check_fail(round->run, "%s\nstatus %d of an operation that waits\n",
			   round->run->about, status);
	} else if (channel_state(&round->channel) == CHANNEL_OPEN) {
		check_fail(round->run, "%s\nan open channel said that it is closed\n",
			   round->run->about);
	}
	return false;
}

/** Is there nothing to wait for any more? */
static bool is_taken(const struct round *round, uint64_t goal)
{
	// Acquire, pairs with take(): what takers did is done
	return atomic_load_explicit(&round->taken, memory_order_acquire) >= goal ||
	       channel_state(&round->channel) != CHANNEL_OPEN;
}

/** Let everybody look once more. */
static void tell(struct round *round)
{
	// Whoever has looked in vain sleeps by the time the lock is had
	pthread_mutex_lock(&round->lock);
	pthread_mutex_unlock(&round->lock);
	pthread_cond_broadcast(&round->told);
}

/** Wait until as many are taken, or the channel is closed. */
static void await_taken(struct check_thread *thread, struct round *round, uint64_t goal)
{
	check_doing(thread, "waits until all of a burst is taken");
	for (unsigned int looks = 0; looks < LOOKS; ++looks) {
		if (is_taken(round, goal)) {
			return;
		}
		queue_pause();
	}
	pthread_mutex_lock(&round->lock);
	while (!is_taken(round, goal)) {
		pthread_cond_wait(&round->told, &round->lock);
	}
	pthread_mutex_unlock(&round->lock);
}

/** Sleep until as many are acknowledged as this thread gave, then until all of a burst are. */
static void await_burst(struct check_thread *thread, struct round *round, struct ends *ends,
			uint64_t goal)
{
	if (round->acknowledgement == BY_CHANNEL) {
		check_doing(thread, "in channel_dequeue() of an acknowledgement");
		enum queue_status status = QUEUE_OK;
		for (unsigned int i = 0; i < round->per_giver && status == QUEUE_OK; ++i) {
			void *item;
			status = channel_dequeue(round->type, &round->back, &ends->back, &item);
		}
	}
	await_taken(thread, round, goal);
}

static bool give_burst(struct check_thread *thread, struct round *round, struct ends *ends,
		       bool wakes)
{
	// So that takers are met at any point of their way to sleep
	spin(draw_head_start(&delays.rng));
	check_doing(thread, round->room ? "in channel_dequeue(), to give room"
					: "in channel_enqueue(), to give an item");
	for (unsigned int i = 0; i < round->per_giver; ++i) {
		if (!hand(round, &ends->channel, !round->room)) {
			return false;
		}
	}
	if (wakes) {
		check_doing(thread, "in channel_wake()");
		channel_wake(&round->channel, &ends->channel, round->per_giver);
	}
	check_step(thread);
	return true;
}

static void end_channel(const struct round *round, struct channel *channel)
{
	delay_step(STEP_operation);
	if (round->cancels) {
		channel_cancel(round->type, channel);
	} else {
		channel_close(round->type, channel);
	}
}

static void give(struct check_thread *thread, struct round *round, struct ends *ends)
{
	bool first = thread->index == 0;
	bool untold = round->acknowledgement == UNTOLD;
	uint64_t bursts = round->bursts;
	if (untold && round->early && first) {
		bursts = rng_below(&delays.rng, bursts) + 1;
	}
	for (uint64_t i = 0; i < bursts; ++i) {
		// Who closes in the midst need not wake anybody before: closing wakes everybody
		bool midst = round->early && first && i + 1 == bursts;
		bool wakes = !round->room && (!midst || rng_below(&delays.rng, 2));
		if (!give_burst(thread, round, ends, wakes)) {
			break;
		}
		if (!untold && !midst) {
			await_burst(thread, round, ends, (i + 1) * round->burst);
		}
	}
	// Acquire and release: the last to leave closes after everything the others gave
	bool last = atomic_fetch_sub_explicit(&round->givers_left, 1, memory_order_acq_rel) == 1;
	if (untold && !round->early ? last : first) {
		check_doing(thread, "in channel_close() or channel_cancel()");
		end_channel(round, &round->channel);
		if (round->acknowledgement == BY_CHANNEL) {
			end_channel(round, &round->back);
		}
		tell(round);
	}
}

static void take(struct check_thread *thread, struct round *round, struct ends *ends)
{
	for (;;) {
		check_doing(thread, round->room ? "in channel_enqueue(), for room"
						: "in channel_dequeue(), for an item");
		if (!hand(round, &ends->channel, round->room)) {
			return;
		}
		check_step(thread);
		if (round->room) {
			channel_wake(&round->channel, &ends->channel, 1);
		}
		if (round->acknowledgement == BY_CHANNEL) {
			check_doing(thread, "in channel_enqueue() of an acknowledgement");
			if (channel_enqueue(round->type, &round->back, &ends->back, round) ==
			    QUEUE_OK) {
				channel_wake(&round->back, &ends->back, 1);
			}
		}
		// Release, pairs with await_taken()
		uint64_t before = atomic_fetch_add_explicit(&round->taken, 1, memory_order_release);
		if ((before + 1) % round->burst == 0) {
			tell(round);
		}
		if (round->holds) {
			await_taken(thread, round, (before / round->burst + 1) * round->burst);
		}
	}
}

/** Delay the others by signals, until there are none. It goes no step forward itself. */
static void disturb(struct round *round)
{
	struct rng rng;
	rng_seed(&rng, ~round->seed);
	unsigned int running = 1;
	while (running > 0) {
		nanosleep(&(struct timespec){.tv_nsec = (long)rng_below(&rng, 50000)}, NULL);
		pthread_mutex_lock(&round->lock);
		size_t target = rng_below(&rng, round->givers + round->takers);
		if (round->runs[target]) {
			union sigval value = {.sival_int = draw_delay(&rng)};
			pthread_sigqueue(round->threads[target], SIGUSR1, value);
		}
		running = round->running;
		pthread_mutex_unlock(&round->lock);
	}
}

static void worker(struct check_thread *thread, struct round *round)
{
	struct ends ends = {0};
	bool back = round->acknowledgement == BY_CHANNEL;
	delays_begin(round->seed * CHECK_MAX_THREADS + thread->index, round->delay_mean,
		     round->favourite);
	pthread_mutex_lock(&round->lock);
	round->threads[thread->index] = pthread_self();
	round->runs[thread->index] = true;
	pthread_mutex_unlock(&round->lock);

	if (channel_attach(round->type, &round->channel, &ends.channel) != 0 ||
	    (back && channel_attach(round->type, &round->back, &ends.back) != 0)) {
		check_fail(round->run, "attach() of thread %u failed\n", thread->index);
		check_end(round->run);
	}
	if (thread->index < round->givers) {
		give(thread, round, &ends);
	} else {
		take(thread, round, &ends);
	}
	check_doing(thread, "detaching");
	channel_detach(round->type, &round->channel, &ends.channel);
	if (back) {
		channel_detach(round->type, &round->back, &ends.back);
	}

	pthread_mutex_lock(&round->lock);
	channel_counts_add(&round->counts, &ends.channel.counts);
	channel_counts_add(&round->counts_back, &ends.back.counts);
	round->runs[thread->index] = false;
	--round->running;
	pthread_mutex_unlock(&round->lock);
	check_step(thread);
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

/** The number of threads that may do it, up to MOST. */
static unsigned int most_of(unsigned int allowed)
{
	return allowed > 0 && allowed < MOST ? allowed : MOST;
}

/** One of the waits that sleep: there is one. */
static enum channel_wait draw_wait(const struct queue_type *type, struct rng *rng)
{
	enum channel_wait first = rng_below(rng, 2) ? CHANNEL_PARK : CHANNEL_NATIVE;
	enum channel_wait second = first == CHANNEL_PARK ? CHANNEL_NATIVE : CHANNEL_PARK;
	return channel_offers(type, first) ? first : second;
}

/** How many threads do what, and how much of it at once. */
static void draw_threads(struct round *round, struct rng *rng)
{
	unsigned int producers = most_of(round->type->max_producers);
	unsigned int consumers = most_of(round->type->max_consumers);
	unsigned int givers = round->room ? consumers : producers;
	unsigned int takers = round->room ? producers : consumers;
	// One giver half of the time: nobody makes up for what it loses
	round->givers = rng_below(rng, 2) ? 1 : 1 + (unsigned int)rng_below(rng, givers);
	round->takers = 1 + (unsigned int)rng_below(rng, takers);
	round->per_giver = 1;
	switch (rng_below(rng, 4)) {
	case 0:
		round->per_giver = 1 + (unsigned int)rng_below(rng, 16);
		break;
	case 1:
		if (round->takers > round->givers) {
			round->per_giver = round->takers / round->givers;
		}
		break;
	}
	round->burst = (uint64_t)round->givers * round->per_giver;
	// Many are short, since a round closes only once
	uint64_t most = rng_below(rng, 2) ? HAND_OFFS : HAND_OFFS / 100 + 1;
	round->bursts = 1 + rng_below(rng, most) / round->burst;

	switch (rng_below(rng, 4)) {
	case 0:
		// The other way round, takers give and givers take
		round->acknowledgement =
			round->givers <= takers && round->takers <= givers ? BY_CHANNEL : BY_COUNT;
		break;
	case 1:
		round->acknowledgement = round->room ? BY_COUNT : UNTOLD;
		break;
	default:
		round->acknowledgement = BY_COUNT;
	}
	round->holds = round->acknowledgement != UNTOLD && round->burst <= round->takers;
}

/** What a round is like. */
static void draw_round(struct round *round, bool can_fill)
{
	static const size_t capacities[] = {1, 2, 7, 64};
	static const uint32_t means[] = {NEVER, 100, 20, 5};
	struct rng rng;
	rng_seed(&rng, round->seed);
	round->wait = draw_wait(round->type, &rng);
	round->room = rng_below(&rng, 3) == 0 && can_fill;
	round->early = rng_below(&rng, 2) == 0;
	round->cancels = rng_below(&rng, 3) == 0;
	round->signals = rng_below(&rng, 4) == 0;
	round->capacity = capacities[rng_below(&rng, 4)];
	round->polls = rng_below(&rng, 8) == 0 ? (unsigned int)rng_below(&rng, CHANNEL_POLLS) : 0;
	round->delay_mean = means[rng_below(&rng, 4)];
	// Half of the time at the edge where the second look finds something
	round->favourite = rng_below(&rng, 2) ? STEP_announcing : (enum step)rng_below(&rng, STEPS);
	if (round->delay_mean == NEVER) {
		round->favourite = STEPS;
	}
	draw_threads(round, &rng);
}

static void describe(const struct round *round)
{
	static const char *const told[] = {"counted", "acknowledged", "untold"};
	snprintf(round->run->about, sizeof(round->run->about),
		 "%s, wait %s, capacity %zu: %u give %u %s at once, %u take, %s, then %s%s",
		 round->holds ? "one each" : "freely", channel_wait_name(round->wait),
		 round->capacity, round->givers, round->per_giver, round->room ? "rooms" : "items",
		 round->takers, told[round->acknowledgement], round->cancels ? "cancel" : "close",
		 round->early ? " in the midst" : "");
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

/** Enqueue until there is no room. */
static void fill(struct round *round)
{
	struct channel_end end;
	if (channel_attach(round->type, &round->channel, &end) != 0) {
		return;
	}
	enum queue_status status = QUEUE_OK;
	struct parcel *parcel;
	while (status == QUEUE_OK && (parcel = new_parcel(round))) {
		status = channel_try_enqueue(round->type, &round->channel, &end, parcel);
		parcel->sent = status == QUEUE_OK;
	}
	channel_detach(round->type, &round->channel, &end);
	channel_counts_add(&round->counts, &end.counts);
}

/** Take what was left inside. Returns how many. */
static uint64_t drain(struct round *round)
{
	struct channel_end end;
	if (channel_attach(round->type, &round->channel, &end) != 0) {
		return 0;
	}
	uint64_t count = 0;
	void *item;
	while (channel_try_dequeue(round->type, &round->channel, &end, &item) == QUEUE_OK) {
		receive(round, item);
		++count;
	}
	channel_detach(round->type, &round->channel, &end);
	channel_counts_add(&round->counts, &end.counts);
	return count;
}

/** Nothing is lost, and nobody is still counted as a sleeper. */
static void audit(struct round *round)
{
	uint64_t left = drain(round);
	// Who enqueues while another closes may be too late for the consumers
	bool all_before = !round->room && (round->givers == 1 || !round->early);
	if (left > 0 && !round->cancels && all_before) {
		check_fail(round->run, "%s\nconsumers were told of the close with %llu inside\n",
			   round->run->about, (unsigned long long)left);
	}
	uint64_t sent = 0;
	uint64_t received = 0;
	for (uint64_t i = 0; i < round->parcel_count; ++i) {
		sent += round->parcels[i].sent;
		received += atomic_load_explicit(&round->parcels[i].received, memory_order_relaxed);
	}
	// What a consumer took natively from a cancelled channel is abandoned
	uint64_t abandoned = round->counts.dequeued - received;
	if (sent != received + abandoned || (abandoned > 0 && !round->cancels)) {
		check_fail(round->run, "%s\n%llu went in, %llu came out, %llu were abandoned\n",
			   round->run->about, (unsigned long long)sent,
			   (unsigned long long)received, (unsigned long long)abandoned);
	}
	uint64_t items = atomic_load_explicit(&round->channel.items.state, memory_order_relaxed);
	uint64_t room = atomic_load_explicit(&round->channel.room.state, memory_order_relaxed);
	if (items != 0 || room != 0) {
		check_fail(round->run,
			   "%s\nnobody waits, but the eventcounts are at %#llx, %#llx\n",
			   round->run->about, (unsigned long long)items, (unsigned long long)room);
	}
}

/** Figures of all rounds. */
struct totals {
	uint64_t hand_offs;
	uint64_t parks;
};

static void play(struct round *round, struct totals *totals)
{
	unsigned int count = round->givers + round->takers;
	round->running = count;
	atomic_init(&round->givers_left, round->givers);
	pthread_cond_init(&round->told, NULL);
	pthread_mutex_init(&round->lock, NULL);
	if (round->room) {
		fill(round);
	}
	check_threads(round->run, count + round->signals, round_main, round);
	audit(round);
	pthread_cond_destroy(&round->told);
	pthread_mutex_destroy(&round->lock);
	totals->hand_offs += round->counts.dequeued + round->counts_back.dequeued;
	totals->parks += round->counts.parks + round->counts_back.parks;
}

/** Make what a round needs, and play it. False where that fails. */
static bool run_round(struct round *round, struct totals *totals)
{
	describe(round);
	if (!make_channel(round, &round->channel, round->capacity)) {
		return false;
	}
	bool made = false;
	bool back = round->acknowledgement == BY_CHANNEL;
	uint64_t inside = round->room ? round->type->capacity(round->channel.queue) : 0;
	// Beside what is given: what fills the queue, and what each taker tries to add to it
	round->parcel_count = inside + round->bursts * round->burst + round->takers + 1;
	round->parcels = calloc(round->parcel_count, sizeof(*round->parcels));
	// Acknowledgements always find room, or all could wait for each other
	if (round->parcels && (!back || make_channel(round, &round->back, round->burst))) {
		made = true;
		play(round, totals);
		if (back) {
			channel_destroy(round->type, &round->back);
		}
	}
	channel_destroy(round->type, &round->channel);
	free(round->parcels);
	return made;
}

/** Is the queue bounded, by no more than it takes little time to fill? */
static bool can_fill(struct check_run *run)
{
	struct queue *queue = check_create(run, 64, 2 * MOST + 1, 0);
	if (!queue) {
		return false;
	}
	size_t capacity = run->type->capacity(queue);
	run->type->destroy(queue);
	return capacity > 0 && capacity <= MOST_ROOM;
}

static void run_waiting(struct check_run *run)
{
	if (!channel_offers(run->type, CHANNEL_PARK) &&
	    !channel_offers(run->type, CHANNEL_NATIVE)) {
		check_skip(run, "it has no wait that sleeps");
		return;
	}
	struct sigaction action = {.sa_sigaction = delay_signalled,
				   .sa_flags = SA_SIGINFO | SA_RESTART};
	sigaction(SIGUSR1, &action, NULL);

	bool fills = can_fill(run);
	struct totals totals = {0};
	uint64_t seed;
	uint64_t begin = clock_now();
	// The main thread, which fills and drains channels, is never delayed
	delays_begin(run->seed, NEVER, STEPS);
	while (check_round(run, &seed)) {
		struct round round = {.run = run, .type = run->type, .seed = seed};
		draw_round(&round, fills);
		if (!run_round(&round, &totals)) {
			check_fail(run, "%s\nits channel could not be made\n", run->about);
		}
	}
	double seconds = clock_seconds(clock_now() - begin);
	char text[8];
	check_summarize(run, "%s items", check_count(text, totals.hand_offs));
	check_figure(run, "hand_offs", (double)totals.hand_offs);
	check_figure(run, "parks", (double)totals.parks);
	check_figure(run, "hand_offs_per_second", (double)totals.hand_offs / seconds);
}

CHECK_EXPORT(waiting, .title = "no wake-up is lost, no close is missed", .weight = 2,
	     .run = run_waiting);
