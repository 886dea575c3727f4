// SPDX-License-Identifier: MIT

/**
 * The walk.
 *
 * A step reads one directory: it becomes the reader's, its entries are counted,
 * its sub-directories become items, and at its end it becomes a result. A large
 * directory takes several steps, so that its sub-directories are shared out, and
 * its listing is passed on, while it is still being read.
 *
 * With whole roots, an item is a root: sub-directories go on a list of the
 * worker's own, and a step reads the next one from there.
 */

#include "walk/walk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Workers collect output until they have this much: what a pipe takes at once, halved. */
#define TEXT_SIZE (32 * 1024)

/** A directory is left half-read for another step after this much of it. */
#define LARGE_DIRECTORY (READER_BUFFER / 2)

/**
 * From this depth on descriptors are kept, of directories that have others in them: above, a path
 * costs less than keeping them.
 */
#define DEEP 32

struct walk_worker {
	struct walk *walk;
	unsigned int index;
	struct arena arena;
	struct path path;
	/** Output that is not full yet. */
	struct text *text;
	/** With whole roots: directories that are still to be read, the newest first. */
	struct pool_list pending;
	/** The directory that is being read, and its path when that is listed. */
	struct directory *current;
	const char *current_path;
	/** It has directories that will be read. */
	bool has_children;
	struct reader reader;
};

int walk_create(struct walk *walk, const struct walk_config *config, char *const *paths,
		size_t count, unsigned int threads)
{
	*walk = (struct walk){.config = *config, .root_count = count, .threads = threads};
	sem_init(&walk->turns, 0, reader_turns());
	walk->roots = calloc(count, sizeof(*walk->roots));
	walk->workers = calloc(threads, sizeof(*walk->workers));
	walk->found = calloc(threads, sizeof(*walk->found));
	if (!walk->roots || !walk->workers || !walk->found) {
		walk_destroy(walk);
		errno = ENOMEM;
		return -1;
	}
	for (size_t i = 0; i < count; ++i) {
		walk->roots[i].path = paths[i];
		walk->roots[i].directory.kind = MESSAGE_DIRECTORY;
		walk->roots[i].directory.root = (uint32_t)i;
	}
	return 0;
}

void walk_destroy(struct walk *walk)
{
	for (unsigned int i = 0; walk->workers && i < walk->threads; ++i) {
		struct walk_worker *worker = &walk->workers[i];
		arena_free(&worker->arena);
		path_free(&worker->path);
		free(worker->text);
	}
	path_free(&walk->path);
	free(walk->found);
	free(walk->workers);
	free(walk->roots);
	*walk = (struct walk){0};
}

void walk_add_roots(struct walk *walk, struct pool *pool)
{
	walk->pool = pool;
	for (size_t i = 0; i < walk->root_count; ++i) {
		pool_add(pool, &walk->roots[i].directory.item);
	}
}

static struct walk_root *root_of(const struct walk_worker *worker,
				 const struct directory *directory)
{
	return &worker->walk->roots[directory->root];
}

/** Say that an entry, or the directory itself (NULL), could not be read. */
static void report_problem(struct walk_worker *worker, struct pool_output *output, const char *name,
			   int error)
{
	struct directory *directory = worker->current;
	if (name) {
		const struct walk_root *root = root_of(worker, directory);
		const char *path = path_of(&worker->path, root->path, directory);
		size_t length = path ? strlen(path) + strlen(name) + 2 : 0;
		struct problem *problem = path ? malloc(sizeof(*problem) + length) : NULL;
		if (problem) {
			const char *slash = path[0] && path[strlen(path) - 1] == '/' ? "" : "/";
			snprintf(problem->path, length, "%s%s%s", path, slash, name);
			problem->kind = MESSAGE_PROBLEM;
			problem->worker = (uint16_t)worker->index;
			problem->root = directory->root;
			problem->error = error;
			pool_list_add(&output->results, &problem->item);
			worker->current_path = NULL;
			return;
		}
	}
	// Needs no memory; the first one is kept
	if (directory->error == 0) {
		directory->error = (uint16_t)error;
	}
}

