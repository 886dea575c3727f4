// SPDX-License-Identifier: MIT

/** Documents of results are built, summarized, kept, read back and printed. */

#include "results/old/results.h"
#include "results/old/table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/** A folder of each test's own, in which it stands. */
static char folder[] = "/tmp/test_results.XXXXXX";

static int enter_folder(void **state)
{
	(void)state;
	memcpy(strrchr(folder, '.'), ".XXXXXX", 7);
	return mkdtemp(folder) && chdir(folder) == 0 ? 0 : -1;
}

static int leave_folder(void **state)
{
	(void)state;
	char command[64];
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

/** How many files are in the folder? */
static size_t count_files(void)
{
	size_t count = 0;
	DIR *stream = opendir(".");
	assert_non_null(stream);
	for (struct dirent *entry = readdir(stream); entry; entry = readdir(stream)) {
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	}
	closedir(stream);
	return count;
}

static const struct cell pairwise = {
	.queue = "one",
	.workload = "pairwise",
	.threads = 2,
	.producers = 2,
	.consumers = 2,
	.capacity = 1024,
	.batch = 1,
};

static const struct results_cell inlined = {.unit = "items/s", .place = "core", .inlined = true};

/** A sample as a sample process prints it. */
static json_t *make_sample(double value, int round)
{
	json_t *sample = json_pack("{s:s, s:n, s:i, s:i, s:f, s:i, s:i, s:i, s:i, s:i, s:i, s:i, "
				   "s:i, s:i, s:i, s:i, s:i, "
				   "s:i, s:n, s:i, s:i, s:i, s:n, s:n, s:n}",
				   "verdict", "ok", "reason", "seed", 7, "round", round, "value",
				   value, "delivered_all", 1000000, "delivered", 1000000, "wall_ns",
				   100000000, "user_ns", 190000000, "system_ns", 10000000,
				   "voluntary_switches", 3, "involuntary_switches", 7, "peak_kib",
				   3072, "steal_ns", 0, "full", 1500, "empty", 123456, "busy", 0,
				   "parks", 0, "wakes", "own", 250000, "thread_min", 450000,
				   "thread_max", 500000, "backlog_max", "latency_ns", "counters");
	assert_non_null(sample);
	return sample;
}

static json_t *make_failure(const char *verdict, const char *reason)
{
	return json_pack("{s:s, s:s}", "verdict", verdict, "reason", reason);
}

static struct results make_results(void)
{
	struct results results;
	json_t *settings = json_pack("{s:i, s:i, s:i, s:i, s:n}", "seed", 3, "rounds", 9,
				     "duration_ns", 100000000, "warmup_ns", 20000000, "budget_s");
	assert_int_equal(results_create(&results, "qbench run", json_object(), settings), 0);
	return results;
}

/** Add a cell with so many samples around a value. Its index. */
static size_t add_cell(struct results *results, const struct cell *cell,
		       const struct results_cell *more, double value, int rounds)
{
	size_t index;
	assert_int_equal(results_add_cell(results, cell, more, &index), 0);
	for (int i = 0; i < rounds; ++i) {
		double noise = 1 + 0.001 * ((i * 7 + (int)index) % 11);
		json_t *sample = make_sample(value * noise, i);
		assert_int_equal(results_add_sample(results, index, sample), 0);
	}
	return index;
}

/** Two queues, a void one, one that is unsupported, and a floor. */
static struct results make_filled(void)
{
	struct results results = make_results();
	struct cell cell = pairwise;
	struct results_cell floor = inlined;
	floor.floor = true;
	add_cell(&results, &cell, &inlined, 1e7, 9);
	cell.queue = "two";
	cell.wait = CHANNEL_YIELD;
	add_cell(&results, &cell, &inlined, 3e7, 9);
	cell.queue = "loser";
	size_t index = add_cell(&results, &cell, &inlined, 4e7, 8);
	json_t *failure = make_failure("void", "item 17 of producer 2 was delivered twice");
	assert_int_equal(results_add_sample(&results, index, failure), 0);
	cell.queue = "single";
	index = add_cell(&results, &cell, &inlined, 4e7, 0);
	failure = make_failure("unsupported", "has one consumer");
	assert_int_equal(results_add_sample(&results, index, failure), 0);
	cell.queue = "nothing";
	add_cell(&results, &cell, &floor, 5e8, 9);
	assert_int_equal(results_finish(&results, false), 0);
	return results;
}

static const char *verdict_of(const struct results *results, size_t index)
{
	json_t *cell = json_array_get(json_object_get(results->document, "cells"), index);
	json_t *summary = json_object_get(cell, "summary");
	return json_string_value(json_object_get(summary, "verdict"));
}

static void cells_are_summarized_in_their_groups(void **state)
{
	(void)state;
	struct results results = make_filled();
	assert_string_equal(verdict_of(&results, 0), "slower");
	assert_string_equal(verdict_of(&results, 1), "best");
	assert_string_equal(verdict_of(&results, 2), "void");
	assert_string_equal(verdict_of(&results, 3), "undecided");
	assert_string_equal(verdict_of(&results, 4), "floor");
	json_t *cells = json_object_get(results.document, "cells");
	json_t *summary = json_object_get(json_array_get(cells, 2), "summary");
	assert_true(json_is_null(json_object_get(summary, "median")));
	assert_string_equal(results_failure(json_array_get(cells, 2), false),
			    "item 17 of producer 2 was delivered twice");
	assert_null(results_failure(json_array_get(cells, 3), false));
	assert_non_null(results_failure(json_array_get(cells, 3), true));
	results_destroy(&results);
}

static void groups_differ_in_all_but_queue_and_wait(void **state)
{
	(void)state;
	struct results results = make_results();
	struct cell cells[] = {pairwise, pairwise, pairwise, pairwise, pairwise,
			       pairwise, pairwise, pairwise, pairwise, pairwise};
	cells[1].queue = "two";
	cells[1].wait = CHANNEL_PARK;
	cells[2].workload = "mixed";
	cells[3].threads = 4;
	cells[4].producers = 1;
	cells[5].work = 100;
	cells[6].batch = 4;
	cells[7].load = 0.5;
	cells[8].indirect = true;
	cells[9].capacity = 64;
	for (size_t i = 0; i < 10; ++i) {
		add_cell(&results, &cells[i], &inlined, 1e7, 4);
	}
	struct results_cell elsewhere = inlined;
	elsewhere.place = "package";
	add_cell(&results, &cells[0], &elsewhere, 1e7, 4);

	size_t count;
	struct results_group *groups = results_groups(results.document, &count);
	assert_non_null(groups);
	assert_int_equal(count, 10);
	assert_int_equal(groups[0].count, 2);
	assert_int_equal(groups[0].cells[1], 1);
	results_groups_free(groups, count);
	results_destroy(&results);
}

static void documents_come_back_as_they_were(void **state)
{
	(void)state;
	struct results results = make_filled();
	assert_int_equal(results_check("out.json"), 0);
	assert_int_equal(count_files(), 0);
	assert_int_equal(results_write("out.json", results.document), 0);
	assert_int_equal(count_files(), 1);
	char *error;
	json_t *back = results_read("out.json", &error);
	assert_non_null(back);
	assert_null(error);
	assert_true(json_equal(back, results.document));
	json_decref(back);
	results_destroy(&results);
}

static void bytes_that_are_no_text_are_replaced(void **state)
{
	(void)state;
	struct results results;
	assert_int_equal(results_create(&results, "qbench \xff", json_object(), json_object()), 0);
	struct cell cell = pairwise;
	cell.queue = "./\xfe.so";
	size_t index;
	assert_int_equal(results_add_cell(&results, &cell, &inlined, &index), 0);
	json_t *command = json_object_get(results.document, "command");
	assert_string_equal(json_string_value(command), "qbench ?");
	assert_int_equal(results_add_sample(&results, 1, json_object()), -1);
	assert_int_equal(errno, EINVAL);
	results_destroy(&results);
}

static void assert_refused(const char *path, int error)
{
	errno = 0;
	assert_int_equal(results_check(path), -1);
	assert_int_equal(errno, error);
}

static void paths_that_cannot_be_written_are_refused(void **state)
{
	(void)state;
	assert_int_equal(mkdir("there", 0755), 0);
	assert_int_equal(close(open("file", O_CREAT | O_WRONLY, 0644)), 0);
	assert_refused("there", EISDIR);
	assert_refused("there/", EISDIR);
	assert_refused("", ENOENT);
	assert_refused("nowhere/out.json", ENOENT);
	assert_refused("file/out.json", ENOTDIR);
	assert_int_equal(results_check("file"), 0);
	assert_int_equal(results_check("there/out.json"), 0);
	assert_int_equal(results_check("/dev/null"), 0);
	if (geteuid() != 0) {
		assert_int_equal(chmod("there", 0555), 0);
		assert_refused("there/out.json", EACCES);
		assert_int_equal(chmod("file", 0444), 0);
		assert_refused("file", EACCES);
	}
	assert_int_equal(count_files(), 2);
}

/** Write a document where no file may be larger than so many bytes. What it exits with. */
static int write_on_small_disk(const json_t *document, rlim_t bytes)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct rlimit limit = {bytes, bytes};
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(results_write("out.json", document) == 0 ? 0 : errno);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void full_disk_leaves_the_older_results(void **state)
{
	(void)state;
	struct results older = make_results();
	assert_int_equal(results_write("out.json", older.document), 0);
	struct results newer = make_filled();
	static const rlim_t sizes[] = {0, 1, 4096, 10000};
	for (size_t i = 0; i < 4; ++i) {
		assert_int_equal(write_on_small_disk(newer.document, sizes[i]), EFBIG);
		assert_int_equal(count_files(), 1);
		char *error;
		json_t *back = results_read("out.json", &error);
		assert_non_null(back);
		assert_true(json_equal(back, older.document));
		json_decref(back);
	}
	assert_int_equal(write_on_small_disk(newer.document, 1 << 24), 0);
	assert_true(results_write("/dev/full", newer.document) == -1 && errno == ENOSPC);
	assert_true(results_write("nowhere/out.json", newer.document) == -1 && errno == ENOENT);
	results_destroy(&older);
	results_destroy(&newer);
}

static void links_and_pipes_are_written_through(void **state)
{
	(void)state;
	struct results results = make_results();
	struct stat found;
	assert_int_equal(mkdir("there", 0755), 0);
	assert_int_equal(results_write("there/out.json", results.document), 0);
	assert_int_equal(symlink("there/out.json", "link"), 0);
	assert_int_equal(results_finish(&results, true), 0);
	assert_int_equal(results_write("link", results.document), 0);
	assert_int_equal(lstat("link", &found), 0);
	assert_true(S_ISLNK(found.st_mode));
	char *error;
	json_t *back = results_read("there/out.json", &error);
	assert_non_null(back);
	assert_true(json_is_true(json_object_get(back, "interrupted")));
	json_decref(back);
	assert_int_equal(results_write("/dev/null", results.document), 0);
	assert_int_equal(stat("/dev/null", &found), 0);
	assert_true(S_ISCHR(found.st_mode));
	results_destroy(&results);
}

/** A file with this text is refused, with a message that says this. */
static void assert_unreadable(const char *text, const char *message)
{
	FILE *stream = fopen("bad.json", "w");
	assert_non_null(stream);
	fputs(text, stream);
	fclose(stream);
	char *error;
	assert_null(results_read("bad.json", &error));
	assert_non_null(error);
	if (!strstr(error, message)) {
		fail_msg("\"%s\" does not say \"%s\"", error, message);
	}
	free(error);
}

#define HEAD "{\"format\": \"qbench-results/1\", \"machine\": {}, \"settings\": {}, \"cells\": "
#define CELL                                                                                       \
	"\"queue\": \"q\", \"workload\": \"w\", \"threads\": 1, \"producers\": 1, "                \
	"\"consumers\": 1, \"wait\": \"spin\", \"capacity\": 1, \"place\": \"none\", "             \
	"\"work_ns\": 0, \"batch\": 1, \"dispatch\": \"direct\", "

static void what_is_no_result_is_refused(void **state)
{
	(void)state;
	assert_unreadable("", "not JSON");
	assert_unreadable("{\"format\": \"qbench-res", "not JSON: line 1");
	assert_unreadable("[]", "no \"format\"");
	assert_unreadable("{}", "no \"format\"");
	assert_unreadable("{\"format\": \"qbench-rounds-1\"}", "its format is");
	assert_unreadable("{\"format\": \"qbench-results/2\"}", "\"qbench-results/1\"");
	assert_unreadable("{\"format\": \"qbench-results/1\"}", "no \"machine\"");
	assert_unreadable(HEAD "{}}", "\"cells\" is not an array");
	assert_unreadable(HEAD "[7]}", "cell 1 is not an object");
	assert_unreadable(HEAD "[{}]}", "cell 1 has no \"queue\"");
	assert_unreadable(HEAD "[{" CELL "\"unit\": \"s\"}]}", "not a unit");
	assert_unreadable(HEAD "[{" CELL "\"unit\": \"ns\", \"samples\": [{}]}]}",
			  "cell 1, sample 1 has no \"verdict\"");
	assert_unreadable(HEAD "[{" CELL
			       "\"unit\": \"ns\", \"samples\": [{\"verdict\": \"ok\"}]}]}",
			  "has no value");
	char *error;
	assert_null(results_read("nowhere.json", &error));
	assert_string_equal(error, strerror(ENOENT));
	free(error);
	assert_null(results_read(".", &error));
	assert_string_equal(error, strerror(EISDIR));
	free(error);
}

/** All that is printed of a document, for the caller to free. */
static char *print_tables(const json_t *document)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	assert_non_null(stream);
	assert_int_equal(table_print(document, stream), 0);
	fclose(stream);
	return text;
}

