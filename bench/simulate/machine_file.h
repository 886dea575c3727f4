// SPDX-License-Identifier: MIT

/** Machines as text files: bench/simulate/README.md says what is in them. */

#ifndef SIMULATE_MACHINE_FILE_H
#define SIMULATE_MACHINE_FILE_H

#include "simulate/simulate.h"

#include <limits.h>
#include <stdio.h>

struct machine_file {
	struct simulate_machine machine;
	/** The published figures that the machine was compared with, in a few words. */
	char validated[256];
};

/**
 * Reads a machine. Every number must be there once, within its range, with its source.
 *
 * @param path   of the file, or the name of one that comes with the program
 * @param error  receives what is wrong, for the caller to free; NULL without memory
 * @return 0, or -1
 */
int machine_file_read(const char *path, struct machine_file *file, char **error);

/** The same from a stream. */
int machine_file_read_stream(FILE *stream, struct machine_file *file, char **error);

/** Path of a machine file: of one that comes with the program, in `found`, or as it was given. */
const char *machine_file_find(const char *path, char found[PATH_MAX]);

#endif // SIMULATE_MACHINE_FILE_H
