// SPDX-License-Identifier: MIT

/** Replaces files. */

#include "base/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/** Whether a path is something other than a regular file, such as a pipe. */
static bool is_special(const char *path)
{
	struct stat found;
	return stat(path, &found) == 0 && !S_ISREG(found.st_mode);
}

/** Folder of a path, to be freed. NULL without memory. */
static char *folder_of(const char *path)
{
	const char *slash = strrchr(path, '/');
	return slash ? strndup(path, (size_t)(slash - path) + 1) : strdup("./");
}

/**
 * Makes a file beside a path.
 *
 * @param name  receives its name, to be freed
 * @return a descriptor, or -1 with errno
 */
static int open_temporary(const char *path, char **name)
{
	char *folder = folder_of(path);
	int file = -1;
	*name = NULL;
	for (unsigned int attempt = 0; folder && file < 0 && attempt < 100; ++attempt) {
		free(*name);
		if (asprintf(name, "%s.qbench-%ld-%u.tmp", folder, (long)getpid(), attempt) < 0) {
			*name = NULL;
			break;
		}
		file = open(*name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (file < 0 && errno != EEXIST) {
			break;
		}
	}
	if (file < 0) {
		free(*name);
		*name = NULL;
	}
	free(folder);
	return file;
}

int replace_check(const char *path)
{
	struct stat found;
	if (stat(path, &found) == 0) {
		if (S_ISDIR(found.st_mode)) {
			errno = EISDIR;
			return -1;
		}
		if (access(path, W_OK) != 0 || !S_ISREG(found.st_mode)) {
			return access(path, W_OK);
		}
	} else if (errno != ENOENT || *path == '\0') {
		return -1;
	}

	struct replace replace;
	if (replace_begin(&replace, path) != 0) {
		return -1;
	}
	// Fails where files can be made, but not removed
	int result = replace.temporary ? unlink(replace.temporary) : 0;
	replace_abandon(&replace);
	return result;
}

int replace_begin(struct replace *replace, const char *path)
{
	int file = -1;
	*replace = (struct replace){0};
	if (is_special(path)) {
		file = open(path, O_WRONLY | O_CLOEXEC);
	} else {
		char *target = realpath(path, NULL);
		replace->target = target ? target : strdup(path);
		if (replace->target) {
			file = open_temporary(replace->target, &replace->temporary);
		}
	}
	replace->stream = file < 0 ? NULL : fdopen(file, "w");
	if (!replace->stream) {
		int error = errno;
		if (file >= 0) {
			close(file);
		}
		errno = error;
		replace_abandon(replace);
		return -1;
	}
	return 0;
}

/** Makes a rename outlive a crash. 0, or -1 with errno. */
static int sync_folder(const char *path)
{
	char *name = folder_of(path);
	if (!name) {
		return -1;
	}
	int folder = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	free(name);
	if (folder < 0) {
		return errno == EACCES ? 0 : -1; // writable, but not readable
	}
	// Some file systems have nothing to sync in a folder
	int error = fsync(folder) == 0 || errno == EINVAL ? 0 : errno;
	close(folder);
	errno = error;
	return error ? -1 : 0;
}

int replace_commit(struct replace *replace)
{
	FILE *stream = replace->stream;
	// The errno of an earlier failure is what its writer left
	int error = ferror(stream) ? (errno ? errno : EIO) : 0;
	if (!error && (fflush(stream) != 0 || (replace->temporary && fsync(fileno(stream)) != 0))) {
		error = errno;
	}
	replace->stream = NULL;
	if (fclose(stream) != 0 && !error) {
		error = errno;
	}
	if (!error && replace->temporary && rename(replace->temporary, replace->target) != 0) {
		error = errno;
	}
	if (error) {
		errno = error;
		replace_abandon(replace);
		return -1;
	}
	int result = replace->temporary ? sync_folder(replace->target) : 0;
	free(replace->temporary);
	replace->temporary = NULL;
	replace_abandon(replace);
	return result;
}

void replace_abandon(struct replace *replace)
{
	int error = errno;
	if (replace->stream) {
		fclose(replace->stream);
	}
	if (replace->temporary) {
		unlink(replace->temporary);
	}
	free(replace->temporary);
	free(replace->target);
	*replace = (struct replace){0};
	errno = error;
}
