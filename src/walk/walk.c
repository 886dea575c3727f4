// SPDX-License-Identifier: MIT

/**
 * The walk.
 *
 * A step reads one directory: it opens it, counts its entries, makes items of its sub-directories,
 * and at its end makes it a result. A large directory, or one that the system gives in pieces,
 * takes several steps. Between them its sub-directories are shared out, its listing is passed on,
 * and a cancel is noticed.
 *
 * With whole roots, an item is a root. Its sub-directories go on a private list of the worker,
 * and a step reads the next one from there.
 *
 * Loops: a directory that is the same as one above it, by its device and inode number, is not
 * entered. Asking each for its numbers would cost more than a hundredth of a walk. So only
 * directories with sub-directories are asked, since others cannot be loops, and only where a loop
 * is possible: below a mount, on file systems that may have loops, and far below a root.
 */

#include "walk/walk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/** Bytes of output that a worker collects: half of a pipe's capacity; fewer for many workers. */
#define TEXT_SIZE ((size_t)32 * 1024)
#define TEXT_SIZE_LEAST ((size_t)4096)

/** Bytes of a directory after which a step ends and leaves the rest to the next step. */
#define LARGE_DIRECTORY (READER_BUFFER / 2)

/**
 * Reads of a directory in one step: one for its entries, if they are few, and one for its end.
 * Each may take long.
 */
#define READS_PER_STEP 2

/** Depth from which on any directory with directories in it is compared with those above. */
#define LOOP_DEPTH 24

/** Ancestors that a directory is compared with: more would make deep walks slow. */
#define LOOP_LEVELS 1024

/**
 * Depth from which on descriptors of directories with sub-directories are kept. Above it, a path
 * costs less.
 */
#define DEEP 32

struct walk_worker {
	struct walk *walk;
	unsigned int index;
	struct arena arena;
	struct path path;
	/** Output that is not full yet. */
	struct text *text;
	/** Bytes handed over in this step. */
	size_t sent;
	/** With whole roots: directories that are still to be read, the newest first. */
	struct pool_list pending;
	/** The directory that is being read, and its path when that is listed. */
	struct directory *current;
	const char *current_path;
	/** It has directories that will be read. */
	bool has_children;
	/** It was compared with those above it. */
	bool compared;
	/** Bytes in the reader's buffer, and how many of them are processed. */
	size_t filled;
	size_t offset;
	struct reader reader;
};

int walk_create(struct walk *walk, const struct walk_config *config, char *const *paths,
		size_t count, unsigned int threads)
{
	*walk = (struct walk){.config = *config, .root_count = count, .threads = threads};
	reader_look(&walk->limits);
	walk->few_at_once = !config->whole_roots && count > walk->limits.roots;
	atomic_init(&walk->waiting, 0);
	eventcount_init(&walk->room);
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
		walk->roots[i].place.fd = -1;
		atomic_init(&walk->roots[i].place.unfinished, 1);
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
	for (size_t i = 0; walk->limits.shared && walk->roots && i < walk->root_count; ++i) {
		if (walk->roots[i].place.fd >= 0) {
			close(walk->roots[i].place.fd);
		}
	}
	sem_destroy(&walk->limits.turns);
	path_free(&walk->path);
	free(walk->found);
	free(walk->workers);
	free(walk->roots);
	*walk = (struct walk){0};
}

/** Gives the pool its next root. The last one of many ends the hold. */
static void admit_root(struct walk *walk)
{
	if (walk->admitted < walk->root_count) {
		pool_add(walk->pool, &walk->roots[walk->admitted++].directory.item);
		if (walk->few_at_once && walk->admitted == walk->root_count) {
			pool_release(walk->pool);
		}
	}
}

void walk_add_roots(struct walk *walk, struct pool *pool)
{
	walk->pool = pool;
	size_t first = walk->root_count;
	if (walk->few_at_once) {
		pool_hold(pool);
		first = walk->limits.roots;
	}
	while (walk->admitted < first) {
		admit_root(walk);
	}
}

