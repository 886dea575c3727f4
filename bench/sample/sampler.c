// SPDX-License-Identifier: MIT

/**
 * The process of a sample: it makes the queue, starts the threads, reads their counts at both
 * ends of the measured window, takes out what is left inside, and proves that every item came
 * out once, and in order.
 */

#include "base/number.h"
#include "base/patience.h"
#include "base/rng.h"
#include "processors.h"
#include "registry.h"
#include "sample/request.h"
#include "sample/sample.h"
#include "sample/state.h"
#include "workload/work.h"

#include <alloca.h>
#include <errno.h>
#include <math.h>
#include <sched.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/** Nanoseconds without items, where the workload is quiet; and for items on their way before. */
#define QUIET 50000000
#define QUIET_SETTLE 10000000

/**
 * Nanoseconds that the bounce is measured for at most, and the share of the measured time. Both
 * probes take about 1 % of a sample; several milliseconds while others keep all processors busy,
 * since their threads wait for turns as the sample's do.
 */
#define BOUNCE_MOST 1000000
#define BOUNCE_SHARE 300

/** Nanoseconds in which a process may get nothing done while others keep the machine busy. */
#define STARVED 1000000000

/** Nanoseconds after which a replay in which no node is visited does not come to its end. */
#define REPLAY_GRACE 5000000000

/**
 * Draws an offset in a page. A load may wait for a store before it whose address differs only above
 * the lowest twelve bits (Intel calls this 4K aliasing). So a queue costs up to 40 % more where the
 * allocator puts it badly beside what the loop reads. Without this, each sample of a cell would
 * have the same offsets, and a queue that is loaded as a module would have others.
 */
static size_t draw_offset(struct rng *rng)
{
	return QUEUE_APART * rng_below(rng, 4096 / QUEUE_APART);
}

/** Allocates memory at an offset of its own. It cannot be freed. NULL with ENOMEM. */
static void *allocate(struct rng *rng, size_t size)
{
	size_t offset = draw_offset(rng);
	char *memory = aligned_alloc(QUEUE_APART, offset + size);
	return memory ? memory + offset : NULL;
}

static struct sampler *sampler_of(struct loop_run *run)
{
	return (struct sampler *)((char *)run - offsetof(struct sampler, run));
}

/** Threads that the sampler starts. A pool starts its own. */
static unsigned int starts(const struct sampler *sampler)
{
	return sampler->loop->whole ? 1 : sampler->run.cell->threads;
}

/** Items that a thread has done. Relaxed: the count alone is read. */
static uint64_t done_by(const struct loop_run *run, unsigned int thread)
{
	return atomic_load_explicit(&run->done[thread].count, memory_order_relaxed);
}

/**
 * Reads what has been done. No more than that: it takes a processor from the threads, and what they
 * do later for that is in the measured times. A look at /proc/stat took 0.2 ms, which was p99.9 of
 * every queue.
 */
static void take_reading(const struct sampler *sampler, struct reading *reading, uint64_t *each)
{
	const struct loop_run *run = &sampler->run;
	getrusage(RUSAGE_SELF, &reading->usage);
	reading->done = 0;
	reading->at = clock_now();
	for (unsigned int i = 0; i < run->cell->threads; ++i) {
		each[i] = done_by(run, i);
		reading->done += each[i];
	}
}

/** Returns the exit status. */
static int print_sample(const struct sample *sample)
{
	json_t *json = codec_write(&sample_codec, sample);
	bool printed = json && json_dumpf(json, stdout, JSON_COMPACT) == 0 && fflush(stdout) == 0;
	json_decref(json);
	return printed ? 0 : 1;
}

/** Prints a sample that was not begun, and why. Returns the exit status. */
static int print_unbegun(const struct sampler *sampler)
{
	struct sample sample;
	sample_clear(&sample);
	sample.verdict = sampler->verdict == SAMPLE_LOST ? SAMPLE_LOST : SAMPLE_CRASH;
	sample.reason = sampler->reason;
	return print_sample(&sample);
}

/** Only one thread ends the process: it keeps this. */
static pthread_mutex_t giving_up = PTHREAD_MUTEX_INITIALIZER;

