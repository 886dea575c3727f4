// SPDX-License-Identifier: MIT

/** The page, section by section. */

#include "report/report.h"

#include "report/sections/section.h"
#include "report/sections/trees.h"
#include "results/old/table.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *report_id(const struct writer *writer, const char *what)
{
	static char id[128];
	snprintf(id, sizeof(id), "m%zu-%s", writer->machine + 1, what);
	return id;
}

void report_cost(double cost, char *text, size_t size)
{
	if (cost < 1.995) {
		snprintf(text, size, "+%.0f %%", (cost - 1) * 100);
	} else {
		snprintf(text, size, "%.1f ×", cost);
	}
}

void report_median(const json_t *cell, double median, char *text, size_t size)
{
	if (isnan(median)) {
		snprintf(text, size, "-");
	} else if (cell && strcmp(figures_text(cell, "unit"), "items/s") == 0) {
		snprintf(text, size, "%.*f M/s", median < 1e7 ? 2 : 1, median / 1e6);
	} else {
		char time[16];
		table_time(median, time, sizeof(time));
		size_t digits = strspn(time, "0123456789.");
		snprintf(text, size, "%.*s %s", (int)digits, time,
			 strcmp(time + digits, "us") == 0 ? "µs" : time + digits);
	}
}

int report_show(const struct writer *writer, const char *name, int drawn, const char *text)
{
	return drawn <= 0 ? drawn : page_plot(writer->page, writer->plots.folder, name, text);
}

// Throughput

/** 0, or -1 with errno. */
static int write_throughput(const struct writer *writer)
{
	static const char *const workloads[][2] = {
		{"pairwise", "each thread enqueues and dequeues in turn"},
		{"mixed", "each thread enqueues or dequeues at random"},
		{"producers_consumers", "some threads enqueue, the others dequeue"},
		{"burst", "fill, then drain"},
		{"empty", "dequeueing where nothing is"},
	};
	int result = 0;
	bool any = false;
	page_heading(writer->page, 3, report_id(writer, "throughput"), "Throughput over threads");
	page_text(writer->page,
		  "Medians with their 95 %% intervals, each queue with the wait that it does best "
		  "with; many queues are rows, by what the most threads do that can run at once. "
		  "Where the ground is grey, and with †, there are more threads than processors: "
		  "they take turns, and what is seen is the scheduler's too. Floors, in grey or "
		  "on top, are the same loop without a queue. Queues with a star are called "
		  "through a pointer, which the others are not.");
	for (size_t i = 0; i < 5 && result == 0 && writer->draw; ++i) {
		char name[128];
		char text[256];
		snprintf(name, sizeof(name), "%s", report_id(writer, workloads[i][0]));
		for (char *byte = name; *byte; ++byte) {
			*byte = *byte == '_' ? '-' : *byte;
		}
		snprintf(text, sizeof(text), "%s: %s.", workloads[i][0], workloads[i][1]);
		int drawn = report_plot_throughput(&writer->plots, name, workloads[i][0]);
		any = any || drawn > 0;
		result = report_show(writer, name, drawn, text);
	}
	if (!any && writer->draw) {
		page_text(writer->page,
			  "Not measured: qbench run --workloads=pairwise,producers_consumers");
	}
	return result;
}

// Latency

/** Adds a time, or a dash. */
static void add_time(struct sheet *sheet, double time)
{
	char text[32];
	report_median(NULL, time, text, sizeof(text));
	sheet_add(sheet, SHEET_PLAIN, "%s", text);
}

