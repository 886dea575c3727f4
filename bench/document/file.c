// SPDX-License-Identifier: MIT

/** Reading and writing documents. */

#include "document/file.h"

#include "base/replace.h"
#include "document/complain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

int document_write(const char *path, const json_t *document)
{
	struct replace replace;
	if (replace_begin(&replace, path) != 0) {
		return -1;
	}
	errno = 0;
	if (json_dumpf(document, replace.stream, JSON_INDENT(1)) != 0 ||
	    fputc('\n', replace.stream) == EOF) {
		// jansson sets no errno for a document that it cannot write
		errno = errno ? errno : EINVAL;
		replace_abandon(&replace);
		return -1;
	}
	return replace_commit(&replace);
}

json_t *document_read(const char *path, char **error)
{
	*error = NULL;
	FILE *stream = fopen(path, "re");
	struct stat found;
	if (!stream || fstat(fileno(stream), &found) != 0 || S_ISDIR(found.st_mode)) {
		complain(error, "%s", strerror(stream ? EISDIR : errno));
		if (stream) {
			fclose(stream);
		}
		return NULL;
	}
	json_error_t wrong;
	size_t size = S_ISREG(found.st_mode) ? (size_t)found.st_size : 0;
	void *text =
		size > 0 ? mmap(NULL, size, PROT_READ, MAP_PRIVATE, fileno(stream), 0) : MAP_FAILED;
	// Of a stream each byte is a call. A pipe is nothing else
	json_t *document = text == MAP_FAILED
				   ? json_loadf(stream, JSON_REJECT_DUPLICATES, &wrong)
				   : json_loadb(text, size, JSON_REJECT_DUPLICATES, &wrong);
	if (text != MAP_FAILED) {
		munmap(text, size);
	}
	fclose(stream);
	if (!document) {
		complain(error, "not JSON: line %d: %s", wrong.line, wrong.text);
	}
	return document;
}
