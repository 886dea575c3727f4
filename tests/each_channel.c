// SPDX-License-Identifier: MIT

/** Waiting and closing, for one queue under every wait that it offers. */

#include "harness.h"

#include <sched.h>
#include <time.h>

static const struct queue_type *type;

/** Makes a channel without polls: every wait takes the sleep path. */
static void make(struct channel *channel, enum channel_wait wait, size_t capacity,
		 unsigned int threads)
{
	struct channel_config config = {
		.queue = {.capacity = capacity, .max_threads = threads},
		.wait = wait,
		.polls = 0,
		.waits_for_room = true,
	};
	assert_int_equal(channel_create(type, channel, &config), 0);
}

/** Runs a check under every wait. */
static void under_every_wait(const char *name, unsigned int seconds,
			     void (*check)(enum channel_wait wait))
{
	for (int wait = 0; wait < CHANNEL_WAITS; ++wait) {
		if (channel_offers(type, (enum channel_wait)wait)) {
			char doing[128];
			snprintf(doing, sizeof(doing), "%s, wait %s", name,
				 channel_wait_name((enum channel_wait)wait));
			harness_watch(doing, seconds);
			check((enum channel_wait)wait);
			harness_watch("", 0);
		}
	}
}

enum { SLEEPERS = 8 };

struct sleeper {
	struct channel *channel;
	bool producer;
	pthread_t thread;
	enum queue_status status;
	/** Set when the thread is about to wait. */
	atomic_bool ready;
};

static void *sleep_on(void *context)
{
	struct sleeper *self = context;
	struct channel_end end;
	void *item = harness_item(1, 1);
	if (channel_attach(type, self->channel, &end) != 0) {
		return NULL;
	}
	atomic_store(&self->ready, true);
	self->status = self->producer ? channel_enqueue(type, self->channel, &end, item)
				      : channel_dequeue(type, self->channel, &end, &item);
	channel_detach(type, self->channel, &end);
	return NULL;
}

/** Puts sleepers on a channel, ends it, and checks that all of them return. */
static void ends(enum channel_wait wait, bool producers, bool cancel)
{
	struct channel channel;
	struct channel_end end;
	make(&channel, wait, 1, SLEEPERS + 1);
	assert_int_equal(channel_attach(type, &channel, &end), 0);
	if (producers) {
		if (!type->capacity) {
			goto out; // there is always room
		}
		while (channel_try_enqueue(type, &channel, &end, harness_item(0, 0)) == QUEUE_OK) {
		}
	}

	unsigned int most = producers ? type->max_producers : type->max_consumers;
	unsigned int count = most == 1 ? 1 : SLEEPERS;
	struct sleeper sleepers[SLEEPERS] = {0};
	for (unsigned int i = 0; i < count; ++i) {
		sleepers[i].channel = &channel;
		sleepers[i].producer = producers;
		sleepers[i].status = QUEUE_OK;
		assert_int_equal(pthread_create(&sleepers[i].thread, NULL, sleep_on, &sleepers[i]),
				 0);
	}
	for (unsigned int i = 0; i < count; ++i) {
		while (!atomic_load(&sleepers[i].ready)) {
			sched_yield();
		}
	}
	// In some rounds the threads sleep by now, in others not yet: both must work
	static unsigned int round;
	if (round++ % 2) {
		nanosleep(&(struct timespec){.tv_nsec = 1000000}, NULL);
	}
	if (cancel) {
		channel_cancel(type, &channel);
	} else {
		channel_close(type, &channel);
	}
	for (unsigned int i = 0; i < count; ++i) {
		pthread_join(sleepers[i].thread, NULL);
		assert_int_equal(sleepers[i].status, QUEUE_CLOSED);
	}
out:
	channel_detach(type, &channel, &end);
	channel_destroy(type, &channel);
}

/** Spinning threads cannot miss a wake-up, and are slow on few processors: fewer rounds. */
static int end_rounds(enum channel_wait wait)
{
	return (wait == CHANNEL_SPIN ? 20 : 100) / BUILD_SLOW;
}

static void check_close_wakes_consumers(enum channel_wait wait)
{
	for (int round = 0; round < end_rounds(wait); ++round) {
		ends(wait, false, false);
	}
}

static void check_close_wakes_producers(enum channel_wait wait)
{
	for (int round = 0; round < end_rounds(wait); ++round) {
		ends(wait, true, false);
	}
}

