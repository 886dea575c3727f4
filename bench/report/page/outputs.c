// SPDX-License-Identifier: MIT

#include "report/page/outputs.h"

#include <errno.h>
#include <stdlib.h>

FILE *outputs_add(struct outputs *outputs, const char *name)
{
	char *path;
	struct replace *more =
		realloc(outputs->files, (outputs->count + 1) * sizeof(*outputs->files));
	if (!more) {
		return NULL;
	}
	outputs->files = more;
	if (asprintf(&path, "%s/%s", outputs->folder, name) < 0) {
		return NULL;
	}
	int result = replace_begin(&more[outputs->count], path);
	free(path);
	return result == 0 ? more[outputs->count++].stream : NULL;
}

void outputs_abandon(struct outputs *outputs)
{
	for (size_t i = 0; i < outputs->count; ++i) {
		replace_abandon(&outputs->files[i]);
	}
	free(outputs->files);
	*outputs = (struct outputs){.folder = outputs->folder};
}

int outputs_commit(struct outputs *outputs)
{
	// First all bytes, since a disk that is full must leave every older file
	for (size_t i = 0; i < outputs->count; ++i) {
		errno = EIO;
		if (fflush(outputs->files[i].stream) != 0 || ferror(outputs->files[i].stream)) {
			outputs_abandon(outputs);
			return -1;
		}
	}
	int result = 0;
	for (size_t i = 0; i < outputs->count; ++i) {
		result |= replace_commit(&outputs->files[i]);
	}
	free(outputs->files);
	*outputs = (struct outputs){.folder = outputs->folder};
	return result;
}
