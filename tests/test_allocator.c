// SPDX-License-Identifier: MIT
// not-under: asan tsan (a sanitizer has an allocator of its own)

/** The allocator that is preloaded into checks: this program executes itself with it. */

#include "harness.h"

#include "base/clock.h"
#include "base/program.h"
#include "verify/allocator.h"

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>

static const struct allocator *allocator;

/** Keeps the compiler from leaving out an unused allocation. */
static void *volatile escaped;

static void *allocate(size_t size)
{
	escaped = malloc(size);
	return escaped;
}

static void failure_is_of_the_allocation_asked_for(void **state)
{
	(void)state;
	void *block = allocate(10);
	for (int kind = 0; kind < 5; ++kind) {
		allocator->fail_at(3);
		void *first = allocate(1);
		void *second = allocate(1);
		void *third = NULL;
		errno = 0;
		switch (kind) {
		case 0:
			third = allocate(1);
			break;
		case 1:
			third = calloc(1, 1);
			break;
		case 2:
			third = realloc(block, 100000);
			break;
		case 3:
			third = aligned_alloc(64, 64);
			break;
		default:
			errno = posix_memalign(&third, 64, 64);
		}
		assert_null(third);
		assert_int_equal(errno, ENOMEM);
		void *fourth = allocate(1);
		assert_non_null(first);
		assert_non_null(second);
		assert_non_null(fourth);
		assert_true(allocator->fail_at(0));
		free(first);
		free(second);
		free(fourth);
	}
	free(block);
}

static void failure_is_taken_back(void **state)
{
	(void)state;
	allocator->fail_at(1);
	assert_false(allocator->fail_at(0));
	void *block = allocate(1);
	assert_non_null(block);
	free(block);
}

static void *allocate_elsewhere(void *context)
{
	(void)context;
	return malloc(1);
}

static void failure_is_of_one_thread(void **state)
{
	(void)state;
	pthread_t thread;
	void *block;
	// pthread_create() may allocate, so the failure is set only after it
	assert_int_equal(pthread_create(&thread, NULL, allocate_elsewhere, NULL), 0);
	allocator->fail_at(1);
	assert_int_equal(pthread_join(thread, &block), 0);
	assert_false(allocator->fail_at(0));
	assert_non_null(block);
	free(block);
}

static void blocks_and_bytes_are_counted(void **state)
{
	(void)state;
	uint64_t blocks = *allocator->blocks;
	uint64_t bytes = *allocator->bytes;
	allocator->reset_peak();
	void *volatile made[3] = {allocate(1000), calloc(10, 100), aligned_alloc(64, 1024)};
	assert_int_equal(*allocator->blocks, blocks + 3);
	assert_in_range(*allocator->bytes, bytes + 3024, bytes + 3300);
	made[0] = realloc(made[0], 100000);
	assert_int_equal(*allocator->blocks, blocks + 3);
	assert_in_range(*allocator->bytes, bytes + 102024, bytes + 104000);
	for (int i = 0; i < 3; ++i) {
		free(made[i]);
	}
	assert_int_equal(*allocator->blocks, blocks);
	assert_int_equal(*allocator->bytes, bytes);
	assert_in_range(*allocator->peak, bytes + 102024, bytes + 204000);
	allocator->reset_peak();
	assert_int_equal(*allocator->peak, bytes);
}

static bool poisoned(const unsigned char *block, size_t size)
{
	for (size_t i = 0; i < size; ++i) {
		if (((const volatile unsigned char *)block)[i] != ALLOCATOR_POISON) {
			return false;
		}
	}
	return true;
}

static void freed_memory_is_poisoned_and_kept_back(void **state)
{
	(void)state;
	allocator->poison(true);
	uint64_t blocks = *allocator->blocks;
	unsigned char *block = allocate(48);
	uintptr_t address = (uintptr_t)block;
	free(block);
	assert_int_equal(*allocator->blocks, blocks);
	assert_true(poisoned((const unsigned char *)address, 48));
	for (int i = 0; i < 1000; ++i) {
		void *other = allocate(48);
		assert_true((uintptr_t)other != address);
		free(other);
	}
	unsigned char *old = allocate(48);
	uintptr_t moved_from = (uintptr_t)old;
	unsigned char *moved = realloc(old, 96);
	assert_true((uintptr_t)moved != moved_from);
	assert_true(poisoned((const unsigned char *)moved_from, 48));
	free(moved);
	allocator->poison(false);
}

static void what_is_kept_back_is_bounded(void **state)
{
	(void)state;
	allocator->poison(true);
	struct mallinfo2 before = mallinfo2();
	for (size_t i = 0; i < 200000; ++i) {
		free(allocate(16 + i % 1000));
	}
	struct mallinfo2 after = mallinfo2();
	allocator->poison(false);
	struct mallinfo2 end = mallinfo2();
	assert_in_range(after.uordblks - before.uordblks, 1 << 20, 16 << 20);
	assert_true(end.uordblks - before.uordblks < 1 << 20);
}

