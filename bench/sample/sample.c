// SPDX-License-Identifier: MIT

/** Taking a sample: its request and its answer. */

#include "sample/sample.h"

#include "process/child.h"
#include "processors.h"
#include "workload/work.h"

#include <stdlib.h>
#include <string.h>

/** Nanoseconds for everything that has no bound of its own. */
#define PATIENCE 10000000000

/** Nanoseconds that the processor may be away from each thread in turn, a few times over. */
#define TURNS 40000000

/**
 * Nanoseconds that a sample may take before it counts as hung. A window without a result is made
 * longer by stretches in which no thread looks, and a last one follows its end. Where threads are
 * more than processors, they take turns.
 */
static uint64_t patience_for(const struct sample_request *request)
{
	enum { PHASES = 20 };
	uint64_t turns = request->cell.threads / processors_available() + 1;
	return PATIENCE + 2 * (request->warm_up + request->duration) + PHASES * request->stretch +
	       turns * (TURNS + work_calibration_time(request->cell.work)) +
	       (request->shape ? REQUEST_REPLAY_LATEST : 0);
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
	char *words = request_write(request);
	struct child child;
	char how[128];
	if (!words) {
		return -1;
	}
	int result = child_run(&child, "sample", words, patience_for(request), false);
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