void walk_cancel(struct walk *walk)
{
	pool_cancel(walk->pool);
	eventcount_wake(&walk->room, UINT32_MAX);
	// A worker that hangs may have sent results without waking main for them
	eventcount_wake(&walk->pool->results.items, UINT32_MAX);
}

const char *walk_error(int error)
{
	return error == WALK_LOOP
		       ? "File system loop: the same directory as one above it, not entered"
		       : strerror(error);
}

/** True if workers must wait until main has written more. */
static bool is_congested(struct walk *walk)
{
	// Relaxed: a worker that is about to sleep looks again after an announcement
	return atomic_load_explicit(&walk->waiting, memory_order_relaxed) > WALK_WAITING_MOST / 2;
}

/** Waits while main is congested. pool_cancel() alone does not end that, walk_cancel() does. */
static void walk_wait(void *context)
{
	struct walk_worker *worker = context;
	struct walk *walk = worker->walk;
	while (is_congested(walk) && !pool_is_cancelled(walk->pool)) {
		// The second look comes after the announcement's fence. Main and walk_cancel() wake
		// after their store and a fence: one of the two sees the other
		eventcount_announce(&walk->room);
		if (is_congested(walk) && !pool_is_cancelled(walk->pool)) {
			eventcount_wait(&walk->room);
		} else {
			eventcount_cancel(&walk->room);
		}
	}
}

/** Hands a result of `size` bytes over to main. */
static void hand_over(struct walk_worker *worker, struct pool_output *output,
		      struct pool_item *item, size_t size)
{
	// Relaxed: main subtracts it after it got the item through the queue
	atomic_fetch_add_explicit(&worker->walk->waiting, size, memory_order_relaxed);
	worker->sent += size;
	pool_list_add(&output->results, item);
}

/** Subtracts a result of `size` bytes that main has freed. */
static void take_away(struct walk *walk, size_t size)
{
	// Relaxed: the fence in eventcount_wake() orders it before the look for waiters
	size_t before = atomic_fetch_sub_explicit(&walk->waiting, size, memory_order_relaxed);
	if (before - size <= WALK_WAITING_MOST / 2) {
		eventcount_wake(&walk->room, UINT32_MAX);
	}
}

static struct walk_root *root_of(const struct walk_worker *worker,
				 const struct directory *directory)
{
	return &worker->walk->roots[directory->root];
}

/** Reports that an entry, or the directory itself (NULL), could not be read. */
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
			problem->size = sizeof(*problem) + length;
			hand_over(worker, output, &problem->item, problem->size);
			worker->current_path = NULL;
			return;
		}
	}
	// This way needs no memory. Only the directory's first error is kept
	if (directory->error == 0) {
		directory->error = (uint16_t)error;
	}
}

/** Passes on the collected output. */
static void flush_text(struct walk_worker *worker, struct pool_output *output)
{
	struct text *text = worker->text;
	if (!text) {
		return;
	}
	worker->text = NULL;
	if (text->length < text->size / 2) {
		// Many small texts may wait for main
		struct text *smaller = realloc(text, sizeof(*text) + text->length);
		text = smaller ? smaller : text;
		text->size = smaller ? text->length : text->size;
	}
	hand_over(worker, output, &text->item, sizeof(*text) + text->size);
}

/** Bytes of output that a worker of this walk collects. */
static size_t text_size(const struct walk *walk)
{
	size_t share = WALK_WAITING_MOST / 4 / walk->threads;
	share = share < TEXT_SIZE ? share : TEXT_SIZE;
	return share > TEXT_SIZE_LEAST ? share : TEXT_SIZE_LEAST;
}

