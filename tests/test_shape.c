// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/** Shapes of walks: they are read back as written, and other files are refused with a message. */

#include "shape.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/test_shape.XXXXXX";

/** The example of shape.h. */
static const char example[] = "qbench-shape 1 5\n- 2 2\n0 7 1\n0 0 0\n1 3 1\n3 1 0\n";

static int enter(void **state)
{
	(void)state;
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave(void **state)
{
	(void)state;
	unlink("file");
	unlink("copy");
	return chdir("/") == 0 && rmdir(folder) == 0 ? 0 : -1;
}

static void write_file(const char *bytes, size_t length)
{
	FILE *stream = fopen("file", "w");
	assert_non_null(stream);
	assert_int_equal(fwrite(bytes, 1, length, stream), length);
	assert_int_equal(fclose(stream), 0);
}

/** Asserts that a file with these bytes is refused with this message. */
static void assert_refused_bytes(const char *bytes, size_t length, const char *message)
{
	struct shape shape;
	char *error;
	write_file(bytes, length);
	int result = shape_read(&shape, "file", &error);
	if (result != -1 || !error || strncmp(error, "file", 4) != 0 || !strstr(error, message)) {
		fail_msg("'%.*s': %d, '%s' instead of '%s'", (int)length, bytes, result,
			 error ? error : "", message);
	}
	assert_null(shape.directories);
	free(error);
}

static void assert_refused(const char *text, const char *message)
{
	assert_refused_bytes(text, strlen(text), message);
}

static void example_is_read(void **state)
{
	(void)state;
	struct shape shape;
	char *error;
	write_file(example, strlen(example));
	assert_int_equal(shape_read(&shape, "file", &error), 0);
	assert_null(error);
	assert_int_equal(shape.count, 5);
	assert_int_equal(shape.roots, 1);
	static const struct shape_directory wanted[] = {
		{SHAPE_NO_PARENT, 2, 2, 2, 1},
		{0, 7, 1, 1, 3},
		{0, 0, 0, 0, 0},
		{1, 3, 1, 1, 4},
		{3, 1, 0, 0, 0},
	};
	assert_memory_equal(shape.directories, wanted, sizeof(wanted));
	shape_destroy(&shape);
}

static void what_is_written_is_read_again(void **state)
{
	(void)state;
	// Two roots, directories with many children, the largest numbers, and unread directories
	enum { COUNT = 5000 };
	struct shape shape = {calloc(COUNT, sizeof(struct shape_directory)), COUNT, 2};
	assert_non_null(shape.directories);
	for (uint32_t i = 0; i < COUNT; ++i) {
		struct shape_directory *directory = &shape.directories[i];
		directory->parent = i < 2 ? SHAPE_NO_PARENT : (i - 2) / 100;
		directory->files = i % 7 ? i : UINT32_MAX;
		directory->directories = i < 50 ? 100 + i : i % 3;
	}
	assert_int_equal(shape_write(&shape, "file"), 0);
	struct shape back;
	char *error;
	assert_int_equal(shape_read(&back, "file", &error), 0);
	assert_int_equal(back.count, COUNT);
	assert_int_equal(back.roots, 2);
	for (uint32_t i = 0; i < COUNT; ++i) {
		const struct shape_directory *wanted = &shape.directories[i];
		const struct shape_directory *found = &back.directories[i];
		assert_int_equal(found->parent, wanted->parent);
		assert_int_equal(found->files, wanted->files);
		assert_int_equal(found->directories, wanted->directories);
		uint32_t children = i < 49 ? 100 : i == 49 ? COUNT - 2 - 4900 : 0;
		assert_int_equal(found->children, children);
		assert_int_equal(found->first_child, children ? 2 + 100 * i : 0);
	}
	assert_int_equal(shape_write(&back, "copy"), 0);
	assert_int_equal(system("cmp -s file copy"), 0);
	shape_destroy(&back);
	shape_destroy(&shape);
}

static void truncated_file_is_refused_wherever_it_is_cut(void **state)
{
	(void)state;
	for (size_t length = 0; length < strlen(example); ++length) {
		const char *message = length == 0   ? "is empty"
				      : length < 13 ? "does not begin with 'qbench-shape '"
						    : "truncated";
		assert_refused_bytes(example, length, message);
	}
}

static void what_is_no_shape_is_refused(void **state)
{
	(void)state;
	assert_refused("{\"format\": \"qbench-results/1\"}\n", "is no shape of a walk");
	assert_refused("\x7f"
		       "ELF and so on, without any line",
		       "dirwalk --record=FILE writes one");
	assert_refused("qbench-shape 2 1\n- 0 0\n", "line 1: the version is '2'");
	assert_refused("qbench-shape one 1\n- 0 0\n", "line 1: the version is 'one'");
	assert_refused("qbench-shape 1\n- 0 0\n", "line 1: the version");
	assert_refused("qbench-shape 1 0\n", "line 1: the number of directories is '0'");
	assert_refused("qbench-shape 1 -1\n- 0 0\n", "line 1: the number of directories is '-1'");
	assert_refused("qbench-shape 1 1 \n- 0 0\n", "line 1: the number of directories");
	assert_refused("qbench-shape 1 4294967295\n- 0 0\n", "line 1: the number of directories");
	assert_refused("qbench-shape 1 99999999999999999999999999999999\n- 0 0\n",
		       "line 1: the number of directories");
	// The header names the largest number, for one line: no memory is taken for the others
	assert_refused("qbench-shape 1 4294967294\n- 0 0\n", "ends after 1 of 4294967294");

	struct shape shape;
	char *error;
	assert_int_equal(shape_read(&shape, "nowhere", &error), -1);
	assert_string_equal(error, "nowhere: No such file or directory");
	free(error);
	assert_int_equal(shape_read(&shape, ".", &error), -1);
	assert_string_equal(error, ".: Is a directory");
	free(error);
}

static void broken_lines_are_refused(void **state)
{
	(void)state;
	static const char *const lines[] = {
		"",
		"0",
		"0 0",
		"0 0 0 0",
		"0 0 0 ",
		" 0 0 0",
		"0  0 0",
		"0\t0 0",
		"x 0 0",
		"0 x 0",
		"0 0 x",
		"00 0 0",
		"0 00 0",
		"- 0",
		"-1 0 0",
		"0 -1 0",
		"0 0 -1",
		"+0 0 0",
		"0 0 0.",
		"0 4294967296 0",
		"0 0 18446744073709551616",
		"4294967295 0 0",
		"0 0 0\r",
		"- 0 0 0",
	};
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); ++i) {
		char text[128];
		snprintf(text, sizeof(text), "qbench-shape 1 2\n- 0 9\n%s\n", lines[i]);
		assert_refused(text, "line 3: ");
		assert_refused(text, "is not 'PARENT FILES DIRECTORIES'");
	}
	assert_refused_bytes("qbench-shape 1 2\n- 0 9\n0 0\0 0\n", 30, "line 3: a zero byte");
}