/** True if a process that calls `act` aborts. */
static bool aborts(void (*act)(void))
{
	pid_t child = fork();
	if (child == 0) {
		(void)!freopen("/dev/null", "w", stderr);
		setrlimit(RLIMIT_CORE, &(struct rlimit){0});
		signal(SIGABRT, SIG_DFL);
		allocator->poison(true);
		act();
		allocator->poison(false);
		_exit(0);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void write_after_free(void)
{
	uintptr_t address = (uintptr_t)allocate(48);
	free((void *)address);
	((volatile unsigned char *)address)[40] = 1;
}

static void write_after_free_in_time(void)
{
	write_after_free();
	for (int i = 0; i < 100000; ++i) {
		free(allocate(100));
	}
	_exit(0);
}

static void write_before_free(void)
{
	volatile unsigned char *block = allocate(48);
	block[40] = 1;
	free((void *)block);
}

static void write_to_freed_memory_aborts(void **state)
{
	(void)state;
	assert_true(aborts(write_after_free));
	assert_true(aborts(write_after_free_in_time));
	assert_false(aborts(write_before_free));
}

static _Atomic int inside;
static _Atomic int seen;

static void look(int number)
{
	(void)number;
	int now = atomic_load_explicit(&inside, memory_order_relaxed);
	atomic_fetch_or_explicit(&seen, now ? 1 : 2, memory_order_relaxed);
}

static void thread_is_noted_inside(void **state)
{
	(void)state;
	allocator->note_inside(&inside);
	signal(SIGPROF, look);
	setitimer(ITIMER_PROF, &(struct itimerval){{0, 1000}, {0, 1000}}, NULL);
	uint64_t end = clock_now() + 20000000000;
	while (atomic_load_explicit(&seen, memory_order_relaxed) != 3 && clock_now() < end) {
		for (int i = 0; i < 100; ++i) {
			free(allocate(100000));
		}
	}
	setitimer(ITIMER_PROF, &(struct itimerval){0}, NULL);
	allocator->note_inside(NULL);
	assert_int_equal(atomic_load_explicit(&seen, memory_order_relaxed), 3);
	assert_int_equal(atomic_load_explicit(&inside, memory_order_relaxed), 0);
}

#define HAMMERED 64

/** Frees blocks of other threads, and leaves its own blocks to them. */
static void *hammer(void *context)
{
	void *_Atomic *places = context;
	for (size_t i = 0; i < 100000; ++i) {
		void *block = malloc(16 + i % 500);
		free(atomic_exchange_explicit(&places[i % HAMMERED], block, memory_order_acq_rel));
	}
	return NULL;
}

static void threads_share_what_is_kept_back(void **state)
{
	(void)state;
	static void *_Atomic places[HAMMERED];
	pthread_t threads[4];
	uint64_t blocks = *allocator->blocks;
	allocator->poison(true);
	for (int i = 0; i < 4; ++i) {
		assert_int_equal(pthread_create(&threads[i], NULL, hammer, (void *)places), 0);
	}
	for (int i = 0; i < 4; ++i) {
		pthread_join(threads[i], NULL);
	}
	for (int i = 0; i < HAMMERED; ++i) {
		free(atomic_load_explicit(&places[i], memory_order_relaxed));
	}
	allocator->poison(false);
	// Stacks that are kept for later threads have a block each
	assert_in_range(*allocator->blocks, blocks, blocks + 4);
}

/** Runs in a child process with limited memory. */
static void a_refusal_of_the_system_is_counted(void **state)
{
	(void)state;
	if (getenv("QBENCH_EMULATOR")) {
		skip(); // QEMU takes no such limit from a program
	}
	pid_t process = fork();
	if (process == 0) {
		struct rlimit limit = {(rlim_t)256 << 20, (rlim_t)256 << 20};
		setrlimit(RLIMIT_AS, &limit);
		allocator->fail_at(1);
		void *failed = allocate(1);
		bool none = !failed && *allocator->refused == 0;
		// 1 TiB is not counted: the caller miscalculated
		none = none && !allocate((size_t)1 << 40) && *allocator->refused == 0;
		_exit(none && !allocate((size_t)512 << 20) && *allocator->refused == 1 ? 0 : 1);
	}
	int status;
	assert_int_equal(waitpid(process, &status, 0), process);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void it_is_seen_to_work(void **state)
{
	(void)state;
	uint64_t blocks = *allocator->blocks;
	assert_ptr_equal(allocator_working(), allocator);
	assert_int_equal(*allocator->blocks, blocks);
}

/** Executes this program with the allocator. Skips the test if the build has none. */
static int execute_with_allocator(char **argv)
{
	char path[PATH_MAX];
	static const char *const places[] = {"preload/allocator.so", NULL};
	if (getenv("LD_PRELOAD") || program_find(places, path) != 0) {
		printf("skipped: there is no allocator.so for this build\n");
		return 77;
	}
	setenv("LD_PRELOAD", path, 1);
	program_again(argv);
	perror("executing this program anew");
	return 1;
}

int main(int argc, char **argv)
{
	(void)argc;
	allocator = allocator_find();
	if (!allocator) {
		return execute_with_allocator(argv);
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failure_is_of_the_allocation_asked_for),
		cmocka_unit_test(failure_is_taken_back),
		cmocka_unit_test(failure_is_of_one_thread),
		cmocka_unit_test(blocks_and_bytes_are_counted),
		cmocka_unit_test(freed_memory_is_poisoned_and_kept_back),
		cmocka_unit_test(what_is_kept_back_is_bounded),
		cmocka_unit_test(write_to_freed_memory_aborts),
		cmocka_unit_test(thread_is_noted_inside),
		cmocka_unit_test(threads_share_what_is_kept_back),
		cmocka_unit_test(a_refusal_of_the_system_is_counted),
		cmocka_unit_test(it_is_seen_to_work),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
