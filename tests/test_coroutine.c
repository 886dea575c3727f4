// SPDX-License-Identifier: MIT
// not-under: asan tsan (they must be told of changes of stacks)

/** A switch keeps what a function may rely on: its stack and the registers that calls preserve. */

// The hooks are in modules only
#include "hooked/coroutine.c"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ROUNDS 1000

static struct coroutine outside;
static struct coroutine inside[2];
static unsigned int turn;
static unsigned int wrong;

/** A value that the compiler cannot know. */
static double unknown(double value)
{
	__asm__ volatile("" : "+m"(value));
	return value;
}

/** Keeps more values across switches than fit in the registers that calls do not preserve. */
static void count(void)
{
	unsigned int self = turn % 2;
	double sums[10];
	uint64_t counts[12];
	_Alignas(16) char aligned[16];
	double a = unknown(self), b = unknown(self + 1), c = unknown(self + 2),
	       d = unknown(self + 3);
	double e = unknown(self + 4), f = unknown(self + 5), g = unknown(self + 6);
	memset(aligned, (int)self, sizeof(aligned));
	for (size_t i = 0; i < 12; ++i) {
		counts[i] = (uint64_t)unknown((double)(self + i));
		sums[i % 10] = unknown((double)(self * i));
	}
	for (unsigned int round = 0;; ++round) {
		for (size_t i = 0; i < 12; ++i) {
			wrong += counts[i] != self + i + round;
			++counts[i];
		}
		wrong += a + b + c + d + e + f + g != 7.0 * self + 21;
		wrong += turn % 2 != self || (uintptr_t)aligned % 16 != 0 ||
			 aligned[15] != (char)self;
		wrong += sums[9] != self * 9.0;
		coroutine_switch(&inside[self],
				 round < ROUNDS ? &inside[(turn = !self)] : &outside);
	}
}

static void switches_keep_stacks_and_registers(void **state)
{
	(void)state;
	for (size_t i = 0; i < 2; ++i) {
		assert_int_equal(coroutine_prepare(&inside[i], 64 * i), 0);
		coroutine_make(&inside[i], count);
	}
	double a = unknown(0.5), b = unknown(1.5), c = unknown(2.5), d = unknown(3.5);
	coroutine_switch(&outside, &inside[0]);
	assert_true(a + b + c + d == 8);
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(switches_keep_stacks_and_registers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
