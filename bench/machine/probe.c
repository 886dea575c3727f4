// SPDX-License-Identifier: MIT

/** Properties of a machine that only a trial tells. */

#include "machine/probe.h"

#include "base/clock.h"
#include "base/statistics.h"

#include <errno.h>
#include <linux/perf_event.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#if defined(__x86_64__) || defined(__i386__)
#include <cpuid.h>
#endif

#define BATCHES 101
#define CALLS 1000

void probe_timer(struct probe_timer *timer)
{
	struct timespec resolution = {0};
	clock_getres(CLOCK_MONOTONIC, &resolution);
	*timer = (struct probe_timer){
		.resolution =
			(uint64_t)resolution.tv_sec * 1000000000 + (uint64_t)resolution.tv_nsec,
	};

	double costs[BATCHES];
	for (size_t batch = 0; batch < BATCHES; ++batch) {
		uint64_t start = clock_now();
		uint64_t last = start;
		for (size_t call = 0; call < CALLS; ++call) {
			uint64_t now = clock_now();
			uint64_t step = now - last;
			if (step > 0 && (timer->step == 0 || step < timer->step)) {
				timer->step = step;
			}
			last = now;
		}
		costs[batch] = (double)(last - start) / CALLS;
	}
	timer->cost = statistics_median(costs, BATCHES);
}

/** Counts cycles over a loop. NULL, or the reason why that fails. */
static const char *count_cycles(int counter)
{
	uint64_t cycles = 0;
	if (ioctl(counter, PERF_EVENT_IOC_ENABLE, 0) != 0) {
		return "they cannot be started";
	}
	for (volatile unsigned int i = 0; i < 10000;) {
		i = i + 1;
	}
	if (read(counter, &cycles, sizeof(cycles)) != (ssize_t)sizeof(cycles)) {
		return "they cannot be read";
	}
	return cycles ? NULL : "they stand still";
}

const char *probe_counters(void)
{
	struct perf_event_attr cycles = {
		.type = PERF_TYPE_HARDWARE,
		.size = sizeof(cycles),
		.config = PERF_COUNT_HW_CPU_CYCLES,
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	int counter = (int)syscall(SYS_perf_event_open, &cycles, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	if (counter >= 0) {
		const char *reason = count_cycles(counter);
		close(counter);
		return reason;
	}
	switch (errno) {
	case EACCES:
	case EPERM:
		return "they are not permitted";
	case ENOSYS:
		return "the kernel has no performance events";
	case ENOENT:
	case ENODEV:
	case EOPNOTSUPP:
		return "the processor offers none here";
	default:
		return "the kernel refuses them";
	}
}

const char *probe_hypervisor(void)
{
#if defined(__x86_64__) || defined(__i386__)
	static const struct {
		const char *signature;
		const char *name;
	} known[] = {
		{"KVMKVMKVM", "KVM"},		{"Microsoft Hv", "Hyper-V"},
		{"VMwareVMware", "VMware"},	{"XenVMMXenVMM", "Xen"},
		{"TCGTCGTCGTCG", "QEMU"},	{"bhyve bhyve ", "bhyve"},
		{"VBoxVBoxVBox", "VirtualBox"}, {" lrpepyh  vr", "Parallels"},
		{"ACRNACRNACRN", "ACRN"},
	};
	unsigned int most;
	unsigned int words[3];
	char signature[sizeof(words) + 1] = "";
	__cpuid(0x40000000, most, words[0], words[1], words[2]);
	(void)most;
	memcpy(signature, words, sizeof(words));
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); ++i) {
		if (strcmp(signature, known[i].signature) == 0) {
			return known[i].name;
		}
	}
#endif
	return NULL;
}
