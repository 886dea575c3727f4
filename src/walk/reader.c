// SPDX-License-Identifier: MIT

/** Opening and reading directories. */

#include "walk/reader.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sched.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/** As the kernel writes it. */
struct linux_dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	uint16_t d_reclen;
	uint8_t d_type;
	char d_name[];
};

/**
 * Descriptors that a worker may have at once: the root, a step on the way, and the
 * directory. And what the rest of the process may have beside them.
 */
#define DESCRIPTORS_EACH 3
#define DESCRIPTORS_ELSEWHERE 6

/*
 * Bare system calls, like the rest of this file: tsan takes a descriptor's number for
 * memory that all threads share, and here each worker has a table of its own.
 */

static void close_descriptor(int fd)
{
	syscall(SYS_close, fd);
}

static int open_plain(int at, const char *path, int flags)
{
	return (int)syscall(SYS_openat, at, path, flags | O_DIRECTORY | O_CLOEXEC);
}

unsigned int reader_turns(void)
{
	struct rlimit limit;
	rlim_t most = getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
	if (most > 1 << 20) {
		most = 1 << 20;
	}
	if (most < DESCRIPTORS_ELSEWHERE + DESCRIPTORS_EACH) {
		return 1;
	}
	return (unsigned int)(most - DESCRIPTORS_ELSEWHERE) / DESCRIPTORS_EACH;
}

void reader_start(struct reader *reader, sem_t *turns)
{
	reader->root = -1;
	reader->fd = -1;
	reader->plain = false;
	reader->has_turn = false;
	// A table of its own: the shared one's lock is taken by every open and close. Where that
	// is denied, workers take turns, lest they fill the one that there is.
	reader->turns = unshare(CLONE_FILES) == 0 ? NULL : turns;
	reader->places = reader->turns ? 0 : READER_KEPT;
}

/** Wait for a turn, where there are turns. Who has one gives it back without waiting for us. */
static void take_turn(struct reader *reader)
{
	if (reader->turns && !reader->has_turn) {
		while (sem_wait(reader->turns) != 0) {
		}
		reader->has_turn = true;
	}
}

/** Close the root that is held. */
static void drop_root(struct reader *reader)
{
	if (reader->root >= 0) {
		close_descriptor(reader->root);
		reader->root = -1;
	}
}

/** Close what is kept. False if nothing was. */
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
	reader_close(reader);
	drop_root(reader);
	drop_kept(reader);
}

/**
 * Open one path, of less than PATH_MAX bytes, relative to a descriptor. Without openat2 no
 * link is followed at the end of the path alone: then it must be a single name.
 */
static int open_once(struct reader *reader, int at, const char *path, int flags)
{
	if (!reader->plain) {
		struct open_how how = {
			.flags = (uint64_t)(flags | O_DIRECTORY | O_CLOEXEC),
			.resolve = RESOLVE_NO_SYMLINKS,
		};
		return (int)syscall(SYS_openat2, at, path, &how, sizeof(how));
	}
	return open_plain(at, path, flags | O_NOFOLLOW);
}

/** Open a path of any length, in steps of what the kernel takes. */
static int open_long(struct reader *reader, int at, char *path, size_t length)
{
	int from = at;
	int error = 0;
	char *slash;
	while (length >= PATH_MAX || (reader->plain && strchr(path, '/'))) {
		// The last slash that the kernel's limit allows; names are shorter than that
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

/** The same, without openat2 where that is not to be had: a seccomp filter may answer EPERM. */
static int open_below(struct reader *reader, int at, char *path)
{
	size_t length = strlen(path);
	int fd = open_long(reader, at, path, length);
	if (fd < 0 && !reader->plain && (errno == ENOSYS || errno == EPERM)) {
		reader->plain = true;
		fd = open_long(reader, at, path, length);
	}
	return fd;
}

/** Open a root, which alone may be a symbolic link. */
static int hold_root(struct reader *reader, uint32_t index, const char *path, int flags,
		     struct place *place)
{
	take_turn(reader);
	drop_root(reader);
	reader->root = open_plain(AT_FDCWD, path, flags);
	if (reader->root < 0) {
		return -1;
	}
	struct stat status;
	if (fstat(reader->root, &status) != 0) {
		int error = errno;
		close_descriptor(reader->root);
		reader->root = -1;
		errno = error;
		return -1;
	}
	reader->root_index = index;
	*place = (struct place){.device = status.st_dev, .inode = status.st_ino};
	return 0;
}

int reader_open_root(struct reader *reader, uint32_t index, const char *path, bool read,
		     struct place *place)
{
	if (hold_root(reader, index, path, read ? O_RDONLY : O_PATH, place) == 0) {
		reader->fd = reader->root;
		return 0;
	}
	int error = errno;
	if (error == EACCES) {
		// It may be there, and a directory, all the same
		hold_root(reader, index, path, O_PATH, place);
	}
	errno = error;
	return -1;
}

int reader_open(struct reader *reader, uint32_t index, const char *root_path,
		const struct place *place, char *path)
{
	if (reader->root < 0 || reader->root_index != index) {
		struct place now;
		if (hold_root(reader, index, root_path, O_PATH, &now) != 0) {
			return -1;
		}
		if (now.device != place->device || now.inode != place->inode) {
			close_descriptor(reader->root);
			reader->root = -1;
			errno = ESTALE;
			return -1;
		}
	}
	return reader_open_below(reader, reader->root, path);
}

int reader_open_below(struct reader *reader, int fd, char *path)
{
	reader->fd = open_below(reader, fd, path);
	return reader->fd < 0 ? -1 : 0;
}

/** The place of a key, which is an address: spread by Fibonacci hashing (Knuth, TAOCP 6.4). */
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

void reader_keep(struct reader *reader, const void *key)
{
	if (reader->places == 0 || reader->fd < 0 || reader->fd == reader->root) {
		reader_close(reader);
		return;
	}
	unsigned int place = place_of(reader, key);
	if (reader->kept[place].key) {
		close_descriptor(reader->kept[place].fd);
	}
	reader->kept[place].key = key;
	reader->kept[place].fd = reader->fd;
	reader->fd = -1;
}

bool reader_keep_fewer(struct reader *reader)
{
	bool dropped = drop_kept(reader);
	reader->places /= 2;
	return dropped;
}

int reader_device(const struct reader *reader, const char *name, dev_t *device)
{
	struct stat status;
	if (fstatat(reader->fd, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
		return -1;
	}
	*device = status.st_dev;
	return 0;
}

ssize_t reader_fill(struct reader *reader)
{
	return syscall(SYS_getdents64, reader->fd, reader->buffer, sizeof(reader->buffer));
}

/** Is this name . or ..? */
static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
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
		entry->length = strlen(dirent->d_name);
		entry->directory = dirent->d_type == DT_DIR;
		if (dirent->d_type == DT_UNKNOWN) {
			// Some file systems do not say, and must be asked
			struct stat status;
			if (fstatat(reader->fd, entry->name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
				return -1;
			}
			entry->directory = S_ISDIR(status.st_mode);
		}
		return 1;
	}
	return 0;
}

void reader_close(struct reader *reader)
{
	if (reader->fd >= 0 && reader->fd != reader->root) {
		close_descriptor(reader->fd);
	}
	reader->fd = -1;
	if (reader->has_turn) {
		drop_root(reader);
		reader->has_turn = false;
		sem_post(reader->turns);
	}
}
