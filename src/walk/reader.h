// SPDX-License-Identifier: MIT

/**
 * Opening and reading directories with the fewest system calls: openat2, getdents64, close.
 *
 * A directory is opened by its path relative to its root. openat2 makes the kernel follow no
 * symbolic link on the way, so whatever is swapped for a link meanwhile, the walk stays below its
 * roots. Without openat2, the path is walked in steps of one name.
 *
 * A root is opened once, by the worker that reads it, and held open by that worker until all
 * below it is read. Its name and its numbers may mean something else a moment later. The other
 * workers, which have descriptor tables of their own, open it again through the holder's entry
 * in /proc, which leads to the same directory. Without /proc, all workers share one table.
 *
 * Far below its root a path is long, and a walk that follows it for each directory would be
 * quadratic in the depth. So a worker can keep descriptors of directories that it read last, and
 * open what is below them from there. A directory that is moved meanwhile takes what is below it
 * along, as it does while it is being read.
 */

#ifndef WALK_READER_H
#define WALK_READER_H

#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/** Bytes that are read at once. A larger buffer helps only directories of millions of entries. */
#define READER_BUFFER (64 * 1024)

/**
 * Most descriptors that a worker keeps: a power of two, half of the usual limit. A walk level by
 * level needs several for each deep branch that it is in at the same time, since other workers
 * may have read, and kept for themselves, the nearest levels.
 */
#define READER_KEPT 512

/** Most roots that are open at the same time. */
#define READER_ROOTS 256

/** Limits on the workers' descriptors. */
struct reader_limits {
	/** Workers share one table of descriptors. Else they reach each other's through /proc. */
	bool shared;
	/** Roots that may be open at the same time, from 1 to READER_ROOTS. */
	unsigned int roots;
	/**
	 * Turns for workers that share a table of descriptors: each has some open only during a
	 * turn. And how many turns are left: fewer, once the table was found full.
	 */
	sem_t turns;
	_Atomic unsigned int turns_left;
};

/** A root, as its holder opened it. Written before any directory below it becomes an item. */
struct place {
	/** It could be opened as a directory, or is one that cannot be read. */
	bool exists;
	dev_t device;
	/** It is on a file system of a kind that has no loops, except by mounts. */
	bool plain;
	/** The thread that holds it open, and its descriptor there. */
	pid_t holder;
	int fd;
	/** Directories of it that are not finished, if reader_finish_root() will be called. */
	_Atomic int64_t unfinished;
};

/** A worker's. */
struct reader {
	struct reader_limits *limits;
	pid_t thread;
	/** The root that was used last, its descriptor in this table, or -1; is it a copy? */
	const struct place *place;
	int root;
	bool copied;
	/** The directory that is being read, or -1; and the root that it is, or NULL. */
	int fd;
	struct place *top;
	/** The kernel has no openat2, or lets nobody call it. */
	bool plain;
	/** How openat2 resolves a path. */
	uint64_t resolve;
	/** The table of descriptors is shared with other workers. */
	bool shares;
	bool has_turn;
	/** A turn lasts until reader_finish_root(): each worker has a root of its own open. */
	bool whole_roots;
	/** Roots that this worker holds open in a table of its own. */
	struct place *held[READER_ROOTS];
	unsigned int held_count;
	/** Kept descriptors, each at the place that its key gives; NULL: none. */
	struct {
		const void *key;
		int fd;
	} kept[READER_KEPT];
	/** Places in use: a power of two, or 0. Halved whenever the limit was hit. */
	unsigned int places;
	_Alignas(8) char buffer[READER_BUFFER];
};

/** An entry of a directory. The name is good until the next reader_fill(). */
struct entry {
	const char *name;
	bool directory;
};

/** Finds the limits, before there are workers. */
void reader_look(struct reader_limits *limits);

/**
 * Begins, in the worker's own thread.
 *
 * @param whole_roots the worker walks whole roots, each until reader_finish_root()
 */
void reader_start(struct reader *reader, struct reader_limits *limits, bool whole_roots);

/** Ends: closes what is open. */
void reader_stop(struct reader *reader);

/**
 * Opens a root, which alone may be a symbolic link, for reading and for what is below it.
 *
 * @param read  it will be read; else only looked for
 * @param place receives the root, which is held until reader_close(), or until
 *        reader_finish_root() if it was kept
 * @return 0, or -1 with errno
 */
int reader_open_root(struct reader *reader, const char *path, bool read, struct place *place);

/**
 * Opens a directory below a root for reading.
 *
 * @param path    relative to the root, of any length; changed in between, but restored
 * @param crossed there is a mount on the way, or may be; set when one is found
 * @return 0, or -1 with errno
 */
int reader_open(struct reader *reader, const struct place *place, char *path, bool *crossed);

/** The same below a directory that is kept, to which the path is relative. */
int reader_open_below(struct reader *reader, int fd, char *path, bool *crossed);

/**
 * Ends reading, but keeps the descriptor for what is below: a root until all of it is read,
 * another directory for a while, if that is possible.
 *
 * @param key what a descriptor is found by; not NULL
 */
void reader_keep(struct reader *reader, const void *key);

/** Ends reading: closes the directory. */
void reader_close(struct reader *reader);

/** All below a root is read: closes it, unless only its holder can. That one does so later. */
void reader_finish_root(struct reader *reader, struct place *place);

/** The descriptor that is kept by that key, or -1. */
int reader_kept(const struct reader *reader, const void *key);

/**
 * Descriptors have run out: closes those that can be done without, or waits for another worker
 * to close some.
 *
 * @return false if neither helps
 */
bool reader_find_descriptors(struct reader *reader);

/** The device of an entry of the directory that is open. 0, or -1 with errno. */
int reader_device(const struct reader *reader, const char *name, dev_t *device);

/**
 * A number for the directory that is open, made of its device and its inode number: the same for
 * the same directory, and else by chance, once in 10^19 pairs. 0 if the system gives no number.
 */
uint64_t reader_identity(const struct reader *reader);

/** The same of a directory at a path below a root, which may be empty; 0 also if it cannot be
 * found. */
uint64_t reader_identity_at(struct reader *reader, const struct place *place, const char *path);

/** Reads more entries into the buffer. Returns bytes, 0 at the end, or -1 with errno. */
ssize_t reader_fill(struct reader *reader);

/** True if the buffer holds a directory, or an entry of unknown type. */
bool reader_has_directories(const struct reader *reader, size_t filled);

/**
 * The entry at `*offset` of the buffer, skipping . and ..; moves the offset past it.
 *
 * @param filled what reader_fill() returned
 * @return 1; 0 if there is no more; or -1 with errno if the type of the entry is not known, with
 *         its name set
 */
int reader_next(const struct reader *reader, size_t filled, size_t *offset, struct entry *entry);

#endif // WALK_READER_H
