// SPDX-License-Identifier: MIT

/** Opening and reading directories. */

#include "walk/reader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

/** An entry as the kernel writes it. */
struct linux_dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	uint16_t d_reclen;
	uint8_t d_type;
	char d_name[];
};

/** Descriptors that a worker has open at once: the root, a step on the way, and the directory. */
#define DESCRIPTORS_EACH 3

/** Interruptions after which a call fails: a broken file system may interrupt it for ever. */
#define MOST_INTERRUPTIONS 1000

/*
 * Bare system calls, like the rest of this file: tsan takes a descriptor's number for
 * memory that all threads share, and here each worker has a table of its own.
 */

static void close_descriptor(int fd)
{
	syscall(SYS_close, fd);
}

/** True if a call was interrupted and is to be made again. */
static bool again(long result, unsigned int *interruptions)
{
	return result < 0 && errno == EINTR && ++*interruptions < MOST_INTERRUPTIONS;
}

static int open_plain(int at, const char *path, int flags)
{
	unsigned int interruptions = 0;
	long fd;
	do {
		fd = syscall(SYS_openat, at, path, flags | O_DIRECTORY | O_CLOEXEC);
	} while (again(fd, &interruptions));
	return (int)fd;
}

/** The status of an entry, or of the directory itself if the name is empty. 0, or -1 with errno. */
static int status_of(int at, const char *name, struct stat *status)
{
	unsigned int interruptions = 0;
	int result;
	do {
		result = *name ? fstatat(at, name, status, AT_SYMLINK_NOFOLLOW) : fstat(at, status);
	} while (again(result, &interruptions));
	return result;
}

/** Opens a descriptor of another thread, through /proc. */
static int open_link(pid_t thread, int fd)
{
	char path[64];
	snprintf(path, sizeof(path), "/proc/self/task/%d/fd/%d", thread, fd);
	return open_plain(AT_FDCWD, path, O_PATH);
}

/** Number of open descriptors below the limit. */
static rlim_t count_open(rlim_t limit)
{
	rlim_t count = 0;
	DIR *listing = opendir("/proc/self/fd");
	if (!listing) {
		for (rlim_t fd = 0; fd < limit && fd < 65536; ++fd) {
			count += fcntl((int)fd, F_GETFD) != -1;
		}
		return count;
	}
	for (const struct dirent *entry; (entry = readdir(listing));) {
		count += entry->d_name[0] != '.' && strtoul(entry->d_name, NULL, 10) < limit;
	}
	closedir(listing);
	// The listing's own descriptor is closed by now
	return count - (count > 0);
}

void reader_look(struct reader_limits *limits)
{
	int fd = open_plain(AT_FDCWD, "/", O_PATH);
	int link = fd >= 0 ? open_link(gettid(), fd) : -1;
	// While there is one thread, unshare() changes nothing and shows whether it is allowed
	limits->shared = link < 0 || unshare(CLONE_FILES) != 0;
	if (link >= 0) {
		close_descriptor(link);
	}
	if (fd >= 0) {
		close_descriptor(fd);
	}

	struct rlimit limit;
	rlim_t most = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
	rlim_t open = count_open(most);
	rlim_t left = most > open ? most - open : 0;
	left = left < 1 << 20 ? left : 1 << 20;
	limits->roots = left / 4 > READER_ROOTS ? READER_ROOTS : (unsigned int)left / 4;
	limits->roots += limits->roots == 0;
	rlim_t turns = left > limits->roots ? (left - limits->roots) / DESCRIPTORS_EACH : 0;
	turns += turns == 0;
	sem_init(&limits->turns, 0, (unsigned int)turns);
	atomic_init(&limits->turns_left, (unsigned int)turns);
}

void reader_start(struct reader *reader, struct reader_limits *limits, bool whole_roots)
{
	reader->limits = limits;
	reader->whole_roots = whole_roots;
	reader->thread = gettid();
	reader->place = NULL;
	reader->root = -1;
	reader->fd = -1;
	reader->top = NULL;
	reader->plain = false;
	reader->has_turn = false;
	reader->held_count = 0;
	// Each worker has its own table, because every open and close locks a shared one. Where
	// the system denies that, workers take turns, so that they do not fill the only table.
	reader->shares = limits->shared || unshare(CLONE_FILES) != 0;
	reader->places = reader->shares ? 0 : READER_KEPT;
}