/** 0, or -1 with errno. */
static int write_latency(const struct writer *writer)
{
	struct page *page = writer->page;
	size_t count;
	struct figures *figures =
		report_figures(writer->report, writer->machine, "open_loop", &count);
	page_heading(page, 3, report_id(writer, "latency"), "Latency under load");
	if (!figures || count == 0) {
		page_text(page, "Not measured: qbench run --workloads=open_loop");
		free(figures);
		return figures ? 0 : -1;
	}
	page_text(page,
		  "Items are due at moments of a Poisson process, at 10, 50, 80 and 95 %% of "
		  "what the same queue delivers at most, and the time runs from then until the "
		  "consumer has them: a stall delays all items behind it. Percentiles are of one "
		  "sample, the median over the samples. p99.99 of a sample rests on few items.");
	int result = 0;
	for (int sleeping = 0; sleeping < 2 && result == 0 && writer->draw; ++sleeping) {
		char name[128];
		snprintf(name, sizeof(name), "%s",
			 report_id(writer, sleeping ? "latency-sleeping" : "latency-polling"));
		result = report_show(
			writer, name, report_plot_latency(&writer->plots, name, sleeping),
			sleeping ? "Consumers that sleep when nothing is there: native where the "
				   "queue has that, else park. One producer, one consumer; each "
				   "line has its four loads. Of many queues those with the "
				   "lowest p99 at the highest load have colours."
				 : "Consumers that poll: spin. One producer, one consumer; each "
				   "line has its four loads. Of many queues those with the "
				   "lowest p99 at the highest load have colours.");
	}
	page_fold(page, "Latency: the numbers");
	struct sheet sheet;
	sheet_begin(&sheet,
		    (const char *const[]){"queue", "wait", "threads", "#load %", "#M/s at most",
					  "#p50", "#p99", "#p99.9", "#p99.99", "#largest", NULL});
	for (size_t i = 0; i < count; ++i) {
		const struct figures *row = &figures[i];
		sheet_add(&sheet, SHEET_PLAIN, "%s", figures_text(row->cell, "queue"));
		sheet_add(&sheet, SHEET_PLAIN, "%s", figures_text(row->cell, "wait"));
		sheet_add(&sheet, SHEET_PLAIN, "%lld:%lld", report_integer(row->cell, "producers"),
			  report_integer(row->cell, "consumers"));
		sheet_add(&sheet, SHEET_PLAIN, "%.0f",
			  json_number_value(json_object_get(row->cell, "load")) * 100);
		sheet_add(&sheet, SHEET_PLAIN, "%.2f", row->capacity);
		const double times[] = {row->p50, row->p99, row->p999, row->p9999, row->max};
		for (size_t j = 0; j < 5; ++j) {
			add_time(&sheet, times[j]);
		}
	}
	page_sheet(page, &sheet);
	sheet_end(&sheet);
	page_unfold(page);
	free(figures);
	return result;
}

// Costs

/** The numbers of the idle workload. */
static void write_idle(const struct writer *writer, const struct figures *figures, size_t count)
{
	struct sheet sheet;
	page_fold(writer->page, "Mostly idle: the numbers");
	sheet_begin(&sheet, (const char *const[]){"queue", "wait", "#consumers",
						  "#processors used while nothing comes",
						  "#wake, median", "#wake, p99", NULL});
	for (size_t i = 0; i < count; ++i) {
		const struct figures *row = &figures[i];
		sheet_add(&sheet, SHEET_PLAIN, "%s", figures_text(row->cell, "queue"));
		sheet_add(&sheet, SHEET_PLAIN, "%s", figures_text(row->cell, "wait"));
		sheet_add(&sheet, SHEET_PLAIN, "%lld", report_integer(row->cell, "consumers"));
		sheet_add(&sheet, SHEET_PLAIN, "%.4f", row->quiet);
		add_time(&sheet, row->median);
		add_time(&sheet, row->p99);
	}
	page_sheet(writer->page, &sheet);
	sheet_end(&sheet);
	page_unfold(writer->page);
}

/** 0, or -1 with errno. */
static int write_costs(const struct writer *writer)
{
	struct page *page = writer->page;
	char name[128];
	size_t count;
	struct figures *figures = report_figures(writer->report, writer->machine, "idle", &count);
	if (!figures) {
		return -1;
	}
	page_heading(page, 3, report_id(writer, "costs"), "Processor time, memory, and waiting");
	snprintf(name, sizeof(name), "%s", report_id(writer, "costs-plot"));
	int result = report_show(
		writer, name, writer->draw ? report_plot_costs(&writer->plots, name) : 0,
		"producers_consumers: processor time of all threads for a million items, and the "
		"largest memory of the process, the harness in it. † has more "
		"threads than processors.");
	if (count == 0) {
		page_text(page, "What waiting costs was not measured: qbench run "
				"--workloads=idle");
	} else if (result == 0) {
		snprintf(name, sizeof(name), "%s", report_id(writer, "idle-plot"));
		result = report_show(
			writer, name, writer->draw ? report_plot_idle(&writer->plots, name) : 0,
			"idle: one consumer waits, and an item comes now and then. What "
			"waiting uses, and how soon it ends: further to the left is "
			"better in both.");
		write_idle(writer, figures, count);
	}
	free(figures);
	return result;
}

