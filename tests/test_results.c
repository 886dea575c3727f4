// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/** Runs are built, summarized, kept, read back and printed. */

#include "base/replace.h"
#include "document/json.h"
#include "results/figures.h"
#include "results/table.h"
#include "results/terminal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/** Each test has its own current folder. */
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

/** Number of files in the folder. */
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

static const struct run_cell pairwise = {
	.cell = {.queue = "one",
		 .workload = "pairwise",
		 .threads = 2,
		 .producers = 2,
		 .consumers = 2,
		 .capacity = 1024,
		 .place = PLACE_CORE,
		 .batch = 1},
	.native_batch = -1,
};

/** A sample as a sample process prints it. */
static struct sample make_sample(double value, int round)
{
	struct sample sample;
	sample_clear(&sample);
	sample.seed = 7;
	sample.round = round;
	sample.value = value;
	sample.delivered = sample.delivered_all = 1000000;
	sample.wall_ns = 100000000;
	sample.user_ns = 190000000;
	sample.system_ns = 10000000;
	sample.steal_ns = 0;
	sample.voluntary_switches = 3;
	sample.involuntary_switches = 7;
	sample.peak_kib = 3072;
	sample.full = 1500;
	sample.empty = 123456;
	sample.busy = sample.parks = 0;
	sample.own = 250000;
	sample.thread_min = 450000;
	sample.thread_max = 500000;
	return sample;
}

static void add_failure(struct run *run, enum sample_verdict verdict, const char *reason)
{
	struct sample sample;
	sample_clear(&sample);
	sample.verdict = verdict;
	sample.reason = reason;
	assert_int_equal(run_cell_add_sample(&run->cells[run->cell_count - 1], &sample), 0);
}

static struct run make_run(void)
{
	struct run run;
	struct run_settings settings = {
		.seed = 3,
		.rounds = 9,
		.duration_ns = 100000000,
		.warmup_ns = 20000000,
		.budget_s = NAN,
	};
	struct machine machine;
	machine_clear(&machine);
	assert_int_equal(run_create(&run, "qbench run", &machine, &settings), 0);
	return run;
}

/** Adds a cell with `rounds` samples around a value. */
static void add_cell(struct run *run, const struct run_cell *cell, double value, int rounds)
{
	size_t index = run->cell_count;
	assert_int_equal(run_add_cell(run, cell), 0);
	for (int i = 0; i < rounds; ++i) {
		double noise = 1 + 0.001 * ((i * 7 + (int)index) % 11);
		struct sample sample = make_sample(value * noise, i);
		assert_int_equal(run_cell_add_sample(&run->cells[index], &sample), 0);
	}
}

/** Makes a run of two queues, a void one, one that is unsupported, and a floor. */
static struct run make_filled(void)
{
	struct run run = make_run();
	struct run_cell cell = pairwise;
	add_cell(&run, &cell, 1e7, 14);
	cell.cell.queue = "two";
	cell.cell.wait = CHANNEL_YIELD;
	add_cell(&run, &cell, 3e7, 14);
	cell.cell.queue = "loser";
	add_cell(&run, &cell, 4e7, 8);
	add_failure(&run, SAMPLE_VOID, "item 17 of producer 2 was delivered twice");
	cell.cell.queue = "single";
	add_cell(&run, &cell, 4e7, 0);
	add_failure(&run, SAMPLE_UNSUPPORTED, "has one consumer");
	cell.cell.queue = "nothing";
	cell.floor = true;
	add_cell(&run, &cell, 5e8, 9);
	assert_int_equal(run_finish(&run, false), 0);
	return run;
}

