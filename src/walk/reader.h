// SPDX-License-Identifier: MIT

/**
 * Opening and reading directories, with nothing but the system calls that it
 * takes: openat2, getdents64, close.
 *
 * A directory is opened by its path relative to its root, in the kernel's own
 * walk, which is told to follow no symbolic link: whatever is swapped for a link
 * meanwhile, the walk stays below its roots. Where there is no openat2, the path is
 * walked in steps of one name.
 *
 * Far below its root a path is long, and walking it for each directory would make a walk quadratic
 * in the depth. So descriptors of some directories that were read last can be kept, and what is
 * below them is opened from there. A directory that is moved meanwhile takes what is below it
 * along, as it does while it is being read.
 */

#ifndef WALK_READER_H
#define WALK_READER_H

#include <semaphore.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Larger buys nothing but for directories of millions. */
#define READER_BUFFER (64 * 1024)

/**
 * Descriptors that a worker keeps, at most; a power of two, and half of the usual limit. A walk
 * level by level needs several for each deep branch that it is in at the same time: the nearest
 * levels may have been read by other workers, who keep theirs to themselves.
 */
#define READER_KEPT 512

/** Where a root is: known when its first worker has opened it. */
struct place {
	dev_t device;
	ino_t inode;
};

/** A worker's. */
struct reader {
	/** The root that is held open, or -1, and which one that is. */
	int root;
	uint32_t root_index;
	/** The directory that is being read, or -1; it can be the root itself. */
	int fd;
	/** The kernel has no openat2, or lets nobody call it. */
	bool plain;
	/** The table of descriptors is shared with other workers: how many may have some at once.
	 */
	sem_t *turns;
	bool has_turn;
	/** Descriptors that are kept, each at the place that its key gives it; NULL: none. */
	struct {
		const void *key;
		int fd;
	} kept[READER_KEPT];
	/** Places that are used, as the limit has been seen to allow: a power of two, or none. */
	unsigned int places;
	_Alignas(8) char buffer[READER_BUFFER];
};

/** An entry of a directory. The name is good until the next reader_fill(). */
struct entry {
	const char *name;
	size_t length;
	bool directory;
};

/**
 * Begin, in the worker's own thread.
 *
 * @param turns from reader_turns(): taken while a directory is open, but only where the
 *        worker cannot have a table of descriptors of its own
 */
void reader_start(struct reader *reader, sem_t *turns);

/** How many directories can be open at once in one table of descriptors: at least 1. */
unsigned int reader_turns(void);

/** End: close what is open. */
void reader_stop(struct reader *reader);

/**
 * Open a root for reading, and for opening what is below it.
 *
 * @param read  it will be read; else it only is looked for
 * @param place where it is, for the other workers
 * @return 0, or -1 with errno
 */
int reader_open_root(struct reader *reader, uint32_t index, const char *path, bool read,
		     struct place *place);

/**
 * Open a directory below a root for reading.
 *
 * @param path relative to the root, of any length; changed in between, but restored
 * @return 0, or -1 with errno; ESTALE if the root is not what it was
 */
int reader_open(struct reader *reader, uint32_t index, const char *root_path,
		const struct place *place, char *path);

/** The same below a directory that is kept, to which the path is relative. */
int reader_open_below(struct reader *reader, int fd, char *path);

/**
 * In place of reader_close(): keep the descriptor for a while, if that is possible.
 *
 * @param key what it is found by; not NULL
 */
void reader_keep(struct reader *reader, const void *key);

/** The descriptor that is kept by that key, or -1. */
int reader_kept(const struct reader *reader, const void *key);

/** Descriptors have run out: close all that are kept, and keep fewer from now on. False if none is.
 */
bool reader_keep_fewer(struct reader *reader);

/** The device of an entry of the directory that is open. 0, or -1 with errno. */
int reader_device(const struct reader *reader, const char *name, dev_t *device);

/** Read more entries into the buffer. Bytes, 0 at the end, or -1 with errno. */
ssize_t reader_fill(struct reader *reader);

/**
 * The entry at `*offset` of the buffer, skipping . and ..; moves the offset past it.
 *
 * @param filled what reader_fill() said
 * @return 1; 0 if there is no more; or -1 with errno if what the entry is cannot be
 *         told, its name being set all the same
 */
int reader_next(const struct reader *reader, size_t filled, size_t *offset, struct entry *entry);

/** Close the directory. */
void reader_close(struct reader *reader);

#endif // WALK_READER_H
