// SPDX-License-Identifier: MIT

/** What all checks share: rounds, failures, watched threads, and the process of a check. */

#include "verify/check.h"

#include "base/number.h"
#include "base/patience.h"
#include "document/codec.h"
#include "document/json.h"
#include "machine/sysfs.h"
#include "registry.h"
#include "verify/allocator.h"

#include <dirent.h>
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/** Nanoseconds between two looks of the watchdog. */
#define LOOK 20000000

/** Processor time of each thread, on average, before threads that do not sleep count as a hang. */
#define HANG_RUN UINT64_C(100000000)

/** Threads of a check need little stack. */
#define STACK_SIZE (256 * 1024)

bool check_round(struct check_run *run, uint64_t *seed)
{
	if (check_failed(run) || (run->found.rounds > 0 && check_late(run))) {
		return false;
	}
	// Round 0 has the seed of the command line, so a failed round can be requested by its seed
	*seed = run->seed + run->found.rounds;
	run->patience = *seed % 4 == 1	 ? QUEUE_ONE_TRY
			: *seed % 4 == 3 ? QUEUE_NO_TRY
					 : QUEUE_PATIENT;
	++run->found.rounds;
	return true;
}

bool check_late(const struct check_run *run)
{
	return clock_now() >= run->until;
}

/** Sets a text of the finding. Without memory it stays as it is. */
static void set_text(struct check_run *run, const char **member, const char *format,
		     va_list arguments)
{
	char *text;
	if (vasprintf(&text, format, arguments) >= 0) {
		const char *kept = texts_keep(&run->texts, text);
		*member = kept ? kept : *member;
		free(text);
	}
}

void check_fail(struct check_run *run, const char *format, ...)
{
	// Acquire and release: only one thread passes, and the text is read after it is joined
	if (atomic_exchange_explicit(&run->failed, true, memory_order_acq_rel)) {
		return;
	}
	struct finding *found = &run->found;
	found->verdict = FINDING_FAILED;
	found->failed_seed = run->seed + (found->rounds ? found->rounds - 1 : 0);
	va_list arguments;
	va_start(arguments, format);
	set_text(run, &found->detail, format, arguments);
	va_end(arguments);
}

bool check_lack(struct check_run *run, const char *format, ...)
{
	// As in check_fail()
	if (atomic_exchange_explicit(&run->failed, true, memory_order_acq_rel)) {
		return false;
	}
	const char *reason = "there is no memory for it";
	va_list arguments;
	va_start(arguments, format);
	set_text(run, &reason, format, arguments);
	va_end(arguments);
	check_skip(run, reason);
	run->found.summary = "skipped";
	return true;
}

void check_cannot(struct check_run *run, int error, const char *format, ...)
{
	char what[256];
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(what, sizeof(what), format, arguments);
	va_end(arguments);
	if (error == ENOMEM || error == EMFILE || error == ENFILE) {
		check_lack(run, "%s: %s", what, strerror(error));
	} else {
		check_fail(run, "%s: %s\n", what, strerror(error));
	}
}

bool check_refused(const struct check_run *run)
{
	return run->allocator && *run->allocator->refused > 0;
}

bool check_give_up(struct check_run *run, bool gone_on)
{
	if (!check_late(run)) {
		return false;
	}
	if (run->overdue.looked == 0) {
		patience_begin(&run->overdue);
	}
	return patience_look(&run->overdue) > CHECK_LATEST && gone_on &&
	       check_lack(run,
			  "its threads went on, but were %.0f s late: the machine is busy, or the "
			  "queue slow",
			  CHECK_LATEST / 1e9);
}

void check_need_allocator(struct check_run *run)
{
	if (!run->allocator && !run->type->library_memory && !check_failed(run)) {
		check_lack(run, "%s",
			   BUILD_SANITIZED ? "a sanitizer has an allocator of its own, which does "
					     "not count, fail and poison as this check needs"
					   : allocator_lack());
	}
}

void check_skip(struct check_run *run, const char *why)
{
	run->found.verdict = FINDING_SKIPPED;
	run->found.summary = "-";
	run->found.reason = why;
}

void check_summarize(struct check_run *run, const char *format, ...)
{
	// A check that was cut short has no result to summarize
	if (run->found.verdict == FINDING_SKIPPED) {
		return;
	}
	va_list arguments;
	va_start(arguments, format);
	set_text(run, &run->found.summary, format, arguments);
	va_end(arguments);
}

const char *check_answer(enum queue_status status)
{
	static const char *const answers[] = {
		[QUEUE_OK] = "OK",     [QUEUE_FULL] = "FULL",	[QUEUE_EMPTY] = "EMPTY",
		[QUEUE_BUSY] = "BUSY", [QUEUE_NOMEM] = "NOMEM", [QUEUE_CLOSED] = "CLOSED",
	};
	return (unsigned int)status <= QUEUE_CLOSED ? answers[status] : "nonsense";
}

