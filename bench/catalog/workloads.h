// SPDX-License-Identifier: MIT

/** The workloads. */

#ifndef BENCH_WORKLOADS_H
#define BENCH_WORKLOADS_H

#include "workload/loop.h"

/** All workloads, up to a NULL. */
const struct loop *const *catalog_workloads(void);

#endif // BENCH_WORKLOADS_H
