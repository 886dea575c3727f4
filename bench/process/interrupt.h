// SPDX-License-Identifier: MIT

/** Ctrl-C, and SIGTERM: what runs for long ends early, with what it has. */

#ifndef BENCH_INTERRUPT_H
#define BENCH_INTERRUPT_H

#include <stdbool.h>

/** From now on, note these signals. */
void interrupt_begin(void);

/** From now on, let them do what they did before. */
void interrupt_end(void);

/** Was one noted since interrupt_begin()? */
bool interrupt_noted(void);

#endif // BENCH_INTERRUPT_H