static void cells_are_summarized_in_their_groups(void **state)
{
	(void)state;
	static const enum verdict verdicts[] = {VERDICT_SLOWER, VERDICT_BEST, VERDICT_VOID,
						VERDICT_NOTHING, VERDICT_FLOOR};
	struct run run = make_filled();
	for (size_t i = 0; i < 5; ++i) {
		assert_int_equal(run.cells[i].summary.verdict, verdicts[i]);
	}
	assert_true(isnan(run.cells[2].summary.median));
	assert_string_equal(run_cell_failure(&run.cells[2]),
			    "item 17 of producer 2 was delivered twice");
	assert_null(run_cell_failure(&run.cells[3]));
	assert_ptr_equal(run_cell_missing(&run.cells[3]), &run.cells[3].samples[0]);
	run_destroy(&run);
}

/** Equal but for rounding, or no number both. */
static bool is_about(double a, double b)
{
	return isnan(b) ? isnan(a) : fabs(a - b) < 1e-9;
}

static void medians_have_intervals(void **state)
{
	(void)state;
	static const struct {
		int samples;
		double low, high;
	} known[] = {{0, NAN, NAN}, {5, NAN, NAN}, {6, 0, 5},
		     {9, 1, 7},	    {20, 5, 14},   {2000, 955, 1044}};
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); ++i) {
		struct run run = make_run();
		add_cell(&run, &pairwise, 1e7, known[i].samples);
		for (int j = 0; j < known[i].samples; ++j) {
			struct sample *sample = &run.cells[0].samples[j];
			sample->latency.p99 = (j * 7) % known[i].samples;
			// Of 1000 items; so many seconds per million
			sample->user_ns = sample->latency.p99 * 6e5;
			sample->system_ns = sample->latency.p99 * 4e5;
			sample->delivered = 1000;
		}
		static const size_t numbers[] = {offsetof(struct sample, latency.p99), FIGURES_CPU};
		for (size_t j = 0; j < 2; ++j) {
			double low;
			double high;
			double median = figures_median(&run.cells[0], numbers[j], &low, &high);
			double middle = known[i].samples > 0 ? (known[i].samples - 1) / 2.0 : NAN;
			assert_true(is_about(median, middle));
			assert_true(is_about(low, known[i].low));
			assert_true(is_about(high, known[i].high));
		}
		run_destroy(&run);
	}
}

static void groups_differ_in_all_but_queue_and_wait(void **state)
{
	(void)state;
	struct run run = make_run();
	struct run_cell cells[12];
	for (size_t i = 0; i < 12; ++i) {
		cells[i] = pairwise;
	}
	cells[1].cell.queue = "two";
	cells[1].cell.wait = CHANNEL_PARK;
	cells[2].cell.workload = "mixed";
	cells[3].cell.threads = 4;
	cells[4].cell.producers = 1;
	cells[5].cell.work = 100;
	cells[6].cell.batch = 4;
	cells[7].cell.load = 0.5;
	cells[8].cell.indirect = true;
	cells[9].cell.capacity = 64;
	cells[10].cell.place = PLACE_PACKAGE;
	cells[11].unit = RUN_NANOSECONDS;
	for (size_t i = 0; i < 12; ++i) {
		add_cell(&run, &cells[i], 1e7, 4);
	}
	size_t count;
	struct run_group *groups = run_groups(&run, &count);
	assert_non_null(groups);
	assert_int_equal(count, 11);
	assert_int_equal(groups[0].count, 2);
	assert_int_equal(groups[0].cells[1], 1);
	assert_false(run_cell_same(&run.cells[0], &run.cells[1]));
	assert_true(run_cell_same(&run.cells[1], &run.cells[1]));
	run_groups_free(groups, count);
	run_destroy(&run);
}