static void assert_fits(const char *text)
{
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");
		if (length > TABLE_WIDTH) {
			fail_msg("%zu columns: %.*s", length, (int)length, line);
		}
		assert_true(length == 0 || line[length - 1] != ' ');
		line += length + (line[length] == '\n');
	}
}

static void tables_rank_and_say_what_is_void(void **state)
{
	(void)state;
	struct results results = make_filled();
	char *text = print_tables(results.document);
	assert_fits(text);
	const char *best = strstr(text, "\nbest two ");
	const char *slower = strstr(text, "\n     one ");
	const char *unsupported = strstr(text, "unsupported: has one consumer");
	const char *failed = strstr(text, "VOID: item 17 of producer 2 was delivered twice");
	const char *floor = strstr(text, "\nfloor\n     nothing ");
	assert_true(best && slower && unsupported && failed && floor);
	assert_true(best < slower && slower < unsupported && unsupported < failed &&
		    failed < floor);
	assert_true(!strstr(text, "oversubscribed") && !strstr(text, "pointer"));
	free(text);
	results_destroy(&results);
}

static void tables_label_what_is_not_comparable(void **state)
{
	(void)state;
	struct results results = make_results();
	struct cell cell = pairwise;
	struct results_cell more = inlined;
	cell.batch = 16;
	cell.threads = 64;
	more.oversubscribed = true;
	more.inlined = false;
	add_cell(&results, &cell, &more, 1e7, 3);
	cell.queue = "./a/very/long/path/to/a/module/that/has/a/name.so";
	more.native_batch = true;
	add_cell(&results, &cell, &more, 1e7, 3);
	assert_int_equal(results_finish(&results, false), 0);
	char *text = print_tables(results.document);
	assert_fits(text);
	assert_non_null(strstr(text, "64 threads (oversubscribed), 16 at a time"));
	assert_non_null(strstr(text, "\n?    one*+ "));
	assert_true(strstr(text, "name.so* ") && !strstr(text, "..."));
	assert_true(strstr(text, "called through a pointer") && strstr(text, "batches of its own"));
	assert_non_null(strstr(text, "too few rounds: a verdict in this table takes 6"));
	free(text);
	results_destroy(&results);
}

