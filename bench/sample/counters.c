// SPDX-License-Identifier: MIT

/** Hardware counters, by perf_event_open(2). */

#include "sample/counters.h"

#include <linux/perf_event.h>
#include <math.h>
#include <stdint.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/** A counter of this process and its later threads, in user mode; -1 where there is none. */
static int open_counter(uint64_t what)
{
	struct perf_event_attr attributes;
	memset(&attributes, 0, sizeof(attributes));
	attributes.type = PERF_TYPE_HARDWARE;
	attributes.size = sizeof(attributes);
	attributes.config = what;
	attributes.disabled = 1;
	attributes.inherit = 1;
	attributes.exclude_kernel = 1;
	attributes.exclude_hv = 1;
	return (int)syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
}

void counters_open(struct counters *counters)
{
	counters->cycles = open_counter(PERF_COUNT_HW_CPU_CYCLES);
	counters->instructions = open_counter(PERF_COUNT_HW_INSTRUCTIONS);
}

/** Sends a command to both counters. */
static void tell(const struct counters *counters, unsigned long what)
{
	if (counters->cycles >= 0 && counters->instructions >= 0) {
		ioctl(counters->cycles, what, 0);
		ioctl(counters->instructions, what, 0);
	}
}

void counters_start(const struct counters *counters)
{
	tell(counters, PERF_EVENT_IOC_ENABLE);
}

void counters_stop(const struct counters *counters)
{
	tell(counters, PERF_EVENT_IOC_DISABLE);
}

struct sample_counters counters_read(const struct counters *counters)
{
	uint64_t cycles;
	uint64_t instructions;
	if (counters->cycles < 0 || counters->instructions < 0 ||
	    read(counters->cycles, &cycles, sizeof(cycles)) != sizeof(cycles) ||
	    read(counters->instructions, &instructions, sizeof(instructions)) !=
		    sizeof(instructions)) {
		return (struct sample_counters){NAN, NAN};
	}
	return (struct sample_counters){(double)cycles, (double)instructions};
}
