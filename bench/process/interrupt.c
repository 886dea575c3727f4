// SPDX-License-Identifier: MIT

/** Noting signals: see interrupt.h. */

#include "process/interrupt.h"

#include <stddef.h>

static const int signals[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
enum { SIGNALS = sizeof(signals) / sizeof(*signals) };

static volatile sig_atomic_t noted;
static struct sigaction before[SIGNALS];

void interrupt_note(int signal)
{
	// The first one is the reason: those after it may be a user's impatience
	if (noted == 0) {
		noted = signal;
	}
}

void interrupt_begin(void)
{
	struct sigaction action = {.sa_handler = interrupt_note};
	noted = 0;
	for (size_t i = 0; i < SIGNALS; ++i) {
		sigaction(signals[i], NULL, &before[i]);
		if (before[i].sa_handler != SIG_IGN) {
			sigaction(signals[i], &action, NULL);
		}
	}
}

void interrupt_end(void)
{
	for (size_t i = 0; i < SIGNALS; ++i) {
		sigaction(signals[i], &before[i], NULL);
	}
}

bool interrupt_noted(void)
{
	return noted != 0;
}

int interrupt_signal(void)
{
	return noted;
}

bool interrupt_is(int signal)
{
	bool is = false;
	for (size_t i = 0; i < SIGNALS; ++i) {
		is = is || signals[i] == signal;
	}
	return is;
}

void interrupt_block(sigset_t *mask)
{
	sigset_t set;
	sigemptyset(&set);
	for (size_t i = 0; i < SIGNALS; ++i) {
		sigaddset(&set, signals[i]);
	}
	sigprocmask(SIG_BLOCK, &set, mask);
}

void interrupt_die(void)
{
	int signal_noted = noted;
	if (signal_noted != 0) {
		signal(signal_noted, SIG_DFL);
		raise(signal_noted);
	}
}
