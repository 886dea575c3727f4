// SPDX-License-Identifier: MIT

/** The pool over a moody queue, which is busy, out of memory, or refuses threads. */

#include "forest.h"

#include "base/clock.h"

#include <semaphore.h>

/** The mood: for each kind of answer, once in how many calls it comes; 0 is never. */
static struct {
	unsigned int busy;
	unsigned int no_memory;
	/** Threads that may attach, and threads that tried. */
	unsigned int attach_limit;
	_Atomic unsigned int attached;
} mood;

/** Queues made in this run: the first is for work, the second for results. */
static unsigned int made;
/** A bit for each queue that has the mood. */
static unsigned int moody;

enum { MOST_ROOM = 1 << 12 };

struct queue {
	pthread_mutex_t lock;
	bool moody;
	unsigned int calls;
	/** The root is enqueued, so main needs no more memory. */
	bool begun;
	size_t capacity;
	size_t first;
	size_t count;
	void *slots[MOST_ROOM];
};

static struct queue *moody_create(const struct queue_config *config)
{
	struct queue *queue = calloc(1, sizeof(*queue));
	if (queue) {
		queue->capacity = config->capacity;
		pthread_mutex_init(&queue->lock, NULL);
		queue->moody = moody & 1U << made++;
	}
	return queue;
}

static void moody_destroy(struct queue *queue)
{
	pthread_mutex_destroy(&queue->lock);
	free(queue);
}

static size_t moody_capacity(const struct queue *queue)
{
	return queue->capacity;
}

static struct queue_handle *moody_attach(struct queue *queue)
{
	if (mood.attach_limit && atomic_fetch_add(&mood.attached, 1) >= mood.attach_limit) {
		errno = EAGAIN;
		return NULL;
	}
	return (struct queue_handle *)queue;
}

static void moody_detach(struct queue *queue, struct queue_handle *handle)
{
	(void)queue;
	(void)handle;
}

/** True at random: in step with a caller, a regular answer could repeat for ever. */
static bool strikes(const struct queue *queue, unsigned int once_in)
{
	uint32_t hash = queue->calls * 2654435761U;
	return queue->moody && once_in && (hash >> 16) % once_in == 0;
}

static enum queue_status moody_enqueue(struct queue *queue, struct queue_handle *handle, void *item)
{
	(void)handle;
	pthread_mutex_lock(&queue->lock);
	++queue->calls;
	enum queue_status status = QUEUE_OK;
	if (strikes(queue, mood.busy)) {
		status = QUEUE_BUSY;
	} else if (queue->count == queue->capacity) {
		status = QUEUE_FULL;
	} else if (strikes(queue, mood.no_memory) && (queue->begun || mood.no_memory == 1)) {
		status = QUEUE_NOMEM;
	} else {
		queue->begun = true;
		queue->slots[(queue->first + queue->count++) % MOST_ROOM] = item;
	}
	pthread_mutex_unlock(&queue->lock);
	return status;
}

static enum queue_status moody_dequeue(struct queue *queue, struct queue_handle *handle,
				       void **item)
{
	(void)handle;
	pthread_mutex_lock(&queue->lock);
	++queue->calls;
	enum queue_status status = QUEUE_OK;
	if (strikes(queue, mood.busy)) {
		status = QUEUE_BUSY;
	} else if (queue->count == 0) {
		status = QUEUE_EMPTY;
	} else {
		*item = queue->slots[queue->first];
		queue->first = (queue->first + 1) % MOST_ROOM;
		--queue->count;
	}
	pthread_mutex_unlock(&queue->lock);
	return status;
}

static QUEUE_EXPORT(moody) = {
	.name = "moody",
	.order = QUEUE_FIFO,
	.exact_empty = 1,
	.create = moody_create,
	.destroy = moody_destroy,
	.capacity = moody_capacity,
	.attach = moody_attach,
	.detach = moody_detach,
	.enqueue = moody_enqueue,
	.dequeue = moody_dequeue,
};

POOL_EXPORT(moody);

enum { THREADS = 4 };

/** Runs a tree through queues in the current mood. Returns the status of pool_run(). */
static int run(struct forest *forest, size_t capacity, enum channel_wait wait,
	       struct pool_stats *stats)
{
	struct pool_config config = {.threads = THREADS, .capacity = capacity, .wait = wait};
	made = 0;
	atomic_store(&mood.attached, 0);
	struct pool *pool = forest_pool(forest, &pool_type_moody, config);
	assert_non_null(pool);
	int result = pool_run(pool);
	int error = errno;
	*stats = *pool_stats(pool);
	pool_destroy(pool);
	errno = error;
	return result;
}