// Does it matter?

/** The sentence that the crossover comes to. */
static void say_crossover(const struct writer *writer)
{
	const struct crossover *crossover = &writer->crossover;
	const struct crossover_point *end = crossover_end(crossover);
	const struct crossover_point *point = &crossover->points[crossover->count - 1];
	const struct contender *worst = ranking_worst(&point->ranking);
	char work[32];
	report_median(NULL, end ? end->work : point->work, work, sizeof(work));
	if (end) {
		page_text(writer->page,
			  "From %s of work an item on, the least that was measured there, all "
			  "queues are within 5 %%: the choice does not matter.",
			  end->work > 0 ? work : "no");
	} else if (worst) {
		page_text(
			writer->page,
			"At %s of work an item, the most that was measured, %s still takes %.0f %% "
			"longer than %s%s. The point from which the choice costs under 5 %% was "
			"not reached.",
			work, worst->queue, (worst->cost - 1) * 100,
			point->ranking.contenders[0].queue,
			ranking_choice(&point->ranking) == RANKING_MATTERS
				? ""
				: ", which this run cannot tell from noise");
	}
}

/** 0, or -1 with errno. */
static int write_crossover(const struct writer *writer)
{
	struct page *page = writer->page;
	const struct crossover *crossover = &writer->crossover;
	char name[128];
	page_heading(page, 3, report_id(writer, "crossover"),
		     "From how much work on the choice does not matter");
	if (crossover->count == 0) {
		page_text(page, "Not measured: qbench run --workloads=replay");
		return 0;
	}
	say_crossover(writer);
	snprintf(name, sizeof(name), "%s", report_id(writer, "crossover-plot"));
	char text[320];
	snprintf(text, sizeof(text),
		 "replay with %lld worker%s: how much longer an item takes than with the best "
		 "queue. Inside the green that is under 5 %%. Of many queues those have colours "
		 "that cost least without work.",
		 crossover->workers, crossover->workers == 1 ? "" : "s");
	int result = report_show(
		writer, name,
		writer->draw ? report_plot_crossover(&writer->plots, name, crossover) : 0, text);
	struct sheet sheet;
	sheet_begin(&sheet, (const char *const[]){"#work an item", "best queue", "its time an item",
						  "the one that costs most", "#costs", NULL});
	for (size_t i = 0; i < crossover->count; ++i) {
		const struct crossover_point *point = &crossover->points[i];
		const struct contender *worst = ranking_worst(&point->ranking);
		if (point->ranking.ranked == 0) {
			continue;
		}
		add_time(&sheet, point->work);
		sheet_add(&sheet, SHEET_PLAIN, "%s", point->ranking.contenders[0].queue);
		add_time(&sheet, 1e9 / point->ranking.contenders[0].summary.median);
		sheet_add(&sheet, SHEET_PLAIN, "%s", worst->queue);
		char cost[32];
		report_cost(worst->cost, cost, sizeof(cost));
		sheet_add(&sheet, SHEET_PLAIN, "%s%s", cost, ranking_ties(worst) ? " ~" : "");
	}
	page_sheet(page, &sheet);
	sheet_end(&sheet);
	return result;
}