/** Thread body: attach, wait for the others, loop, detach. */
static void *thread_main(void *context)
{
	struct loop_thread *thread = context;
	struct loop_run *run = thread->run;
	struct sampler *sampler = sampler_of(run);
	unsigned int channels = sampler_channels(sampler->loop);
	const int *processors = sampler->loop->whole ? NULL : sampler->request.processors;
	if (processors && processors_pin(processors[thread->index]) != 0) {
		int error = errno;
		pthread_mutex_lock(&giving_up);
		sampler_spoil(sampler, SAMPLE_LOST, "cannot pin a thread to processor %d: %s",
			      processors[thread->index], strerror(error));
		_exit(print_unbegun(sampler));
	}
	if (!sampler->loop->whole) {
		sampler->processors[thread->index] = sched_getcpu();
	}
	bool attached = true;
	for (unsigned int i = 0; i < channels; ++i) {
		attached = attached &&
			   channel_attach(run->type, &run->channels[i], &thread->ends[i]) == 0;
	}
	if (!attached) {
		int error = errno;
		pthread_mutex_lock(&giving_up);
		sampler_cannot(sampler, "a thread could not join the queue", error);
		_exit(print_unbegun(sampler));
	}

	// The frame of the loop has an offset of its own too
	void *above = alloca(draw_offset(&thread->rng) + 1);
	__asm__ volatile("" : : "r"(above));
	pthread_barrier_wait(&sampler->barrier);
	if (run->cell->indirect) {
		sampler->loop->indirect(thread);
	} else {
		sampler->loop->direct(thread);
	}
	if (sampler->loop->whole) {
		sem_post(&sampler->over);
	} else {
		loop_settle(thread);
	}
	credit_return(&run->credit, &thread->purse);
	if (sampler->loop->split && thread->role == LOOP_PRODUCER &&
	    atomic_fetch_sub_explicit(&run->producing, 1, memory_order_acq_rel) == 1) {
		for (unsigned int i = 0; i < channels; ++i) {
			channel_close(run->type, &run->channels[i]);
		}
	}
	for (unsigned int i = 0; i < channels; ++i) {
		channel_detach(run->type, &run->channels[i], &thread->ends[i]);
	}
	return NULL;
}

/** Prepares the state of the threads. 0, or -1 with ENOMEM. */
static int prepare_threads(struct sampler *sampler, struct rng *rng)
{
	struct loop_run *run = &sampler->run;
	const struct cell *cell = run->cell;
	size_t size = cell->threads * sizeof(*run->threads);
	run->threads = allocate(rng, size);
	sampler->handles = calloc(cell->threads, sizeof(*sampler->handles));
	sampler->done_before = calloc(2 * cell->threads, sizeof(*sampler->done_before));
	sampler->processors = calloc(cell->threads, sizeof(*sampler->processors));
	sampler->main_tallies = calloc(run->producers, sizeof(*sampler->main_tallies));
	run->done = allocate(rng, cell->threads * sizeof(*run->done));
	if (!run->done || !run->threads || !sampler->handles || !sampler->done_before ||
	    !sampler->processors || !sampler->main_tallies) {
		return -1;
	}
	// A pool starts its own threads, which tell where they begin
	sampler->replay.began = sampler->processors;
	memset(run->threads, 0, size);
	if (sampler->loop->dues) {
		while (run->due_mask + 1 < cell->capacity) {
			run->due_mask = 2 * run->due_mask + 1;
		}
		run->dues = calloc(cell->threads * (run->due_mask + 1), sizeof(*run->dues));
		if (!run->dues) {
			return -1;
		}
	}
	for (unsigned int i = 0; i < cell->threads; ++i) {
		struct loop_thread *thread = &run->threads[i];
		sampler->processors[i] = -1;
		if (sampler->loop->split) {
			thread->role = i < cell->producers ? LOOP_PRODUCER : LOOP_CONSUMER;
		}
		atomic_init(&run->done[i].count, 0);
		thread->work_rounds = sampler->work_rounds;
		struct proof_tally *tallies = calloc(run->producers, sizeof(*tallies));
		if (!tallies) {
			return -1;
		}
		loop_prepare(thread, run, i, tallies, sampler->request.seed);
		if (sampler->loop->timed &&
		    !(thread->latency = calloc(1, sizeof(*thread->latency)))) {
			return -1;
		}
		if (sampler->loop->ranks && rank_log_create(&thread->ranks) != 0) {
			return -1;
		}
		if (sampler_tells_sleeps(sampler) &&
		    !(thread->slept = calloc(1, sizeof(*thread->slept)))) {
			return -1;
		}
	}
	return 0;
}

