// SPDX-License-Identifier: MIT

/**
 * Ranked tables: a heading, the queues from best to worst, queues without numbers and the reason,
 * and the floors. A column is an entry in a list, with the offset of its number in a row.
 */

#include "results/table.h"

#include "catalog/contract.h"
#include "results/figures.h"
#include "results/terminal.h"
#include "results/words.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/** Widths of the mark and of the wait, with the blank behind. */
#define MARK_WIDTH 10
#define WAIT_WIDTH 7
#define NAME_LEAST 8

enum kind {
	KIND_RATE,
	KIND_TIME,
	KIND_RATIO,
	KIND_SPREAD,
	KIND_PLAIN,
};

struct column {
	const char *title;
	const char *below;
	int width;
	enum kind kind;
	size_t offset;
	/** Decimals of a plain number, where there is room. */
	int decimals;
	/** Left out where no row has a number other than 0 and the median. */
	bool optional;
	/** Tables that have it: of cells in items per second, in nanoseconds, or both. */
	enum { OF_BOTH, OF_RATES, OF_TIMES } of;
};

#define AT(member) offsetof(struct figures, member)

static const struct column columns[] = {
	{"time", "an item", 8, KIND_TIME, AT(cost), 0, false, OF_RATES},
	{"time", "median", 8, KIND_TIME, AT(median), 0, false, OF_TIMES},
	{"cost", "by best", 8, KIND_RATIO, AT(ratio), 0, false, OF_BOTH},
	{"from", "95 %", 7, KIND_RATIO, AT(ratio_low), 0, false, OF_BOTH},
	{"to", "95 %", 7, KIND_RATIO, AT(ratio_high), 0, false, OF_BOTH},
	{"items", "M/s", 8, KIND_RATE, AT(median), 0, false, OF_RATES},
	{"spread", "", 8, KIND_SPREAD, AT(spread), 0, false, OF_BOTH},
	{"rank", "mean", 5, KIND_PLAIN, AT(rank_mean), 1, true, OF_RATES},
	{"error", "p99", 6, KIND_PLAIN, AT(rank_p99), 0, true, OF_RATES},
	{"items", "worst", 6, KIND_PLAIN, AT(rank_worst), 0, true, OF_RATES},
	{"fill", "an item", 8, KIND_TIME, AT(fill), 0, true, OF_RATES},
	{"drain", "an item", 8, KIND_TIME, AT(drain), 0, true, OF_RATES},
	{"full", "/1000", 6, KIND_PLAIN, AT(full), 1, true, OF_RATES},
	{"empty", "/1000", 6, KIND_PLAIN, AT(empty), 1, true, OF_RATES},
	{"busy", "/1000", 6, KIND_PLAIN, AT(busy), 1, true, OF_RATES},
	{"backlog", "most", 8, KIND_PLAIN, AT(backlog), 0, true, OF_RATES},
	{"own", "%", 6, KIND_PLAIN, AT(own_percent), 0, false, OF_RATES},
	{"bounces", "", 8, KIND_PLAIN, AT(bounces), 2, true, OF_TIMES},
	{"p50", "", 7, KIND_TIME, AT(p50), 0, true, OF_TIMES},
	{"p99", "", 7, KIND_TIME, AT(p99), 0, false, OF_TIMES},
	{"p99.9", "", 7, KIND_TIME, AT(p999), 0, true, OF_TIMES},
	{"p99.99", "", 7, KIND_TIME, AT(p9999), 0, false, OF_TIMES},
	{"max", "", 7, KIND_TIME, AT(max), 0, false, OF_TIMES},
	{"at most", "M/s", 8, KIND_PLAIN, AT(capacity), 2, true, OF_TIMES},
	{"quiet", "cpu/s", 7, KIND_PLAIN, AT(quiet), 3, true, OF_TIMES},
	{"cpu", "s/M", 6, KIND_PLAIN, AT(cpu_seconds), 3, false, OF_BOTH},
	{"switch", "/M", 7, KIND_PLAIN, AT(switches), 1, false, OF_BOTH},
	{"peak", "MiB", 6, KIND_PLAIN, AT(peak_mib), 1, false, OF_BOTH},
	{"thread", "min/max", 8, KIND_PLAIN, AT(evenness), 2, false, OF_RATES},
};