/** Pass on the output that there is. */
static void flush_text(struct walk_worker *worker, struct pool_output *output)
{
	if (worker->text) {
		pool_list_add(&output->results, &worker->text->item);
		worker->text = NULL;
	}
}

/** Room for so many bytes of output. NULL when there is no memory. */
static char *reserve_text(struct walk_worker *worker, struct pool_output *output, size_t length)
{
	if (worker->text && worker->text->size - worker->text->length < length) {
		flush_text(worker, output);
	}
	if (!worker->text) {
		size_t size = length > TEXT_SIZE ? length : TEXT_SIZE;
		worker->text = malloc(sizeof(*worker->text) + size);
		if (!worker->text) {
			return NULL;
		}
		worker->text->kind = MESSAGE_TEXT;
		worker->text->length = 0;
		worker->text->size = size;
	}
	char *bytes = worker->text->bytes + worker->text->length;
	worker->text->length += length;
	return bytes;
}

/** The path of the directory that is being read. NULL when there is no memory. */
static const char *current_path(struct walk_worker *worker)
{
	if (!worker->current_path) {
		worker->current_path = path_of(
			&worker->path, root_of(worker, worker->current)->path, worker->current);
	}
	return worker->current_path;
}

/** List a file. */
static void list_file(struct walk_worker *worker, struct pool_output *output,
		      const struct entry *entry)
{
	const char *path = current_path(worker);
	size_t prefix = path ? strlen(path) : 0;
	bool slash = prefix == 0 || path[prefix - 1] != '/';
	char *bytes =
		path ? reserve_text(worker, output, prefix + slash + entry->length + 1) : NULL;
	if (!bytes) {
		report_problem(worker, output, NULL, ENOMEM);
		return;
	}
	bytes = mempcpy(bytes, path, prefix);
	if (slash) {
		*bytes++ = '/';
	}
	bytes = mempcpy(bytes, entry->name, entry->length);
	*bytes = worker->walk->config.listing == WALK_LINES ? '\n' : '\0';
}

/** List the directory itself, once it has been read. */
static void list_directory(struct walk_worker *worker, struct pool_output *output)
{
	static const char format[] = "From thread worker-%u: %u files found in dir %s\n";
	const struct directory *directory = worker->current;
	const char *path = current_path(worker);
	if (path) {
		int length = snprintf(NULL, 0, format, worker->index + 1, directory->files, path);
		// One more for the zero byte, which is taken back
		char *bytes = reserve_text(worker, output, (size_t)length + 1);
		if (bytes) {
			snprintf(bytes, (size_t)length + 1, format, worker->index + 1,
				 directory->files, path);
			--worker->text->length;
			return;
		}
	}
	report_problem(worker, output, NULL, ENOMEM);
}

/** A sub-directory of the current one becomes an item. */
static void add_directory(struct walk_worker *worker, struct pool_output *output,
			  const struct entry *entry)
{
	const struct walk_config *config = &worker->walk->config;
	struct directory *parent = worker->current;
	if (parent->depth + 1 >= config->max_depth) {
		++parent->leaves;
		return;
	}
	if (config->one_file_system) {
		// Asked of its parent: what is mounted there may not let itself be opened
		dev_t device;
		int result = reader_device(&worker->reader, entry->name, &device);
		if (result != 0 || device != root_of(worker, parent)->place.device) {
			++parent->leaves;
			if (result != 0) {
				report_problem(worker, output, entry->name, errno);
			}
			return;
		}
	}
	struct directory *child = arena_alloc(&worker->arena, sizeof(*child) + entry->length + 1);
	if (!child) {
		++parent->leaves;
		report_problem(worker, output, entry->name, ENOMEM);
		return;
	}
	*child = (struct directory){
		.kind = MESSAGE_DIRECTORY,
		.root = parent->root,
		.parent = parent,
		.depth = parent->depth + 1,
		.length = (uint16_t)entry->length,
	};
	memcpy(child->name, entry->name, entry->length + 1);
	worker->has_children = true;

	if (config->whole_roots) {
		pool_list_put_back(&worker->pending, &child->item);
	} else {
		pool_list_add(&output->items, &child->item);
	}
}

