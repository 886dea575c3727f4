// SPDX-License-Identifier: MIT

/** Findings of `qbench verify`: structs, one reader, one writer. */

#include "results/findings.h"

#include "document/complain.h"
#include "document/file.h"
#include "document/formats.h"
#include "document/json.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const verdict_names[] = {
	[FINDING_PASSED] = "passed",
	[FINDING_FAILED] = "failed",
	[FINDING_SHOWN] = "shown",
	[FINDING_SKIPPED] = "skipped",
};

const char *finding_verdict_name(enum finding_verdict verdict)
{
	return verdict_names[verdict];
}

int finding_set(char **field, const char *text)
{
	char *copy = text ? strdup(text) : NULL;
	if (text && !copy) {
		return -1;
	}
	free(*field);
	*field = copy;
	return 0;
}

/** A zeroed element at the end of an array. NULL with ENOMEM; the array stays as it is. */
static void *grow(void *array, size_t *count, size_t size)
{
	char *grown = reallocarray(*(void **)array, *count + 1, size);
	if (!grown) {
		return NULL;
	}
	*(void **)array = grown;
	return memset(grown + (*count)++ * size, 0, size);
}

// One finding

static struct finding_figure *add_figure(struct finding *finding, const char *name)
{
	struct finding_figure *figure =
		grow(&finding->figures, &finding->figure_count, sizeof(*figure));
	if (figure && finding_set(&figure->name, name) != 0) {
		--finding->figure_count;
		return NULL;
	}
	return figure;
}

int finding_add_number(struct finding *finding, const char *name, double value)
{
	struct finding_figure *figure = add_figure(finding, name);
	if (!figure) {
		return -1;
	}
	figure->value = value;
	return 0;
}

int finding_add_text(struct finding *finding, const char *name, const char *text)
{
	struct finding_figure *figure = add_figure(finding, name);
	return figure ? finding_set(&figure->text, text) : -1;
}

double finding_number(const struct finding *finding, const char *name)
{
	for (size_t i = 0; i < finding->figure_count; ++i) {
		if (strcmp(finding->figures[i].name, name) == 0) {
			return finding->figures[i].value;
		}
	}
	return 0;
}

void finding_destroy(struct finding *finding)
{
	for (size_t i = 0; i < finding->figure_count; ++i) {
		free(finding->figures[i].name);
		free(finding->figures[i].text);
	}
	free(finding->figures);
	free(finding->check);
	free(finding->summary);
	free(finding->reason);
	free(finding->detail);
	*finding = (struct finding){0};
}

/** A text as JSON, "" for NULL. */
static json_t *text_json(const char *text)
{
	return json_bytes(text ? text : "");
}

static json_t *figures_json(const struct finding *finding)
{
	json_t *figures = json_object();
	for (size_t i = 0; figures && i < finding->figure_count; ++i) {
		const struct finding_figure *figure = &finding->figures[i];
		// JSON has no infinity: such a figure is left out
		if (!figure->text && !isfinite(figure->value)) {
			continue;
		}
		if (json_object_set_new(figures, figure->name,
					figure->text ? text_json(figure->text)
						     : json_real(figure->value)) != 0) {
			json_decref(figures);
			figures = NULL;
		}
	}
	return figures;
}

/** A packed object or array; or NULL with ENOMEM. */
static json_t *packed(json_t *json)
{
	if (!json) {
		errno = ENOMEM;
	}
	return json;
}

json_t *finding_json(const struct finding *finding)
{
	return packed(json_pack(
		"{s:o, s:s, s:o, s:o, s:o, s:I, s:I, s:f, s:o}", "check", text_json(finding->check),
		"verdict", finding_verdict_name(finding->verdict), "summary",
		text_json(finding->summary), "reason", text_json(finding->reason), "detail",
		text_json(finding->detail), "rounds", (json_int_t)finding->rounds, "failed_seed",
		(json_int_t)finding->failed_seed, "seconds", finding->seconds, "figures",
		figures_json(finding)));
}

/** A field of an object as a string; NULL if it is none. */
static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

/** The same copied, NULL for "". */
static int read_text(char **field, const json_t *object, const char *key)
{
	const char *text = text_of(object, key);
	return finding_set(field, text && *text ? text : NULL);
}

