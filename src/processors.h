// SPDX-License-Identifier: MIT

/** How many processors this process may use. */

#ifndef PROCESSORS_H
#define PROCESSORS_H

/** Processors that the process may run on: at least 1. */
unsigned int processors_available(void);

#endif // PROCESSORS_H