/** Makes the queues, and main's ends. 0, or -1 with errno. */
static int prepare_queues(struct sampler *sampler)
{
	struct loop_run *run = &sampler->run;
	struct channel_config config = {
		.queue = {.capacity = run->cell->capacity,
			  .max_threads = run->cell->threads + 1,
			  // In the middle of a lap
			  .first_ticket = sampler->request.seed % 1000003},
		.wait = run->cell->wait,
		.polls = CHANNEL_POLLS,
		.waits_for_room = sampler->loop->split,
	};
	for (unsigned int i = 0; i < sampler_channels(sampler->loop); ++i) {
		if (channel_create(run->type, &run->channels[i], &config) != 0 ||
		    channel_attach(run->type, &run->channels[i], &sampler->main_ends[i]) != 0) {
			return -1;
		}
	}
	return 0;
}

/** Starts all threads. 0, or an errno. */
static int start_threads(struct sampler *sampler)
{
	for (unsigned int i = 0; i < starts(sampler); ++i) {
		pthread_attr_t attributes;
		pthread_attr_init(&attributes);
		pthread_attr_setstacksize(&attributes, 256 * 1024);
		int error = pthread_create(&sampler->handles[i], &attributes, thread_main,
					   &sampler->run.threads[i]);
		pthread_attr_destroy(&attributes);
		if (error) {
			return error;
		}
	}
	return 0;
}

static void sleep_until(uint64_t at)
{
	struct timespec when = clock_timespec(at);
	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &when, NULL) == EINTR) {
	}
}