/** 0, or -1 with errno. */
static int write_relations(const struct writer *writer)
{
	struct page *page = writer->page;
	const struct relations *relations = &writer->relations;
	char name[128];
	size_t holding = 0;
	page_heading(page, 3, report_id(writer, "relations"),
		     "Micro-workloads against the real walk");
	if (!*relations->real || relations->count == 0) {
		page_text(page, "Not measured: scripts/bench.sh walks, and measures "
				"micro-workloads of the same queues.");
		return 0;
	}
	for (size_t i = 0; i < relations->count; ++i) {
		holding += relation_holds(&relations->items[i]);
	}
	page_text(page,
		  "Does a micro-workload put queues into the order of the real program? Held "
		  "against %s%s. Of %zu workloads and numbers of threads, %zu correlate with it by "
		  "more than chance and noise; one in twenty would by chance alone. The interval "
		  "is that of resampled measurements; p is the chance that queues in any order "
		  "correlate as strongly; below %d queues nothing is said.",
		  relations->real,
		  relations->replayed ? ", since no file has times of walks (scripts/bench.sh)"
				      : "",
		  relations->count, holding, RELATION_QUEUES);
	snprintf(name, sizeof(name), "%s", report_id(writer, "relations-plot"));
	int result = report_show(
		writer, name,
		writer->draw ? report_plot_relations(&writer->plots, name, relations) : 0,
		"1: the same order; 0: none; -1: the opposite order.");
	struct sheet sheet;
	page_fold(page, "Correlations: the numbers");
	sheet_begin(&sheet, (const char *const[]){"workload", "#queues", "#correlation",
						  "#95 % from", "#to", "#p", "says", NULL});
	for (size_t i = 0; i < relations->count; ++i) {
		const struct relation *relation = &relations->items[i];
		sheet_add(&sheet, SHEET_PLAIN, "%s", relation->what);
		sheet_add(&sheet, SHEET_PLAIN, "%zu", relation->queues);
		const double numbers[] = {relation->rho, relation->low, relation->high};
		for (size_t j = 0; j < 3; ++j) {
			sheet_add(&sheet, SHEET_PLAIN, isnan(numbers[j]) ? "–" : "%.2f",
				  numbers[j]);
		}
		sheet_add(&sheet, SHEET_PLAIN, isnan(relation->p) ? "–" : "%.3f", relation->p);
		sheet_add(&sheet, SHEET_PLAIN, "%s",
			  relation->queues < RELATION_QUEUES ? "nothing: too few queues"
			  : relation_holds(relation)	     ? "they are related"
							     : "nothing: chance or noise");
	}
	page_sheet(page, &sheet);
	sheet_end(&sheet);
	page_unfold(page);
	return result;
}

// Claims

/** The check of that name, or NULL. */
static const json_t *find_check(const json_t *queue, const char *name)
{
	size_t i;
	json_t *check;
	json_array_foreach(json_object_get(queue, "checks"), i, check)
	{
		if (strcmp(figures_text(check, "check"), name) == 0) {
			return check;
		}
	}
	return NULL;
}

static void write_verify(const struct writer *writer, const struct report_file *file)
{
	const json_t *queues = json_object_get(file->document, "queues");
	const json_t *checks = json_object_get(json_array_get(queues, 0), "checks");
	struct sheet sheet;
	size_t i;
	size_t j;
	json_t *queue;
	json_t *check;
	sheet_begin(&sheet, (const char *const[]){"queue", "claims: enqueue, dequeue", "order",
						  "holds", NULL});
	json_array_foreach(checks, i, check)
	{
		sheet_heading(&sheet, figures_text(check, "check"));
	}
	json_array_foreach(queues, i, queue)
	{
		const json_t *claims = json_object_get(queue, "claims");
		sheet_add(&sheet, SHEET_PLAIN, "%s", figures_text(queue, "queue"));
		sheet_add(&sheet, SHEET_PLAIN, "%s, %s", figures_text(claims, "enqueue"),
			  figures_text(claims, "dequeue"));
		sheet_add(&sheet, SHEET_PLAIN, "%s", figures_text(claims, "order"));
		sheet_add(&sheet, SHEET_PLAIN, "%s",
			  json_is_true(json_object_get(claims, "bounded")) ? "bounded"
									   : "unbounded");
		json_array_foreach(checks, j, check)
		{
			const json_t *found = find_check(queue, figures_text(check, "check"));
			const char *verdict = figures_text(found, "verdict");
			bool failed = strcmp(verdict, "failed") == 0;
			bool said = strcmp(verdict, "shown") == 0 || failed;
			sheet_add(&sheet,
				  failed			   ? SHEET_WORST
				  : strcmp(verdict, "passed") == 0 ? SHEET_TIES
								   : SHEET_FAINT,
				  "%s%s%s",
				  failed     ? "FALSE: "
				  : said     ? "shown: "
				  : *verdict ? ""
					     : "–",
				  strcmp(verdict, "skipped") == 0 ? "–"
								  : figures_text(found, "summary"),
				  "");
		}
	}
	page_sheet(writer->page, &sheet);
	sheet_end(&sheet);
	page_fold(writer->page, "How it was verified");
	page_code(writer->page, figures_text(file->document, "command"));
	page_text(writer->page,
		  "From file %zu, %s. A check that finds nothing says that it met no "
		  "counter-example, and how hard it looked; – does not apply, or "
		  "cannot be done there; shown: nothing was claimed.",
		  report_number(writer->report, file), file->path);
	page_unfold(writer->page);
}

