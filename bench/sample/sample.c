// SPDX-License-Identifier: MIT

/** Taking a sample: its request and its answer. */

#include "sample/sample.h"

#include "process/child.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/** What a sample may take beside its warm-up and duration, in nanoseconds, before it hangs. */
#define PATIENCE 10000000000

static json_t *request_json(const struct sample_request *request)
{
	const struct cell *cell = &request->cell;
	json_t *processors = json_array();
	for (unsigned int i = 0; request->processors && i < cell->threads; ++i) {
		json_array_append_new(processors, json_integer(request->processors[i]));
	}
	json_t *json = json_pack(
		"{s:s, s:s, s:i, s:i, s:i, s:i, s:I, s:I, s:i, s:f, s:b, s:I, s:I, s:I, s:o}",
		"queue", cell->queue, "workload", cell->workload, "threads", (int)cell->threads,
		"producers", (int)cell->producers, "consumers", (int)cell->consumers, "wait",
		(int)cell->wait, "capacity", (json_int_t)cell->capacity, "work",
		(json_int_t)cell->work, "batch", (int)cell->batch, "load", cell->load, "indirect",
		cell->indirect, "seed", (json_int_t)request->seed, "warm_up",
		(json_int_t)request->warm_up, "duration", (json_int_t)request->duration,
		"processors", processors);
	if (json && request->shape &&
	    json_object_set_new(json, "shape", json_string(request->shape)) != 0) {
		json_decref(json);
		json = NULL;
	}
	return json;
}

/** Reads what the process printed. False if that is no sample. */
static bool read_answer(const char *output, struct sample *sample, struct texts *texts)
{
	json_t *json = json_loads(output, 0, NULL);
	char *error = NULL;
	bool read = codec_read(&sample_codec, json, sample, texts, "the sample", &error) == 0 &&
		    sample_check(sample, "the sample", &error) == 0;
	free(error);
	json_decref(json);
	return read;
}

int sample_take(const struct sample_request *request, struct sample *sample, struct texts *texts)
{
	json_t *json = request_json(request);
	char *words = json ? json_dumps(json, JSON_COMPACT) : NULL;
	struct child child;
	char how[128];
	json_decref(json);
	if (!words) {
		errno = ENOMEM;
		return -1;
	}
	uint64_t patience = 2 * request->warm_up + 2 * request->duration + PATIENCE;
	int result = child_run(&child, "sample", words, patience, false);
	free(words);
	if (result != 0) {
		return -1;
	}
	sample_clear(sample);
	if (child.end == CHILD_HUNG) {
		sample->verdict = SAMPLE_HANG;
		sample->reason = "did not end, and was killed";
	} else if (child.end == CHILD_KILLED) {
		sample->verdict = SAMPLE_CRASH;
		sample->reason = strsignal(child.status);
	} else if (child.end == CHILD_TAKEN) {
		child_describe(&child, how, sizeof(how));
		sample->verdict = SAMPLE_LOST;
		sample->reason = how;
	} else if (!read_answer(child.output, sample, texts)) {
		codec_free(&sample_codec, sample);
		sample_clear(sample);
		sample->verdict = SAMPLE_CRASH;
		sample->reason = "ended without a sample";
	}
	child_destroy(&child);
	return codec_keep(&sample_codec, sample, texts);
}