/** The nearest directory above it whose descriptor is kept. NULL when there is none. */
static const struct directory *kept_ancestor(const struct walk_worker *worker,
					     const struct directory *directory, int *fd)
{
	while (directory->depth > DEEP) {
		directory = directory->parent;
		*fd = reader_kept(&worker->reader, directory);
		if (*fd >= 0) {
			return directory;
		}
	}
	return NULL;
}

/** The same as open_directory(), with the descriptors that are left. */
static int try_open(struct walk_worker *worker)
{
	const struct walk_config *config = &worker->walk->config;
	struct directory *directory = worker->current;
	struct walk_root *root = root_of(worker, directory);
	if (!directory->parent) {
		bool read = config->max_depth > 0;
		return reader_open_root(&worker->reader, directory->root, root->path, read,
					&root->place)
			       ? -1
			       : !read;
	}

	int fd;
	const struct directory *top = kept_ancestor(worker, directory, &fd);
	char *path = path_below(&worker->path, top, directory);
	if (!path) {
		return -1;
	}
	if (top) {
		return reader_open_below(&worker->reader, fd, path);
	}
	return reader_open(&worker->reader, directory->root, root->path, &root->place, path);
}

/** Open the current directory. 0; 1 if it is a root that is not to be read; or -1 with errno. */
static int open_directory(struct walk_worker *worker)
{
	int result;
	do {
		result = try_open(worker);
	} while (result < 0 && (errno == EMFILE || errno == ENFILE) &&
		 reader_keep_fewer(&worker->reader));
	return result;
}

/** Take in what the reader's buffer holds. */
static void take_entries(struct walk_worker *worker, struct pool_output *output, size_t filled)
{
	bool listing = worker->walk->config.listing == WALK_LINES ||
		       worker->walk->config.listing == WALK_ZEROES;
	struct entry entry;
	int result;
	for (size_t offset = 0;
	     (result = reader_next(&worker->reader, filled, &offset, &entry)) != 0;) {
		if (result < 0) {
			report_problem(worker, output, entry.name, errno);
		} else if (entry.directory) {
			add_directory(worker, output, &entry);
		} else {
			++worker->current->files;
			if (listing) {
				list_file(worker, output, &entry);
			}
		}
	}
}

/** Read on in a directory, which becomes the current one. True when it is finished. */
static bool read_directory(struct walk_worker *worker, struct directory *directory,
			   struct pool_output *output)
{
	if (!worker->current) {
		worker->current = directory;
		worker->current_path = NULL;
		worker->has_children = false;
		directory->worker = (uint16_t)worker->index;
		int result = open_directory(worker);
		if (result != 0) {
			if (result < 0) {
				report_problem(worker, output, NULL, errno);
			}
			goto finished;
		}
	}

	ssize_t filled;
	while ((filled = reader_fill(&worker->reader)) > 0) {
		take_entries(worker, output, (size_t)filled);
		if (filled > LARGE_DIRECTORY) {
			return false;
		}
	}
	if (filled < 0) {
		report_problem(worker, output, NULL, errno);
	}
	if (worker->walk->config.listing == WALK_DIRECTORIES) {
		list_directory(worker, output);
	}
finished:
	if (directory->depth >= DEEP && worker->has_children) {
		reader_keep(&worker->reader, directory);
	} else {
		reader_close(&worker->reader);
	}
	worker->current = NULL;
	return true;
}

/** Count a directory that has been read into a sum. Its error is counted when it is told. */
static void totals_add(struct walk_totals *totals, const struct walk_root *root,
		       const struct directory *directory)
{
	// Of a root that could not be opened nobody knows that it is a directory
	bool exists = directory->parent || root->place.inode != 0;
	totals->files += directory->files;
	totals->directories += exists + directory->leaves;
}