#define LENGTH(array) (sizeof(array) / sizeof(*(array)))

/** The table being printed, and the marks to explain below all tables. */
struct table {
	struct terminal terminal;
	struct figures *rows;
	size_t count;
	struct column columns[24];
	size_t column_count;
	int name_width;
	/** Decimals of rates, the same in all rows to align their points. */
	int decimals;
	/** All rows are called through a pointer, as asked for. */
	bool indirect;
	bool any_rates, any_times, any_pointers, any_singles, any_relaxed, any_classes;
	bool any_slept;
	bool any_narrow;
};

// Layout

/** Replaces control characters, and bytes that are not ASCII, with question marks. */
static void make_plain(char *text)
{
	for (unsigned char *byte = (unsigned char *)text; *byte; ++byte) {
		if (!isprint(*byte) || *byte >= 0x80) {
			*byte = '?';
		}
	}
}

/** Print a line without blanks at its end, cut at the table's width. */
static void put_coloured(const struct table *table, const char *colour, char *line)
{
	make_plain(line);
	size_t length = strlen(line);
	size_t width = (size_t)table->terminal.width;
	if (length > width) {
		strcpy(line + width - 3, "...");
		length = width;
	}
	while (length > 0 && line[length - 1] == ' ') {
		line[--length] = '\0';
	}
	bool coloured = table->terminal.colours && *colour;
	fprintf(table->terminal.stream, "%s%s%s\n", coloured ? colour : "", line,
		coloured ? "\x1b[0m" : "");
}

static void put_line(const struct table *table, char *line)
{
	put_coloured(table, "", line);
}

/** A number of any size in at most 5 characters. */
static void format_plain(double number, int decimals, char *text, size_t size)
{
	if (number < 9999.5) {
		int before = number < 9.95 ? 1 : number < 99.95 ? 2 : number < 999.5 ? 3 : 4;
		int room = before < 4 ? 4 - before : 0;
		snprintf(text, size, "%.*f", decimals < room ? decimals : room, number);
	} else if (number < 999.5e3) {
		snprintf(text, size, "%.0fk", number / 1e3);
	} else if (number < 999.5e6) {
		snprintf(text, size, "%.0fM", number / 1e6);
	} else {
		snprintf(text, size, "%.0e", number);
	}
}

static void format_figure(const struct table *table, const struct column *column,
			  const struct figures *row, char *text, size_t size)
{
	double number = *(const double *)((const char *)row + column->offset);
	if (isnan(number)) {
		snprintf(text, size, "-");
	} else if (column->kind == KIND_RATE) {
		snprintf(text, size, "%.*f", table->decimals, number / 1e6);
	} else if (column->kind == KIND_TIME) {
		words_time(number, text, size);
	} else if (column->kind == KIND_SPREAD && row->two_modes) {
		snprintf(text, size, "2 modes");
	} else if (column->kind == KIND_SPREAD && number < 999) {
		snprintf(text, size, "%.1f %%", number);
	} else if (column->kind == KIND_RATIO && number < 100) {
		snprintf(text, size, "%.3f", number);
	} else {
		format_plain(number, column->decimals, text, size);
	}
}

/** Chooses decimals that give the smallest rate three digits, if the largest rate has room. */
static int choose_decimals(const struct figures *rows, size_t count)
{
	double smallest = INFINITY;
	double largest = 0;
	for (size_t i = 0; i < count; ++i) {
		smallest = fmin(smallest, rows[i].median > 0 ? rows[i].median : INFINITY);
		largest = fmax(largest, rows[i].high);
	}
	if (isinf(smallest)) {
		return 2;
	}
	int wanted = 2 - (int)floor(log10(smallest / 1e6));
	int before = largest >= 1e6 ? 1 + (int)floor(log10(largest / 1e6)) : 1;
	int room = 6 - before; // of 8 columns, less a blank and the point
	wanted = wanted < room ? wanted : room;
	return wanted < 0 ? 0 : wanted;
}