/** A fast queue without order among others, where that counts or not. */
static struct results make_mixed(bool order_counts)
{
	struct results results = make_results();
	struct cell cell = pairwise;
	struct results_cell more = inlined;
	struct results_cell floor = inlined;
	more.order_counts = floor.order_counts = order_counts;
	floor.floor = true;
	more.order = "none";
	cell.queue = "stack";
	add_cell(&results, &cell, &more, 9e7, 12);
	cell.queue = "heap";
	add_cell(&results, &cell, &more, 1e7, 12);
	more.order = "FIFO per producer";
	cell.queue = "lists";
	add_cell(&results, &cell, &more, 6e7, 12);
	more.order = "FIFO";
	cell.queue = "ring";
	add_cell(&results, &cell, &more, 3e7, 12);
	cell.queue = "list";
	add_cell(&results, &cell, &more, 2e7, 12);
	cell.queue = "nothing";
	add_cell(&results, &cell, &floor, 5e8, 12);
	assert_int_equal(results_finish(&results, false), 0);
	return results;
}

static double ratio_of(const struct results *results, size_t index)
{
	json_t *cell = json_array_get(json_object_get(results->document, "cells"), index);
	json_t *summary = json_object_get(cell, "summary");
	return json_number_value(json_object_get(summary, "ratio_to_best"));
}