/** Reserves room for `length` bytes of output. NULL without memory. */
static char *reserve_text(struct walk_worker *worker, struct pool_output *output, size_t length)
{
	if (worker->text && worker->text->size - worker->text->length < length) {
		flush_text(worker, output);
	}
	if (!worker->text) {
		size_t size = text_size(worker->walk);
		size = length > size ? length : size;
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

/** The path of the directory that is being read. NULL without memory. */
static const char *current_path(struct walk_worker *worker)
{
	if (!worker->current_path) {
		worker->current_path = path_of(
			&worker->path, root_of(worker, worker->current)->path, worker->current);
	}
	return worker->current_path;
}

/** Appends bytes of a name to reserved room. */
static char *put_name(const struct walk *walk, char *to, const char *bytes, size_t length)
{
	return walk->config.quoted ? quote_bytes(to, bytes, length, walk->config.quote)
				   : mempcpy(to, bytes, length);
}

/** Gives back the unused part of reserved room, from `end` on. */
static void trim_text(struct walk_worker *worker, const char *end)
{
	worker->text->length = (size_t)(end - worker->text->bytes);
}

static void list_file(struct walk_worker *worker, struct pool_output *output,
		      const struct entry *entry)
{
	const struct walk *walk = worker->walk;
	const char *path = current_path(worker);
	size_t prefix = path ? strlen(path) : 0;
	size_t length = strlen(entry->name);
	bool slash = prefix == 0 || path[prefix - 1] != '/';
	size_t longest = walk->config.quoted ? QUOTE_LONGEST : 1;
	char *bytes =
		path ? reserve_text(worker, output, (prefix + length) * longest + slash + 1) : NULL;
	if (!bytes) {
		report_problem(worker, output, NULL, ENOMEM);
		return;
	}
	bytes = put_name(walk, bytes, path, prefix);
	if (slash) {
		*bytes++ = '/';
	}
	bytes = put_name(walk, bytes, entry->name, length);
	*bytes++ = walk->config.listing == WALK_LINES ? '\n' : '\0';
	trim_text(worker, bytes);
}

/** Lists the directory itself, once it has been read. */
static void list_directory(struct walk_worker *worker, struct pool_output *output)
{
	const struct directory *directory = worker->current;
	char head[64];
	int length = snprintf(head, sizeof(head), "From thread worker-%u: %u files found in dir ",
			      worker->index + 1, directory->files);
	const char *path = current_path(worker);
	size_t size = path ? strlen(path) : 0;
	char *bytes = path ? reserve_text(worker, output, (size_t)length + size * QUOTE_LONGEST + 1)
			   : NULL;
	if (!bytes) {
		report_problem(worker, output, NULL, ENOMEM);
		return;
	}
	bytes = mempcpy(bytes, head, (size_t)length);
	bytes = put_name(worker->walk, bytes, path, size);
	*bytes++ = '\n';
	trim_text(worker, bytes);
}

/** Makes an item of a sub-directory of the current directory. */
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
		// Through the parent: a directory that is mounted there may refuse to be opened
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
	size_t length = strlen(entry->name);
	struct directory *child = arena_alloc(&worker->arena, sizeof(*child) + length + 1);
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
		.length = (uint16_t)length,
	};
	memcpy(child->name, entry->name, length + 1);
	worker->has_children = true;

	if (config->whole_roots) {
		pool_list_put_back(&worker->pending, &child->item);
	} else {
		pool_list_add(&output->items, &child->item);
	}
}

/** The nearest ancestor whose descriptor is kept, and the descriptor. NULL if there is none. */
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

/** Tries once to open the current directory. Returns what open_directory() returns. */
static int try_open(struct walk_worker *worker, bool *crossed)
{
	const struct walk_config *config = &worker->walk->config;
	struct directory *directory = worker->current;
	struct walk_root *root = root_of(worker, directory);
	if (!directory->parent) {
		bool read = config->max_depth > 0;
		return reader_open_root(&worker->reader, root->path, read, &root->place) ? -1
											 : !read;
	}

	int fd;
	const struct directory *top = kept_ancestor(worker, directory, &fd);
	char *path = path_below(&worker->path, top, directory);
	if (!path) {
		return -1;
	}
	if (top) {
		return reader_open_below(&worker->reader, fd, path, crossed);
	}
	return reader_open(&worker->reader, &root->place, path, crossed);
}

