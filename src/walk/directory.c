// SPDX-License-Identifier: MIT

/** Directories: their memory and their paths. */

#include "walk/directory.h"

#include <stdlib.h>
#include <string.h>

/** About 1,000 directories, in bytes. Below malloc's threshold for a mapping of its own. */
#define BLOCK_SIZE (64 * 1024)

struct block {
	struct block *next;
	char bytes[];
};

void *arena_alloc(struct arena *arena, size_t size)
{
	size = (size + _Alignof(struct directory) - 1) & ~(_Alignof(struct directory) - 1);
	if (size > arena->left) {
		size_t room = BLOCK_SIZE - sizeof(struct block);
		room = size > room ? size : room;
		struct block *block = malloc(sizeof(*block) + room);
		if (!block) {
			return NULL;
		}
		block->next = arena->blocks;
		arena->blocks = block;
		arena->next = block->bytes;
		arena->left = room;
	}
	void *memory = arena->next;
	arena->next += size;
	arena->left -= size;
	return memory;
}

void arena_free(struct arena *arena)
{
	while (arena->blocks) {
		struct block *block = arena->blocks;
		arena->blocks = block->next;
		free(block);
	}
}

/** Doubles the buffer and loses its contents. 0, or -1 with ENOMEM. */
static int path_grow(struct path *path)
{
	size_t size = path->size ? 2 * path->size : 4096;
	char *buffer = malloc(size);
	if (!buffer) {
		return -1;
	}
	free(path->buffer);
	path->buffer = buffer;
	path->size = size;
	return 0;
}

/** Puts bytes in front of the path. False if there is no room. */
static bool path_prepend(const struct path *path, char **start, const char *bytes, size_t length)
{
	if ((size_t)(*start - path->buffer) < length) {
		return false;
	}
	*start -= length;
	memcpy(*start, bytes, length);
	return true;
}

/** The path below `top` or the root, with the prefix if any. NULL if the buffer is too small. */
static char *path_try(const struct path *path, const char *prefix, const struct directory *top,
		      const struct directory *directory)
{
	if (path->size == 0) {
		return NULL;
	}
	char *end = path->buffer + path->size - 1;
	char *start = end;
	*end = '\0';
	for (; directory != top && directory->parent; directory = directory->parent) {
		if ((start < end && !path_prepend(path, &start, "/", 1)) ||
		    !path_prepend(path, &start, directory->name, directory->length)) {
			return NULL;
		}
	}
	if (prefix) {
		size_t length = strlen(prefix);
		bool slash = start < end && (length == 0 || prefix[length - 1] != '/');
		if ((slash && !path_prepend(path, &start, "/", 1)) ||
		    !path_prepend(path, &start, prefix, length)) {
			return NULL;
		}
	}
	return start;
}

static char *path_make(struct path *path, const char *prefix, const struct directory *top,
		       const struct directory *directory)
{
	char *start;
	while (!(start = path_try(path, prefix, top, directory))) {
		if (path_grow(path) != 0) {
			return NULL;
		}
	}
	return start;
}

char *path_of(struct path *path, const char *prefix, const struct directory *directory)
{
	return path_make(path, prefix, NULL, directory);
}

char *path_below(struct path *path, const struct directory *top, const struct directory *directory)
{
	return path_make(path, NULL, top, directory);
}

void path_free(struct path *path)
{
	free(path->buffer);
	*path = (struct path){0};
}