/** Waits for a turn, if there are turns. A worker returns its turn without waiting for others. */
static void take_turn(struct reader *reader)
{
	if (reader->shares && !reader->has_turn) {
		while (sem_wait(&reader->limits->turns) != 0) {
		}
		reader->has_turn = true;
	}
}

/** Closes the copy of a root. */
static void drop_root(struct reader *reader)
{
	if (reader->root >= 0 && reader->copied) {
		close_descriptor(reader->root);
	}
	reader->root = -1;
	reader->place = NULL;
}

/** Closes a root that this worker holds, or that is in the table of all workers. */
static void let_go(struct reader *reader, struct place *place)
{
	if (reader->place == place) {
		drop_root(reader);
	}
	for (unsigned int i = 0; i < reader->held_count; ++i) {
		if (reader->held[i] == place) {
			reader->held[i] = reader->held[--reader->held_count];
		}
	}
	if (place->fd >= 0) {
		close_descriptor(place->fd);
		place->fd = -1;
	}
}

/** Returns the turn, if there are turns, and drops the root's copy. */
static void return_turn(struct reader *reader)
{
	if (reader->has_turn) {
		drop_root(reader);
		reader->has_turn = false;
		sem_post(&reader->limits->turns);
	}
}

void reader_finish_root(struct reader *reader, struct place *place)
{
	if (reader->limits->shared || place->holder == reader->thread) {
		let_go(reader, place);
	}
	if (reader->whole_roots) {
		return_turn(reader);
	}
}

/** Closes the roots that are read completely. False if there was none. */
static bool drop_finished_roots(struct reader *reader)
{
	unsigned int before = reader->held_count;
	for (unsigned int i = before; i-- > 0;) {
		// Acquire: pairs with the release of the worker that finished the last directory.
		// After that no worker opens anything below the root
		if (atomic_load_explicit(&reader->held[i]->unfinished, memory_order_acquire) == 0) {
			let_go(reader, reader->held[i]);
		}
	}
	return reader->held_count < before;
}

/** Closes all kept descriptors. False if there was none. */
static bool drop_kept(struct reader *reader)
{
	bool dropped = false;
	for (unsigned int i = 0; i < reader->places; ++i) {
		if (reader->kept[i].key) {
			close_descriptor(reader->kept[i].fd);
			reader->kept[i].key = NULL;
			dropped = true;
		}
	}
	return dropped;
}

void reader_stop(struct reader *reader)
{
	// A root in the middle of which the walk was cancelled is treated below, as the others are
	if (!reader->top) {
		reader_close(reader);
	}
	return_turn(reader);
	drop_root(reader);
	drop_kept(reader);
	// After a cancel, another worker that shares the table may still use a root's descriptor:
	// that number must not be given to another file
	while (!reader->shares && reader->held_count > 0) {
		// The place itself is not changed: after a cancel, others may still read it
		close_descriptor(reader->held[--reader->held_count]->fd);
	}
}

/**
 * Opens a path of less than PATH_MAX bytes, relative to a descriptor. Without openat2, only a
 * link at the end of the path is refused: then it must be a single name.
 */
static int open_once(struct reader *reader, int at, const char *path, int flags)
{
	if (!reader->plain) {
		struct open_how how = {
			.flags = (uint64_t)(flags | O_DIRECTORY | O_CLOEXEC),
			.resolve = reader->resolve,
		};
		unsigned int interruptions = 0;
		long fd;
		do {
			fd = syscall(SYS_openat2, at, path, &how, sizeof(how));
		} while (again(fd, &interruptions));
		return (int)fd;
	}
	return open_plain(at, path, flags | O_NOFOLLOW);
}

/** Opens a path of any length, in steps that are short enough for the kernel. */
static int open_long(struct reader *reader, int at, char *path, size_t length)
{
	int from = at;
	int error = 0;
	char *slash;
	while (length >= PATH_MAX || (reader->plain && strchr(path, '/'))) {
		// The last slash within the kernel's limit; a name is shorter than the limit
		slash = reader->plain ? strchr(path, '/') : memrchr(path, '/', PATH_MAX);
		if (!slash) {
			error = ENAMETOOLONG;
			break;
		}
		*slash = '\0';
		int fd = open_once(reader, from, path, O_PATH);
		error = errno;
		*slash = '/';
		if (from != at) {
			close_descriptor(from);
		}
		if (fd < 0) {
			errno = error;
			return -1;
		}
		error = 0;
		from = fd;
		length -= (size_t)(slash + 1 - path);
		path = slash + 1;
	}

	int fd = error ? -1 : open_once(reader, from, path, O_RDONLY);
	error = error ? error : errno;
	if (from != at) {
		close_descriptor(from);
	}
	errno = error;
	return fd;
}

