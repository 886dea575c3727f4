// SPDX-License-Identifier: MIT

/** The contract, for one queue: order, fullness, emptiness, and nothing lost between threads. */

#include "harness.h"

static const struct queue_type *type;

/** First tickets: some wrap around within the first lap, others within a later lap. */
static const size_t first_tickets[] = {0, 1, SIZE_MAX, SIZE_MAX - 5, (size_t)PTRDIFF_MAX - 2};

static struct queue *make(size_t capacity, unsigned int threads, size_t first_ticket)
{
	struct queue *queue = type->create(&(struct queue_config){
		.capacity = capacity, .max_threads = threads, .first_ticket = first_ticket});
	assert_non_null(queue);
	return queue;
}

static void items_leave_in_the_order_they_came(void **state)
{
	(void)state;
	for (size_t t = 0; t < sizeof(first_tickets) / sizeof(*first_tickets); ++t) {
		for (size_t capacity = 1; capacity < 70; capacity += 1 + capacity / 3) {
			struct queue *queue = make(capacity, 1, first_tickets[t]);
			struct queue_handle *handle = queue_attach(type, queue);
			assert_non_null(handle);
			uint64_t in = 0;
			uint64_t out = 0;
			// Uneven fillings, so that every lap begins at another slot
			for (size_t round = 0; round < 40; ++round) {
				size_t inside = 1 + round * 7 % capacity;
				for (size_t i = 0; i < inside; ++i) {
					assert_int_equal(
						type->enqueue(queue, handle, harness_item(0, in++)),
						QUEUE_OK);
				}
				for (size_t i = 0; i < inside; ++i) {
					void *item;
					assert_int_equal(type->dequeue(queue, handle, &item),
							 QUEUE_OK);
					if (type->order != QUEUE_UNORDERED) {
						assert_ptr_equal(item, harness_item(0, out));
					}
					++out;
				}
				void *item;
				assert_int_equal(type->dequeue(queue, handle, &item), QUEUE_EMPTY);
			}
			queue_detach(type, queue, handle);
			type->destroy(queue);
		}
	}
}

static void full_is_answered_at_the_capacity(void **state)
{
	(void)state;
	for (size_t capacity = 1; capacity < 200; capacity = capacity * 2 + 1) {
		struct queue *queue = make(capacity, 1, 0);
		struct queue_handle *handle = queue_attach(type, queue);
		size_t real = queue_capacity(type, queue);
		size_t most = real ? real : 1000;
		assert_true(most >= capacity);
		for (size_t lap = 0; lap < 3; ++lap) {
			for (size_t i = 0; i < most; ++i) {
				assert_int_equal(type->enqueue(queue, handle, harness_item(0, i)),
						 QUEUE_OK);
			}
			if (real) {
				assert_int_equal(type->enqueue(queue, handle, harness_item(0, 0)),
						 QUEUE_FULL);
			}
			for (size_t i = 0; i < most; ++i) {
				void *item;
				assert_int_equal(type->dequeue(queue, handle, &item), QUEUE_OK);
			}
			void *item;
			assert_int_equal(type->dequeue(queue, handle, &item), QUEUE_EMPTY);
		}
		queue_detach(type, queue, handle);
		type->destroy(queue);
	}
}

static void queues_and_handles_are_independent(void **state)
{
	(void)state;
	struct queue *queues[2];
	struct queue_handle *handles[2];
	for (int i = 0; i < 2; ++i) {
		queues[i] = make(4, 2, 0);
		handles[i] = queue_attach(type, queues[i]);
		assert_int_equal(
			type->enqueue(queues[i], handles[i], harness_item((unsigned int)i, 7)),
			QUEUE_OK);
	}
	for (int i = 0; i < 2; ++i) {
		void *item;
		assert_int_equal(type->dequeue(queues[i], handles[i], &item), QUEUE_OK);
		assert_ptr_equal(item, harness_item((unsigned int)i, 7));
		// Items left inside belong to the caller: destroy() leaks nothing
		assert_int_equal(type->enqueue(queues[i], handles[i], item), QUEUE_OK);
		queue_detach(type, queues[i], handles[i]);
		type->destroy(queues[i]);
	}
}

