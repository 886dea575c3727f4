// SPDX-License-Identifier: MIT

/**
 * order: how far a queue that does not claim FIFO strays from it. The rank error of a dequeued item
 * is the number of items still inside that were certainly enqueued before it.
 */

#include "verify/check.h"
#include "verify/history/linearize.h"
#include "verify/history/recording.h"

#include <errno.h>
#include <stdlib.h>

static void judge(struct check_run *run, const struct recording *recording, void *context)
{
	if (linearize_rank_errors(recording->operations, recording->count, context) != 0) {
		check_cannot(run, errno, "a history cannot be measured");
	}
}

static void measure(struct check_run *run, struct histogram *errors)
{
	struct recording_totals totals;
	recording_run(run, judge, errors, &totals);
	uint64_t high = histogram_quantile(errors, 0.99);
	if (!check_failed(run)) {
		char text[8];
		run->found.verdict = FINDING_SHOWN;
		check_summarize(run, "p99 %s", check_count(text, high));
	}
	check_figure(run, "rank_error_median", (double)histogram_quantile(errors, 0.5));
	check_figure(run, "rank_error_p99", (double)high);
	check_figure(run, "rank_error_max", (double)errors->max);
	check_figure(run, "items", (double)errors->count);
	recording_figures(run, &totals);
}

static void order_run(struct check_run *run)
{
	if (run->type->order == QUEUE_FIFO) {
		check_skip(run, "the queue claims FIFO");
		return;
	}
	struct histogram *errors = calloc(1, sizeof(*errors));
	if (!errors) {
		check_lack(run, "no memory for a histogram");
		return;
	}
	measure(run, errors);
	free(errors);
}

CHECK_EXPORT(order, .title = "rank errors of a queue that is not a FIFO", .refutes = "order",
	     .run = order_run);
