// SPDX-License-Identifier: MIT

/** Runs each check in a process of its own. The death of that process is a finding, too. */

#include "verify/verify.h"

#include "catalog/contract.h"
#include "document/codec.h"
#include "document/json.h"
#include "process/child.h"
#include "process/interrupt.h"
#include "registry.h"
#include "verify/allocator.h"
#include "verify/verify_table.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Nanoseconds that a check may take beyond its time, for its last round and its watchdog. */
#define PATIENCE ((uint64_t)20000000000 * BUILD_SLOW)

/** Least time of a check, in nanoseconds. */
#define LEAST 100000000

/** Lines that are shown of the standard error of a process that died. */
#define LAST_LINES 30

static uint64_t weight_of(const struct check *check)
{
	return check->weight ? check->weight : 1;
}

static const char *last_lines(const char *text)
{
	size_t length = strlen(text);
	unsigned int lines = 0;
	while (length > 0) {
		if (text[length - 1] == '\n' && lines++ == LAST_LINES) {
			break;
		}
		--length;
	}
	return text + length;
}

/** The text, kept in `texts`. NULL with ENOMEM. */
__attribute__((format(printf, 2, 3))) static const char *text_of(struct texts *texts,
								 const char *format, ...)
{
	char *text;
	va_list arguments;
	va_start(arguments, format);
	int length = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (length < 0) {
		return NULL;
	}
	const char *kept = texts_keep(texts, text);
	free(text);
	return kept;
}

/** Makes the finding of a check that could not be made. 0, or -1 with errno. */
static int skipped(struct finding *finding, const char *reason)
{
	finding->verdict = FINDING_SKIPPED;
	finding->summary = "skipped";
	finding->reason = reason;
	return reason ? 0 : -1;
}

/** Makes the finding of a process that printed none, from how it ended. 0, or -1 with errno. */
static int end_finding(const struct child *child, uint64_t seed, struct texts *texts,
		       struct finding *finding)
{
	const char *said = child->errors ? child->errors : "";
	char how[128];
	child_describe(child, how, sizeof(how));
	if (child->end == CHILD_TAKEN) {
		return skipped(finding, text_of(texts, "%s", how));
	}
	if (!*child->output) {
		return skipped(finding, text_of(texts, "%s before the check began: %.*s", how,
						(int)strcspn(said, "\n"), said));
	}
	if (strstr(said, ALLOCATOR_REFUSED)) {
		return skipped(finding,
			       text_of(texts, "the system had no more memory, and %s", how));
	}
	finding->verdict = FINDING_FAILED;
	finding->failed_seed = seed;
	finding->detail = text_of(texts, "%s\n%s", how, last_lines(said));
	return finding->detail ? 0 : -1;
}

/** Makes the finding from the output of a process, or from how it ended. 0, or -1 with errno. */
static int child_finding(const struct child *child, uint64_t seed, struct texts *texts,
			 struct finding *finding)
{
	json_t *printed = child->end == CHILD_ENDED && child->status == 0
				  ? json_loads(child->output, 0, NULL)
				  : NULL;
	struct finding read;
	char *error = NULL;
	bool whole = codec_read(&finding_codec, printed, &read, texts, "a finding", &error) == 0;
	json_decref(printed);
	free(error);
	codec_free(&finding_codec, whole ? finding : &read);
	if (!whole) {
		return end_finding(child, seed, texts, finding);
	}
	*finding = read;
	return 0;
}

/** The request for the process of a check; free() it. NULL with ENOMEM. */
static char *request_text(const char *queue, const struct check *check, uint64_t seed,
			  uint64_t duration)
{
	json_t *request =
		json_pack("{s:o, s:s, s:I, s:I}", "queue", json_path(queue), "check", check->name,
			  "seed", (json_int_t)seed, "duration", (json_int_t)duration);
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	json_decref(request);
	if (!text) {
		errno = ENOMEM;
	}
	return text;
}