static void batches_do_what_single_operations_do(void **state)
{
	(void)state;
	enum { MOST = 100 };
	for (size_t capacity = 1; capacity <= 130; capacity += 43) {
		struct queue *queue = make(capacity, 1, SIZE_MAX - 7);
		struct queue_handle *handle = queue_attach(type, queue);
		size_t room = type->capacity ? type->capacity(queue) : SIZE_MAX;
		uint64_t in = 0;
		uint64_t out = 0;
		for (size_t count = 1; count <= MOST; count += 1 + count / 4) {
			void *items[MOST];
			size_t done = 0;
			for (size_t i = 0; i < count; ++i) {
				items[i] = harness_item(0, in + i);
			}
			if (type->enqueue_batch) {
				// A batch may be enqueued in parts; 0 means that the queue is full
				for (size_t part; done < count; done += part) {
					part = type->enqueue_batch(queue, handle, items + done,
								   count - done);
					if (part == 0) {
						break;
					}
				}
			} else {
				while (done < count &&
				       type->enqueue(queue, handle, items[done]) == QUEUE_OK) {
					++done;
				}
			}
			assert_int_equal(done, count < room ? count : room);
			in += done;
			while (type->dequeue_batch && out < in) {
				size_t part = type->dequeue_batch(queue, handle, items, MOST);
				assert_true(part > 0 && part <= in - out);
				for (size_t i = 0; i < part; ++i) {
					assert_ptr_equal(items[i], harness_item(0, out++));
				}
			}
			while (out < in) {
				assert_int_equal(type->dequeue(queue, handle, items), QUEUE_OK);
				++out;
			}
			if (type->dequeue_batch) {
				assert_int_equal(type->dequeue_batch(queue, handle, items, MOST),
						 0);
			}
		}
		queue_detach(type, queue, handle);
		type->destroy(queue);
	}
}

enum { MOST_PRODUCERS = 3, MOST_CONSUMERS = 3 };

struct stress {
	struct queue *queue;
	uint64_t per_producer;
	unsigned int producers;
	unsigned int consumers;
	_Atomic uint64_t taken;
	atomic_bool failed;
};

struct stress_thread {
	struct stress *stress;
	unsigned int index;
	pthread_t thread;
	uint64_t counts[MOST_PRODUCERS];
	uint64_t sums[MOST_PRODUCERS];
};

/** Operations after which a thread leaves and joins again, while the others go on. */
#define REATTACH 997

enum { PER_PRODUCER = 60000 / BUILD_SLOW, ATTACHMENTS = PER_PRODUCER / REATTACH + 1 };

/** The items of one number are in order: after joining again, a producer may count as another. */
static size_t ordered_with(uint64_t sequence)
{
	return type->order == QUEUE_PRODUCER_FIFO ? sequence / REATTACH : 0;
}

static void *produce(void *context)
{
	struct stress_thread *self = context;
	struct stress *stress = self->stress;
	struct queue_handle *handle = queue_attach(type, stress->queue);
	for (uint64_t i = 0; i < stress->per_producer;) {
		if (type->enqueue(stress->queue, handle, harness_item(self->index, i)) ==
		    QUEUE_OK) {
			++i;
		} else {
			sched_yield();
		}
		if (i % REATTACH == 0) {
			queue_detach(type, stress->queue, handle);
			handle = queue_attach(type, stress->queue);
		}
	}
	queue_detach(type, stress->queue, handle);
	return NULL;
}