/** Makes a run with all that it can hold, each with a value of its own. */
static struct run make_whole(void)
{
	struct run run = make_filled();
	struct contract contract = {
		.name = "one",
		.title = "a ring",
		.source = "nobody",
		.bounded = 1,
		.dequeue = QUEUE_WAIT_FREE,
		.order = QUEUE_PRODUCER_FIFO,
		.max_consumers = 1,
		.exact_empty = true,
		.waits = 1U << CHANNEL_PARK,
	};
	struct run_gap gap = {"two", "pairwise", 2, 2, 2, "serves nobody"};
	run.settings.shape = (struct run_shape){"small.shape", 4, 5};
	assert_int_equal(run_add_contract(&run, "one", &contract), 0);
	assert_int_equal(run_add_gap(&run, &gap), 0);
	struct sample *sample = &run.cells[0].samples[0];
	struct codec_pairs *histogram = &sample->latency.histogram;
	sample->latency.count = 3;
	sample->latency.p9999 = 9;
	histogram->pairs = calloc(2, sizeof(*histogram->pairs));
	assert_non_null(histogram->pairs);
	histogram->pairs[1][0] = 77;
	histogram->pairs[1][1] = 1;
	histogram->count = 2;
	sample->counters = (struct sample_counters){1e9, 2e9};
	sample->fill_ns = 0.5;
	run.cells[1].native_batch = 0;
	run.cells[1].order = QUEUE_UNORDERED;
	run.cells[1].called = run.cells[1].order_counts = run.cells[1].oversubscribed = true;
	run.interrupted = true;
	return run;
}

static void runs_come_back_as_they_were(void **state)
{
	(void)state;
	struct run run = make_whole();
	// They are made again of what is read
	assert_int_equal(run_summarize(&run, false), 0);
	assert_int_equal(replace_check("out.json"), 0);
	assert_int_equal(count_files(), 0);
	assert_int_equal(run_write("out.json", &run), 0);
	assert_int_equal(count_files(), 1);
	char *error;
	struct run back;
	assert_int_equal(run_read(&back, "out.json", &error), 0);
	assert_null(error);
	json_t *before = run_json(&run);
	json_t *after = run_json(&back);
	assert_true(json_equal(before, after));
	assert_int_equal(back.cells[1].cell.wait, CHANNEL_YIELD);
	assert_true(isnan(back.cells[0].samples[0].drain_ns));
	assert_true(back.cells[0].samples[0].fill_ns == 0.5);
	assert_int_equal(back.cells[0].samples[0].latency.histogram.pairs[1][0], 77);
	assert_int_equal(run_contract(&back, "one")->dequeue, QUEUE_WAIT_FREE);
	assert_true(run_same_shape(&run, &back));
	back.settings.shape.file = "other.shape";
	assert_false(run_same_shape(&run, &back));
	json_decref(before);
	json_decref(after);
	run_destroy(&run);
	run_destroy(&back);
}

/** A path that the program passes to itself arrives unchanged, whatever its bytes. */
static void paths_of_any_bytes_come_back(void **state)
{
	(void)state;
	char all[256];
	for (int byte = 1; byte < 256; ++byte) {
		all[byte - 1] = (char)byte;
	}
	all[255] = '\0';
	const char *const paths[] = {
		"",
		"plain/name.so",
		"caf\xc3\xa9 \xe2\x82\xac",
		"caf\xe9",
		"\xff\xfe",
		"\xee\xbe\x80\xff",
		"\xee\xbf\xbf",
		all,
		"\xc3",
		"\\xff",
	};
	for (size_t i = 0; i < sizeof(paths) / sizeof(*paths); ++i) {
		json_t *json = json_path(paths[i]);
		char *text = json_dumps(json, JSON_ENCODE_ANY);
		json_t *again = json_loads(text, JSON_DECODE_ANY, NULL);
		char *path = json_path_of(again);
		assert_string_equal(path, paths[i]);
		free(path);
		free(text);
		json_decref(again);
		json_decref(json);
	}
	assert_null(json_path_of(NULL));
}

