// SPDX-License-Identifier: MIT
// not-under: tsan (it has one thread)

/** Findings of verify: they are read back as they were written, and older files can be read. */

#include "results/findings.h"

#include "harness.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct contract contract = {
	.title = "a title",
	.bounded = 1,
	.enqueue = QUEUE_LOCK_FREE,
	.dequeue = QUEUE_BLOCKING,
	.order = QUEUE_PRODUCER_FIFO,
	.exact_empty = true,
};

static struct finding some_finding(void)
{
	struct finding finding;
	assert_return_code(finding_begin(&finding, "stress"), errno);
	finding.verdict = FINDING_FAILED;
	finding.rounds = 7;
	finding.failed_seed = 1234567890123;
	finding.seconds = 1.5;
	finding.summary = "3M items";
	finding.detail = "item 1 was lost\n";
	assert_return_code(finding_add_number(&finding, "items", 17), errno);
	assert_return_code(finding_add_text(&finding, "explored", "all"), errno);
	return finding;
}

/** Writes findings to a file, and reads them again. */
static struct findings *again(const struct findings *findings)
{
	char path[] = "/tmp/qbench-findings-XXXXXX";
	int descriptor = mkstemp(path);
	char *error;
	assert_return_code(descriptor, errno);
	assert_return_code(findings_write(path, findings), errno);
	json_t *document = json_load_file(path, 0, NULL);
	unlink(path);
	close(descriptor);
	assert_non_null(document);
	struct findings *read = findings_read(document, &error);
	assert_null(error);
	assert_non_null(read);
	json_decref(document);
	return read;
}

static void what_is_written_is_read_again(void **state)
{
	(void)state;
	struct findings findings = {.command = "qbench verify",
				    .seconds = 2.5,
				    .interrupted = true,
				    .interruption = "Hangup",
				    .seed = 99,
				    .budget = 20,
				    .machine = json_pack("{s:s}", "processor", "one")};
	struct findings_queue *queue = findings_add_queue(&findings, "a=b", &contract);
	struct finding finding = some_finding();
	struct finding skipped;
	assert_return_code(findings_add(queue, &finding), errno);
	assert_return_code(finding_begin(&skipped, "order"), errno);
	skipped.verdict = FINDING_SKIPPED;
	skipped.reason = "claims FIFO";
	assert_return_code(findings_add(queue, &skipped), errno);

	struct findings *read = again(&findings);
	assert_string_equal(read->command, "qbench verify");
	assert_string_equal(read->interruption, "Hangup");
	assert_true(read->interrupted);
	assert_true(json_equal(read->machine, findings.machine));
	assert_int_equal(read->seed, 99);
	assert_float_equal(read->budget, 20, 0);
	assert_float_equal(read->seconds, 2.5, 0);
	assert_true(findings_any_failed(read));
	assert_int_equal(read->queue_count, 1);
	queue = &read->queues[0];
	assert_string_equal(queue->name, "a=b");
	assert_int_equal(queue->claims.enqueue, QUEUE_LOCK_FREE);
	assert_int_equal(queue->claims.dequeue, QUEUE_BLOCKING);
	assert_int_equal(queue->claims.order, QUEUE_PRODUCER_FIFO);
	assert_true(queue->claims.bounded && queue->claims.exact_empty);
	assert_false(queue->claims.exact_full);
	assert_string_equal(queue->claims.title, "a title");
	const struct finding *found = findings_of(queue, "stress");
	assert_int_equal(found->verdict, FINDING_FAILED);
	assert_int_equal(found->rounds, 7);
	assert_int_equal(found->failed_seed, 1234567890123);
	assert_float_equal(found->seconds, 1.5, 0);
	assert_string_equal(found->summary, "3M items");
	assert_string_equal(found->detail, "item 1 was lost\n");
	assert_string_equal(found->reason, "");
	assert_float_equal(finding_number(found, "items"), 17, 0);
	assert_string_equal(json_string_value(json_object_get(found->figures, "explored")), "all");
	assert_string_equal(findings_of(queue, "order")->reason, "claims FIFO");
	assert_null(findings_of(queue, "model"));
	findings_free(read);
	findings_destroy(&findings);
}

static void nothing_is_lost_for_a_name_of_any_bytes(void **state)
{
	(void)state;
	struct findings findings = {0};
	struct findings_queue *queue = findings_add_queue(&findings, "./\xff\xfe.so", &contract);
	struct finding finding;
	assert_return_code(finding_begin(&finding, "stress"), errno);
	finding.detail = "it said \x80\n";
	assert_return_code(finding_add_number(&finding, "ratio", NAN), errno);
	assert_return_code(findings_add(queue, &finding), errno);
	struct findings *read = again(&findings);
	assert_string_equal(read->queues[0].name, "./\\xff\\xfe.so");
	assert_string_equal(read->queues[0].checks[0].detail, "it said \\x80\n");
	assert_int_equal(json_object_size(read->queues[0].checks[0].figures), 0);
	findings_free(read);
	findings_destroy(&findings);
}

/** Reads a document from text. */
static struct findings *read_text(const char *text, char **error)
{
	json_t *document = json_loads(text, 0, NULL);
	assert_non_null(document);
	struct findings *findings = findings_read(document, error);
	json_decref(document);
	return findings;
}

static void files_of_before_are_read(void **state)
{
	(void)state;
	char *error;
	struct findings *findings = read_text(
		"{\"format\": \"qbench-verify/1\", \"command\": \"qbench verify\", "
		"\"interrupted\": false, \"machine\": {}, \"settings\": {\"seed\": 1, "
		"\"budget_s\": 110}, \"queues\": [{\"queue\": \"q\", \"claims\": {\"order\": "
		"\"none\"}, \"checks\": [{\"verdict\": \"skipped\", \"summary\": \"-\", "
		"\"detail\": \"\", \"rounds\": 0, \"failed_seed\": 0, \"figures\": {\"skipped\": "
		"\"it has no wait that sleeps\"}, \"check\": \"waiting\", \"seconds\": 0.003}]}]}",
		&error);
	assert_null(error);
	assert_non_null(findings);
	assert_string_equal(findings->queues[0].checks[0].reason, "it has no wait that sleeps");
	assert_int_equal(findings->queues[0].claims.order, QUEUE_UNORDERED);
	findings_free(findings);
}

static void others_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *message;
	} cases[] = {
		{"[]", "format"},
		{"{\"format\": \"qbench-verify/9\"}", "qbench-verify/9"},
		{"{\"format\": \"qbench-verify/1\"}", "queues"},
		{"{\"format\": \"qbench-verify/1\", \"queues\": [{\"queue\": \"q\"}]}", "claims"},
		{"{\"format\": \"qbench-verify/1\", \"queues\": [{\"queue\": \"q\", \"claims\": "
		 "{}, "
		 "\"checks\": [{\"check\": \"c\", \"verdict\": \"maybe\"}]}]}",
		 "queue 1, check 1: \"verdict\" is \"maybe\""},
		{"{\"format\": \"qbench-verify/1\", \"queues\": [{\"queue\": \"q\", \"claims\": "
		 "{}, "
		 "\"checks\": [7]}]}",
		 "queue 1, check 1 is not an object"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); ++i) {
		char *error;
		assert_null(read_text(cases[i].text, &error));
		assert_non_null(strstr(error, cases[i].message));
		free(error);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(nothing_is_lost_for_a_name_of_any_bytes),
		cmocka_unit_test(files_of_before_are_read),
		cmocka_unit_test(others_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