static uint64_t read_count(const json_t *object, const char *key)
{
	json_int_t value = json_integer_value(json_object_get(object, key));
	return value > 0 ? (uint64_t)value : 0;
}

static double read_number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static int read_verdict(const json_t *object, enum finding_verdict *verdict)
{
	const char *name = text_of(object, "verdict");
	for (int v = FINDING_PASSED; name && v <= FINDING_SKIPPED; ++v) {
		if (strcmp(name, verdict_names[v]) == 0) {
			*verdict = (enum finding_verdict)v;
			return 0;
		}
	}
	errno = EINVAL;
	return -1;
}

static int read_figures(const json_t *object, struct finding *finding)
{
	const char *name;
	json_t *value;
	json_object_foreach(json_object_get(object, "figures"), name, value)
	{
		const char *text = json_string_value(value);
		if ((text ? finding_add_text(finding, name, text)
			  : finding_add_number(finding, name, json_number_value(value))) != 0) {
			return -1;
		}
	}
	return 0;
}

int finding_read(const json_t *object, struct finding *finding)
{
	*finding = (struct finding){
		.rounds = read_count(object, "rounds"),
		.failed_seed = read_count(object, "failed_seed"),
		.seconds = read_number(object, "seconds"),
	};
	// Older files have the reason among the figures
	const json_t *figures = json_object_get(object, "figures");
	bool older = !json_object_get(object, "reason");
	if (!text_of(object, "check")) {
		errno = EINVAL;
		return -1;
	}
	if (read_verdict(object, &finding->verdict) != 0 ||
	    read_text(&finding->check, object, "check") != 0 ||
	    read_text(&finding->summary, object, "summary") != 0 ||
	    read_text(&finding->detail, object, "detail") != 0 ||
	    read_text(&finding->reason, older ? figures : object, older ? "skipped" : "reason") !=
		    0 ||
	    read_figures(object, finding) != 0) {
		int error = errno;
		finding_destroy(finding);
		errno = error;
		return -1;
	}
	return 0;
}

// Queues

struct findings_queue *findings_add_queue(struct findings *findings, const char *name,
					  const struct contract *claims)
{
	struct findings_queue *queue =
		grow(&findings->queues, &findings->queue_count, sizeof(*queue));
	if (!queue) {
		return NULL;
	}
	queue->claims = *claims;
	return codec_keep(&contract_codec, &queue->claims, &findings->texts) == 0 &&
			       finding_set(&queue->name, name) == 0
		       ? queue
		       : NULL;
}

int findings_add(struct findings_queue *queue, struct finding *finding)
{
	struct finding *added = grow(&queue->checks, &queue->check_count, sizeof(*added));
	if (!added) {
		finding_destroy(finding);
		errno = ENOMEM;
		return -1;
	}
	*added = *finding;
	*finding = (struct finding){0};
	return 0;
}

const struct finding *findings_of(const struct findings_queue *queue, const char *check)
{
	for (size_t i = 0; i < queue->check_count; ++i) {
		if (strcmp(queue->checks[i].check, check) == 0) {
			return &queue->checks[i];
		}
	}
	return NULL;
}

bool findings_any_failed(const struct findings *findings)
{
	for (size_t i = 0; i < findings->queue_count; ++i) {
		const struct findings_queue *queue = &findings->queues[i];
		for (size_t j = 0; j < queue->check_count; ++j) {
			if (queue->checks[j].verdict == FINDING_FAILED) {
				return true;
			}
		}
	}
	return false;
}

void findings_destroy(struct findings *findings)
{
	for (size_t i = 0; i < findings->queue_count; ++i) {
		struct findings_queue *queue = &findings->queues[i];
		for (size_t j = 0; j < queue->check_count; ++j) {
			finding_destroy(&queue->checks[j]);
		}
		free(queue->checks);
		free(queue->name);
	}
	free(findings->queues);
	free(findings->command);
	free(findings->interruption);
	json_decref(findings->machine);
	texts_destroy(&findings->texts);
	*findings = (struct findings){0};
}