static void bytes_that_are_no_text_are_written_in_hex(void **state)
{
	(void)state;
	struct run run;
	struct run_settings settings = {0};
	struct run_cell cell = pairwise;
	struct contract contract = {.name = "\xfe"};
	cell.cell.queue = "./\xc3\xa4\xfe.so";
	struct machine machine;
	machine_clear(&machine);
	assert_int_equal(run_create(&run, "qbench \xff", &machine, &settings), 0);
	assert_int_equal(run_add_cell(&run, &cell), 0);
	assert_int_equal(run_add_contract(&run, cell.cell.queue, &contract), 0);
	assert_int_equal(run_write("out.json", &run), 0);
	char *error;
	struct run back;
	assert_int_equal(run_read(&back, "out.json", &error), 0);
	assert_string_equal(back.command, "qbench \\xff");
	assert_string_equal(back.cells[0].cell.queue, "./\xc3\xa4\\xfe.so");
	assert_non_null(run_contract(&back, back.cells[0].cell.queue));
	run_destroy(&run);
	run_destroy(&back);
}

static void assert_refused(const char *path, int error)
{
	errno = 0;
	assert_int_equal(replace_check(path), -1);
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
	assert_int_equal(replace_check("file"), 0);
	assert_int_equal(replace_check("there/out.json"), 0);
	assert_int_equal(replace_check("/dev/null"), 0);
	if (geteuid() != 0) {
		assert_int_equal(chmod("there", 0555), 0);
		assert_refused("there/out.json", EACCES);
		assert_int_equal(chmod("file", 0444), 0);
		assert_refused("file", EACCES);
	}
	assert_int_equal(count_files(), 2);
}

/** Writes a run where no file may be larger than `bytes`. Returns the exit status. */
static int write_on_small_disk(const struct run *run, rlim_t bytes)
{
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		struct rlimit limit = {bytes, bytes};
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(run_write("out.json", run) == 0 ? 0 : errno);
	}
	int status;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static void full_disk_leaves_the_older_results(void **state)
{
	(void)state;
	struct run older = make_run();
	assert_int_equal(run_write("out.json", &older), 0);
	struct run newer = make_filled();
	static const rlim_t sizes[] = {0, 1, 4096, 10000};
	for (size_t i = 0; i < 4; ++i) {
		assert_int_equal(write_on_small_disk(&newer, sizes[i]), EFBIG);
		assert_int_equal(count_files(), 1);
		char *error;
		struct run back;
		assert_int_equal(run_read(&back, "out.json", &error), 0);
		assert_int_equal(back.cell_count, 0);
		run_destroy(&back);
	}
	assert_int_equal(write_on_small_disk(&newer, 1 << 24), 0);
	assert_true(run_write("/dev/full", &newer) == -1 && errno == ENOSPC);
	assert_true(run_write("nowhere/out.json", &newer) == -1 && errno == ENOENT);
	run_destroy(&older);
	run_destroy(&newer);
}

static void links_and_pipes_are_written_through(void **state)
{
	(void)state;
	struct run results = make_run();
	struct stat found;
	assert_int_equal(mkdir("there", 0755), 0);
	assert_int_equal(run_write("there/out.json", &results), 0);
	assert_int_equal(symlink("there/out.json", "link"), 0);
	assert_int_equal(run_finish(&results, true), 0);
	assert_int_equal(run_write("link", &results), 0);
	assert_int_equal(lstat("link", &found), 0);
	assert_true(S_ISLNK(found.st_mode));
	char *error;
	struct run back;
	assert_int_equal(run_read(&back, "there/out.json", &error), 0);
	assert_true(back.interrupted);
	run_destroy(&back);
	assert_int_equal(run_write("/dev/null", &results), 0);
	assert_int_equal(stat("/dev/null", &found), 0);
	assert_true(S_ISCHR(found.st_mode));
	run_destroy(&results);
}