static void write_claims(const struct writer *writer)
{
	bool any = false;
	page_heading(writer->page, 3, report_id(writer, "claims"), "Claimed against found");
	for (size_t i = 0; i < writer->report->count; ++i) {
		const struct report_file *file = &writer->report->files[i];
		if (file->kind == REPORT_VERIFY && file->machine == writer->machine) {
			write_verify(writer, file);
			any = true;
		}
	}
	if (!any) {
		page_text(writer->page, "Not verified: qbench verify -o verify.json");
	}
}

// Floors

static void write_floors(const struct writer *writer)
{
	struct sheet sheet;
	bool any = false;
	page_heading(writer->page, 3, report_id(writer, "floors"), "Floors");
	page_text(writer->page,
		  "What the harness costs without a queue: the loop alone, with a "
		  "fetch-and-add or a compare-and-swap where the queue would be. No "
		  "queue can be faster, and a queue near it is not what was measured.");
	sheet_begin(&sheet, (const char *const[]){"measured", "floor", "#median", "#95 % from",
						  "#to", NULL});
	for (size_t i = 0; i < writer->report->count; ++i) {
		const struct report_file *file = &writer->report->files[i];
		size_t j;
		json_t *cell;
		if (file->kind != REPORT_RESULTS || file->machine != writer->machine) {
			continue;
		}
		json_array_foreach(json_object_get(file->document, "cells"), j, cell)
		{
			struct figures row;
			char text[256];
			figures_of(&row, cell);
			if (!row.floor || row.rank != FIGURES_NUMBERS) {
				continue;
			}
			any = true;
			table_describe(cell, text, sizeof(text));
			sheet_add(&sheet, SHEET_PLAIN, "%s", text);
			sheet_add(&sheet, SHEET_PLAIN, "%s, %s", figures_text(cell, "queue"),
				  figures_text(cell, "wait"));
			const double numbers[] = {row.median, row.low, row.high};
			for (size_t k = 0; k < 3; ++k) {
				report_median(cell, numbers[k], text, sizeof(text));
				sheet_add(&sheet, SHEET_PLAIN, "%s", text);
			}
		}
	}
	if (any) {
		page_fold(writer->page, "Floors: the numbers");
		page_sheet(writer->page, &sheet);
		page_unfold(writer->page);
	} else {
		page_text(writer->page, "Not measured: qbench run");
	}
	sheet_end(&sheet);
}

// All of it

static int write_machine(struct writer *writer)
{
	struct page *page = writer->page;
	const struct report_machine *machine = &writer->report->machines[writer->machine];
	page_heading(page, 2, report_id(writer, "machine"), "%s", machine->name);
	if (machine->processors > 0 && machine->processors < 4) {
		page_text(
			page,
			"A machine with %u processor%s: it shows what a hand-off and a small pool "
			"cost, and nothing of how queues scale. Most of what is published of them "
			"begins where this machine ends.",
			machine->processors, machine->processors == 1 ? "" : "s");
	}
	if (report_answer(writer) != 0 || write_throughput(writer) != 0 ||
	    write_latency(writer) != 0 || write_costs(writer) != 0 ||
	    write_crossover(writer) != 0 || report_queue(writer) != 0) {
		return -1;
	}
	report_trees(writer);
	if (write_relations(writer) != 0) {
		return -1;
	}
	write_claims(writer);
	write_floors(writer);
	return report_sources(writer->report, writer->machine, page);
}