/** Like open_long(), also where openat2 is missing or denied: a seccomp filter may answer EPERM. */
static int open_below(struct reader *reader, int at, char *path, bool *crossed)
{
	size_t length = strlen(path);
	reader->resolve = RESOLVE_NO_SYMLINKS | (*crossed ? 0 : RESOLVE_NO_XDEV);
	int fd = open_long(reader, at, path, length);
	if (fd < 0 && errno == EXDEV && !*crossed) {
		*crossed = true;
		reader->resolve = RESOLVE_NO_SYMLINKS;
		fd = open_long(reader, at, path, length);
	}
	if (fd < 0 && !reader->plain && (errno == ENOSYS || errno == EPERM)) {
		reader->plain = true;
		*crossed = true;
		fd = open_long(reader, at, path, length);
	}
	return fd;
}

/** True for kinds of file systems in which each directory has one parent only. */
static bool has_no_loops(int fd)
{
	static const uint32_t kinds[] = {EXT4_SUPER_MAGIC, XFS_SUPER_MAGIC, BTRFS_SUPER_MAGIC,
					 F2FS_SUPER_MAGIC, TMPFS_MAGIC,	    OVERLAYFS_SUPER_MAGIC,
					 RAMFS_MAGIC,	   SQUASHFS_MAGIC};
	struct statfs status;
	bool found = false;
	bool known = fstatfs(fd, &status) == 0;
	for (size_t i = 0; known && i < sizeof(kinds) / sizeof(*kinds); ++i) {
		found |= (uint32_t)status.f_type == kinds[i];
	}
	return found;
}

/** Opens a root, and becomes its holder. 0, or -1 with errno. */
static int hold_root(struct reader *reader, const char *path, int flags, struct place *place)
{
	struct stat status;
	int fd = open_plain(AT_FDCWD, path, flags);
	if (fd < 0) {
		return -1;
	}
	if (status_of(fd, "", &status) != 0) {
		int error = errno;
		close_descriptor(fd);
		errno = error;
		return -1;
	}
	place->exists = true;
	place->device = status.st_dev;
	place->plain = has_no_loops(fd);
	place->holder = reader->thread;
	place->fd = fd;
	if (!reader->limits->shared) {
		reader->held[reader->held_count++] = place;
	}
	return 0;
}

int reader_open_root(struct reader *reader, const char *path, bool read, struct place *place)
{
	take_turn(reader);
	drop_root(reader);
	if (reader->held_count == reader->limits->roots) {
		drop_finished_roots(reader);
	}
	if (hold_root(reader, path, read ? O_RDONLY : O_PATH, place) == 0) {
		reader->fd = place->fd;
		reader->top = place;
		return 0;
	}
	int error = errno;
	if (error == EACCES && hold_root(reader, path, O_PATH, place) == 0) {
		// It cannot be read, but it is a directory
		let_go(reader, place);
	}
	errno = error;
	return -1;
}

/** Makes a root the current one of this worker. 0, or -1 with errno. */
static int reach_root(struct reader *reader, const struct place *place)
{
	if (reader->place == place) {
		return 0;
	}
	drop_root(reader);
	reader->copied = place->holder != reader->thread && !reader->limits->shared;
	reader->root = reader->copied ? open_link(place->holder, place->fd) : place->fd;
	if (reader->root < 0) {
		return -1;
	}
	reader->place = place;
	return 0;
}

int reader_open(struct reader *reader, const struct place *place, char *path, bool *crossed)
{
	take_turn(reader);
	if (reach_root(reader, place) != 0) {
		return -1;
	}
	return reader_open_below(reader, reader->root, path, crossed);
}

int reader_open_below(struct reader *reader, int fd, char *path, bool *crossed)
{
	*crossed |= reader->plain;
	reader->fd = open_below(reader, fd, path, crossed);
	return reader->fd < 0 ? -1 : 0;
}

/** The place of a key, an address, by Fibonacci hashing (Knuth, TAOCP 6.4). */
static unsigned int place_of(const struct reader *reader, const void *key)
{
	uint32_t spread = (uint32_t)((uintptr_t)key >> 3) * 2654435769u;
	return (spread >> 16) & (reader->places - 1);
}

