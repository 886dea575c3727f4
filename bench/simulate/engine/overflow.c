// SPDX-License-Identifier: MIT

/** A thread that needs more stack than it has ends the run, with a message. */

#include "simulate/engine/engine.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

/** After any other fault the access is made again, and ends the process. */
static void explain(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	const struct simulated_thread *thread = simulation.current;
	if (coroutine_overflows(&thread->coroutine, info->si_addr)) {
		snprintf(simulation.result->failure, sizeof(simulation.result->failure),
			 "thread %u needs more stack than %zu KiB", thread->index,
			 COROUTINE_STACK / 1024);
		_exit(0);
	}
}

int overflow_watch(void)
{
	static char own[64 * 1024];
	stack_t stack = {.ss_sp = own, .ss_size = sizeof(own)};
	struct sigaction action = {.sa_sigaction = explain,
				   .sa_flags = SA_SIGINFO | SA_ONSTACK | (int)SA_RESETHAND};
	return sigaltstack(&stack, NULL) == 0 ? sigaction(SIGSEGV, &action, NULL) : -1;
}
