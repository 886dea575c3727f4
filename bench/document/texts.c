// SPDX-License-Identifier: MIT

/** A tree of strings. */

#include "document/texts.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

static int compare(const void *left, const void *right)
{
	return strcmp(left, right);
}

const char *texts_keep(struct texts *texts, const char *text)
{
	char *const *found = tfind(text, &texts->root, compare);
	if (found) {
		return *found;
	}
	char *copy = strdup(text);
	if (copy && !tsearch(copy, &texts->root, compare)) {
		free(copy);
		copy = NULL;
	}
	return copy;
}

void texts_destroy(struct texts *texts)
{
	tdestroy(texts->root, free);
	texts->root = NULL;
}