int reader_kept(const struct reader *reader, const void *key)
{
	if (reader->places == 0) {
		return -1;
	}
	unsigned int place = place_of(reader, key);
	return reader->kept[place].key == key ? reader->kept[place].fd : -1;
}

/** Ends the turn, except where the worker has the root open until it has walked all of it. */
static void end_turn(struct reader *reader)
{
	reader->fd = -1;
	reader->top = NULL;
	if (!reader->whole_roots) {
		return_turn(reader);
	}
}

void reader_keep(struct reader *reader, const void *key)
{
	if (reader->top) {
		end_turn(reader);
		return;
	}
	if (reader->places == 0 || reader->fd < 0) {
		reader_close(reader);
		return;
	}
	unsigned int place = place_of(reader, key);
	if (reader->kept[place].key) {
		close_descriptor(reader->kept[place].fd);
	}
	reader->kept[place].key = key;
	reader->kept[place].fd = reader->fd;
	end_turn(reader);
}

void reader_close(struct reader *reader)
{
	if (reader->top) {
		let_go(reader, reader->top);
	} else if (reader->fd >= 0) {
		close_descriptor(reader->fd);
	}
	end_turn(reader);
}

bool reader_find_descriptors(struct reader *reader)
{
	bool dropped = drop_kept(reader);
	reader->places /= 2;
	if (drop_finished_roots(reader) || dropped) {
		return true;
	}
	// Relaxed: the count orders nothing else
	if (!reader->has_turn ||
	    atomic_fetch_sub_explicit(&reader->limits->turns_left, 1, memory_order_relaxed) <= 1) {
		if (reader->has_turn) {
			atomic_fetch_add_explicit(&reader->limits->turns_left, 1,
						  memory_order_relaxed);
		}
		return false;
	}
	// This turn is one too many and is never returned. Another worker has one, and returns it
	drop_root(reader);
	reader->has_turn = false;
	take_turn(reader);
	return true;
}

int reader_device(const struct reader *reader, const char *name, dev_t *device)
{
	struct stat status;
	if (status_of(reader->fd, name, &status) != 0) {
		return -1;
	}
	*device = status.st_dev;
	return 0;
}

static uint64_t identity_of(const struct stat *status)
{
	// An odd factor: different devices give different numbers to the same inode number
	uint64_t identity = status->st_ino + (uint64_t)status->st_dev * 0x9e3779b97f4a7c15;
	return status->st_ino ? identity + (identity == 0) : 0;
}

uint64_t reader_identity(const struct reader *reader)
{
	struct stat status;
	return status_of(reader->fd, "", &status) == 0 ? identity_of(&status) : 0;
}

uint64_t reader_identity_at(struct reader *reader, const struct place *place, const char *path)
{
	struct stat status;
	if (reach_root(reader, place) != 0) {
		return 0;
	}
	return status_of(reader->root, path, &status) == 0 ? identity_of(&status) : 0;
}

ssize_t reader_fill(struct reader *reader)
{
	unsigned int interruptions = 0;
	long filled;
	do {
		filled =
			syscall(SYS_getdents64, reader->fd, reader->buffer, sizeof(reader->buffer));
	} while (again(filled, &interruptions));
	// Some file systems answer ENOENT at the end of a removed directory
	return filled < 0 && errno == ENOENT ? 0 : filled;
}

/** True for the names . and .. */
static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

bool reader_has_directories(const struct reader *reader, size_t filled)
{
	for (size_t offset = 0; offset < filled;) {
		const struct linux_dirent64 *dirent = (const void *)(reader->buffer + offset);
		offset += dirent->d_reclen;
		if ((dirent->d_type == DT_DIR || dirent->d_type == DT_UNKNOWN) &&
		    !is_dots(dirent->d_name)) {
			return true;
		}
	}
	return false;
}

int reader_next(const struct reader *reader, size_t filled, size_t *offset, struct entry *entry)
{
	while (*offset < filled) {
		const struct linux_dirent64 *dirent = (const void *)(reader->buffer + *offset);
		*offset += dirent->d_reclen;
		if (is_dots(dirent->d_name)) {
			continue;
		}
		entry->name = dirent->d_name;
		entry->directory = dirent->d_type == DT_DIR;
		if (dirent->d_type == DT_UNKNOWN) {
			// Some file systems do not give the type
			struct stat status;
			if (status_of(reader->fd, entry->name, &status) != 0) {
				return -1;
			}
			entry->directory = S_ISDIR(status.st_mode);
		}
		return 1;
	}
	return 0;
}
