// SPDX-License-Identifier: MIT

/**
 * history: records operations under contention, and checks that the history is linearizable as far
 * as the queue claims it. linearize.h says what is looked for, recording.h how it is recorded.
 */

#include "base/number.h"
#include "verify/check.h"
#include "verify/history/diagram.h"
#include "verify/history/linearize.h"
#include "verify/history/recording.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/** Writes the item of an operation of the proof. */
static const char *proof_item(char text[24], const struct recording *recording,
			      const struct linearize_finding *finding, size_t place)
{
	return diagram_item(text, recording->operations[finding->proof[place]].item);
}

/** Writes one line: what is wrong. */
static void tell_fault(FILE *file, const struct recording *recording,
		       const struct linearize_finding *finding)
{
	char item[24];
	char other[24];
	proof_item(item, recording, finding, 0);
	switch (finding->fault) {
	case LINEARIZE_LEGAL:
		break;
	case LINEARIZE_UNKNOWN:
		fprintf(file, "item %s was dequeued, and never enqueued:\n", item);
		break;
	case LINEARIZE_REPEATED:
		fprintf(file, "item %s was dequeued twice:\n", item);
		break;
	case LINEARIZE_EARLY:
		fprintf(file, "item %s was dequeued before its enqueue began:\n", item);
		break;
	case LINEARIZE_OVERTAKEN:
		fprintf(file, "item %s was overtaken by item %s, which was enqueued after it:\n",
			item, proof_item(other, recording, finding, finding->count - 1));
		break;
	case LINEARIZE_NOT_EMPTY:
		fprintf(file, "dequeue() = EMPTY, but some item was inside all the time:\n");
		break;
	case LINEARIZE_NOT_FULL:
		if (recording->claims.capacity == 0) {
			fprintf(file, "enqueue() = FULL, of a queue without bounds:\n");
		} else {
			fprintf(file,
				"enqueue() = FULL with a capacity of %zu, but the %s at most "
				"%zu:\n",
				recording->claims.capacity,
				recording->claims.exact_full ? "items that can have been inside are"
							     : "slots that can have been taken are",
				finding->inside);
		}
		break;
	}
}

/** Writes the report: the fault, the operations that prove it, and the settings. */
static void tell(FILE *file, const struct recording *recording,
		 const struct linearize_finding *finding)
{
	tell_fault(file, recording, finding);
	diagram_draw(file, recording->operations, finding->proof, finding->count, recording->start);
	if (finding->omitted > 0) {
		fprintf(file, "  and %zu operation%s more\n", finding->omitted,
			number_plural(finding->omitted));
	}
	fprintf(file,
		"%zu operation%s of %u producer%s and %u consumer%s in %u thread%s, capacity %zu, "
		"first ticket %zd\n",
		recording->count, number_plural(recording->count), recording->producers,
		number_plural(recording->producers), recording->consumers,
		number_plural(recording->consumers), recording->threads,
		number_plural(recording->threads), recording->asked_capacity,
		(ssize_t)recording->first_ticket);
}

static void judge(struct check_run *run, const struct recording *recording, void *context)
{
	(void)context;
	struct linearize_finding finding;
	if (linearize_check(recording->operations, recording->count, &recording->claims,
			    &finding) != 0) {
		check_cannot(run, errno, "a history cannot be checked");
		return;
	}
	if (!finding.fault) {
		return;
	}
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);
	if (file) {
		tell(file, recording, &finding);
		fclose(file);
	}
	check_fail(run, "%s", text ? text : "a history is not linearizable\n");
	free(text);
}

static void history_run(struct check_run *run)
{
	struct recording_totals totals;
	recording_run(run, judge, NULL, &totals);
	char operations[8];
	check_summarize(run, "%s ops", check_count(operations, recording_count(&totals)));
	recording_figures(run, &totals);
}

CHECK_EXPORT(history, .title = "recorded histories are linearizable, as far as claimed",
	     .weight = 2, .refutes = "order EMPTY FULL", .run = history_run);