/** The verdict of a row, which is not best among rows that are mostly undecided. */
static enum verdict verdict_of(const struct table *table, const struct figures *row)
{
	size_t counts[VERDICTS] = {0};
	for (size_t i = 0; i < table->count; ++i) {
		const struct figures *other = &table->rows[i];
		counts[other->verdict] += !other->floor && other->class == row->class;
	}
	bool named = verdict_names_best(counts[VERDICT_UNDECIDED] + counts[VERDICT_HIDDEN],
					counts[VERDICT_AS_GOOD] + counts[VERDICT_SLOWER]);
	return row->verdict == VERDICT_BEST && !named ? VERDICT_UNDECIDED : row->verdict;
}

static const char *mark_of(const struct table *table, const struct figures *row)
{
	return row->rank == FIGURES_NUMBERS && !row->floor ? verdict_name(verdict_of(table, row))
							   : "";
}

static bool is_pointer(const struct figures *row)
{
	return row->cell->called;
}

static bool is_single(const struct figures *row)
{
	return row->cell->native_batch == 0 && !row->floor;
}

/** True if the queue of the row is not a FIFO, and stands among FIFO queues. */
static bool is_relaxed(const struct figures *row)
{
	return row->relaxed && !row->floor && row->class == QUEUE_FIFO;
}

/** A queue's name and marks. A long name loses its start, since ends of paths differ. */
static void format_name(struct table *table, const struct figures *row, char *text, size_t size)
{
	bool pointer = is_pointer(row) && !table->indirect;
	bool single = is_single(row);
	bool relaxed = is_relaxed(row);
	table->any_pointers |= pointer;
	table->any_singles |= single;
	table->any_relaxed |= relaxed;
	const char *queue = row->cell->cell.queue;
	int most = table->name_width - pointer - single - relaxed;
	int length = (int)strlen(queue);
	bool cut = length > most;
	snprintf(text, size, "%s%s%s%s%s", cut ? ".." : "", cut ? queue + length - most + 2 : queue,
		 pointer ? "*" : "", single ? "+" : "", relaxed ? "^" : "");
}

/** The best in bold; green is good, yellow is open, red is bad. */
static const char *colour_of(const struct table *table, const struct figures *row)
{
	static const char *const verdicts[VERDICTS] = {[VERDICT_BEST] = "\x1b[1;32m",
						       [VERDICT_AS_GOOD] = "\x1b[32m",
						       [VERDICT_UNDECIDED] = "\x1b[33m",
						       [VERDICT_HIDDEN] = "\x1b[33m",
						       [VERDICT_SLOWER] = "\x1b[31m"};
	const char *colour = row->floor ? NULL : verdicts[verdict_of(table, row)];
	return row->rank == FIGURES_VOID ? "\x1b[1;31m" : colour ? colour : "";
}

static void print_row(struct table *table, const struct figures *row)
{
	char line[1024] = "";
	char text[128];
	format_name(table, row, text, sizeof(text));
	words_append(line, sizeof(line), "%-*s%-*s %-*.*s", MARK_WIDTH, mark_of(table, row),
		     table->name_width, text, WAIT_WIDTH - 1, WAIT_WIDTH - 1,
		     channel_wait_name(row->cell->cell.wait));
	if (row->rank == FIGURES_NUMBERS) {
		for (size_t i = 0; i < table->column_count; ++i) {
			format_figure(table, &table->columns[i], row, text, sizeof(text));
			words_append(line, sizeof(line), "%*s", table->columns[i].width, text);
		}
	} else {
		const char *word = row->rank == FIGURES_VOID	      ? "VOID"
				   : row->rank == FIGURES_UNSUPPORTED ? "unsupported"
								      : "not measured";
		words_append(line, sizeof(line), "  %s%s%s", word, row->reason ? ": " : "",
			     row->reason ? row->reason : "");
	}
	put_coloured(table, colour_of(table, row), line);
}

