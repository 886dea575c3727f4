// SPDX-License-Identifier: MIT

/** The list of workloads. */

#include "catalog/workloads.h"

#include "registry.h"

const struct loop *const *catalog_workloads(void)
{
	// Each queue has the same ones
	return registry_built_in[0].bench->loops;
}
