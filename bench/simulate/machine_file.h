// SPDX-License-Identifier: MIT

/** Machines as text files: bench/simulate/README.md says what is in them. */

#ifndef SIMULATE_MACHINE_FILE_H
#define SIMULATE_MACHINE_FILE_H

#include "simulate/simulate.h"

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

#endif // SIMULATE_MACHINE_FILE_H