/** Asserts that a file with this text is refused with this message. */
static void assert_unreadable(const char *text, const char *message)
{
	FILE *stream = fopen("bad.json", "w");
	assert_non_null(stream);
	fputs(text, stream);
	fclose(stream);
	char *error;
	struct run run;
	assert_int_equal(run_read(&run, "bad.json", &error), -1);
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
	assert_unreadable(HEAD "[{" CELL "\"unit\": \"s\"}]}",
			  "\"unit\" is \"s\", which is none of \"items/s\", \"ns\"");
	assert_unreadable(HEAD "[{" CELL "\"unit\": \"ns\", \"samples\": [{}]}]}",
			  "cell 1, sample 1 has no \"verdict\"");
	assert_unreadable(HEAD "[{" CELL
			       "\"unit\": \"ns\", \"samples\": [{\"verdict\": \"ok\"}]}]}",
			  "has no value");
	static const char *const values[] = {"-1", "5e-324", "1.7e308"};
	for (size_t i = 0; i < 3; ++i) {
		char text[1024];
		snprintf(text, sizeof(text),
			 HEAD "[{" CELL "\"unit\": \"ns\", \"samples\": [{\"verdict\": \"ok\", "
			      "\"value\": %s}]}]}",
			 values[i]);
		assert_unreadable(text, "cell 1, sample 1 has a value that no clock can measure");
	}
	assert_unreadable(HEAD
			  "[{" CELL
			  "\"unit\": \"ns\", \"samples\": [{\"verdict\": \"ok\", \"value\": 7, "
			  "\"slept_ns\": {\"p50\": 5, \"p99\": -5}}]}]}",
			  "cell 1, sample 1: \"p99\" of its \"slept_ns\" is out of range: -5");
	assert_unreadable(HEAD
			  "[{" CELL
			  "\"unit\": \"ns\", \"samples\": [{\"verdict\": \"ok\", \"value\": 7, "
			  "\"latency_ns\": {\"max\": 1e300}}]}]}",
			  "\"max\" of its \"latency_ns\" is out of range: 1e+300");
	char *error;
	struct run run;
	assert_int_equal(run_read(&run, "nowhere.json", &error), -1);
	assert_string_equal(error, strerror(ENOENT));
	free(error);
	assert_int_equal(run_read(&run, ".", &error), -1);
	assert_string_equal(error, strerror(EISDIR));
	free(error);
}

/** All tables of a run as text, for the caller to free. */
static char *print_tables(const struct run *run)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	assert_non_null(stream);
	assert_int_equal(table_print(run, stream), 0);
	fclose(stream);
	return text;
}

static void assert_fits(const char *text)
{
	for (const char *line = text; *line;) {
		size_t length = strcspn(line, "\n");
		if (length > TERMINAL_WIDTH) {
			fail_msg("%zu columns: %.*s", length, (int)length, line);
		}
		assert_true(length == 0 || line[length - 1] != ' ');
		line += length + (line[length] == '\n');
	}
}

static void tables_rank_and_say_what_is_void(void **state)
{
	(void)state;
	struct run results = make_filled();
	results.quiet.others_before = results.quiet.others = 0.5;
	results.quiet.repeats = 3;
	char *text = print_tables(&results);
	assert_fits(text);
	assert_non_null(strstr(text, "\n\nThe machine was busy: "));
	const char *best = strstr(text, "\nbest      two ");
	const char *slower = strstr(text, "\nslower    one ");
	const char *unsupported = strstr(text, "unsupported: has one consumer");
	const char *failed = strstr(text, "VOID: item 17 of producer 2 was delivered twice");
	const char *floor = strstr(text, "\nfloor\n          nothing ");
	assert_true(best && slower && unsupported && failed && floor);
	assert_true(best < slower && slower < unsupported && unsupported < failed &&
		    failed < floor);
	assert_true(!strstr(text, "oversubscribed") && !strstr(text, "pointer"));
	free(text);
	run_destroy(&results);
}

