// SPDX-License-Identifier: MIT

/** Noting signals. */

#include "process/interrupt.h"

#include <signal.h>
#include <stddef.h>

static volatile sig_atomic_t noted;
static const int signals[] = {SIGINT, SIGTERM};
static struct sigaction before[sizeof(signals) / sizeof(*signals)];

static void note(int number)
{
	noted = number;
}

void interrupt_begin(void)
{
	struct sigaction action = {.sa_handler = note};
	noted = 0;
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); ++i) {
		sigaction(signals[i], &action, &before[i]);
	}
}

void interrupt_end(void)
{
	for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); ++i) {
		sigaction(signals[i], &before[i], NULL);
	}
}

bool interrupt_noted(void)
{
	return noted != 0;
}