const char *check_count(char text[8], uint64_t count)
{
	static const char units[] = " kMGT";
	double value = (double)count;
	size_t unit = 0;
	while (value >= 999.5 && unit < sizeof(units) - 2) {
		value /= 1000;
		++unit;
	}
	if (unit == 0) {
		snprintf(text, 8, "%.0f", value);
	} else {
		snprintf(text, 8, value < 9.95 ? "%.1f%c" : "%.0f%c", value, units[unit]);
	}
	return text;
}

void check_figure(struct check_run *run, const char *name, double value)
{
	finding_add_number(&run->found, name, value);
}

void check_text(struct check_run *run, const char *name, const char *text)
{
	finding_add_text(&run->found, name, text);
}

struct queue *check_create(struct check_run *run, size_t capacity, unsigned int threads,
			   size_t first_ticket)
{
	struct queue *queue = run->type->create(&(struct queue_config){
		.capacity = capacity,
		.max_threads = threads,
		.first_ticket = first_ticket,
		.patience = run->patience,
	});
	if (!queue) {
		check_cannot(run, errno,
			     "create() of %zu item%s, %u thread%s and first ticket %zu failed",
			     capacity, number_plural(capacity), threads, number_plural(threads),
			     first_ticket);
	}
	return queue;
}

/** What check_threads() and its threads share. */
struct group {
	pthread_barrier_t start;
	_Atomic unsigned int running;
	/** Posted by the last thread that ends. */
	sem_t ended;
};

struct member {
	struct check_thread thread;
	struct group *group;
	pthread_t handle;
};

static void *member_main(void *context)
{
	struct member *member = context;
	pthread_barrier_wait(&member->group->start);
	member->thread.main(&member->thread);
	if (atomic_fetch_sub_explicit(&member->group->running, 1, memory_order_release) == 1) {
		sem_post(&member->group->ended);
	}
	return NULL;
}

/** Reports a hang, with what each thread was doing. */
static void tell_hang(struct check_run *run, const struct member *members, unsigned int count)
{
	char text[CHECK_MAX_THREADS * 80];
	size_t length = 0;
	for (unsigned int i = 0; i < count && length < sizeof(text); ++i) {
		const struct check_thread *thread = &members[i].thread;
		const char *doing = atomic_load_explicit(&thread->doing, memory_order_relaxed);
		length += (size_t)snprintf(text + length, sizeof(text) - length,
					   "  thread %u: %s, after %llu steps\n", i,
					   doing ? doing : "ended or not begun",
					   (unsigned long long)atomic_load_explicit(
						   &thread->steps, memory_order_relaxed));
	}
	if (check_refused(run)) {
		check_lack(run, "no thread went a step forward, and the system had no memory for "
				"more");
		return;
	}
	check_fail(run, "it hangs: no thread went a step forward for %.1f s\n%s%s%s",
		   CHECK_PATIENCE / 1e9, run->about, *run->about ? "\n" : "", text);
}

/** Waits until all threads have ended, at most for LOOK. True if they have. */
static bool wait_for_end(struct group *group)
{
	struct timespec deadline = clock_timespec(clock_now() + LOOK);
	return sem_clockwait(&group->ended, CLOCK_MONOTONIC, &deadline) == 0;
}

/** True if the thread of this process with that directory entry is ready to run. */
static bool is_runnable(const char *thread)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/task/%.16s/stat", thread);
	char *text = sysfs_read("", path);
	const char *name_end = text ? strrchr(text, ')') : NULL;
	bool runnable = name_end && strncmp(name_end, ") R", 3) == 0;
	free(text);
	return runnable;
}

/** True if any thread besides this one is ready to run. */
static bool any_runnable(void)
{
	bool runnable = false;
	DIR *threads = opendir("/proc/self/task");
	for (struct dirent *entry; threads && !runnable && (entry = readdir(threads));) {
		runnable = atoi(entry->d_name) != gettid() && is_runnable(entry->d_name);
	}
	if (threads) {
		closedir(threads);
	}
	return runnable;
}

/** Waits until all threads have ended. Ends the process if none makes a step, or far too late. */
static void watch(struct check_run *run, struct group *group, const struct member *members,
		  unsigned int count)
{
	uint64_t before = UINT64_MAX;
	struct patience patience;
	patience_begin(&patience);
	uint64_t ran = clock_of(CLOCK_PROCESS_CPUTIME_ID);
	while (!wait_for_end(group)) {
		uint64_t steps = 0;
		for (unsigned int i = 0; i < count; ++i) {
			steps += atomic_load_explicit(&members[i].thread.steps,
						      memory_order_relaxed);
		}
		uint64_t quiet = patience_look(&patience);
		// Where a thread has found a failure, it is still to be told
		if (check_give_up(run, steps != before)) {
			check_end(run);
		}
		if (steps != before) {
			before = steps;
			ran = clock_of(CLOCK_PROCESS_CPUTIME_ID);
			patience_begin(&patience);
		} else if (quiet > CHECK_PATIENCE &&
			   (clock_of(CLOCK_PROCESS_CPUTIME_ID) - ran > count * HANG_RUN ||
			    !any_runnable())) {
			// On a busy machine, threads that are ready to run may merely have had no
			// time
			tell_hang(run, members, count);
			check_end(run);
		}
	}
}

