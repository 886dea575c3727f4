// SPDX-License-Identifier: MIT

/** What a sample's process is asked for. */

#include "sample/request.h"

#include "document/codec.h"
#include "document/json.h"

#include <stdlib.h>

#define AT(member) CODEC_AT(struct sample_request, member)
static const struct codec_field fields[] = {
	{"queue", CODEC_PATH, AT(cell.queue), 0},
	{"workload", CODEC_TEXT, AT(cell.workload), 0},
	{"threads", CODEC_COUNT, AT(cell.threads), 0},
	{"producers", CODEC_COUNT, AT(cell.producers), 0},
	{"consumers", CODEC_COUNT, AT(cell.consumers), 0},
	{"wait", CODEC_COUNT, AT(cell.wait), 0},
	{"capacity", CODEC_COUNT, AT(cell.capacity), 0},
	{"work", CODEC_COUNT, AT(cell.work), 0},
	{"batch", CODEC_COUNT, AT(cell.batch), 0},
	{"load", CODEC_NUMBER, AT(cell.load), 0},
	{"indirect", CODEC_FLAG, AT(cell.indirect), 0},
	{"seed", CODEC_COUNT, AT(seed), 0},
	{"warm_up", CODEC_COUNT, AT(warm_up), 0},
	{"duration", CODEC_COUNT, AT(duration), 0},
	{"stretch", CODEC_COUNT, AT(stretch), 0},
	{"shape", CODEC_PATH, AT(shape), CODEC_OPTIONAL},
};
#undef AT
static const struct codec codec = CODEC(fields);

char *request_write(const struct sample_request *request)
{
	json_t *json = codec_write(&codec, request);
	json_t *processors = request->processors ? json_array() : NULL;
	for (unsigned int i = 0; processors && i < request->cell.threads; ++i) {
		json_array_append_new(processors, json_integer(request->processors[i]));
	}
	if (processors) {
		json_object_set_new(json, "processors", processors);
	}
	char *text = json && json_array_size(processors) == (processors ? request->cell.threads : 0)
			     ? json_dumps(json, JSON_COMPACT)
			     : NULL;
	json_decref(json);
	if (!text) {
		json_lacks_memory();
	}
	return text;
}

int request_read(const char *text, struct sample_request *request, struct texts *texts)
{
	char *error = NULL;
	*request = (struct sample_request){0};
	json_t *json = json_loads(text, 0, NULL);
	int result = codec_read(&codec, json, request, texts, "the request", &error);
	const json_t *processors = json_object_get(json, "processors");
	if (result == 0 && processors) {
		int *numbers = calloc(request->cell.threads + 1, sizeof(*numbers));
		for (unsigned int i = 0; numbers && i < request->cell.threads; ++i) {
			numbers[i] = (int)json_integer_value(json_array_get(processors, i));
		}
		request->processors = numbers;
		result = numbers && json_array_size(processors) == request->cell.threads ? 0 : -1;
	}
	free(error);
	json_decref(json);
	return result;
}