static void tables_label_what_is_not_comparable(void **state)
{
	(void)state;
	struct run results = make_run();
	struct run_cell cell = pairwise;
	cell.cell.batch = 16;
	cell.cell.threads = 64;
	cell.oversubscribed = true;
	cell.called = true;
	cell.native_batch = 0;
	add_cell(&results, &cell, 0.99e7, 3);
	cell.cell.queue = "./a/very/long/path/to/a/module/that/has/a/name.so";
	cell.native_batch = 1;
	add_cell(&results, &cell, 1e7, 3);
	assert_int_equal(run_finish(&results, false), 0);
	char *text = print_tables(&results);
	assert_fits(text);
	assert_non_null(strstr(text, "64 threads (oversubscribed), 16 at a time"));
	assert_non_null(strstr(text, "\nundecided one*+ "));
	assert_true(strstr(text, "name.so* ") && !strstr(text, "..."));
	assert_true(strstr(text, "called through a pointer") && strstr(text, "batches of its own"));
	assert_non_null(strstr(text, "\nundecided: "));
	// One of two is open: whichever costs least, most are undecided
	assert_null(strstr(text, "\nbest   "));
	free(text);
	run_destroy(&results);
}

/** Makes a run with a fast queue without order among others; order may count or not. */
static struct run make_mixed(bool order_counts)
{
	static const struct {
		const char *queue;
		enum queue_order order;
		double value;
	} made[] = {
		{"stack", QUEUE_UNORDERED, 9e7},     {"heap", QUEUE_UNORDERED, 1e7},
		{"lists", QUEUE_PRODUCER_FIFO, 6e7}, {"ring", QUEUE_FIFO, 3e7},
		{"list", QUEUE_FIFO, 2e7},	     {"nothing", QUEUE_FIFO, 5e8},
	};
	struct run run = make_run();
	for (size_t i = 0; i < 6; ++i) {
		struct run_cell cell = pairwise;
		cell.cell.queue = made[i].queue;
		cell.order = made[i].order;
		cell.order_counts = order_counts;
		cell.floor = i == 5;
		add_cell(&run, &cell, made[i].value, 14);
	}
	assert_int_equal(run_finish(&run, false), 0);
	return run;
}

static void other_orders_are_ranked_apart_where_order_counts(void **state)
{
	(void)state;
	static const enum verdict verdicts[] = {VERDICT_BEST, VERDICT_SLOWER, VERDICT_BEST,
						VERDICT_BEST, VERDICT_SLOWER, VERDICT_FLOOR};
	struct run results = make_mixed(true);
	double ratios[6];
	for (size_t i = 0; i < 6; ++i) {
		ratios[i] = results.cells[i].summary.ratio;
		assert_int_equal(results.cells[i].summary.verdict, verdicts[i]);
	}
	assert_true(ratios[1] > 8 && ratios[3] == 1 && ratios[4] < 1.6 && ratios[5] < 0.07);
	char *text = print_tables(&results);
	assert_fits(text);
	static const char *const lines[] = {
		"\nbest      ring ",
		"\nslower    list ",
		"\norder FIFO per producer\nbest      lists ",
		"\norder none\nbest      stack ",
		"\nslower    heap ",
		"\nfloor\n          nothing ",
		"\norder of less than FIFO is promised",
	};
	const char *at = text;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); ++i) {
		at = strstr(at, lines[i]);
		assert_non_null(at);
	}
	assert_null(strchr(text, '^'));
	free(text);
	run_destroy(&results);
}