/** Opens the current directory. 0; 1 if it is not to be read; or -1 with errno. */
static int open_directory(struct walk_worker *worker)
{
	int result;
	struct directory *directory = worker->current;
	bool crossed = directory->parent && directory->parent->crossed;
	do {
		result = try_open(worker, &crossed);
	} while (result < 0 && (errno == EMFILE || errno == ENFILE) &&
		 reader_find_descriptors(&worker->reader));
	directory->crossed = crossed;
	if (result < 0 && pool_is_cancelled(worker->walk->pool)) {
		// The holder of the root may have left
		return 1;
	}
	return result;
}

/** Identity of a directory above the current one. Other workers may ask for it meanwhile. */
static uint64_t identity_above(struct walk_worker *worker, struct directory *above)
{
	// Relaxed: only the number is used, and every worker stores the same one
	uint64_t identity = atomic_load_explicit(&above->identity, memory_order_relaxed);
	if (identity == 0) {
		const char *path = path_below(&worker->path, NULL, above);
		worker->current_path = NULL;
		if (path) {
			identity = reader_identity_at(&worker->reader,
						      &root_of(worker, above)->place, path);
			atomic_store_explicit(&above->identity, identity, memory_order_relaxed);
		}
	}
	return identity;
}

/** True if the current directory is the same as one above it. */
static bool is_loop(struct walk_worker *worker)
{
	struct directory *directory = worker->current;
	uint64_t identity = reader_identity(&worker->reader);
	atomic_store_explicit(&directory->identity, identity, memory_order_relaxed);
	unsigned int levels = LOOP_LEVELS;
	for (struct directory *above = directory->parent; identity && above && levels-- > 0;
	     above = above->parent) {
		if (identity_above(worker, above) == identity) {
			return true;
		}
	}
	return false;
}

/** True if the current directory may be a loop. */
static bool may_loop(const struct walk_worker *worker)
{
	const struct directory *directory = worker->current;
	return directory->crossed || directory->depth >= LOOP_DEPTH ||
	       !root_of(worker, directory)->place.plain;
}

