// SPDX-License-Identifier: MIT

/** Running checks: each in a process of its own, whose death is a finding too. */

#include "verify/verify.h"

#include "catalog/contract.h"
#include "process/child.h"
#include "process/interrupt.h"
#include "registry.h"
#include "verify/allocator.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** What a check may take beside its time, in nanoseconds: for its last round, and its watchdog. */
#define PATIENCE ((uint64_t)20000000000 * CHECK_SLOW)

/** The least that a check is given, in nanoseconds. */
#define LEAST 100000000

/** Lines of a dead process's standard error that are shown. */
#define LAST_LINES 30

static uint64_t weight_of(const struct check *check)
{
	return check->weight ? check->weight : 1;
}

enum check_verdict verify_verdict(const json_t *finding)
{
	const char *name = json_string_value(json_object_get(finding, "verdict"));
	for (int v = CHECK_PASSED; name && v < CHECK_SKIPPED; ++v) {
		if (strcmp(name, check_verdict_name((enum check_verdict)v)) == 0) {
			return (enum check_verdict)v;
		}
	}
	return CHECK_SKIPPED;
}

const json_t *verify_finding(const json_t *queue, const char *check)
{
	size_t index;
	json_t *finding;
	json_array_foreach(json_object_get(queue, "checks"), index, finding)
	{
		const char *name = json_string_value(json_object_get(finding, "check"));
		if (name && strcmp(name, check) == 0) {
			return finding;
		}
	}
	return NULL;
}

/** The last lines of a text that may be long. */
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

/** A process that told nothing: how it ended, which is what the check found. */
static json_t *death_json(const struct child *child, uint64_t seed)
{
	char how[128];
	char *detail;
	if (child->end == CHILD_HUNG) {
		snprintf(how, sizeof(how), "the check did not end, and was killed");
	} else if (child->end == CHILD_KILLED) {
		snprintf(how, sizeof(how), "the process died: %s", strsignal(child->status));
	} else {
		snprintf(how, sizeof(how), "the process ended with status %d", child->status);
	}
	const char *said = last_lines(child->errors ? child->errors : "");
	if (asprintf(&detail, "%s\n%s", how, said) < 0) {
		return NULL;
	}
	// What a process says when it dies may be anything
	json_t *text = json_string(detail);
	if (!text) {
		text = json_string(how);
	}
	free(detail);
	return json_pack("{s:s, s:s, s:o, s:i, s:I, s:{}}", "verdict", "failed", "summary", "",
			 "detail", text, "rounds", 0, "failed_seed", (json_int_t)seed, "figures");
}

/** Run one check. Its object; NULL with errno. */
static json_t *run_check(const char *queue, const struct check *check, uint64_t seed,
			 uint64_t duration)
{
	struct child child;
	json_t *finding = NULL;
	json_t *request = json_pack("{s:s, s:s, s:I, s:I}", "queue", queue, "check", check->name,
				    "seed", (json_int_t)seed, "duration", (json_int_t)duration);
	char *words = request ? json_dumps(request, JSON_COMPACT) : NULL;
	uint64_t began = clock_now();
	json_decref(request);
	if (!words) {
		errno = ENOMEM;
		return NULL;
	}
	int result = child_run(&child, "check", words, duration + PATIENCE, true);
	free(words);
	if (result != 0) {
		return NULL;
	}
	if (child.end == CHILD_ENDED && child.status == 0) {
		finding = json_loads(child.output, 0, NULL);
	}
	if (!json_object_get(finding, "verdict")) {
		json_decref(finding);
		finding = death_json(&child, seed);
	}
	child_destroy(&child);
	if (!finding || json_object_set_new(finding, "check", json_string(check->name)) != 0 ||
	    json_object_set_new(finding, "seconds",
				json_real((double)(clock_now() - began) / 1e9)) != 0) {
		json_decref(finding);
		errno = ENOMEM;
		return NULL;
	}
	return finding;
}

struct runner {
	const struct verify_request *request;
	const struct verify_listener *listener;
	uint64_t until;
	/** Weights of the checks that are still to be run. */
	uint64_t weights;
};

/** The share of a check of the time that is left. */
static uint64_t share_of(const struct runner *runner, const struct check *check)
{
	uint64_t now = clock_now();
	uint64_t left = runner->until > now ? runner->until - now : 0;
	uint64_t share = left / runner->weights * weight_of(check);
	return share > LEAST ? share : LEAST;
}

/** All checks of a queue, into an array. 0, or -1 with errno. */
static int run_queue(struct runner *runner, const char *queue, json_t *findings)
{
	const struct verify_listener *listener = runner->listener;
	for (const struct check **check = runner->request->checks; *check; ++check) {
		if (interrupt_noted()) {
			errno = EINTR;
			return -1;
		}
		listener->check(listener->context, *check);
		json_t *finding =
			run_check(queue, *check, runner->request->seed, share_of(runner, *check));
		if (!finding || json_array_append_new(findings, finding) != 0) {
			return -1;
		}
		runner->weights -= weight_of(*check);
		listener->found(listener->context, finding);
	}
	return 0;
}

/** All queues, into an array. 0, or -1 with errno. */
static int run_queues(struct runner *runner, json_t *queues)
{
	for (char **name = runner->request->queues; *name; ++name) {
		char *error;
		const struct registry_queue *queue = registry_find(*name, &error);
		json_t *claims = queue ? contract_json(queue->pool->queue) : NULL;
		json_t *findings = json_array();
		json_t *entry = json_pack("{s:s, s:o, s:o}", "queue", *name, "claims", claims,
					  "checks", findings);
		if (!entry || json_array_append_new(queues, entry) != 0) {
			errno = ENOMEM;
			return -1;
		}
		runner->listener->queue(runner->listener->context, *name);
		if (run_queue(runner, *name, findings) != 0) {
			return -1;
		}
	}
	return 0;
}

json_t *verify_run(const struct verify_request *request, const struct verify_listener *listener,
		   bool *interrupted)
{
	struct runner runner = {
		.request = request,
		.listener = listener,
		.until = clock_now() + request->budget,
	};
	for (char **name = request->queues; *name; ++name) {
		for (const struct check **check = request->checks; *check; ++check) {
			runner.weights += weight_of(*check);
		}
	}
	json_t *queues = json_array();
	allocator_preload();
	interrupt_begin();
	int result = queues ? run_queues(&runner, queues) : -1;
	int error = errno;
	*interrupted = result != 0 && (interrupt_noted() || error == EINTR);
	interrupt_end();
	if (result != 0 && !*interrupted) {
		json_decref(queues);
		errno = error;
		return NULL;
	}
	return queues;
}
