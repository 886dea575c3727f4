// SPDX-License-Identifier: MIT

/** The workloads. */

#ifndef BENCH_WORKLOADS_H
#define BENCH_WORKLOADS_H

#include "registry.h"
#include "workload/loop.h"

/** All workloads, up to a NULL. Each queue has the same ones. */
static inline const struct loop *const *catalog_workloads(void)
{
	return registry_built_in[0].bench->loops;
}

#endif // BENCH_WORKLOADS_H