static void print_titles(const struct table *table)
{
	for (int below = 0; below < 2; ++below) {
		char line[256] = "";
		words_append(line, sizeof(line), "%-*s%-*s %-*s", MARK_WIDTH, "", table->name_width,
			     below ? "" : "queue", WAIT_WIDTH - 1, below ? "" : "wait");
		for (size_t i = 0; i < table->column_count; ++i) {
			const struct column *column = &table->columns[i];
			words_append(line, sizeof(line), "%*s", column->width,
				     below ? column->below : column->title);
		}
		put_line(table, line);
	}
}

/** Prints the heading, with the numbers of rounds. */
static void print_heading(const struct table *table)
{
	char line[1024] = "";
	double least = INFINITY;
	double most = 0;
	for (size_t i = 0; i < table->count; ++i) {
		if (table->rows[i].rank == FIGURES_NUMBERS) {
			least = fmin(least, table->rows[i].rounds);
			most = fmax(most, table->rows[i].rounds);
		}
	}
	words_describe(table->rows[0].cell, line, sizeof(line));
	if (most > 0 && least < most) {
		words_append(line, sizeof(line), ", %.0f to %.0f rounds", least, most);
	} else if (most > 0) {
		words_append(line, sizeof(line), ", %.0f round%s", most, most == 1 ? "" : "s");
	}
	put_line(table, line);
}

/** Says what would decide the rows that are undecided. */
static void print_needed(const struct table *table)
{
	size_t undecided = 0;
	size_t hopeless = 0;
	size_t hidden = 0;
	double needed = 0;
	for (size_t i = 0; i < table->count; ++i) {
		const struct figures *row = &table->rows[i];
		hidden += row->verdict == VERDICT_HIDDEN;
		if (row->verdict == VERDICT_UNDECIDED && !isnan(row->ratio)) {
			++undecided;
			hopeless += row->needed == 0;
			needed = fmax(needed, row->needed);
		}
	}
	char line[160] = "";
	if (hidden > 0) {
		words_append(line, sizeof(line),
			     "hidden: %zu, which take most of their time without a queue as well; "
			     "over %d rounds would decide",
			     hidden, VERDICT_MOST_ROUNDS);
		put_line(table, line);
		*line = '\0';
	}
	if (undecided == 0) {
		return;
	}
	if (hopeless < undecided) {
		words_append(line, sizeof(line),
			     "undecided: about %.0f rounds would decide %zu of %zu", needed,
			     undecided - hopeless, undecided);
	} else {
		words_append(line, sizeof(line), "undecided: more than %d rounds would decide",
			     VERDICT_MOST_ROUNDS);
	}
	put_line(table, line);
}

/** Prints the percentiles of some of a row's hand-offs, below it. */
static void print_part(const struct table *table, const char *what,
		       const struct figures_times *times)
{
	const struct {
		size_t offset;
		double time;
	} parts[] = {{AT(median), times->p50},
		     {AT(p99), times->p99},
		     {AT(p999), times->p999},
		     {AT(p9999), times->p9999},
		     {AT(max), times->max}};
	char line[256] = "";
	char text[32];
	snprintf(text, sizeof(text), "%s %.*f %%", what, times->percent < 9.95 ? 1 : 0,
		 times->percent);
	words_append(line, sizeof(line), "%-*s%-*s", MARK_WIDTH, "", table->name_width + WAIT_WIDTH,
		     text);
	for (size_t i = 0; i < table->column_count; ++i) {
		text[0] = '\0';
		for (size_t j = 0; j < LENGTH(parts); ++j) {
			if (parts[j].offset == table->columns[i].offset && !isnan(parts[j].time)) {
				words_time(parts[j].time, text, sizeof(text));
			}
		}
		words_append(line, sizeof(line), "%*s", table->columns[i].width, text);
	}
	put_line(table, line);
}