static void assert_all_done(const struct forest *forest)
{
	assert_int_equal(forest_visited(forest), forest->count);
	assert_int_equal(forest->results, forest->count);
}

static void refusals_of_the_queue_lose_nothing(void **state)
{
	(void)state;
	static const unsigned int once_in[] = {2, 3, 7};
	static const size_t capacities[] = {1, 3, MOST_ROOM};
	struct forest *large = forest_plant(4, 5, 3);
	// If more threads spin than there are processors, each hand-off waits for its turn
	struct forest *small = forest_plant(2, 2, 3);
	for (int wait = CHANNEL_SPIN; wait <= CHANNEL_PARK; ++wait) {
		struct forest *forest = wait == CHANNEL_SPIN ? small : large;
		for (unsigned int which = 1; which <= 3; ++which) {
			for (size_t i = 0; i < 3; ++i) {
				struct pool_stats stats;
				harness_watch("refusals_of_the_queue_lose_nothing", 60);
				moody = which;
				memset(&mood, 0, sizeof(mood));
				mood.busy = once_in[i];
				mood.no_memory = once_in[(i + 1) % 3];
				assert_int_equal(
					run(forest, capacities[i], (enum channel_wait)wait, &stats),
					0);
				assert_all_done(forest);
				assert_int_equal(stats.work.dequeued + stats.unqueued,
						 forest->count);
			}
		}
	}
	harness_watch("", 0);
	forest_fell(small);
	forest_fell(large);
}

static void a_queue_without_memory_for_results_delivers_them_at_the_end(void **state)
{
	(void)state;
	struct forest *forest = forest_plant(4, 5, 3);
	struct pool_stats stats;
	harness_watch("a_queue_without_memory_for_results_delivers_them_at_the_end", 60);
	moody = 2;
	memset(&mood, 0, sizeof(mood));
	mood.no_memory = 1;
	assert_int_equal(run(forest, MOST_ROOM, CHANNEL_PARK, &stats), 0);
	assert_all_done(forest);
	assert_int_equal(stats.results.enqueued, 0);
	harness_watch("", 0);
	forest_fell(forest);
}

static void a_queue_without_memory_for_roots_is_an_error(void **state)
{
	(void)state;
	struct forest *forest = forest_plant(4, 5, 3);
	struct pool_stats stats;
	harness_watch("a_queue_without_memory_for_roots_is_an_error", 60);
	moody = 1;
	memset(&mood, 0, sizeof(mood));
	mood.no_memory = 1;
	assert_int_equal(run(forest, MOST_ROOM, CHANNEL_PARK, &stats), -1);
	assert_int_equal(errno, ENOMEM);
	harness_watch("", 0);
	forest_fell(forest);
}

static void workers_that_cannot_join_are_missed_and_counted(void **state)
{
	(void)state;
	struct forest *forest = forest_plant(4, 4, 3);
	struct pool_stats stats;
	moody = 0;
	for (unsigned int limit = 2; limit <= 2 + 2 * THREADS; ++limit) {
		harness_watch("workers_that_cannot_join_are_missed_and_counted", 60);
		memset(&mood, 0, sizeof(mood));
		// Main joins both queues, then each worker joins both
		mood.attach_limit = limit;
		int result = run(forest, MOST_ROOM, CHANNEL_PARK, &stats);
		if (limit < 4) {
			assert_int_equal(result, -1);
			assert_int_equal(errno, EAGAIN);
		} else if (result == 0) {
			assert_true(stats.started >= 1 && stats.started <= (limit - 2) / 2);
			assert_all_done(forest);
		} else {
			// Each thread that could attach to one queue was refused by the other
			assert_int_equal(stats.started, 0);
			assert_int_equal(errno, EAGAIN);
		}
		if (stats.started < THREADS) {
			assert_int_equal(stats.start_error, EAGAIN);
		}
	}
	harness_watch("", 0);
	forest_fell(forest);
}

static void main_that_cannot_join_is_an_error(void **state)
{
	(void)state;
	struct forest *forest = forest_plant(4, 2, 4);
	struct pool_stats stats;
	moody = 0;
	memset(&mood, 0, sizeof(mood));
	mood.attach_limit = 1;
	assert_int_equal(run(forest, MOST_ROOM, CHANNEL_PARK, &stats), -1);
	assert_int_equal(errno, EAGAIN);
	forest_fell(forest);
}