static void check_cancel_wakes_everybody(enum channel_wait wait)
{
	for (int round = 0; round < end_rounds(wait); ++round) {
		ends(wait, round % 2 == 0, true);
	}
}

static void close_wakes_every_consumer(void **state)
{
	(void)state;
	under_every_wait("close_wakes_every_consumer", 120, check_close_wakes_consumers);
}

static void close_wakes_every_producer(void **state)
{
	(void)state;
	under_every_wait("close_wakes_every_producer", 120, check_close_wakes_producers);
}

static void cancel_wakes_every_waiter(void **state)
{
	(void)state;
	under_every_wait("cancel_wakes_every_waiter", 120, check_cancel_wakes_everybody);
}

static void check_close_delivers(enum channel_wait wait)
{
	struct channel channel;
	struct channel_end end;
	void *item;
	make(&channel, wait, 8, 1);
	assert_int_equal(channel_attach(type, &channel, &end), 0);
	for (uint64_t i = 0; i < 8; ++i) {
		assert_int_equal(channel_enqueue(type, &channel, &end, harness_item(0, i)),
				 QUEUE_OK);
	}
	channel_close(type, &channel);
	assert_int_equal(channel_enqueue(type, &channel, &end, harness_item(0, 9)), QUEUE_CLOSED);
	for (uint64_t i = 0; i < 8; ++i) {
		assert_int_equal(channel_dequeue(type, &channel, &end, &item), QUEUE_OK);
	}
	assert_int_equal(channel_dequeue(type, &channel, &end, &item), QUEUE_CLOSED);
	channel_detach(type, &channel, &end);
	channel_destroy(type, &channel);

	make(&channel, wait, 8, 1);
	assert_int_equal(channel_attach(type, &channel, &end), 0);
	assert_int_equal(channel_enqueue(type, &channel, &end, harness_item(0, 0)), QUEUE_OK);
	channel_cancel(type, &channel);
	assert_int_equal(channel_dequeue(type, &channel, &end, &item), QUEUE_CLOSED);
	// close() after cancel() leaves the channel cancelled
	channel_close(type, &channel);
	assert_int_equal(channel_dequeue(type, &channel, &end, &item), QUEUE_CLOSED);
	channel_detach(type, &channel, &end);
	channel_destroy(type, &channel);
}

static void close_delivers_what_is_inside_and_cancel_does_not(void **state)
{
	(void)state;
	under_every_wait("close_delivers_what_is_inside_and_cancel_does_not", 60,
			 check_close_delivers);
}

struct relay {
	struct channel to;
	struct channel back;
	uint64_t count;
	bool failed;
};

/** Sends every item back. */
static void *echo(void *context)
{
	struct relay *relay = context;
	struct channel_end to;
	struct channel_end back;
	channel_attach(type, &relay->to, &to);
	channel_attach(type, &relay->back, &back);
	void *item;
	while (channel_dequeue(type, &relay->to, &to, &item) == QUEUE_OK) {
		if (channel_enqueue(type, &relay->back, &back, item) != QUEUE_OK) {
			relay->failed = true;
			break;
		}
		channel_wake(&relay->back, &back, 1);
	}
	channel_detach(type, &relay->back, &back);
	channel_detach(type, &relay->to, &to);
	return NULL;
}

/** Two threads hand items to each other, each sleeping until the other has one. */
static void check_round_trips(enum channel_wait wait)
{
	// A round trip is two hand-offs: 100,000 for the default queue, 10,000 for others. A thread
	// that polls can miss no wake-up
	bool whole = strcmp(type->name, registry_default()) == 0;
	bool sleeps = wait != CHANNEL_SPIN && wait != CHANNEL_YIELD;
	struct relay relay = {.count = (whole ? 50000 : 5000) / BUILD_SLOW / (sleeps ? 1 : 10)};
	make(&relay.to, wait, 1, 2);
	make(&relay.back, wait, 1, 2);
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, echo, &relay), 0);

	struct channel_end to;
	struct channel_end back;
	channel_attach(type, &relay.to, &to);
	channel_attach(type, &relay.back, &back);
	uint64_t wrong = 0;
	for (uint64_t i = 0; i < relay.count; ++i) {
		void *item = NULL;
		wrong += channel_enqueue(type, &relay.to, &to, harness_item(0, i)) != QUEUE_OK;
		channel_wake(&relay.to, &to, 1);
		wrong += channel_dequeue(type, &relay.back, &back, &item) != QUEUE_OK;
		wrong += item != harness_item(0, i);
	}
	channel_close(type, &relay.to);
	pthread_join(thread, NULL);
	channel_detach(type, &relay.back, &back);
	channel_detach(type, &relay.to, &to);
	channel_destroy(type, &relay.back);
	channel_destroy(type, &relay.to);
	assert_int_equal(wrong, 0);
	assert_false(relay.failed);
}

