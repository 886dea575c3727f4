// SPDX-License-Identifier: MIT

/**
 * The floor under every directory walk: one thread, and only the system calls that a
 * walk cannot do without (openat, getdents64, close).
 *
 *     rawwalk [-c N] [DIR]...            prints FILES DIRECTORIES
 *
 * One walk counts what these two count:
 *
 *     find -H DIR... ! -type d -printf x | wc -c
 *     find -H DIR...   -type d -printf x | wc -c
 *
 * The floor of a walk with N threads is the time of `rawwalk -c N`, divided by N: N
 * whole walks in parallel keep as many processors busy, and share only the kernel.
 */

#include <argp.h>
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/** Bytes of entries that one call reads. A larger buffer does not help on ordinary trees. */
#define BUFFER_SIZE (64 * 1024)

/** An entry as getdents64 writes it. */
struct entry {
	uint64_t inode;
	int64_t offset;
	unsigned short length;
	unsigned char type;
	char name[];
};

/** Counts of a walk. */
struct totals {
	uint64_t files;
	uint64_t directories;
	/** Directories that could not be read. */
	uint64_t errors;
};

/**
 * A stack of directories that are not read yet: their paths from the root, one after
 * another, each with its terminating zero.
 */
struct stack {
	char *bytes;
	size_t used;
	size_t size;
};

struct options {
	char **roots;
	int root_count;
	long copies;
};

/** Makes room. 0, or -1 with ENOMEM. */
static int stack_reserve(struct stack *stack, size_t length)
{
	if (stack->size - stack->used >= length) {
		return 0;
	}
	size_t size = 2 * (stack->size + length);
	char *bytes = realloc(stack->bytes, size);
	if (!bytes) {
		return -1;
	}
	stack->bytes = bytes;
	stack->size = size;
	return 0;
}

/** Puts a child of a directory on top. 0, or -1 with ENOMEM. */
static int stack_push(struct stack *stack, const char *parent, const char *name)
{
	size_t parent_length = strlen(parent);
	size_t name_length = strlen(name);
	if (stack_reserve(stack, parent_length + name_length + 2) != 0) {
		return -1;
	}
	char *end = stack->bytes + stack->used;
	if (parent_length > 0) {
		end = mempcpy(end, parent, parent_length);
		*end++ = '/';
	}
	end = mempcpy(end, name, name_length + 1);
	stack->used = (size_t)(end - stack->bytes);
	return 0;
}

/** Takes the path on top, valid until the next push. */
static const char *stack_pop(struct stack *stack)
{
	const char *path = memrchr(stack->bytes, '\0', stack->used - 1);
	path = path ? path + 1 : stack->bytes;
	stack->used = (size_t)(path - stack->bytes);
	return path;
}

