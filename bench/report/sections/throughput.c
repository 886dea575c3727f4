// SPDX-License-Identifier: MIT

/** Plots of throughput over threads. */

#include "report/sections/section.h"

static void write(const struct writer *writer)
{
	page_text(
		writer->page,
		"Medians with their 95 %% intervals, each queue with its best wait. They are over "
		"a queue's own rounds, and queues that are slower for sure have fewer. The answer "
		"compares queues inside the same rounds, so it may order close ones otherwise. "
		"Many queues are rows, ordered by their throughput with the most threads that "
		"can run at once. On the grey ground, and with †, there are more threads than "
		"processors: they take turns, so the scheduler is measured too. Floors are the "
		"same loop without a queue. Queues with a star are called through a pointer, the "
		"others are inlined.");
	if (section_plots(writer, "throughput") == 0 && writer->draw) {
		page_text(writer->page, "Not measured. To measure it: qbench run "
					"--workloads=pairwise,producers_consumers");
	}
}

SECTION_EXPORT(throughput, .place = 20, .title = "Throughput over threads", .brief = "Throughput",
	       .write = write);
