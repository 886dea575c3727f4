// SPDX-License-Identifier: MIT

/** Where the program is. */

#include "base/program.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/** The folder that the program is in, with a slash at its end. 0, or -1 with errno. */
static int program_folder(char folder[PATH_MAX])
{
	ssize_t length = readlink("/proc/self/exe", folder, PATH_MAX - 1);
	if (length < 0) {
		return -1;
	}
	folder[length] = '\0';
	folder[strrchr(folder, '/') - folder + 1] = '\0';
	return 0;
}

int program_find(const char *const *places, char path[PATH_MAX])
{
	char folder[PATH_MAX];
	if (program_folder(folder) != 0) {
		return -1;
	}
	for (; *places; ++places) {
		int length = snprintf(path, PATH_MAX, "%s%s", folder, *places);
		if (length < PATH_MAX && access(path, F_OK) == 0) {
			return 0;
		}
	}
	errno = ENOENT;
	return -1;
}