/** openat() in steps, for a path longer than PATH_MAX. A descriptor, or -1 with errno. */
static int open_in_steps(int root, const char *path)
{
	int directory = root;
	char step[PATH_MAX];
	for (;;) {
		size_t length = strlen(path);
		if (length >= sizeof(step)) {
			// There is a slash within PATH_MAX: a name is much shorter than that
			const char *slash = memrchr(path, '/', sizeof(step));
			length = (size_t)(slash - path);
		}
		memcpy(step, path, length);
		step[length] = '\0';

		int next = openat(directory, step, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		int error = errno;
		if (directory != root) {
			close(directory);
		}
		errno = error;
		if (next < 0 || path[length] == '\0') {
			return next;
		}
		directory = next;
		path += length + 1;
	}
}

static int open_below(int root, const char *path)
{
	int directory = openat(root, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (directory < 0 && errno == ENAMETOOLONG) {
		directory = open_in_steps(root, path);
	}
	return directory;
}

static bool is_directory(int parent, const struct entry *entry)
{
	if (entry->type != DT_UNKNOWN) {
		return entry->type == DT_DIR;
	}
	struct stat status;
	return fstatat(parent, entry->name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(status.st_mode);
}

static bool is_dots(const char *name)
{
	return name[0] == '.' && (name[1] == '\0' || (name[1] == '.' && name[2] == '\0'));
}

/**
 * Counts the entries of a directory, and pushes its sub-directories.
 *
 * @param path  path from the root, empty for the root itself
 * @return 0, or -1 with errno
 */
static int read_directory(int directory, const char *path, struct stack *stack,
			  struct totals *totals)
{
	static _Alignas(struct entry) char buffer[BUFFER_SIZE];
	for (;;) {
		long filled = syscall(SYS_getdents64, directory, buffer, sizeof(buffer));
		if (filled <= 0) {
			return (int)filled;
		}
		for (long at = 0; at < filled;) {
			const struct entry *entry = (const struct entry *)(buffer + at);
			at += entry->length;
			if (!is_directory(directory, entry)) {
				++totals->files;
			} else if (!is_dots(entry->name)) {
				++totals->directories;
				if (stack_push(stack, path, entry->name) != 0) {
					return -1;
				}
			}
		}
	}
}

/** Reports a directory that could not be read. The walk goes on. */
static void complain(struct totals *totals, const char *root, const char *path)
{
	warn("cannot read %s%s%s", root, *path ? "/" : "", path);
	++totals->errors;
}

/** Walks a root, depth first. */
static void walk(const char *root, struct totals *totals)
{
	struct stack stack = {0};
	struct stack current = {0}; // the path of the directory being read

	// The root alone may be a symbolic link
	int root_directory = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (root_directory < 0) {
		complain(totals, root, "");
		return;
	}
	++totals->directories;
	if (read_directory(root_directory, "", &stack, totals) != 0) {
		complain(totals, root, "");
	}

	while (stack.used > 0) {
		const char *top = stack_pop(&stack);
		size_t length = strlen(top) + 1;
		if (stack_reserve(&current, length) != 0) {
			complain(totals, root, top);
			break;
		}
		const char *path = memcpy(current.bytes, top, length);

		int directory = open_below(root_directory, path);
		if (directory < 0) {
			complain(totals, root, path);
			continue;
		}
		if (read_directory(directory, path, &stack, totals) != 0) {
			complain(totals, root, path);
		}
		close(directory);
	}

	free(current.bytes);
	free(stack.bytes);
	close(root_directory);
}

static void walk_all(const struct options *options, struct totals *totals)
{
	for (int i = 0; i < options->root_count; ++i) {
		walk(options->roots[i], totals);
	}
}

/**
 * Walks in `copies` processes in parallel, and waits for all.
 *
 * @param totals  shared memory, one entry for each process
 * @return 0, or -1 after saying why
 */
static int walk_copies(const struct options *options, struct totals *totals)
{
	int status = 0;
	long started = 0;
	for (; started < options->copies; ++started) {
		pid_t child = fork();
		if (child == 0) {
			walk_all(options, &totals[started]);
			_exit(0);
		}
		if (child < 0) {
			warn("cannot start walk %ld of %ld", started + 1, options->copies);
			status = -1;
			break;
		}
	}
	for (; started > 0; --started) {
		int how;
		if (wait(&how) < 0 || how != 0) {
			warnx("a walk was killed");
			status = -1;
		}
	}
	return status;
}

static error_t parse_option(int key, char *argument, struct argp_state *state)
{
	static char *here[] = {"."};
	struct options *options = state->input;
	char *end;
	switch (key) {
	case 'c':
		options->copies = strtol(argument, &end, 10);
		if (*argument == '\0' || *end != '\0' || options->copies < 1 ||
		    options->copies > 4096) {
			argp_error(state, "-c %s: not a number from 1 to 4096", argument);
		}
		return 0;
	case ARGP_KEY_ARGS:
		options->roots = state->argv + state->next;
		options->root_count = state->argc - state->next;
		return 0;
	case ARGP_KEY_NO_ARGS:
		options->roots = here;
		options->root_count = 1;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp_option known[] = {
		{"copies", 'c', "N", 0, "Walk N times at once, each in a process of its own (1)",
		 0},
		{0},
	};
	static const struct argp argp = {
		.options = known,
		.parser = parse_option,
		.args_doc = "[DIR]...",
		.doc = "Count the files and directories of each DIR (default: .) with one thread "
		       "and nothing but the system calls of a walk: a floor for others.",
	};
	struct options options = {.copies = 1};
	argp_err_exit_status = 2;
	argp_parse(&argp, argc, argv, 0, NULL, &options);

	size_t size = (size_t)options.copies * sizeof(struct totals);
	struct totals *totals =
		mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (totals == MAP_FAILED) {
		err(1, "cannot share memory between walks");
	}
	if (walk_copies(&options, totals) != 0) {
		return 1;
	}

	int status = 0;
	for (long i = 0; i < options.copies; ++i) {
		if (totals[i].files != totals[0].files ||
		    totals[i].directories != totals[0].directories) {
			warnx("two walks counted differently: the tree changed meanwhile");
			status = 1;
		}
		if (totals[i].errors > 0) {
			status = 1;
		}
	}
	printf("%llu %llu\n", (unsigned long long)totals[0].files,
	       (unsigned long long)totals[0].directories);
	munmap(totals, size);
	return status;
}