static uint64_t processor_time(const struct rusage *usage)
{
	return (uint64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1000000000 +
	       (uint64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1000;
}

/** Measures the cost of waiting: processor time of a second in which nothing is sent. */
static void measure_quiet(struct sampler *sampler)
{
	struct reading before;
	struct reading after;
	uint64_t *each = sampler->done_before;
	atomic_store_explicit(&sampler->run.phase, LOOP_QUIET, memory_order_relaxed);
	// Items on their way arrive first
	sleep_until(clock_now() + QUIET_SETTLE);
	take_reading(sampler, &before, each);
	sleep_until(before.at + QUIET);
	take_reading(sampler, &after, each);
	sampler->quiet_cpu = (processor_time(&after.usage) - processor_time(&before.usage)) *
			     (1000000000 / QUIET);
}

/**
 * Lets the duration pass, and reads. Where nothing was delivered, perhaps the machine was busy with
 * other programs, or stood still, or the work takes longer: the window is then made longer before a
 * queue is accused.
 */
static void sleep_for(const struct sampler *sampler, const struct reading *before,
		      struct reading *after, uint64_t *each)
{
	uint64_t duration = sampler->request.duration;
	uint64_t most = STARVED + 8 * sampler->request.stretch;
	sleep_until(before->at + duration);
	take_reading(sampler, after, each);
	struct patience patience;
	patience_begin(&patience);
	while (after->done == before->done && patience_look(&patience) < most) {
		sleep_until(after->at + (duration < PATIENCE_LOOK ? duration : PATIENCE_LOOK));
		take_reading(sampler, after, each);
	}
}

/** Measures the rate of the loop at most, and sets the load to a share of it. */
static void measure_capacity(struct sampler *sampler)
{
	struct loop_run *run = &sampler->run;
	struct reading before;
	struct reading after;
	uint64_t *each = sampler->done_before;
	take_reading(sampler, &before, each);
	sleep_for(sampler, &before, &after, each);
	if (after.done == before.done) {
		sampler_spoil(sampler, SAMPLE_VOID, "nothing was delivered, as fast as can be");
		return;
	}
	sampler->capacity =
		(double)(after.done - before.done) * 1e9 / (double)(after.at - before.at);
	double gap = 1e12 * run->cell->producers / (sampler->capacity * run->cell->load);
	atomic_store_explicit(&run->gap, (uint64_t)gap, memory_order_relaxed);
	// Consumers work off the backlog first
	sleep_until(clock_now() + sampler->request.warm_up);
}

/** Waits for the end of the replay until the next look. Returns whether it has ended. */
static bool ends_soon(struct sampler *sampler)
{
	struct timespec when = clock_timespec(clock_now() + PATIENCE_LOOK);
	int result;
	// A join with another clock than the wall's is unknown to sanitizers
	while ((result = sem_clockwait(&sampler->over, CLOCK_MONOTONIC, &when)) != 0 &&
	       errno == EINTR) {
	}
	return result == 0;
}

/**
 * Waits until the last replay is over. One that has lost a node never ends. One whose nodes are
 * still visited is late: the machine is busy, or the queue slow. Returns whether it has ended.
 */
static bool await_replay(struct sampler *sampler)
{
	uint64_t stretch = 2 * sampler->request.stretch;
	uint64_t visits = 0;
	struct patience still;
	struct patience whole;
	patience_begin(&still);
	patience_begin(&whole);
	while (!ends_soon(sampler)) {
		uint64_t before = visits;
		visits = 0;
		for (unsigned int i = 0; i < sampler->run.cell->threads; ++i) {
			visits += done_by(&sampler->run, i);
		}
		if (visits != before) {
			patience_begin(&still);
		}
		if (patience_look(&still) >= REPLAY_GRACE + stretch) {
			sampler_spoil(sampler, SAMPLE_VOID,
				      "a replay did not come to its end: a node was lost, or a "
				      "wake-up");
			return false;
		}
		if (patience_look(&whole) >= REQUEST_REPLAY_LATEST + stretch) {
			sampler_spoil(sampler, SAMPLE_LOST,
				      "the last replay went on, but was not over after %d s",
				      (int)(REQUEST_REPLAY_LATEST / 1000000000));
			return false;
		}
	}
	return true;
}

/** Waits for the threads. */
static void join_threads(struct sampler *sampler)
{
	sampler->abandoned = sampler->loop->whole && !await_replay(sampler);
	if (sampler->abandoned) {
		return;
	}
	for (unsigned int i = 0; i < starts(sampler); ++i) {
		pthread_join(sampler->handles[i], NULL);
	}
}

/**
 * Measures the state of the machine while no thread of the sample runs, in two threads that are
 * placed as its first two. The sample's own run nothing but the measured loop.
 */
static struct bounce probe(const struct sampler *sampler)
{
	const struct sample_request *request = &sampler->request;
	uint64_t share = (request->warm_up + request->duration) / BOUNCE_SHARE;
	return bounce_measure(request->processors, request->cell.threads,
			      share < BOUNCE_MOST ? share : BOUNCE_MOST);
}

/** Lets the threads run: warm up, measure, stop. */
static void measure(struct sampler *sampler)
{
	struct loop_run *run = &sampler->run;
	uint64_t *done_after = sampler->done_before + run->cell->threads;
	pthread_barrier_wait(&sampler->barrier);
	sleep_until(clock_now() + sampler->request.warm_up);
	if (sampler->loop->quiet) {
		measure_quiet(sampler);
	}
	if (sampler->loop->loads) {
		measure_capacity(sampler);
	}
	counters_start(&sampler->counters);
	take_reading(sampler, &sampler->before, sampler->done_before);
	atomic_store_explicit(&run->phase, LOOP_MEASURED, memory_order_relaxed);
	sleep_for(sampler, &sampler->before, &sampler->after, done_after);
	counters_stop(&sampler->counters);
	atomic_store_explicit(&run->phase, LOOP_STOP, memory_order_relaxed);

	join_threads(sampler);
	sampler->bounce_after = sampler->abandoned ? (struct bounce){NAN, NAN} : probe(sampler);
	sampler->slowest = UINT64_MAX;
	for (unsigned int i = 0; i < run->cell->threads; ++i) {
		uint64_t done = done_after[i] - sampler->done_before[i];
		if (run->threads[i].role == LOOP_PRODUCER) {
			continue;
		}
		sampler->fastest = done > sampler->fastest ? done : sampler->fastest;
		sampler->slowest = done < sampler->slowest ? done : sampler->slowest;
	}
}

/** Reads the walk that is replayed, if the workload replays one. False if that fails. */
static bool find_shape(struct sampler *sampler)
{
	if (!sampler->loop->whole) {
		return true;
	}
	char *error = NULL;
	const char *path = sampler->request.shape;
	if (!path ||
	    replay_create(&sampler->replay, path, sampler->request.cell.threads, &error) != 0) {
		sampler_spoil(sampler, SAMPLE_VOID, "%s",
			      error ? error : "there is no walk to replay");
		free(error);
		return false;
	}
	sampler->replay.processors = sampler->request.processors;
	sampler->run.replay = &sampler->replay;
	return true;
}

/** Finds the queue and the workload. False if one does not exist. */
static bool find_loop(struct sampler *sampler)
{
	const struct cell *cell = &sampler->request.cell;
	char *error;
	const struct registry_queue *queue = registry_find(cell->queue, &error);
	if (!queue || !queue->bench) {
		sampler_spoil(sampler, SAMPLE_VOID, "%s",
			      error ? error : "the module has no loops in it");
		free(error);
		return false;
	}
	sampler->run.type = queue->bench->queue;
	sampler->floor = queue->bench->floor;
	for (const struct loop *const *loop = queue->bench->loops; *loop; ++loop) {
		if (strcmp((*loop)->name, cell->workload) == 0) {
			sampler->loop = *loop;
			return true;
		}
	}
	sampler_spoil(sampler, SAMPLE_VOID, "no workload %s is made for %s", cell->workload,
		      cell->queue);
	return false;
}

int sample_main(const char *request)
{
	// The process ends with its answer, and the system frees what it holds
	struct sample_request asked;
	struct texts texts = {0};
	if (request_read(request, &asked, &texts) != 0) {
		fprintf(stderr, "qbench sample: for the program's own use: see qbench run\n");
		return 2;
	}
	struct rng rng;
	rng_seed(&rng, asked.seed);
	struct sampler *sampler = allocate(&rng, sizeof(*sampler));
	if (!sampler) {
		return 1;
	}
	memset(sampler, 0, sizeof(*sampler));
	sampler->request = asked;
	sampler->texts = texts;
	if (!find_loop(sampler) || !find_shape(sampler)) {
		return print_unbegun(sampler);
	}

	struct loop_run *run = &sampler->run;
	run->cell = &sampler->request.cell;
	run->producers = run->cell->threads + 1;
	atomic_init(&run->producing, run->cell->producers);
	atomic_init(&run->phase, LOOP_WARM_UP);
	atomic_init(&run->gap, 0);
	double work_error;
	sampler->work_rounds = work_calibrate(run->cell->work, &work_error);
	credit_create(&run->credit, run->cell->capacity, run->cell->threads);
	pthread_barrier_init(&sampler->barrier, NULL, starts(sampler) + 1);
	sem_init(&sampler->over, 0, 0);
	// What the queue allocates comes after memory of any size, so it has other offsets as well
	void *before = malloc(4096 + 16 * rng_below(&rng, 256));
	__asm__ volatile("" : : "r"(before));
	if (prepare_threads(sampler, &rng) != 0 || prepare_queues(sampler) != 0) {
		sampler_cannot(sampler, "cannot be made ready", errno);
		return print_unbegun(sampler);
	}
	if (sampler->loop->half_full) {
		sampler->filled = loop_fill_half(run, &sampler->main_ends[0]);
	}
	sampler->bounce_before = probe(sampler);
	counters_open(&sampler->counters);
	int error = start_threads(sampler);
	if (error) {
		pthread_mutex_lock(&giving_up);
		sampler_spoil(sampler, SAMPLE_LOST, "cannot start %u thread%s: %s",
			      run->cell->threads, number_plural(run->cell->threads),
			      strerror(error));
		return print_unbegun(sampler);
	}
	measure(sampler);
	sampler_prove(sampler);
	struct sample sample;
	if (sampler_result(sampler, work_error, &sample) != 0 || print_sample(&sample) != 0) {
		return 1;
	}
	// Not exit(): a leak checker would complain
	_exit(0);
}
