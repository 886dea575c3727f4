// SPDX-License-Identifier: MIT

/**
 * Memory for nodes: threads do not write to an empty depot, a thread keeps a bounded number of
 * bytes, and a batch between two scans grows with the number of places that a scan reads.
 */

#include "reclaim/hazard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <sys/mman.h>

#include <cmocka.h>

/** About the size of a node of lcrq. */
#define LARGE 16800

/** Makes a depot in pages of its own, for mprotect(). */
static struct depot *depot_map(size_t node_size)
{
	struct depot *depot = mmap(NULL, sizeof(*depot), PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(depot != MAP_FAILED);
	depot_create(depot, node_size);
	return depot;
}

/** While a backlog grows, the depot is read-only: a write to it would end the test. */
static void empty_depot_is_not_written(void **state)
{
	(void)state;
	struct depot *depot = depot_map(16);
	struct magazines magazines;
	assert_int_equal(magazines_attach(depot, &magazines), 0);
	assert_int_equal(mprotect(depot, sizeof(*depot), PROT_READ), 0);
	void *node = node_alloc(depot, &magazines);
	assert_non_null(node);
	assert_int_equal(mprotect(depot, sizeof(*depot), PROT_READ | PROT_WRITE), 0);
	free(node);
	magazines_detach(depot, &magazines);
	depot_destroy(depot);
	munmap(depot, sizeof(*depot));
}

/** While a backlog drains, the depot is full and read-only. */
static void full_depot_is_not_written(void **state)
{
	(void)state;
	struct depot *depot = depot_map(16);
	struct magazines magazines;
	depot_shrink(depot);
	assert_int_equal(magazines_attach(depot, &magazines), 0);
	for (int i = 0; i < 8; ++i) {
		node_free(depot, &magazines, malloc(16));
	}
	assert_int_equal(mprotect(depot, sizeof(*depot), PROT_READ), 0);
	node_free(depot, &magazines, malloc(16));
	assert_int_equal(mprotect(depot, sizeof(*depot), PROT_READ | PROT_WRITE), 0);
	magazines_detach(depot, &magazines);
	depot_destroy(depot);
	munmap(depot, sizeof(*depot));
}

static size_t nodes_in(const struct magazine *magazine)
{
	size_t count = 0;
	for (unsigned int i = magazine->top; magazine->nodes[i]; --i) {
		++count;
	}
	return count;
}

static void large_nodes_are_not_hoarded(void **state)
{
	(void)state;
	struct depot depot;
	struct magazines magazines;
	depot_create(&depot, LARGE);
	assert_int_equal(magazines_attach(&depot, &magazines), 0);
	for (int i = 0; i < 300; ++i) {
		node_free(&depot, &magazines, malloc(LARGE));
	}
	size_t kept = nodes_in(magazines.loaded) + nodes_in(magazines.previous);
	assert_true(kept > 0);
	assert_true(kept * LARGE <= 2 * MAGAZINE_BYTES || kept <= 2);
	magazines_detach(&depot, &magazines);
	depot_destroy(&depot);
}

static void batch_grows_with_places(void **state)
{
	(void)state;
	assert_int_equal(hazards_batch(1, 16), HAZARD_BATCH);
	assert_int_equal(hazards_batch(64, 16), 2 * HAZARD_PLACES * 64);
	// A batch is bounded in bytes, and never 0
	assert_true(hazards_batch(4096, 16) * (size_t)16 <= HAZARD_BATCH_BYTES);
	assert_int_equal(hazards_batch(4096, 2 * HAZARD_BATCH_BYTES), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_depot_is_not_written),
		cmocka_unit_test(full_depot_is_not_written),
		cmocka_unit_test(large_nodes_are_not_hoarded),
		cmocka_unit_test(batch_grows_with_places),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