/** Prints the hand-offs that slept, and the others, of a row that has any that slept. */
static void print_parts(struct table *table, const struct figures *row)
{
	if (row->rank == FIGURES_NUMBERS && row->slept.percent > 0) {
		table->any_slept = true;
		print_part(table, "slept", &row->slept);
		if (row->awake.percent > 0) {
			print_part(table, "awake", &row->awake);
		}
	}
}

/** Begins the rows of another order. */
static void print_class(struct table *table, const struct figures *row,
			const struct figures *before)
{
	if (!row->floor && row->class != QUEUE_FIFO && (!before || before->class != row->class)) {
		table->any_classes = true;
		fprintf(table->terminal.stream, "order %s\n", contract_order_name(row->class));
	}
}

/** The width of names: the longest, up to a quarter of the table. */
static int choose_name_width(const struct table *table)
{
	int width = NAME_LEAST;
	for (size_t i = 0; i < table->count; ++i) {
		const struct figures *row = &table->rows[i];
		int length = (int)strlen(row->cell->cell.queue) + is_single(row) + is_relaxed(row) +
			     (is_pointer(row) && !table->indirect);
		width = length > width ? length : width;
	}
	return width < table->terminal.width / 4 ? width : table->terminal.width / 4;
}

/** True if the column has a number other than 0 and the median. */
static bool has_figures(const struct table *table, const struct column *column)
{
	for (size_t i = 0; i < table->count; ++i) {
		const struct figures *row = &table->rows[i];
		double number = *(const double *)((const char *)row + column->offset);
		if (row->rank == FIGURES_NUMBERS && !isnan(number) && number != 0 &&
		    number != row->median) {
			return true;
		}
	}
	return false;
}

/** Chooses the columns of this table: the first ones, as many as there is room for. */
static void choose_columns(struct table *table, bool rates)
{
	int room = table->terminal.width - MARK_WIDTH - WAIT_WIDTH - table->name_width;
	table->column_count = 0;
	for (size_t i = 0; i < LENGTH(columns); ++i) {
		if (columns[i].of == (rates ? OF_TIMES : OF_RATES) ||
		    (columns[i].optional && !has_figures(table, &columns[i]))) {
			continue;
		}
		room -= columns[i].width;
		if (room < 0) {
			table->any_narrow = true;
			break;
		}
		table->columns[table->column_count++] = columns[i];
	}
}

/** Names the queues that a table is without. */
static void print_gaps(const struct table *table, const struct run *run)
{
	const struct cell *cell = &table->rows[0].cell->cell;
	for (size_t i = 0; i < run->gap_count; ++i) {
		const struct run_gap *gap = &run->gaps[i];
		if (strcmp(gap->workload, cell->workload) == 0 && gap->threads == cell->threads &&
		    gap->producers == cell->producers && gap->consumers == cell->consumers) {
			char line[1024] = "";
			words_append(line, sizeof(line), "out   %s, which %s", gap->queue,
				     gap->reason);
			put_line(table, line);
		}
	}
}

/** Prints the table of a group. 0, or -1 with ENOMEM. */
static int print_group(struct table *table, const struct run *run, const struct run_group *group)
{
	table->rows = calloc(group->count, sizeof(*table->rows));
	if (!table->rows) {
		return -1;
	}
	table->count = group->count;
	for (size_t i = 0; i < group->count; ++i) {
		figures_of(&table->rows[i], &run->cells[group->cells[i]]);
	}
	qsort(table->rows, table->count, sizeof(*table->rows), figures_compare);

	bool rates = table->rows[0].higher_is_better;
	table->any_rates |= rates;
	table->any_times |= !rates;
	table->indirect = table->rows[0].cell->cell.indirect;
	table->name_width = choose_name_width(table);
	choose_columns(table, rates);
	table->decimals = choose_decimals(table->rows, table->count);

	print_heading(table);
	print_titles(table);
	bool floors = false;
	for (size_t i = 0; i < table->count; ++i) {
		if (table->rows[i].floor && !floors) {
			floors = true;
			fprintf(table->terminal.stream, "floor\n");
		}
		print_class(table, &table->rows[i], i > 0 ? &table->rows[i - 1] : NULL);
		print_row(table, &table->rows[i]);
		print_parts(table, &table->rows[i]);
	}
	if (!floors) {
		terminal_put(
			&table->terminal,
			"floor none: without a queue, nothing goes from one thread to another\n");
	}
	print_gaps(table, run);
	print_needed(table);
	fprintf(table->terminal.stream, "\n");
	free(table->rows);
	return 0;
}