static void hand_offs_lose_no_wake_up(void **state)
{
	(void)state;
	under_every_wait("hand_offs_lose_no_wake_up", 240, check_round_trips);
}

enum { CROWD = 3 };

struct crowd {
	struct channel channel;
	uint64_t per_producer;
	_Atomic uint64_t sum;
	_Atomic uint64_t count;
};

static void *crowd_produce(void *context)
{
	struct crowd *crowd = context;
	struct channel_end end;
	channel_attach(type, &crowd->channel, &end);
	for (uint64_t i = 0; i < crowd->per_producer; ++i) {
		if (channel_enqueue(type, &crowd->channel, &end, harness_item(0, i)) == QUEUE_OK &&
		    (i % 4 == 3 || i + 1 == crowd->per_producer)) {
			// One wake for several items, as in the pool; the wait wakes the rest
			channel_wake(&crowd->channel, &end, 4);
		}
	}
	channel_detach(type, &crowd->channel, &end);
	return NULL;
}

static void *crowd_consume(void *context)
{
	struct crowd *crowd = context;
	struct channel_end end;
	channel_attach(type, &crowd->channel, &end);
	void *item;
	while (channel_dequeue(type, &crowd->channel, &end, &item) == QUEUE_OK) {
		atomic_fetch_add(&crowd->sum, harness_sequence(item));
		atomic_fetch_add(&crowd->count, 1);
	}
	channel_detach(type, &crowd->channel, &end);
	return NULL;
}

/** Several producers wait for room, several consumers for items, in a tiny queue. */
static void check_crowd(enum channel_wait wait)
{
	static const size_t capacities[] = {1, 2, 7};
	for (size_t c = 0; c < sizeof(capacities) / sizeof(*capacities); ++c) {
		unsigned int producers = type->max_producers == 1 ? 1 : CROWD;
		unsigned int consumers = type->max_consumers == 1 ? 1 : CROWD;
		// On few processors, six spinning threads wait for their turns
		struct crowd crowd = {.per_producer =
					      (wait == CHANNEL_SPIN ? 200 : 2000) / BUILD_SLOW};
		make(&crowd.channel, wait, capacities[c], 2 * CROWD);
		pthread_t threads[2 * CROWD];
		for (unsigned int i = 0; i < producers + consumers; ++i) {
			assert_int_equal(
				pthread_create(&threads[i], NULL,
					       i < producers ? crowd_produce : crowd_consume,
					       &crowd),
				0);
		}
		for (unsigned int i = 0; i < producers; ++i) {
			pthread_join(threads[i], NULL);
		}
		channel_close(type, &crowd.channel);
		for (unsigned int i = producers; i < producers + consumers; ++i) {
			pthread_join(threads[i], NULL);
		}
		channel_destroy(type, &crowd.channel);
		assert_int_equal(atomic_load(&crowd.count), producers * crowd.per_producer);
		assert_int_equal(atomic_load(&crowd.sum),
				 producers * crowd.per_producer * (crowd.per_producer - 1) / 2);
	}
}

static void a_crowd_on_a_tiny_queue_delivers_every_item_once(void **state)
{
	(void)state;
	under_every_wait("a_crowd_on_a_tiny_queue_delivers_every_item_once", 240, check_crowd);
}

int main(int argc, char **argv)
{
	type = harness_queue(argc, argv)->queue;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(close_wakes_every_consumer),
		cmocka_unit_test(close_wakes_every_producer),
		cmocka_unit_test(cancel_wakes_every_waiter),
		cmocka_unit_test(close_delivers_what_is_inside_and_cancel_does_not),
		cmocka_unit_test(hand_offs_lose_no_wake_up),
		cmocka_unit_test(a_crowd_on_a_tiny_queue_delivers_every_item_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
