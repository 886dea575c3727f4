// SPDX-License-Identifier: MIT
// waits: for processes to end

/**
 * A child is watched, ends with its parent, and the reason for its end is reported. This program is
 * its own child: child_run() executes it again.
 */

#include "process/child.h"
#include "process/interrupt.h"

#include "base/clock.h"
#include "harness.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define SECOND UINT64_C(1000000000)

static void sleep_for(uint64_t nanoseconds)
{
	struct timespec time = {.tv_sec = (time_t)(nanoseconds / SECOND),
				.tv_nsec = (long)(nanoseconds % SECOND)};
	while (nanosleep(&time, &time) != 0) {
	}
}

/** Runs in the child. Returns its exit status. */
static int child_main(const char *command, const char *request)
{
	if (strcmp(command, "say") == 0) {
		fputs(request, stdout);
		fputs("errors", stderr);
		return 3;
	}
	if (strcmp(command, "sleep") == 0) {
		sleep_for(strtoull(request, NULL, 10));
		return 0;
	}
	if (strcmp(command, "raise") == 0) {
		raise(atoi(request));
	}
	// Writes its process id to a file that its grandparent reads
	if (strcmp(command, "leave") == 0) {
		FILE *file = fopen(request, "we");
		fprintf(file, "%d\n", (int)getpid());
		fclose(file);
		sleep_for(600 * SECOND);
	}
	return 0;
}

static void output_and_status_are_kept(void **state)
{
	(void)state;
	struct child child;
	assert_return_code(child_run(&child, "say", "a b", 10 * SECOND, true), errno);
	assert_int_equal(child.end, CHILD_ENDED);
	assert_int_equal(child.status, 3);
	assert_string_equal(child.output, "a b");
	assert_string_equal(child.errors, "errors");
	child_destroy(&child);
}

/** Writes a script that can be executed. Its path is a template of mkstemp(). */
static void write_script(char *path, const char *script)
{
	int descriptor = mkstemp(path);
	assert_return_code(descriptor, errno);
	assert_int_equal(write(descriptor, script, strlen(script)), strlen(script));
	assert_return_code(fchmod(descriptor, 0700), errno);
	close(descriptor);
}

static void an_emulator_runs_the_child(void **state)
{
	(void)state;
	if (getenv("QBENCH_EMULATOR")) {
		skip();
	}
	struct child child;
	char path[] = "/tmp/qbench-emulator-XXXXXX";
	write_script(path, "#!/bin/sh\nprintf emulated:\nexec \"$@\"\n");
	setenv("QBENCH_EMULATOR", path, 1);
	int result = child_run(&child, "say", "a b", 10 * SECOND, true);
	int error = errno;
	unsetenv("QBENCH_EMULATOR");
	unlink(path);
	assert_return_code(result, error);
	assert_int_equal(child.status, 3);
	assert_string_equal(child.output, "emulated:a b");
	child_destroy(&child);
}

static void a_hang_ends(void **state)
{
	(void)state;
	struct child child;
	assert_return_code(child_run(&child, "sleep", "600000000000", SECOND / 2, false), errno);
	assert_int_equal(child.end, CHILD_HUNG);
	child_destroy(&child);
}

static void ends_from_outside_are_told_apart(void **state)
{
	(void)state;
	char text[128];
	struct child child;
	assert_return_code(child_run(&child, "raise", "9", 10 * SECOND, true), errno);
	assert_int_equal(child.end, CHILD_TAKEN);
	child_describe(&child, text, sizeof(text));
	assert_non_null(strstr(text, "Killed"));
	child_destroy(&child);
	assert_return_code(child_run(&child, "raise", "6", 10 * SECOND, true), errno);
	assert_int_equal(child.end, CHILD_KILLED);
	child_destroy(&child);
}