static void other_orders_are_ranked_apart_where_order_counts(void **state)
{
	(void)state;
	static const char *const verdicts[] = {"best", "slower", "best", "best", "slower", "floor"};
	struct results results = make_mixed(true);
	for (size_t i = 0; i < 6; ++i) {
		assert_string_equal(verdict_of(&results, i), verdicts[i]);
	}
	assert_true(ratio_of(&results, 1) < 0.12 && ratio_of(&results, 3) == 1);
	assert_true(ratio_of(&results, 4) > 0.6 && ratio_of(&results, 5) > 15);
	char *text = print_tables(results.document);
	assert_fits(text);
	static const char *const lines[] = {
		"\nbest ring ",
		"\n     list ",
		"\norder FIFO per producer\nbest lists ",
		"\norder none\nbest stack ",
		"\n     heap ",
		"\nfloor\n     nothing ",
		"\norder of less than FIFO is promised",
	};
	const char *at = text;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); ++i) {
		at = strstr(at, lines[i]);
		assert_non_null(at);
	}
	assert_null(strchr(text, '^'));
	free(text);
	results_destroy(&results);
}

static void other_orders_are_labelled_where_order_does_not_count(void **state)
{
	(void)state;
	struct results results = make_mixed(false);
	assert_string_equal(verdict_of(&results, 0), "best");
	for (size_t i = 1; i < 5; ++i) {
		assert_string_equal(verdict_of(&results, i), "slower");
	}
	char *text = print_tables(results.document);
	assert_fits(text);
	assert_non_null(strstr(text, "\nbest stack^ "));
	assert_non_null(strstr(text, "\n     lists^ "));
	assert_non_null(strstr(text, "\n     ring "));
	assert_non_null(strstr(text, "\n^     promises less order"));
	assert_null(strstr(text, "\norder "));
	free(text);
	results_destroy(&results);
}

