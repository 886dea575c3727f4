// SPDX-License-Identifier: MIT

/** The claims of each queue, beside the findings of `qbench verify`. */

#include "report/sections/section.h"

#include "catalog/contract.h"

#include <string.h>

/** A row of a queue: its claims, and what each check found. */
static void add_queue(struct sheet *sheet, const struct findings_queue *queue,
		      const struct findings_queue *first)
{
	const struct contract *claims = &queue->claims;
	sheet_add(sheet, SHEET_PLAIN, "%s", queue->name);
	sheet_add(sheet, SHEET_PLAIN, "%s, %s", contract_progress_name(claims->enqueue),
		  contract_progress_name(claims->dequeue));
	sheet_add(sheet, SHEET_PLAIN, "%s", contract_order_name(claims->order));
	sheet_add(sheet, SHEET_PLAIN, "%s", claims->bounded > 0 ? "bounded" : "unbounded");
	for (size_t i = 0; i < first->check_count; ++i) {
		static const char *const words[] = {[FINDING_PASSED] = "",
						    [FINDING_FAILED] = "FALSE: ",
						    [FINDING_SHOWN] = "shown: "};
		static const enum sheet_mark marks[] = {[FINDING_PASSED] = SHEET_TIES,
							[FINDING_FAILED] = SHEET_WORST,
							[FINDING_SHOWN] = SHEET_FAINT};
		const struct finding *found = findings_of(queue, first->checks[i].check);
		if (!found || found->verdict == FINDING_SKIPPED) {
			// "-" does not apply; any other summary means that something was lacking
			bool lacking = found && found->summary && strcmp(found->summary, "-") != 0;
			sheet_add(sheet, SHEET_FAINT, "%s%s", lacking ? "not made: " : "–",
				  lacking && found->reason ? found->reason : "");
		} else {
			sheet_add(sheet, marks[found->verdict], "%s%s", words[found->verdict],
				  found->summary ? found->summary : "");
		}
	}
}

static void write_findings(const struct writer *writer, const struct report_file *file)
{
	const struct findings *findings = file->findings;
	const struct findings_queue *first = findings->queues;
	struct sheet sheet;
	sheet_begin(&sheet, (const char *const[]){"queue", "claims: enqueue, dequeue", "order",
						  "capacity", NULL});
	for (size_t i = 0; findings->queue_count > 0 && i < first->check_count; ++i) {
		sheet_heading(&sheet, first->checks[i].check);
	}
	for (size_t i = 0; i < findings->queue_count; ++i) {
		add_queue(&sheet, &findings->queues[i], first);
	}
	page_sheet(writer->page, &sheet);
	page_fold(writer->page, "How it was verified");
	page_code(writer->page, findings->command ? findings->command : "");
	page_text(writer->page,
		  "From file %zu, %s. A check that finds nothing met no counter-example: the entry "
		  "says how hard it looked. FALSE: a claim is refuted. shown: nothing was claimed. "
		  "not made: the check lacked something, and says nothing. –: the check does not "
		  "apply to the queue.%s%s%s",
		  report_number(writer->view->report, file), file->name,
		  findings->interrupted ? " The run was interrupted: " : "",
		  findings->interrupted && findings->interruption ? findings->interruption : "",
		  findings->interrupted ? "." : "");
	page_unfold(writer->page);
}

static void write(const struct writer *writer)
{
	const struct view *view = writer->view;
	bool any = false;
	for (size_t i = 0; i < view->report->count; ++i) {
		const struct report_file *file = &view->report->files[i];
		if (file->findings && file->machine == view->machine) {
			write_findings(writer, file);
			any = true;
		}
	}
	if (!any) {
		page_text(writer->page, "Not verified. To verify: qbench verify -o verify.json");
	}
}

SECTION_EXPORT(claims, .place = 90, .title = "Claimed against found", .brief = "Claims",
	       .write = write);