/** Processes the entries in the reader's buffer, until the output is so large that it is sent. */
static void take_entries(struct walk_worker *worker, struct pool_output *output)
{
	const struct walk *walk = worker->walk;
	bool listing = walk->config.listing == WALK_LINES || walk->config.listing == WALK_ZEROES;
	size_t most = text_size(walk);
	struct entry entry;
	int result;
	while (worker->sent < most && (result = reader_next(&worker->reader, worker->filled,
							    &worker->offset, &entry)) != 0) {
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

/** Begins to read a directory. 0; 1 if it is not to be read; or -1 with errno. */
static int begin_directory(struct walk_worker *worker, struct directory *directory)
{
	worker->current = directory;
	worker->current_path = NULL;
	worker->has_children = false;
	worker->compared = false;
	worker->filled = 0;
	worker->offset = 0;
	directory->worker = (uint16_t)worker->index;
	return open_directory(worker);
}

/** Ends reading the current directory. */
static void end_directory(struct walk_worker *worker)
{
	const struct directory *directory = worker->current;
	if (worker->has_children && (directory->depth >= DEEP || !directory->parent)) {
		reader_keep(&worker->reader, directory);
	} else {
		reader_close(&worker->reader);
	}
	worker->current = NULL;
}

/** Fills the reader's buffer. Bytes, 0 at the end, or -1 with an errno or WALK_LOOP. */
static ssize_t fill_buffer(struct walk_worker *worker)
{
	ssize_t filled = reader_fill(&worker->reader);
	if (filled < 0) {
		return -1;
	}
	worker->filled = (size_t)filled;
	worker->offset = 0;
	// Once, before the first of its directories is taken in: that may be in any piece
	if (!worker->compared && may_loop(worker) &&
	    (filled > LARGE_DIRECTORY || reader_has_directories(&worker->reader, worker->filled))) {
		worker->compared = true;
		if (is_loop(worker)) {
			worker->current->files = 0;
			errno = WALK_LOOP;
			return -1;
		}
	}
	return filled;
}

/** Reads more of a directory, which becomes the current one. True when it is finished. */
static bool read_directory(struct walk_worker *worker, struct directory *directory,
			   struct pool_output *output)
{
	worker->sent = 0;
	if (!worker->current) {
		int result = begin_directory(worker, directory);
		if (result < 0) {
			report_problem(worker, output, NULL, errno);
		}
		if (result != 0) {
			end_directory(worker);
			return true;
		}
	}

	size_t taken = 0;
	for (unsigned int reads = 0;;) {
		take_entries(worker, output);
		if (worker->offset < worker->filled) {
			return false;
		}
		if (reads == READS_PER_STEP || taken > LARGE_DIRECTORY) {
			flush_text(worker, output);
			return false;
		}
		ssize_t filled = fill_buffer(worker);
		if (filled < 0) {
			report_problem(worker, output, NULL, errno);
		}
		if (filled <= 0) {
			break;
		}
		++reads;
		taken += (size_t)filled;
	}
	if (worker->walk->config.listing == WALK_DIRECTORIES) {
		list_directory(worker, output);
	}
	end_directory(worker);
	return true;
}

/** Adds a directory that has been read to a sum. Its error is counted when it is reported. */
static void totals_add(struct walk_totals *totals, const struct walk_root *root,
		       const struct directory *directory)
{
	bool exists = directory->parent || root->place.exists;
	totals->files += directory->files;
	totals->directories += exists + directory->leaves;
}

/** Reads the next directory of a root that this worker walks alone. */
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
	// One result for the item, and one for each directory with an error
	if (directory->error && directory != top) {
		pool_list_add(&output->results, &directory->item);
	}
	if (finished) {
		reader_finish_root(&worker->reader, &root->place);
		pool_list_add(&output->results, &top->item);
	}
	return finished;
}

/** Counts the directories of a root. The last one to finish makes room for another root. */
static void count_root(struct walk_worker *worker, struct directory *directory, size_t children,
		       bool finished)
{
	struct place *place = &root_of(worker, directory)->place;
	int64_t change = (int64_t)children - finished;
	// Release: the opens below the root come before. Acquire: the last worker sees all of them
	if (change != 0 &&
	    atomic_fetch_add_explicit(&place->unfinished, change, memory_order_acq_rel) + change ==
		    0) {
		reader_finish_root(&worker->reader, place);
		directory->last = true;
	}
}

static bool walk_step(void *context, struct pool_item *item, struct pool_output *output)
{
	struct walk_worker *worker = context;
	struct directory *directory = (struct directory *)item;
	bool finished;
	if (worker->walk->config.whole_roots) {
		finished = read_root(worker, directory, output);
	} else {
		finished = read_directory(worker, directory, output);
		if (worker->walk->few_at_once) {
			count_root(worker, directory, output->items.count, finished);
		}
		if (finished) {
			pool_list_add(&output->results, &directory->item);
		}
	}
	output->congested = is_congested(worker->walk);
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
	reader_start(&worker->reader, &walk->limits, walk->config.whole_roots);
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

static void problem(struct walk *walk, uint32_t root, unsigned int worker, const char *path,
		    int error)
{
	++walk->found[worker].errors;
	++walk->roots[root].totals.errors;
	walk->config.listener.problem(walk->config.listener.context, path, error);
}

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
	if (directory->last) {
		admit_root(walk);
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
		take_away(walk, found->size);
		free(found);
		break;
	}
	case MESSAGE_TEXT: {
		struct text *text = (struct text *)message;
		if (!walk->mute && !listener->write(listener->context, text->bytes, text->length)) {
			walk->mute = true;
			walk_cancel(walk);
		}
		take_away(walk, sizeof(*text) + text->size);
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
	.wait = walk_wait,
};
