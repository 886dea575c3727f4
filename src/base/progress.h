// SPDX-License-Identifier: MIT

/**
 * A line on standard error that says how far a program is, and is overwritten by the next one.
 *
 * Shown only on a terminal that can erase a line, and only by the program in its foreground: others
 * would be stopped. The line is cut at the terminal's width, and shows printable ASCII alone.
 */

#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include <stddef.h>

/** Room for a line that progress_format() makes. */
#define PROGRESS_SIZE 256

/**
 * Makes the bytes that show a line in place of the last one, cut at the terminal's width.
 *
 * @return how many bytes, without the 0 at their end
 */
size_t progress_format(char text[PROGRESS_SIZE], const char *line);

/** Shows a line in place of the last one. */
__attribute__((format(printf, 1, 2))) void progress_show(const char *format, ...);

/** Erases the line that is shown, if one is. Call it before anything else is printed. */
void progress_clear(void);

#endif // BASE_PROGRESS_H