static void signals_that_end_commands_are_interruptions(void **state)
{
	(void)state;
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); ++i) {
		char text[16];
		struct child child;
		snprintf(text, sizeof(text), "%d", numbers[i]);
		signal(numbers[i], SIG_DFL);
		interrupt_begin();
		assert_int_equal(child_run(&child, "raise", text, 10 * SECOND, true), -1);
		assert_int_equal(errno, EINTR);
		assert_int_equal(interrupt_signal(), numbers[i]);
		interrupt_end();
	}
}

static void an_interruption_does_not_wait_for_the_child(void **state)
{
	(void)state;
	struct child child;
	pid_t self = getpid();
	interrupt_begin();
	pid_t killer = fork();
	if (killer == 0) {
		sleep_for(SECOND / 5);
		kill(self, SIGTERM);
		_exit(0);
	}
	uint64_t began = clock_now();
	assert_int_equal(child_run(&child, "sleep", "60000000000", 100 * SECOND, true), -1);
	assert_int_equal(errno, EINTR);
	assert_true(clock_now() - began < 10 * SECOND);
	assert_int_equal(interrupt_signal(), SIGTERM);
	interrupt_end();
	waitpid(killer, NULL, 0);
}

static void ignored_signals_stay_ignored(void **state)
{
	(void)state;
	signal(SIGHUP, SIG_IGN);
	interrupt_begin();
	raise(SIGHUP);
	assert_false(interrupt_noted());
	interrupt_end();
	signal(SIGHUP, SIG_DFL);
}

/** Runs in a process group of its own, which is stopped for longer than the patience. */
static void stopped_time_is_no_hang(void **state)
{
	(void)state;
	pid_t group = fork();
	if (group == 0) {
		struct child child;
		setpgid(0, 0);
		int result = child_run(&child, "sleep", "1500000000", 8 * SECOND, false);
		_exit(result == 0 && child.end == CHILD_ENDED ? 0 : 1);
	}
	setpgid(group, group);
	sleep_for(SECOND / 2);
	kill(-group, SIGSTOP);
	sleep_for(9 * SECOND);
	kill(-group, SIGCONT);
	int status;
	assert_int_equal(waitpid(group, &status, 0), group);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void a_child_dies_with_its_parent(void **state)
{
	(void)state;
	char path[] = "/tmp/qbench-child-XXXXXX";
	int descriptor = mkstemp(path);
	assert_return_code(descriptor, errno);
	pid_t parent = fork();
	if (parent == 0) {
		struct child child;
		child_run(&child, "leave", path, 600 * SECOND, false);
		_exit(0);
	}
	char text[16] = "";
	for (int i = 0; i < 1000 && !strchr(text, '\n'); ++i) {
		sleep_for(SECOND / 100);
		ssize_t length = pread(descriptor, text, sizeof(text) - 1, 0);
		text[length > 0 ? length : 0] = '\0';
	}
	pid_t child = atoi(text);
	assert_true(child > 0);
	kill(parent, SIGKILL);
	waitpid(parent, NULL, 0);
	// This process cannot wait for a grandchild, so it polls with kill()
	for (int i = 0; i < 1000 && kill(child, 0) == 0; ++i) {
		sleep_for(SECOND / 100);
	}
	bool left = kill(child, 0) == 0;
	if (left) {
		kill(child, SIGKILL);
	}
	unlink(path);
	close(descriptor);
	assert_false(left);
}

int main(int argc, char **argv)
{
	if (argc == 3) {
		return child_main(argv[1], argv[2]);
	}
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(output_and_status_are_kept),
		cmocka_unit_test(an_emulator_runs_the_child),
		cmocka_unit_test(a_hang_ends),
		cmocka_unit_test(ends_from_outside_are_told_apart),
		cmocka_unit_test(signals_that_end_commands_are_interruptions),
		cmocka_unit_test(an_interruption_does_not_wait_for_the_child),
		cmocka_unit_test(ignored_signals_stay_ignored),
		cmocka_unit_test(stopped_time_is_no_hang),
		cmocka_unit_test(a_child_dies_with_its_parent),
	};
	harness_watch("children", 120);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