/** Links to the sections of the first machine, or to all machines. 0, or -1. */
static int write_contents(const struct report *report, struct page *page)
{
	static const char *const sections[] = {"m1-answer",
					       "Which queue to use",
					       "m1-throughput",
					       "Throughput",
					       "m1-latency",
					       "Latency",
					       "m1-costs",
					       "Costs",
					       "m1-crossover",
					       "Does it matter?",
					       "m1-queue",
					       "What the queue did",
					       "m1-trees",
					       "Does the tree decide?",
					       "m1-relations",
					       "Micro against real",
					       "m1-claims",
					       "Claims",
					       "m1-floors",
					       "Floors",
					       "m1-sources",
					       "Where the numbers are from",
					       NULL};
	if (report->machine_count <= 1) {
		page_contents(page, sections);
		return 0;
	}
	const char **links = calloc(2 * report->machine_count + 1, sizeof(*links));
	char(*ids)[32] = calloc(report->machine_count, sizeof(*ids));
	if (links && ids) {
		for (size_t i = 0; i < report->machine_count; ++i) {
			snprintf(ids[i], sizeof(ids[i]), "m%zu-machine", i + 1);
			links[2 * i] = ids[i];
			links[2 * i + 1] = report->machines[i].name;
		}
		page_contents(page, links);
	}
	int result = links && ids ? 0 : -1;
	free(ids);
	free(links);
	return result;
}

/** The answers of all machines side by side. 0, or -1 with errno. */
static int write_machines(struct report *report, struct page *page)
{
	struct sheet sheet;
	int result = 0;
	page_heading(page, 2, "machines", "Which queue to use, on each machine");
	sheet_begin(&sheet, (const char *const[]){"for", NULL});
	for (size_t i = 0; i < report->machine_count; ++i) {
		sheet_heading(&sheet, report->machines[i].name);
	}
	for (size_t i = 0; situations[i].id && result == 0; ++i) {
		sheet_add(&sheet, SHEET_PLAIN, "%s", situations[i].name);
		for (size_t j = 0; j < report->machine_count && result == 0; ++j) {
			struct ranking ranking;
			char text[256];
			result = ranking_of(report, j, &situations[i], &ranking);
			if (result == 0) {
				ranking_answer(&ranking, text, sizeof(text));
				sheet_add(&sheet, SHEET_PLAIN, "%s", text);
				ranking_destroy(&ranking);
			}
		}
	}
	page_sheet(page, &sheet);
	sheet_end(&sheet);
	page_text(page, "? leads, with too few rounds for a verdict; – was not measured.");
	return result;
}

int report_page(struct report *report, struct page *page, const char *folder, bool plots)
{
	int result = write_contents(report, page);
	if (result == 0 && report->machine_count > 1) {
		result = write_machines(report, page);
	}
	if (!plots) {
		page_text(page, "There was no gnuplot where this was made, and so there are no "
				"plots: apt-get install gnuplot-nox");
	}
	for (size_t i = 0; i < report->machine_count && result == 0; ++i) {
		struct writer writer = {
			.report = report,
			.machine = i,
			.page = page,
			.plots = {.report = report, .machine = i, .folder = folder},
			.draw = plots,
		};
		for (size_t j = 0; situations[j].id && result == 0; ++j) {
			result = ranking_of(report, i, &situations[j], &writer.rankings[j]);
		}
		if (result == 0) {
			result = relation_find(report, i, &writer.relations);
		}
		if (result == 0) {
			result = crossover_find(report, i, &writer.crossover);
		}
		if (result == 0) {
			result = walk_rows_find(report, i, &writer.walks);
		}
		if (result == 0) {
			result = write_machine(&writer);
		}
		for (size_t j = 0; situations[j].id; ++j) {
			ranking_destroy(&writer.rankings[j]);
		}
		relation_destroy(&writer.relations);
		crossover_destroy(&writer.crossover);
		walk_rows_destroy(&writer.walks);
	}
	return result;
}
