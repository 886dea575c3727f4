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
	struct finding finding = {.verdict = FINDING_FAILED,
				  .rounds = 7,
				  .failed_seed = 1234567890123,
				  .seconds = 1.5};
	assert_return_code(finding_set(&finding.check, "stress"), errno);
	assert_return_code(finding_set(&finding.summary, "3M items"), errno);
	assert_return_code(finding_set(&finding.detail, "item 1 was lost\n"), errno);
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
	struct findings findings = {.seconds = 2.5,
				    .interrupted = true,
				    .seed = 99,
				    .budget = 20,
				    .machine = json_pack("{s:s}", "processor", "one")};
	assert_return_code(finding_set(&findings.command, "qbench verify"), errno);
	assert_return_code(finding_set(&findings.interruption, "Hangup"), errno);
	struct findings_queue *queue = findings_add_queue(&findings, "a=b", &contract);
	struct finding finding = some_finding();
	struct finding skipped = {.verdict = FINDING_SKIPPED};
	assert_return_code(findings_add(queue, &finding), errno);
	assert_null(finding.check);
	assert_return_code(finding_set(&skipped.check, "order"), errno);
	assert_return_code(finding_set(&skipped.reason, "claims FIFO"), errno);
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
	assert_null(found->reason);
	assert_float_equal(finding_number(found, "items"), 17, 0);
	assert_string_equal(
		found->figures[0].text ? found->figures[0].text : found->figures[1].text, "all");
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
	struct finding finding = {.verdict = FINDING_FAILED};
	assert_return_code(finding_set(&finding.check, "stress"), errno);
	assert_return_code(finding_set(&finding.detail, "it said \x80\n"), errno);
	assert_return_code(finding_add_number(&finding, "ratio", NAN), errno);
	assert_return_code(findings_add(queue, &finding), errno);
	struct findings *read = again(&findings);
	assert_string_equal(read->queues[0].name, "./\\xff\\xfe.so");
	assert_string_equal(read->queues[0].checks[0].detail, "it said \\x80\n");
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
		 "check 1 of queue q"},
		{"{\"format\": \"qbench-verify/1\", \"queues\": [{\"queue\": \"q\", \"claims\": "
		 "{}, "
		 "\"checks\": [7]}]}",
		 "check 1 of queue q"},
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
