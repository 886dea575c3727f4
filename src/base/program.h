// SPDX-License-Identifier: MIT

/** Begin and end of a program, and the places of its files. */

#ifndef BASE_PROGRAM_H
#define BASE_PROGRAM_H

#include <limits.h>
#include <stdbool.h>

/**
 * First call of a program.
 *
 * Opens those of the descriptors 0, 1 and 2 that are closed, so that no file or queue gets such a
 * number. Reading and writing them still fails with EBADF. Ignores SIGXFSZ, so that a file that
 * grows beyond its limit fails with EFBIG, as a full disk does. Registers program_close_output() to
 * run at exit, for --help and whatever else ends by exit().
 *
 * @param failed exit status if standard output cannot be written then
 */
void program_begin(int failed);

/**
 * Flushes standard output, and prints a message if that or an earlier write failed. Only the
 * first call does anything.
 *
 * @param error errno of an earlier failure, or 0
 * @return false if something was not written
 */
bool program_close_output(int error);

/**
 * Dies of a signal, so that a shell or timeout(1) sees it as the cause. Flushes nothing.
 */
_Noreturn void program_die_of(int number);

/**
 * Finds a file or folder of the program.
 *
 * @param places paths to try, relative to the program's folder, up to a NULL
 * @return 0 with the path of the first that exists, or -1 with errno
 */
int program_find(const char *const *places, char path[PATH_MAX]);

/**
 * Finds a module of a queue: FOLDER/NAME.so beside the programs, or as installed; of a queue given
 * by its path, in FOLDER beside that.
 *
 * @param installed  the folder of installed modules, relative to the program's
 * @return 0 with the path, or -1 with errno; a path beside a queue's own may not exist
 */
int program_find_module(const char *folder, const char *installed, const char *queue,
			char path[PATH_MAX]);

/**
 * Executes the program anew. The variable QBENCH_EMULATOR names what runs it where the system does
 * not: a command whose arguments are the program and the program's arguments. A child of vfork()
 * may call this.
 *
 * @param words  the name of the program and its arguments, up to a NULL
 * @return -1 with errno, if it returns
 */
int program_again(char *const *words);

#endif // BASE_PROGRAM_H
