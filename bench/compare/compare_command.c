// SPDX-License-Identifier: MIT

/** `qbench compare`: its command line, and the comparison as text, Markdown or JSON. */

#include "arguments.h"
#include "base/number.h"
#include "base/progress.h"
#include "base/quote.h"
#include "commands.h"
#include "compare/compare.h"
#include "document/formats.h"
#include "document/json.h"
#include "machine/topology.h"
#include "results/verdict.h"
#include "results/words.h"

#include <err.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** Default tolerance, in percent. Two runs of one build seldom differ by more. */
#define DEFAULT_TOLERANCE 5

struct command_line {
	bool markdown;
	bool json;
	/** Print only changes. */
	bool changes;
	/** A share: 0.05 is 5 %. */
	double tolerance;
	const char *paths[2];
	struct run runs[2];
};

static void read_tolerance(struct argp_state *state, const struct setting *setting, char *text,
			   void *member)
{
	char *end;
	double share = strtod(text, &end) / 100;
	if (end == text || *end || !(share >= 0 && share <= 1000)) {
		argp_error(state, "--%s: '%s' is not a percentage such as 5", setting->name,
			   quoted(text));
	}
	*(double *)member = share;
}

#define AT(member, read) SETTING(struct command_line, member, read)
static const struct setting option_table[] = {
	{"markdown", 0, NULL, 0, "Print Markdown, for a pull request", AT(markdown, setting_flag)},
	{"json", 0, NULL, 0, "Print all numbers as JSON", AT(json, setting_flag)},
	{"changes", 0, NULL, 0, "Print only cells that changed or cannot be compared",
	 AT(changes, setting_flag)},
	{"tolerance", 0, "PERCENT", 0, "Fail if something is slower by more than this (default: 5)",
	 AT(tolerance, read_tolerance)},
	{0},
};

