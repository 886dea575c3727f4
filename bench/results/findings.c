// SPDX-License-Identifier: MIT

/** Findings of `qbench verify`: tables of their fields, making them, files. */

#include "results/findings.h"

#include "document/codec.h"
#include "document/complain.h"
#include "document/file.h"
#include "document/formats.h"
#include "document/json.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *verdict_name(unsigned int verdict)
{
	static const char *const names[] = {
		[FINDING_PASSED] = "passed",
		[FINDING_FAILED] = "failed",
		[FINDING_SHOWN] = "shown",
		[FINDING_SKIPPED] = "skipped",
	};
	return names[verdict];
}

#define AT(member) CODEC_AT(struct finding, member)
static const struct codec_field finding_fields[] = {
	{"check", CODEC_TEXT, AT(check), 0},
	{"verdict", CODEC_CHOICE, AT(verdict), 0, FINDING_SKIPPED + 1, verdict_name},
	{"summary", CODEC_TEXT, AT(summary), 0},
	{"reason", CODEC_TEXT, AT(reason), CODEC_OPTIONAL},
	{"detail", CODEC_TEXT, AT(detail), 0},
	{"rounds", CODEC_COUNT, AT(rounds), 0},
	{"failed_seed", CODEC_COUNT, AT(failed_seed), 0},
	{"seconds", CODEC_NUMBER, AT(seconds), 0},
	{"figures", CODEC_JSON, AT(figures), 0},
};
const struct codec finding_codec = CODEC_NAMED(struct finding, finding_fields, "check");
#undef AT

#define AT(member) CODEC_AT(struct findings_queue, member)
static const struct codec_field queue_fields[] = {
	{"queue", CODEC_TEXT, AT(name), 0},
	{"claims", CODEC_OBJECT, AT(claims), 0, .object = &contract_codec},
	{"checks", CODEC_ARRAY, AT(checks), 0, .object = &finding_codec},
};
static const struct codec queue_codec = CODEC_NAMED(struct findings_queue, queue_fields, "queue");
#undef AT

#define AT(member) CODEC_AT(struct findings, member)
static const struct codec_field settings_fields[] = {
	{"seed", CODEC_COUNT, AT(seed), CODEC_OPTIONAL},
	{"budget_s", CODEC_NUMBER, AT(budget), CODEC_OPTIONAL},
};
static const struct codec settings_codec = CODEC(settings_fields);

static const struct codec_field fields[] = {
	{"command", CODEC_TEXT, AT(command), CODEC_OPTIONAL},
	{"seconds", CODEC_NUMBER, AT(seconds), CODEC_OPTIONAL | CODEC_ZERO},
	{"interrupted", CODEC_FLAG, AT(interrupted), CODEC_OPTIONAL},
	{"interruption", CODEC_TEXT, AT(interruption), CODEC_OPTIONAL},
	{"machine", CODEC_JSON, AT(machine), CODEC_NULL},
	// An object in the document only: its members are those of the findings themselves
	{"settings", CODEC_OBJECT, 0, 0, CODEC_EMPTY, .object = &settings_codec},
	{"queues", CODEC_ARRAY, AT(queues), 0, .object = &queue_codec},
};
static const struct codec findings_codec = CODEC(fields);
#undef AT

int finding_begin(struct finding *finding, const char *check)
{
	*finding = (struct finding){
		.check = check,
		.summary = "",
		.reason = "",
		.detail = "",
		.figures = json_object(),
	};
	return finding->figures ? 0 : json_lacks_memory();
}

int finding_add_number(struct finding *finding, const char *name, double value)
{
	// JSON has no infinity
	if (isfinite(value) && json_object_set_new(finding->figures, name, json_real(value)) != 0) {
		return json_lacks_memory();
	}
	return 0;
}

int finding_add_text(struct finding *finding, const char *name, const char *text)
{
	return json_object_set_new(finding->figures, name, json_bytes(text)) == 0
		       ? 0
		       : json_lacks_memory();
}

double finding_number(const struct finding *finding, const char *name)
{
	return json_number_value(json_object_get(finding->figures, name));
}

struct findings_queue *findings_add_queue(struct findings *findings, const char *name,
					  const struct contract *claims)
{
	return codec_append(&queue_codec, &findings->queues,
			    &(struct findings_queue){.name = name, .claims = *claims},
			    &findings->texts);
}

int findings_add(struct findings_queue *queue, struct finding *finding)
{
	if (!codec_append(&finding_codec, &queue->checks, finding, NULL)) {
		codec_free(&finding_codec, finding);
		return json_lacks_memory();
	}
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
	codec_free(&findings_codec, findings);
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

int findings_write(const char *path, const struct findings *findings)
{
	json_t *document = json_pack("{s:s}", "format", FORMAT_VERIFY);
	json_t *written = codec_write(&findings_codec, findings);
	int result = document && written && json_object_update(document, written) == 0
			     ? document_write(path, document)
			     : json_lacks_memory();
	json_decref(written);
	json_decref(document);
	return result;
}

/** Takes the reasons of an older file from the figures, which live as long. */
static void take_older_reasons(struct findings_queue *queue)
{
	for (size_t i = 0; i < queue->check_count; ++i) {
		struct finding *finding = &queue->checks[i];
		if (!finding->reason) {
			finding->reason =
				json_string_value(json_object_get(finding->figures, "skipped"));
		}
	}
}

struct findings *findings_read(const json_t *document, char **error)
{
	const char *format = json_text(document, "format");
	*error = NULL;
	if (strcmp(format, FORMAT_VERIFY) != 0) {
		complain(error, "its format is \"%s\", not \"%s\"", format, FORMAT_VERIFY);
		return NULL;
	}
	struct findings *findings = calloc(1, sizeof(*findings));
	if (findings && codec_read(&findings_codec, document, findings, &findings->texts,
				   "the document", error) == 0) {
		for (size_t i = 0; i < findings->queue_count; ++i) {
			take_older_reasons(&findings->queues[i]);
		}
		return findings;
	}
	findings_free(findings);
	return NULL;
}
