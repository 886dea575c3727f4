// SPDX-License-Identifier: MIT

#ifndef FAKES_HOLD_H
#define FAKES_HOLD_H

#include <unistd.h>

/**
 * Holds the calling thread where a fake is wrong, once in `every` times, as an interrupt does. So
 * peers come by however busy the machine is. Where orders are explored they come by anyway.
 */
#ifdef QUEUE_EXPLORED
#define FAKE_HOLD(count, every) ((void)(count))
#else
#define FAKE_HOLD(count, every) ((count) % (every) == 0 ? (void)usleep(50) : (void)0)
#endif

#endif // FAKES_HOLD_H