void check_threads(struct check_run *run, unsigned int count,
		   void (*main)(struct check_thread *thread), void *context)
{
	struct group group;
	struct member *members =
		aligned_alloc(_Alignof(struct member), CHECK_MAX_THREADS * sizeof(*members));
	pthread_attr_t attributes;
	if (!members || pthread_attr_init(&attributes) != 0) {
		check_lack(run, "no memory for %u thread%s", count, number_plural(count));
		check_end(run);
	}
	pthread_attr_setstacksize(&attributes, STACK_SIZE);
	pthread_barrier_init(&group.start, NULL, count);
	atomic_init(&group.running, count);
	sem_init(&group.ended, 0, 0);
	for (unsigned int i = 0; i < count; ++i) {
		struct member *member = &members[i];
		*member = (struct member){
			.group = &group,
			.thread = {.index = i, .run = run, .context = context, .main = main}};
		int error = pthread_create(&member->handle, &attributes, member_main, member);
		if (error) {
			// The threads started so far wait at the barrier for ever
			check_lack(run, "cannot start thread %u of %u: %s", i + 1, count,
				   strerror(error));
			check_end(run);
		}
	}
	watch(run, &group, members, count);
	for (unsigned int i = 0; i < count; ++i) {
		pthread_join(members[i].handle, NULL);
	}
	pthread_attr_destroy(&attributes);
	pthread_barrier_destroy(&group.start);
	sem_destroy(&group.ended);
	free(members);
}

/** Notes how often each slow path was entered. */
static void note_slow_paths(struct check_run *run)
{
	const struct queue_type *type = run->counted ? run->counted : run->type;
	for (const struct queue_slow_path *path = type->slow_paths; path && path->name; ++path) {
		char name[64];
		snprintf(name, sizeof(name), "%s%s",
			 path->helping ? CHECK_HELPING : CHECK_SLOW_PATH, path->name);
		check_figure(run, name, path->entries);
	}
}

static int print_findings(struct check_run *run)
{
	if (run->type) {
		note_slow_paths(run);
	}
	json_t *json = codec_write(&finding_codec, &run->found);
	int result = json && json_dumpf(json, stdout, JSON_COMPACT) == 0 && fflush(stdout) == 0;
	json_decref(json);
	return result ? 0 : 1;
}

void check_end(struct check_run *run)
{
	_exit(print_findings(run));
}

static const struct check *find_check(const char *name)
{
	const struct check *const *check = checks;
	while (*check && strcmp((*check)->name, name) != 0) {
		++check;
	}
	return *check;
}

int check_main(const char *request)
{
	// Tells the parent that the check has begun. White space is no part of the JSON
	putchar('\n');
	fflush(stdout);
	json_t *json = json_loads(request, 0, NULL);
	const char *name;
	json_int_t seed;
	json_int_t duration;
	const struct check *check = NULL;
	char *queue = json_path_of(json_object_get(json, "queue"));
	if (queue && json_unpack(json, "{s:s, s:I, s:I}", "check", &name, "seed", &seed, "duration",
				 &duration) == 0) {
		check = find_check(name);
	}
	if (!check) {
		fprintf(stderr, "qbench check: for the program's own use: see qbench verify\n");
		free(queue);
		json_decref(json);
		return 2;
	}
	char *error;
	struct check_run run = {
		.queue = queue,
		.seed = (uint64_t)seed,
		.until = clock_now() + (uint64_t)duration,
		.allocator = allocator_working(),
	};
	atomic_init(&run.failed, false);
	if (finding_begin(&run.found, name) != 0) {
		return 1;
	}
	// Checks use signals to interrupt threads and to watch them. The caller may have blocked
	// some
	sigset_t none;
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	const struct registry_queue *found = registry_find(queue, &error);
	if (found) {
		run.type = found->pool->queue;
		check->run(&run);
	} else {
		// The parent has just loaded the same queue, so the fault is not in the queue
		check_lack(&run, "%s", error ? error : strerror(ENOMEM));
		free(error);
	}
	int status = print_findings(&run);
	codec_free(&finding_codec, &run.found);
	texts_destroy(&run.texts);
	free(queue);
	json_decref(json);
	return status;
}
