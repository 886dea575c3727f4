// SPDX-License-Identifier: MIT

/** What this machine offers to the process. */

#ifndef MACHINE_H
#define MACHINE_H

/** Processors that the process may run on: at least 1. */
unsigned int machine_processors(void);

#endif // MACHINE_H