/** Explains the marks and columns that were printed. */
static void print_legend(const struct table *table)
{
	static const char marks[] =
		"best  the least cost, where most are decided. as good: could be the best, and "
		"costs at most 5 % more. slower: cannot be\n"
		"      the best. undecided: neither is shown. Costs are compared inside "
		"rounds, all of a table at once; at most 1 table\n"
		"      in 200 calls a queue slower that is not. hidden: undecided, and would stay "
		"so: the floor takes most of the time.\n";
	static const char costs[] = "cost  time of an item, divided by that of the best inside "
				    "the same round, with a 95 % interval.\n"
				    "spread: median absolute deviation of the samples; \"2 "
				    "modes\": they come in two clusters (dip test).\n"
				    "cpu, switch: processor seconds and context switches per "
				    "million items. peak: largest memory of the process.\n";
	static const char rates[] =
		"M/s: million items delivered per second by all threads; time an item is its "
		"inverse. full, empty, busy: such\n"
		"      answers per 1000 items, where there were any. own: items dequeued by the "
		"thread that enqueued them.\n"
		"      thread: items of the slowest thread, divided by those of the fastest. "
		"backlog: most items on their way at once.\n"
		"      rank error: older items still inside when an item came out, for certain.\n";
	static const char times[] =
		"p50 to max: percentiles of each sample, the median over the samples. "
		"at most: delivered as fast as can be.\n"
		"      quiet: processor seconds in a second without items. bounces: "
		"time by the round trip of a cache line\n"
		"      between the same threads, right before and after each sample.\n";
	const struct {
		bool shown;
		const char *text;
	} legends[] = {
		{true, marks},
		{true, costs},
		{table->any_rates, rates},
		{table->any_times, times},
		{table->any_slept, "slept: those for which a thread slept in the kernel, and their "
				   "share. awake: the others. Their time is p50.\n"},
		{table->any_pointers,
		 "*     called through a pointer, not inlined into the loop.\n"},
		{table->any_singles, "+     has no batches of its own: single operations.\n"},
		{table->any_relaxed,
		 "^     promises less order than FIFO, which does not count here.\n"},
		{table->any_classes, "order of less than FIFO is promised: ranked apart, ratio to "
				     "the best of these.\n"},
		{table->any_narrow, "A wider terminal has more columns.\n"},
		{true, "floor what the harness costs without a queue. Not ranked.\n"},
	};
	for (size_t i = 0; i < LENGTH(legends); ++i) {
		terminal_put(&table->terminal, legends[i].shown ? legends[i].text : "");
	}
}

int table_print(const struct run *run, FILE *stream)
{
	struct table table = {.terminal = terminal_of(stream)};
	size_t count;
	struct run_group *groups = run_groups(run, &count);
	int result = groups ? 0 : -1;
	for (size_t i = 0; i < count && result == 0; ++i) {
		result = print_group(&table, run, &groups[i]);
	}
	run_groups_free(groups, count);
	if (result == 0 && count > 0) {
		print_legend(&table);
	}
	char busy[WORDS_BUSY];
	words_busy(run, busy, sizeof(busy));
	if (result == 0 && *busy) {
		fputc('\n', stream);
		terminal_put(&table.terminal, busy);
	}
	if (fflush(stream) != 0 || ferror(stream)) {
		errno = errno ? errno : EIO;
		return -1;
	}
	return result;
}