static void *consume(void *context)
{
	struct stress_thread *self = context;
	struct stress *stress = self->stress;
	struct queue_handle *handle = queue_attach(type, stress->queue);
	uint64_t next[MOST_PRODUCERS][ATTACHMENTS] = {0};
	uint64_t all = stress->per_producer * stress->producers;
	while (atomic_load(&stress->taken) < all) {
		void *item;
		if (type->dequeue(stress->queue, handle, &item) != QUEUE_OK) {
			sched_yield();
			continue;
		}
		unsigned int producer = harness_producer(item);
		uint64_t sequence = harness_sequence(item);
		size_t part = ordered_with(sequence);
		if (producer >= stress->producers || sequence >= stress->per_producer ||
		    (type->order != QUEUE_UNORDERED && sequence < next[producer][part])) {
			atomic_store(&stress->failed, true);
			break;
		}
		next[producer][part] = sequence + 1;
		++self->counts[producer];
		self->sums[producer] += sequence;
		if (atomic_fetch_add(&stress->taken, 1) % REATTACH == 0) {
			queue_detach(type, stress->queue, handle);
			handle = queue_attach(type, stress->queue);
		}
	}
	queue_detach(type, stress->queue, handle);
	return NULL;
}

static void threads_lose_repeat_and_overtake_nothing(void **state)
{
	(void)state;
	static const size_t capacities[] = {1, 2, 7, 1024};
	for (size_t c = 0; c < sizeof(capacities) / sizeof(*capacities); ++c) {
		harness_watch("threads_lose_repeat_and_overtake_nothing", 120);
		struct stress stress = {
			.queue = make(capacities[c], MOST_PRODUCERS + MOST_CONSUMERS,
				      SIZE_MAX - 1000),
			.per_producer = PER_PRODUCER,
			.producers = type->max_producers == 1 ? 1 : MOST_PRODUCERS,
			.consumers = type->max_consumers == 1 ? 1 : MOST_CONSUMERS,
		};
		struct stress_thread threads[MOST_PRODUCERS + MOST_CONSUMERS] = {0};
		for (unsigned int i = 0; i < stress.producers + stress.consumers; ++i) {
			bool producer = i < stress.producers;
			threads[i].stress = &stress;
			threads[i].index = i;
			assert_int_equal(pthread_create(&threads[i].thread, NULL,
							producer ? produce : consume, &threads[i]),
					 0);
		}
		uint64_t counts[MOST_PRODUCERS] = {0};
		uint64_t sums[MOST_PRODUCERS] = {0};
		for (unsigned int i = 0; i < stress.producers + stress.consumers; ++i) {
			pthread_join(threads[i].thread, NULL);
			for (unsigned int p = 0; p < stress.producers; ++p) {
				counts[p] += threads[i].counts[p];
				sums[p] += threads[i].sums[p];
			}
		}
		assert_false(atomic_load(&stress.failed));
		for (unsigned int p = 0; p < stress.producers; ++p) {
			assert_int_equal(counts[p], stress.per_producer);
			assert_int_equal(sums[p],
					 stress.per_producer * (stress.per_producer - 1) / 2);
		}
		type->destroy(stress.queue);
		harness_watch("", 0);
	}
}

static void capacity_zero_is_refused_where_it_counts(void **state)
{
	(void)state;
	struct queue *queue = type->create(&(struct queue_config){.capacity = 0, .max_threads = 1});
	if (queue) {
		// Only a queue that ignores the capacity may accept it
		assert_null(type->capacity);
		type->destroy(queue);
	} else {
		assert_int_equal(errno, EINVAL);
	}
}

static void the_table_is_whole(void **state)
{
	(void)state;
	assert_non_null(type->name);
	assert_non_null(type->title);
	assert_non_null(type->source);
	// Native waiting: all three entries or none
	assert_int_equal(!type->enqueue_wait, !type->dequeue_wait);
	assert_int_equal(!type->close, !type->dequeue_wait);
}

int main(int argc, char **argv)
{
	type = harness_queue(argc, argv)->queue;
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_whole),
		cmocka_unit_test(items_leave_in_the_order_they_came),
		cmocka_unit_test(full_is_answered_at_the_capacity),
		cmocka_unit_test(capacity_zero_is_refused_where_it_counts),
		cmocka_unit_test(batches_do_what_single_operations_do),
		cmocka_unit_test(queues_and_handles_are_independent),
		cmocka_unit_test(threads_lose_repeat_and_overtake_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