/** Two states of the machine, in which hand-overs take 100 or 400 ns: two bounces in both. */
static void hand_overs_are_told_in_bounces(void **state)
{
	(void)state;
	struct run results = make_run();
	for (unsigned int consumers = 1; consumers <= 2; ++consumers) {
		struct run_cell cell = pairwise;
		cell.unit = RUN_NANOSECONDS;
		cell.cell.producers = 1;
		cell.cell.consumers = consumers;
		assert_int_equal(run_add_cell(&results, &cell), 0);
		for (int i = 0; i < 15; ++i) {
			bool slow = i % 3 == 0;
			struct sample sample = make_sample(slow ? 400 : 100, i);
			sample.bounce_before = slow ? NAN : 40;
			sample.bounce_after = slow ? 200 : 60;
			assert_int_equal(
				run_cell_add_sample(&results.cells[consumers - 1], &sample), 0);
		}
	}
	// A sample of before
	struct sample sample = make_sample(100, 15);
	assert_int_equal(run_cell_add_sample(&results.cells[0], &sample), 0);
	assert_int_equal(run_finish(&results, false), 0);
	struct figures figures;
	figures_of(&figures, &results.cells[0]);
	assert_true(figures.bounces == 2);
	figures_of(&figures, &results.cells[1]);
	assert_true(isnan(figures.bounces));
	char *text = print_tables(&results);
	const char *title = strstr(text, " bounces ");
	assert_non_null(title);
	assert_null(strstr(title + 1, " bounces "));
	assert_non_null(strstr(title, " 2.00 "));
	free(text);
	run_destroy(&results);
}

static void other_orders_are_labelled_where_order_does_not_count(void **state)
{
	(void)state;
	struct run results = make_mixed(false);
	for (size_t i = 0; i < 5; ++i) {
		assert_int_equal(results.cells[i].summary.verdict,
				 i == 0 ? VERDICT_BEST : VERDICT_SLOWER);
	}
	char *text = print_tables(&results);
	assert_fits(text);
	assert_non_null(strstr(text, "\nbest      stack^ "));
	assert_non_null(strstr(text, "\nslower    lists^ "));
	assert_non_null(strstr(text, "\nslower    ring "));
	assert_non_null(strstr(text, "\n^     promises less order"));
	assert_null(strstr(text, "\norder "));
	free(text);
	run_destroy(&results);
}

static void extreme_numbers_stay_inside_of_the_table(void **state)
{
	(void)state;
	static const double values[] = {0, 0.001, 1, 999.5, 1e6, 9.9999e6, 1e9, 1e12, 1e300};
	for (int unit = RUN_ITEMS_PER_SECOND; unit <= RUN_NANOSECONDS; ++unit) {
		struct run results = make_run();
		struct run_cell cell = pairwise;
		cell.unit = (enum run_unit)unit;
		for (size_t i = 0; i < 9; ++i) {
			add_cell(&results, &cell, values[i], 9);
			struct sample *sample = &results.cells[i].samples[0];
			sample->delivered = sample->delivered_all = (double)i;
			sample->full = 9e18;
		}
		assert_int_equal(run_finish(&results, false), 0);
		char *text = print_tables(&results);
		assert_fits(text);
		free(text);
		run_destroy(&results);
	}
}

static void table_that_cannot_be_written_fails(void **state)
{
	(void)state;
	struct run results = make_filled();
	FILE *stream = fopen("/dev/full", "w");
	assert_non_null(stream);
	assert_int_equal(table_print(&results, stream), -1);
	assert_int_equal(errno, ENOSPC);
	fclose(stream);
	run_destroy(&results);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, enter_folder, leave_folder)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(cells_are_summarized_in_their_groups),
		TEST(medians_have_intervals),
		TEST(groups_differ_in_all_but_queue_and_wait),
		TEST(runs_come_back_as_they_were),
		TEST(bytes_that_are_no_text_are_written_in_hex),
		TEST(paths_of_any_bytes_come_back),
		TEST(paths_that_cannot_be_written_are_refused),
		TEST(full_disk_leaves_the_older_results),
		TEST(links_and_pipes_are_written_through),
		TEST(what_is_no_result_is_refused),
		TEST(tables_rank_and_say_what_is_void),
		TEST(tables_label_what_is_not_comparable),
		TEST(hand_overs_are_told_in_bounces),
		TEST(other_orders_are_ranked_apart_where_order_counts),
		TEST(other_orders_are_labelled_where_order_does_not_count),
		TEST(extreme_numbers_stay_inside_of_the_table),
		TEST(table_that_cannot_be_written_fails),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