/** Runs one check. 0, or -1 with errno. */
static int run_check(const char *queue, const struct check *check, uint64_t seed, uint64_t duration,
		     struct texts *texts, struct finding *finding)
{
	struct child child;
	uint64_t began = clock_now();
	char *request = request_text(queue, check, seed, duration);
	if (!request || finding_begin(finding, check->name) != 0) {
		free(request);
		return -1;
	}
	int result = child_run(&child, "check", request, duration + PATIENCE, true);
	free(request);
	if (result == 0) {
		result = child_finding(&child, seed, texts, finding);
		child_destroy(&child);
	} else if (errno != EINTR) {
		result = skipped(finding, text_of(texts, "its process could not be started: %s",
						  strerror(errno)));
	}
	finding->seconds = (double)(clock_now() - began) / 1e9;
	if (result != 0) {
		codec_free(&finding_codec, finding);
	}
	return result;
}

struct runner {
	const struct verify_request *request;
	struct verify_table *table;
	uint64_t until;
	/** Sum of the weights of the checks to come. */
	uint64_t weights;
};

/** Nanoseconds of a check: its share of the time that is left. */
static uint64_t share_of(const struct runner *runner, const struct check *check)
{
	uint64_t now = clock_now();
	uint64_t left = runner->until > now ? runner->until - now : 0;
	uint64_t share = left / runner->weights * weight_of(check);
	return share > LEAST ? share : LEAST;
}

/** Runs all checks of a queue. 0, or -1 with errno. */
static int run_queue(struct runner *runner, struct findings_queue *queue, struct texts *texts)
{
	for (const struct check **check = runner->request->checks; *check; ++check) {
		struct finding finding;
		if (interrupt_noted()) {
			errno = EINTR;
			return -1;
		}
		verify_table_begin_check(runner->table);
		if (run_check(queue->name, *check, runner->request->seed, share_of(runner, *check),
			      texts, &finding) != 0 ||
		    findings_add(queue, &finding) != 0) {
			return -1;
		}
		runner->weights -= weight_of(*check);
		verify_table_found(runner->table, &queue->checks[queue->check_count - 1]);
	}
	return 0;
}

/** Runs all checks of all queues. 0, or -1 with errno. */
static int run_queues(struct runner *runner, struct findings *findings)
{
	for (char **name = runner->request->queues; *name; ++name) {
		char *error;
		const struct registry_queue *found = registry_find(*name, &error);
		if (!found) {
			free(error);
			errno = ENOMEM;
			return -1;
		}
		struct contract claims;
		contract_of(found->pool->queue, &claims);
		struct findings_queue *queue = findings_add_queue(findings, *name, &claims);
		if (!queue) {
			return -1;
		}
		verify_table_begin_queue(runner->table, *name);
		if (run_queue(runner, queue, &findings->texts) != 0) {
			return -1;
		}
	}
	return 0;
}

int verify_run(const struct verify_request *request, struct verify_table *table,
	       struct findings *findings)
{
	uint64_t began = clock_now();
	struct runner runner = {
		.request = request,
		.table = table,
		.until = began + request->budget,
	};
	for (char **name = request->queues; *name; ++name) {
		for (const struct check **check = request->checks; *check; ++check) {
			runner.weights += weight_of(*check);
		}
	}
	findings->seed = request->seed;
	findings->budget = (double)request->budget / 1e9;
	allocator_preload();
	interrupt_begin();
	int result = run_queues(&runner, findings);
	int error = errno;
	findings->interrupted = result != 0 && (interrupt_noted() || error == EINTR);
	findings->seconds = (double)(clock_now() - began) / 1e9;
	if (findings->interrupted) {
		findings->interruption =
			texts_keep(&findings->texts, strsignal(interrupt_signal()));
	}
	interrupt_end();
	errno = error;
	return findings->interrupted ? 0 : result;
}
