// SPDX-License-Identifier: MIT

/** Memory that a test takes away: an access that must not be ends the test. */

#ifndef TESTS_PAGES_H
#define TESTS_PAGES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static size_t pages_size;

/** Maps at least two pages, of `size` bytes in all. */
static char *pages_map(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	pages_size = (size / page + 2) * page;
	void *pages =
		mmap(NULL, pages_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_true(pages != MAP_FAILED);
	return pages;
}

/** Allows reading only, PROT_READ, or all again, PROT_READ | PROT_WRITE. */
static void pages_allow(char *pages, int what)
{
	assert_int_equal(mprotect(pages, pages_size, what), 0);
}

static void pages_unmap(char *pages)
{
	munmap(pages, pages_size);
}

#endif // TESTS_PAGES_H
