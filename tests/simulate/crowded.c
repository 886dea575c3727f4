// SPDX-License-Identifier: MIT

/** vyukov with false sharing: both tickets stand in one line. */

#include "queue.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>

#define queue_type_vyukov queue_type_crowded
#define _Alignas(bytes) _Alignas(8)
#include "vyukov.c"
#undef _Alignas