/** Read the next directory of a root that is all this worker's. */
static bool read_root(struct walk_worker *worker, struct directory *top, struct pool_output *output)
{
	struct walk_root *root = root_of(worker, top);
	if (!root->begun) {
		root->begun = true;
		root->worker = worker->index;
		pool_list_put_back(&worker->pending, &top->item);
	}

	struct directory *directory = worker->current;
	if (!directory) {
		directory = (struct directory *)pool_list_take(&worker->pending);
	}
	if (!read_directory(worker, directory, output)) {
		return false;
	}
	totals_add(&root->totals, root, directory);
	bool finished = !worker->pending.first;
	// One result per item, and one for each directory that has something to say
	if (directory->error && directory != top) {
		pool_list_add(&output->results, &directory->item);
	}
	if (finished) {
		pool_list_add(&output->results, &top->item);
	}
	return finished;
}

static bool walk_step(void *context, struct pool_item *item, struct pool_output *output)
{
	struct walk_worker *worker = context;
	struct directory *directory = (struct directory *)item;
	if (worker->walk->config.whole_roots) {
		return read_root(worker, directory, output);
	}
	bool finished = read_directory(worker, directory, output);
	if (finished) {
		pool_list_add(&output->results, &directory->item);
	}
	return finished;
}

static void *walk_start(void *context, unsigned int index)
{
	struct walk *walk = context;
	struct walk_worker *worker = &walk->workers[index];
	char name[16];
	snprintf(name, sizeof(name), "worker-%u", index + 1);
	pthread_setname_np(pthread_self(), name);

	worker->walk = walk;
	worker->index = index;
	reader_start(&worker->reader, &walk->turns);
	return worker;
}

static void walk_idle(void *context, struct pool_output *output)
{
	flush_text(context, output);
}

static void walk_stop(void *context)
{
	struct walk_worker *worker = context;
	reader_stop(&worker->reader);
}

/** Tell the listener what could not be read. */
static void problem(struct walk *walk, uint32_t root, unsigned int worker, const char *path,
		    int error)
{
	++walk->found[worker].errors;
	++walk->roots[root].totals.errors;
	walk->config.listener.problem(walk->config.listener.context, path, error);
}

/** A directory was read, or could not be. */
static void directory_result(struct walk *walk, struct directory *directory)
{
	struct walk_root *root = &walk->roots[directory->root];
	if (directory->error) {
		const char *path = path_of(&walk->path, root->path, directory);
		problem(walk, directory->root, directory->worker, path ? path : root->path,
			directory->error);
	}
	if (!walk->config.whole_roots) {
		totals_add(&root->totals, root, directory);
		totals_add(&walk->found[directory->worker], root, directory);
	}
	if (walk->config.record) {
		pool_list_add(&walk->read, &directory->item);
	}
}

static void walk_result(void *context, struct pool_item *item)
{
	struct walk *walk = context;
	const struct walk_listener *listener = &walk->config.listener;
	struct message *message = (struct message *)item;

	switch (message->kind) {
	case MESSAGE_DIRECTORY:
		directory_result(walk, (struct directory *)message);
		break;
	case MESSAGE_PROBLEM: {
		struct problem *found = (struct problem *)message;
		problem(walk, found->root, found->worker, found->path, found->error);
		free(found);
		break;
	}
	case MESSAGE_TEXT: {
		struct text *text = (struct text *)message;
		if (!walk->mute && !listener->write(listener->context, text->bytes, text->length)) {
			walk->mute = true;
			pool_cancel(walk->pool);
		}
		free(text);
		break;
	}
	}
	if (listener->progress) {
		listener->progress(listener->context);
	}
}

void walk_finish(struct walk *walk)
{
	for (size_t i = 0; i < walk->root_count; ++i) {
		const struct walk_root *root = &walk->roots[i];
		walk->totals.files += root->totals.files;
		walk->totals.directories += root->totals.directories;
		walk->totals.errors += root->totals.errors;
		if (walk->config.whole_roots && root->begun) {
			struct walk_totals *found = &walk->found[root->worker];
			found->files += root->totals.files;
			found->directories += root->totals.directories;
		}
	}
}

const struct pool_work walk_work = {
	.start = walk_start,
	.stop = walk_stop,
	.step = walk_step,
	.idle = walk_idle,
	.result = walk_result,
};