/** Work whose first item hangs, and whose steps are all congested. */
struct stuck {
	struct pool *pool;
	/** The root hangs in its last step; the others do not hang. */
	struct pool_item items[3];
	unsigned int next;
	sem_t hangs;
	sem_t let_go;
	sem_t gone;
	/** Number of waits of a worker, and of results that main got. */
	_Atomic unsigned int waits;
	_Atomic unsigned int results;
};

static void *stuck_start(void *context, unsigned int index)
{
	(void)index;
	return context;
}

static bool stuck_step(void *worker, struct pool_item *item, struct pool_output *output)
{
	struct stuck *stuck = worker;
	if (item == stuck->items) {
		if (stuck->next < 3) {
			pool_list_add(&output->items, &stuck->items[stuck->next++]);
			return false;
		}
		sem_post(&stuck->hangs);
		sem_wait(&stuck->let_go);
	} else {
		output->congested = true;
	}
	pool_list_add(&output->results, item);
	return true;
}

/** Waits for the result of the last step: main must have been woken for it. */
static void stuck_wait(void *worker)
{
	struct stuck *stuck = worker;
	unsigned int wanted = atomic_fetch_add(&stuck->waits, 1) + 1;
	while (atomic_load(&stuck->results) < wanted) {
		sched_yield();
	}
}

static void stuck_stop(void *worker)
{
	struct stuck *stuck = worker;
	sem_post(&stuck->gone);
}

static void stuck_result(void *context, struct pool_item *item)
{
	struct stuck *stuck = context;
	(void)item;
	atomic_fetch_add(&stuck->results, 1);
}

static const struct pool_work stuck_work = {
	.start = stuck_start,
	.step = stuck_step,
	.stop = stuck_stop,
	.result = stuck_result,
	.wait = stuck_wait,
};

static void *abandon(void *context)
{
	struct stuck *stuck = context;
	sem_wait(&stuck->hangs);
	// The other worker has done the rest, and waited twice
	while (atomic_load(&stuck->results) < 2 || atomic_load(&stuck->waits) < 2) {
		sched_yield();
	}
	pool_abandon(stuck->pool);
	return NULL;
}

static void main_leaves_workers_that_hang(void **state)
{
	(void)state;
	struct stuck stuck = {.next = 1};
	sem_init(&stuck.hangs, 0, 0);
	sem_init(&stuck.let_go, 0, 0);
	sem_init(&stuck.gone, 0, 0);
	struct pool_config config = {
		.threads = 2,
		.capacity = 8,
		.wait = CHANNEL_PARK,
		.work = &stuck_work,
		.context = &stuck,
	};
	memset(&mood, 0, sizeof(mood));
	moody = 0;
	made = 0;
	stuck.pool = pool_create(&pool_type_moody, &config);
	assert_non_null(stuck.pool);
	pool_add(stuck.pool, stuck.items);
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, abandon, &stuck), 0);

	assert_int_equal(pool_run(stuck.pool), 0);
	const struct pool_stats *stats = pool_stats(stuck.pool);
	assert_true(stats->cancelled);
	assert_int_equal(stats->started, 2);
	assert_in_range(stats->hanging, 1, 2);
	assert_int_equal(atomic_load(&stuck.results), 2);
	assert_int_equal(atomic_load(&stuck.waits), 2);

	// Lets the stuck worker end, so that the pool can be destroyed
	pthread_join(thread, NULL);
	sem_post(&stuck.let_go);
	sem_wait(&stuck.gone);
	sem_wait(&stuck.gone);
	while (atomic_load(&stuck.pool->running) > 0) {
		sched_yield();
	}
	for (unsigned int i = 0; i < 2; ++i) {
		if (stuck.pool->workers[i].hangs) {
			pthread_join(stuck.pool->workers[i].thread, NULL);
		}
	}
	pool_destroy(stuck.pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refusals_of_the_queue_lose_nothing),
		cmocka_unit_test(a_queue_without_memory_for_results_delivers_them_at_the_end),
		cmocka_unit_test(a_queue_without_memory_for_roots_is_an_error),
		cmocka_unit_test(workers_that_cannot_join_are_missed_and_counted),
		cmocka_unit_test(main_that_cannot_join_is_an_error),
		cmocka_unit_test(main_leaves_workers_that_hang),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
