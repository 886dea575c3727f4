// SPDX-License-Identifier: MIT

/** A queue's file in C++ with hooks. Loops, which are C, call it through its table. */

extern "C" void simulate_pause(void);
#define __builtin_ia32_pause() simulate_pause()

#include QUEUE_FILE