static void extreme_numbers_stay_inside_of_the_table(void **state)
{
	(void)state;
	static const double values[] = {0, 0.001, 1, 999.5, 1e6, 9.9999e6, 1e9, 1e12, 1e300};
	static const char *const units[] = {"items/s", "ns"};
	for (size_t unit = 0; unit < 2; ++unit) {
		struct results results = make_results();
		struct results_cell more = inlined;
		more.unit = units[unit];
		for (size_t i = 0; i < 9; ++i) {
			size_t index = add_cell(&results, &pairwise, &more, values[i], 9);
			json_t *cells = json_object_get(results.document, "cells");
			json_t *cell = json_array_get(cells, index);
			json_t *sample = json_array_get(json_object_get(cell, "samples"), 0);
			json_object_set_new(sample, "delivered", json_integer(i));
			json_object_set_new(sample, "delivered_all", json_integer(i));
			json_object_set_new(sample, "full", json_integer(INT64_MAX));
		}
		assert_int_equal(results_finish(&results, false), 0);
		char *text = print_tables(results.document);
		assert_fits(text);
		free(text);
		results_destroy(&results);
	}
}

static void table_that_cannot_be_written_fails(void **state)
{
	(void)state;
	struct results results = make_filled();
	FILE *stream = fopen("/dev/full", "w");
	assert_non_null(stream);
	assert_int_equal(table_print(results.document, stream), -1);
	assert_int_equal(errno, ENOSPC);
	fclose(stream);
	results_destroy(&results);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_folder, leave_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cells_are_summarized_in_their_groups),
		TEST(groups_differ_in_all_but_queue_and_wait),
		TEST(documents_come_back_as_they_were),
		TEST(bytes_that_are_no_text_are_replaced),
		TEST(paths_that_cannot_be_written_are_refused),
		TEST(full_disk_leaves_the_older_results),
		TEST(links_and_pipes_are_written_through),
		TEST(what_is_no_result_is_refused),
		TEST(tables_rank_and_say_what_is_void),
		TEST(tables_label_what_is_not_comparable),
		TEST(other_orders_are_ranked_apart_where_order_counts),
		TEST(other_orders_are_labelled_where_order_does_not_count),
		TEST(extreme_numbers_stay_inside_of_the_table),
		TEST(table_that_cannot_be_written_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