/** Reads the names of two files. */
static error_t parse_files(int key, char *arg, struct argp_state *state)
{
	struct command_line *line = state->input;
	switch (key) {
	case ARGP_KEY_ARG:
		if (state->arg_num >= 2) {
			argp_error(state, "two files are compared, and '%s' is one more",
				   quoted(arg));
		}
		line->paths[state->arg_num] = arg;
		return 0;
	case ARGP_KEY_END:
		if (state->arg_num < 2) {
			argp_error(state, "two files are compared: OLD and NEW");
		}
		if (line->json && line->markdown) {
			argp_error(state, "--json and --markdown exclude each other");
		}
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.parser = parse_files,
	.args_doc = "OLD NEW",
	.doc = "Compares two runs cell by cell, from the files of qbench run -o. Between two runs "
	       "a machine drifts by more than the samples of one run show. The drift is estimated "
	       "from floors, which have no queue in them, from the probes beside the samples, and "
	       "from the spread of cells that did not change. A cell is called faster or slower if "
	       "it changed by more than drift and noise explain, at 5 % corrected for the number "
	       "of cells, and by more than 3 %. Another is as good if a change by 5 % is excluded "
	       "at the same level, and else undecided, with the rounds that would probably decide "
	       "it."
	       " All cells of a queue together show smaller changes of that queue.\vExit "
	       "status: 0 nothing is slower beyond the tolerance, and cells may be undecided; 1 "
	       "something is slower, or is void now; 2 wrong usage, or no cell could be "
	       "compared.\n\n"
	       "To compare two builds, on a machine that does nothing else:\n\n"
	       "  git switch main && ninja -C build && build/qbench run -o old.json\n"
	       "  git switch mine && ninja -C build && build/qbench run -o new.json\n"
	       "  build/qbench compare old.json new.json\n",
};

// Words

/** A median with its unit. */
static void format_median(const struct run_cell *cell, double median, char *text, size_t size)
{
	if (isnan(median)) {
		snprintf(text, size, "-");
	} else if (run_cell_higher_is_better(cell)) {
		snprintf(text, size, "%.*f M/s", median < 1e7 ? 3 : 2, median / 1e6);
	} else {
		words_time(median, text, size);
	}
}

/** A ratio as a change in percent. */
static void format_change(double ratio, char *text, size_t size)
{
	if (isnan(ratio)) {
		snprintf(text, size, "-");
	} else {
		snprintf(text, size, "%+.1f %%", (ratio - 1) * 100);
	}
}

/** The columns of one cell, in words. */
struct words {
	char old_median[32];
	char new_median[32];
	char change[32];
	char interval[64];
	char verdict[256];
};

static const struct run_cell *either(const struct compare_cell *cell)
{
	return cell->before ? cell->before : cell->after;
}

static bool is_floor(const struct compare_cell *cell)
{
	return either(cell)->floor;
}

static void say(const struct compare_cell *cell, size_t rounds_needed, struct words *words)
{
	format_median(either(cell), cell->old_median, words->old_median, sizeof(words->old_median));
	format_median(either(cell), cell->new_median, words->new_median, sizeof(words->new_median));
	format_change(cell->ratio, words->change, sizeof(words->change));
	char low[24];
	char high[24];
	double ends[2];
	compare_interval(cell, &ends[0], &ends[1]);
	format_change(ends[0], low, sizeof(low));
	format_change(ends[1], high, sizeof(high));
	snprintf(words->interval, sizeof(words->interval), isnan(cell->low) ? "-" : "%s to %s", low,
		 high);
	const char *failure = cell->broke ? run_cell_failure(cell->after) : NULL;
	const char *name = is_floor(cell) ? "floor" : compare_verdict_name(cell->verdict);
	if (cell->reason && strcmp(cell->reason, COMPARE_TOO_FEW) == 0) {
		snprintf(words->verdict, sizeof(words->verdict), "%s: %s: a verdict takes %zu",
			 compare_verdict_name(cell->verdict), cell->reason, rounds_needed);
	} else if (cell->reason) {
		snprintf(words->verdict, sizeof(words->verdict), "%s: %s%s%s",
			 compare_verdict_name(cell->verdict), cell->reason, failure ? ": " : "",
			 failure ? failure : "");
	} else if (cell->verdict != COMPARE_UNDECIDED) {
		snprintf(words->verdict, sizeof(words->verdict), "%s", name);
	} else if (cell->rounds_needed > 0) {
		snprintf(words->verdict, sizeof(words->verdict), "%s: about %zu rounds", name,
			 cell->rounds_needed);
	} else {
		snprintf(words->verdict, sizeof(words->verdict), "%s: more than %d rounds", name,
			 VERDICT_MOST_ROUNDS);
	}
}

static bool is_change(enum compare_verdict verdict)
{
	return verdict == COMPARE_SLOWER || verdict == COMPARE_FASTER;
}

/** True if the cell makes the comparison fail. */
static bool fails(const struct compare_cell *cell, double tolerance)
{
	return cell->broke || (cell->verdict == COMPARE_SLOWER && cell->slower > tolerance);
}

/** Counts the cells and queues that make the comparison fail. */
static size_t count_failures(const struct comparison *comparison, double tolerance)
{
	size_t count = 0;
	for (size_t i = 0; i < comparison->queue_count; ++i) {
		const struct compare_queue *queue = &comparison->queues[i];
		count += queue->verdict == COMPARE_SLOWER && queue->ratio > 1 + tolerance;
	}
	for (size_t i = 0; i < comparison->count; ++i) {
		count += fails(&comparison->cells[i], tolerance);
	}
	return count;
}

/** Prints the estimate of the drift. */
static void print_drift(const struct comparison *comparison, const char *before_line)
{
	if (comparison->floors > 0) {
		printf("%s%zu floors, which have no queue in them, took %.3f times as long on "
		       "average (%.3f to %.3f)\n",
		       before_line, comparison->floors, comparison->floor_mean,
		       comparison->floor_low, comparison->floor_high);
	}
	if (comparison->probed > 0) {
		printf("%sprobes beside the samples of %zu cell%s moved by %.1f %% at most, less "
		       "what their spread explains; that counts as drift of the cell\n",
		       before_line, comparison->probed, number_plural(comparison->probed),
		       expm1(comparison->probe_most) * 100);
	}
	if (comparison->drift_known) {
		printf("%sdrift between the runs: a standard deviation of %.1f %% in each cell; a "
		       "change that it explains stays undecided\n",
		       before_line, expm1(comparison->drift) * 100);
	} else {
		printf("%sdrift between the runs: unknown, since there are no floors, no probes "
		       "and fewer than %d cells; a difference may be drift\n",
		       before_line, COMPARE_CELLS);
	}
}

/** Prints all cells of each queue together. */
static void print_queues(const struct comparison *comparison, bool markdown)
{
	if (comparison->queue_count == 0) {
		return;
	}
	printf(markdown ? "| queue | cells | an item takes | 95 %% interval | verdict |\n"
			  "| --- | --: | --: | --: | --- |\n"
			: "\nAll cells of a queue together: how much longer an item takes, and its "
			  "95 %% interval.\n");
	for (size_t i = 0; i < comparison->queue_count; ++i) {
		const struct compare_queue *queue = &comparison->queues[i];
		bool bold = markdown && is_change(queue->verdict);
		char change[32];
		char low[32];
		char high[32];
		format_change(queue->ratio, change, sizeof(change));
		format_change(queue->low, low, sizeof(low));
		format_change(queue->high, high, sizeof(high));
		printf(markdown ? "| %s | %zu | %s | %s to %s | %s%s%s |\n"
				: "  %-16s %3zu cells %9s  %s to %s  %s%s%s\n",
		       quoted(queue->name), queue->cells, change, low, high, bold ? "**" : "",
		       compare_verdict_name(queue->verdict), bold ? "**" : "");
	}
	printf("\n");
}

static void print_counts(const struct command_line *line, const struct comparison *comparison)
{
	const size_t *verdicts = comparison->verdicts;
	printf("cells: %zu slower, %zu faster, %zu as good, %zu undecided, %zu not comparable; %zu "
	       "cells and queues slower by more than %g %%, or void\n",
	       verdicts[COMPARE_SLOWER], verdicts[COMPARE_FASTER], verdicts[COMPARE_AS_GOOD],
	       verdicts[COMPARE_UNDECIDED], verdicts[COMPARE_NOT],
	       count_failures(comparison, line->tolerance), line->tolerance * 100);
}

/** Prints the option with which the new run has a cell that only the old one has. */
static void print_way_out(const struct comparison *comparison, const struct compare_cell *alone)
{
	const struct cell *was = &alone->before->cell;
	for (size_t i = 0; i < comparison->count; ++i) {
		const struct run_cell *other = comparison->cells[i].after;
		if (comparison->cells[i].before || !other) {
			continue;
		}
		struct run_cell same = *other;
		same.cell.capacity = was->capacity;
		same.cell.place = was->place;
		if (!run_cell_same(&same, alone->before)) {
			continue;
		}
		if (other->cell.capacity != was->capacity) {
			printf(", whose capacity is %zu and was %zu: give qbench run "
			       "--capacity=%zu",
			       other->cell.capacity, was->capacity, was->capacity);
		}
		if (other->cell.place != was->place) {
			printf(", whose place is %s and was %s: give qbench run --place=%s",
			       topology_place_name(other->cell.place),
			       topology_place_name(was->place), topology_place_name(was->place));
		}
		return;
	}
}

/** Prints how many cells of each workload one run has alone. */
static void print_unpaired(const struct comparison *comparison, const char *before_line)
{
	for (size_t i = 0; i < comparison->count; ++i) {
		const char *workload = either(&comparison->cells[i])->cell.workload;
		size_t only[2] = {0};
		const struct compare_cell *alone = NULL;
		bool told = false;
		for (size_t j = 0; j < comparison->count; ++j) {
			const struct compare_cell *cell = &comparison->cells[j];
			if (strcmp(either(cell)->cell.workload, workload) == 0) {
				told |= j < i;
				only[0] += !cell->after;
				only[1] += !cell->before;
				alone = !cell->after ? cell : alone;
			}
		}
		if (!told && only[0] + only[1] > 0) {
			printf("%s%s: %zu cell%s only in OLD, %zu only in NEW", before_line,
			       workload, only[0], number_plural(only[0]), only[1]);
			if (alone) {
				print_way_out(comparison, alone);
			}
			printf(" (--json lists them)\n");
		}
	}
}

/** Prints what both runs are, and what differs. */
static void print_runs(const struct command_line *line, const struct comparison *comparison,
		       const char *before_line)
{
	static const char *const names[] = {"OLD", "NEW"};
	for (int i = 0; i < 2; ++i) {
		const struct run *run = &line->runs[i];
		const char *commit = run->machine.software.commit;
		printf("%s%s: %s, of %s%s%.12s: %s\n", before_line, names[i],
		       quoted(line->paths[i]), run->started, commit ? ", commit " : "",
		       commit ? commit : "", quoted(run->command));
	}
	const char *note = comparison->notes;
	while (*note) {
		int length = (int)strcspn(note, "\n");
		printf("%s%.*s\n", before_line, length, note);
		note += length + 1;
	}
	print_unpaired(comparison, before_line);
	if (comparison->reason) {
		printf("%snot comparable: %s\n", before_line, comparison->reason);
	}
}

// Forms

/** True if the cell is printed. */
static bool shown(const struct command_line *line, const struct compare_cell *cell)
{
	return !line->changes ||
	       ((is_change(cell->verdict) || cell->verdict == COMPARE_NOT) && !is_floor(cell));
}

/** True if text lists the cell. What all cells have in common is printed once, below. */
static bool listed(const struct command_line *line, const struct comparison *comparison,
		   const struct compare_cell *cell)
{
	return cell->broke ||
	       (shown(line, cell) && cell->before && cell->after && !comparison->reason);
}

/** Prints the cells that are listed, below the headings of their groups. */
static void print_cells(const struct command_line *line, const struct comparison *comparison)
{
	char last[512] = "";
	for (size_t i = 0; i < comparison->count; ++i) {
		const struct compare_cell *cell = &comparison->cells[i];
		char heading[512];
		struct words words;
		if (!listed(line, comparison, cell)) {
			continue;
		}
		words_describe(either(cell), heading, sizeof(heading));
		if (strcmp(heading, last) != 0) {
			printf(line->markdown
				       ? "\n%s\n\n| queue | wait | old | new | change | 95 %% "
					 "interval | verdict |\n"
					 "| --- | --- | --: | --: | --: | --: | --- |\n"
				       : "\n%s\n",
			       heading);
			strcpy(last, heading);
		}
		say(cell, comparison->rounds_needed, &words);
		const char *bold = line->markdown && is_change(cell->verdict) ? "**" : "";
		printf(line->markdown ? "| %s | %s | %s | %s | %s | %s | %s%s%s |\n"
				      : "  %-16s %-6s %12s %12s %9s  %-22s %s%s%s\n",
		       quoted(either(cell)->cell.queue), channel_wait_name(either(cell)->cell.wait),
		       words.old_median, words.new_median, words.change, words.interval, bold,
		       words.verdict, bold);
	}
}

static void print_text(const struct command_line *line, const struct comparison *comparison)
{
	print_cells(line, comparison);
	printf("\nColumns: the queue and its wait, the medians of OLD and NEW, the change, its 95 "
	       "%% interval with the drift in it.\n\n");
	print_queues(comparison, false);
	print_runs(line, comparison, "");
	print_drift(comparison, "");
	print_counts(line, comparison);
}

static void print_markdown(const struct command_line *line, const struct comparison *comparison)
{
	print_counts(line, comparison);
	printf("\n");
	print_queues(comparison, true);
	print_cells(line, comparison);
	printf("\n");
	print_runs(line, comparison, "- ");
	print_drift(comparison, "- ");
}

/** The cell, without its samples, and its comparison. */
static json_t *cell_json(const struct compare_cell *cell)
{
	json_t *json = codec_write(&cell_codec, either(cell));
	json_object_del(json, "samples");
	json_object_del(json, "summary");
	double low;
	double high;
	compare_interval(cell, &low, &high);
	json_t *found = json_pack(
		"{s:s, s:s?, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "verdict",
		is_floor(cell) && !cell->reason ? "floor" : compare_verdict_name(cell->verdict),
		"reason", cell->reason, "old_median", json_finite(cell->old_median), "new_median",
		json_finite(cell->new_median), "ratio", json_finite(cell->ratio), "low",
		json_finite(low), "high", json_finite(high), "drift",
		json_finite(isnan(cell->ratio) ? NAN : cell->drift), "p",
		json_finite(is_floor(cell) ? NAN : cell->p), "p_as_good",
		json_finite(is_floor(cell) ? NAN : cell->p_as_good), "rounds_needed",
		cell->rounds_needed > 0 ? json_integer((json_int_t)cell->rounds_needed)
					: json_null());
	json_object_update(json, found);
	json_decref(found);
	return json;
}

/** 0, or -1. */
static int print_json(const struct command_line *line, const struct comparison *comparison)
{
	json_t *queues = json_array();
	for (size_t i = 0; i < comparison->queue_count; ++i) {
		const struct compare_queue *queue = &comparison->queues[i];
		json_array_append_new(
			queues, json_pack("{s:s, s:I, s:s, s:f, s:f, s:f, s:f, s:f}", "queue",
					  queue->name, "cells", (json_int_t)queue->cells, "verdict",
					  compare_verdict_name(queue->verdict), "ratio_in_time",
					  queue->ratio, "low", queue->low, "high", queue->high, "p",
					  queue->p, "p_as_good", queue->p_as_good));
	}
	json_t *cells = json_array();
	for (size_t i = 0; i < comparison->count; ++i) {
		if (shown(line, &comparison->cells[i])) {
			json_array_append_new(cells, cell_json(&comparison->cells[i]));
		}
	}
	json_t *document = json_pack(
		"{s:s, s:o, s:o, s:f, s:s?, s:s, s:{s:I, s:o, s:o, s:o}, s:o, s:{s:I, s:I, s:I, "
		"s:I, s:I}, s:I, s:o, s:o}",
		"format", FORMAT_COMPARE, "old", json_bytes(line->paths[0]), "new",
		json_bytes(line->paths[1]), "tolerance_percent", line->tolerance * 100,
		"not_comparable", comparison->reason, "differences", comparison->notes, "floors",
		"count", (json_int_t)comparison->floors, "mean_ratio_in_time",
		json_finite(comparison->floors ? comparison->floor_mean : NAN), "low",
		json_finite(comparison->floor_low), "high", json_finite(comparison->floor_high),
		"drift", json_finite(comparison->drift_known ? comparison->drift : NAN), "verdicts",
		"slower", (json_int_t)comparison->verdicts[COMPARE_SLOWER], "faster",
		(json_int_t)comparison->verdicts[COMPARE_FASTER], "as good",
		(json_int_t)comparison->verdicts[COMPARE_AS_GOOD], "undecided",
		(json_int_t)comparison->verdicts[COMPARE_UNDECIDED], "not comparable",
		(json_int_t)comparison->verdicts[COMPARE_NOT], "failures",
		(json_int_t)count_failures(comparison, line->tolerance), "queues", queues, "cells",
		cells);
	int result = document ? json_dumpf(document, stdout, JSON_INDENT(1)) : -1;
	json_decref(document);
	putchar('\n');
	return result;
}

/** True if no cell has a verdict. */
static bool nothing_compared(const struct comparison *comparison)
{
	size_t compared = 0;
	for (size_t i = 0; i < COMPARE_NOT; ++i) {
		compared += comparison->verdicts[i];
	}
	return compared == 0;
}

/** Says why nothing could be compared. */
static void tell_nothing(const struct comparison *comparison)
{
	// Other settings are no reason if no cell is in both
	const char *reason = comparison->other_machine ? comparison->reason : NULL;
	for (size_t i = 0; i < comparison->count && !reason; ++i) {
		const struct compare_cell *cell = &comparison->cells[i];
		if (cell->before && cell->after && !is_floor(cell)) {
			reason = cell->reason;
		}
	}
	if (reason && strcmp(reason, COMPARE_TOO_FEW) == 0) {
		warnx("no cell could be compared: %s: with this number of cells a verdict takes "
		      "%zu",
		      reason, comparison->rounds_needed);
		return;
	}
	warnx("no cell could be compared: %s",
	      reason ? reason : "the files have no queue in common under the same settings");
}

int compare_command(int argc, char **argv)
{
	struct command_line line = {.tolerance = DEFAULT_TOLERANCE / 100.0};
	settings_parse(option_table, &argp, argc, argv, &line);
	for (int i = 0; i < 2; ++i) {
		char *error;
		if (run_read(&line.runs[i], line.paths[i], &error) != 0) {
			errx(COMMAND_USAGE, "%s: %s", quoted(line.paths[i]),
			     error ? error : strerror(ENOMEM));
		}
	}

	struct comparison comparison;
	progress_show("comparing");
	if (compare_runs(&line.runs[0], &line.runs[1], &comparison) != 0) {
		err(COMMAND_USAGE, "cannot compare");
	}
	progress_clear();
	int printed = 0;
	if (line.json) {
		printed = print_json(&line, &comparison);
	} else if (line.markdown) {
		print_markdown(&line, &comparison);
	} else {
		print_text(&line, &comparison);
	}
	int status = count_failures(&comparison, line.tolerance) > 0 ? COMMAND_FAILED : 0;
	if (status == 0 && nothing_compared(&comparison)) {
		tell_nothing(&comparison);
		status = COMMAND_USAGE;
	}
	if (printed != 0 && status == 0) {
		status = COMMAND_FAILED;
	}
	compare_destroy(&comparison);
	run_destroy(&line.runs[0]);
	run_destroy(&line.runs[1]);
	return status;
}