static void broken_trees_are_refused(void **state)
{
	(void)state;
	assert_refused("qbench-shape 1 1\n0 0 0\n", "line 2: directory 0 is in 0, which does not");
	assert_refused("qbench-shape 1 2\n- 0 1\n1 0 0\n", "line 3: directory 1 is in 1, which");
	assert_refused("qbench-shape 1 3\n- 0 2\n2 0 0\n0 0 0\n", "line 3: directory 1 is in 2, ");
	assert_refused("qbench-shape 1 2\n- 0 1\n4294967294 0 0\n", "line 3: directory 1 is in");
	assert_refused("qbench-shape 1 4\n- 0 2\n0 0 2\n1 0 0\n0 0 0\n",
		       "line 5: directory 3 is in 0, and the one before it in 1");
	assert_refused("qbench-shape 1 3\n- 0 2\n0 0 0\n- 0 0\n", "line 4: a root after");
	assert_refused("qbench-shape 1 3\n- 0 1\n0 0 0\n0 0 0\n",
		       "line 4: directory 0 has more children than the 1 directories in it");
	assert_refused("qbench-shape 1 1\n- 0 0\n- 0 0\n", "line 3: the header says 1 directories");
	assert_refused("qbench-shape 1 1\n- 0 0\n\n", "line 3: the header says 1 directories");
}

static void failing_write_is_told(void **state)
{
	(void)state;
	struct shape_directory root = {.parent = SHAPE_NO_PARENT};
	struct shape shape = {&root, 1, 1};
	errno = 0;
	assert_int_equal(shape_write(&shape, "/dev/full"), -1);
	assert_int_equal(errno, ENOSPC);
	assert_int_equal(shape_write(&shape, "nowhere/file"), -1);
	assert_int_equal(errno, ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(example_is_read),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(truncated_file_is_refused_wherever_it_is_cut),
		cmocka_unit_test(what_is_no_shape_is_refused),
		cmocka_unit_test(broken_lines_are_refused),
		cmocka_unit_test(broken_trees_are_refused),
		cmocka_unit_test(failing_write_is_told),
	};
	return cmocka_run_group_tests(tests, enter, leave);
}