void findings_free(struct findings *findings)
{
	if (findings) {
		findings_destroy(findings);
		free(findings);
	}
}

// Writing

static json_t *queue_json(const struct findings_queue *queue)
{
	json_t *checks = json_array();
	for (size_t i = 0; i < queue->check_count; ++i) {
		if (json_array_append_new(checks, finding_json(&queue->checks[i])) != 0) {
			json_decref(checks);
			return NULL;
		}
	}
	return json_pack("{s:o, s:o, s:o}", "queue", text_json(queue->name), "claims",
			 codec_write(&contract_codec, &queue->claims), "checks", checks);
}

static json_t *document_json(const struct findings *findings)
{
	json_t *queues = json_array();
	for (size_t i = 0; i < findings->queue_count; ++i) {
		if (json_array_append_new(queues, queue_json(&findings->queues[i])) != 0) {
			json_decref(queues);
			return packed(NULL);
		}
	}
	return packed(json_pack("{s:s, s:o, s:f, s:b, s:o, s:O?, s:{s:I, s:f}, s:o}", "format",
				FORMAT_VERIFY, "command", text_json(findings->command), "seconds",
				findings->seconds, "interrupted", (int)findings->interrupted,
				"interruption", text_json(findings->interruption), "machine",
				findings->machine, "settings", "seed", (json_int_t)findings->seed,
				"budget_s", findings->budget, "queues", queues));
}

int findings_write(const char *path, const struct findings *findings)
{
	json_t *document = document_json(findings);
	int result = document ? document_write(path, document) : -1;
	int error = errno;
	json_decref(document);
	errno = error;
	return result;
}

// Reading

static int read_queue(const json_t *object, struct findings *findings, char **error)
{
	const char *name = text_of(object, "queue");
	const json_t *contract = json_object_get(object, "claims");
	struct contract claims;
	if (!name || !json_is_object(contract)) {
		return complain(error, "queue %zu has no \"queue\" or no \"claims\"",
				findings->queue_count + 1);
	}
	if (codec_read(&contract_codec, contract, &claims, &findings->texts, name, error) != 0) {
		return -1;
	}
	struct findings_queue *queue = findings_add_queue(findings, name, &claims);
	if (!queue) {
		return -1;
	}
	size_t i;
	json_t *check;
	json_array_foreach(json_object_get(object, "checks"), i, check)
	{
		struct finding finding;
		if (finding_read(check, &finding) != 0) {
			return errno != EINVAL ? -1
					       : complain(error,
							  "check %zu of queue %s has no name, or a "
							  "verdict that is not known",
							  i + 1, name);
		}
		if (findings_add(queue, &finding) != 0) {
			return -1;
		}
	}
	return 0;
}

static int read_all(const json_t *document, struct findings *findings, char **error)
{
	const char *format = text_of(document, "format");
	const json_t *queues = json_object_get(document, "queues");
	const json_t *settings = json_object_get(document, "settings");
	json_t *machine = json_object_get(document, "machine");
	if (!format || strcmp(format, FORMAT_VERIFY) != 0) {
		return complain(error, "its format is \"%s\", not \"%s\"", format ? format : "",
				FORMAT_VERIFY);
	}
	if (!json_is_array(queues)) {
		return complain(error, "it has no \"queues\"");
	}
	findings->machine = json_is_object(machine) ? json_incref(machine) : NULL;
	findings->seconds = read_number(document, "seconds");
	findings->interrupted = json_is_true(json_object_get(document, "interrupted"));
	findings->seed = read_count(settings, "seed");
	findings->budget = read_number(settings, "budget_s");
	if (read_text(&findings->command, document, "command") != 0 ||
	    read_text(&findings->interruption, document, "interruption") != 0) {
		return -1;
	}
	size_t i;
	json_t *queue;
	json_array_foreach(queues, i, queue)
	{
		if (read_queue(queue, findings, error) != 0) {
			return -1;
		}
	}
	return 0;
}

struct findings *findings_read(const json_t *document, char **error)
{
	struct findings *findings = calloc(1, sizeof(*findings));
	*error = NULL;
	if (findings && read_all(document, findings, error) == 0) {
		return findings;
	}
	findings_free(findings);
	return NULL;
}
