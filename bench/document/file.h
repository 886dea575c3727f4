// SPDX-License-Identifier: MIT

/** Documents on disk: written so that no older one is lost, read with a message for each fault. */

#ifndef BENCH_FILE_H
#define BENCH_FILE_H

#include <jansson.h>

/**
 * Writes a document, so that `path` holds the older one whole or this one whole at any time. See
 * replace_commit().
 *
 * @return 0, or -1 with errno: then the older document is as it was, unless the last step failed,
 *         to sync the folder
 */
int document_write(const char *path, const json_t *document);

/**
 * Reads a document.
 *
 * @param error  receives what is wrong, without the path, for the caller to free; NULL if there is
 *               no memory for it
 * @return for the caller to release, or NULL
 */
json_t *document_read(const char *path, char **error);

#endif // BENCH_FILE_H
