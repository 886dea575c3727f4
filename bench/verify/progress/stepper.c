// SPDX-License-Identifier: MIT

/** Tracing a thread with ptrace: see stepper.h. */

#include "verify/progress/stepper.h"

#include "base/patience.h"

#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/** Microseconds between two looks at the time. */
#define LOOK 50000

void stepper_stop_here(void)
{
	// To this thread alone. The tracer sees the signal and suppresses it
	syscall(SYS_tgkill, getpid(), gettid(), SIGTRAP);
}

static void look_up(int number)
{
	(void)number;
}

/** Starts a timer that interrupts waitpid() now and then. */
static int start_looks(void)
{
	struct sigaction action = {.sa_handler = look_up};
	struct itimerval often = {{0, LOOK}, {0, LOOK}};
	return sigaction(SIGALRM, &action, NULL) == 0 ? setitimer(ITIMER_REAL, &often, NULL) : -1;
}

int stepper_seize(pid_t thread)
{
	if (start_looks() != 0) {
		return -1;
	}
	return ptrace(PTRACE_SEIZE, thread, NULL, PTRACE_O_EXITKILL) == 0 ? 0 : -1;
}

/**
 * Waits for a stop by SIGTRAP: a step, or stepper_stop_here(). Other signals are delivered.
 *
 * @param request  ptrace request that continues the thread after other stops
 * @param any      accept an interruption, too
 * @param most     nanoseconds to wait
 */
static enum stepper_event wait_for_stop(pid_t thread, int request, bool any, uint64_t most)
{
	struct patience patience;
	patience_begin(&patience);
	for (;;) {
		int status;
		pid_t found = waitpid(thread, &status, __WALL);
		if (found < 0 && errno == EINTR) {
			if (patience_look(&patience) > most) {
				return STEPPER_LATE;
			}
			continue;
		}
		if (found < 0 || !WIFSTOPPED(status)) {
			return STEPPER_ENDED;
		}
		if (WSTOPSIG(status) == SIGTRAP && (any || status >> 16 == 0)) {
			return STEPPER_STOPPED;
		}
		// An event of ptrace is not a signal: an interruption that came too late
		int signal = status >> 16 ? 0 : WSTOPSIG(status);
		if (ptrace(request, thread, NULL, (uintptr_t)signal) != 0) {
			return STEPPER_ENDED;
		}
	}
}

enum stepper_event stepper_run(pid_t thread, uint64_t most)
{
	// Fails if the thread was just seized and runs; if it has ended, the wait finds out
	ptrace(PTRACE_CONT, thread, NULL, NULL);
	return wait_for_stop(thread, PTRACE_CONT, false, most);
}

enum stepper_event stepper_interrupt(pid_t thread, uint64_t nanoseconds, uint64_t most)
{
	ptrace(PTRACE_CONT, thread, NULL, NULL);
	nanosleep(&(struct timespec){.tv_nsec = (long)nanoseconds}, NULL);
	ptrace(PTRACE_INTERRUPT, thread, NULL, NULL);
	return wait_for_stop(thread, PTRACE_CONT, true, most);
}

enum stepper_event stepper_step(pid_t thread, uint64_t most)
{
	if (ptrace(PTRACE_SINGLESTEP, thread, NULL, NULL) != 0) {
		return STEPPER_ENDED;
	}
	return wait_for_stop(thread, PTRACE_SINGLESTEP, false, most);
}

void stepper_release(pid_t thread)
{
	ptrace(PTRACE_DETACH, thread, NULL, NULL);
}

uintptr_t stepper_where(pid_t thread)
{
	struct user_regs_struct registers;
	struct iovec place = {.iov_base = &registers, .iov_len = sizeof(registers)};
	if (ptrace(PTRACE_GETREGSET, thread, (uintptr_t)NT_PRSTATUS, &place) != 0) {
		return 0;
	}
#if defined(__x86_64__)
	return registers.rip;
#elif defined(__aarch64__)
	return registers.pc;
#else
	return 0;
#endif
}

void stepper_describe(uintptr_t address, char *text, size_t size)
{
	Dl_info info;
	if (dladdr((void *)address, &info) == 0) {
		snprintf(text, size, "0x%zx", (size_t)address);
		return;
	}
	const char *object = basename(info.dli_fname);
	if (info.dli_sname) {
		snprintf(text, size, "%s+0x%zx in %s", info.dli_sname,
			 (size_t)(address - (uintptr_t)info.dli_saddr), object);
	} else {
		snprintf(text, size, "%s+0x%zx", object,
			 (size_t)(address - (uintptr_t)info.dli_fbase));
	}
}
