// SPDX-License-Identifier: MIT

/** The report command: its options, and the folder with the page, plots and numbers. */

#include "base/progress.h"
#include "base/settings.h"
#include "commands.h"
#include "document/json.h"
#include "report/data/tasks.h"
#include "report/plots/chart.h"
#include "report/report.h"
#include "results/terminal.h"

#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct command_line {
	const char *folder;
	const char *title;
	bool index;
	char **paths;
	size_t count;
};

#define AT(member, read) SETTING(struct command_line, member, read)
static const struct setting option_table[] = {
	{"output", 'o', "DIR", 0, "Folder to write to (default: report)", AT(folder, setting_text)},
	{"title", 0, "TEXT", 0, "Heading of the page", AT(title, setting_text)},
	{"index", 0, NULL, 0,
	 "Print a table of published results instead; each FILE is a folder of them",
	 AT(index, setting_flag)},
	{0},
};

static error_t parse_files(int key, char *arg, struct argp_state *state)
{
	(void)arg;
	struct command_line *line = state->input;
	switch (key) {
	case ARGP_KEY_ARGS:
		line->paths = state->argv + state->next;
		line->count = (size_t)(state->argc - state->next);
		break;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which files? Those that qbench run -o wrote, and others");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	.parser = parse_files,
	.args_doc = "FILE...",
	.doc = "Answers which queue to use in each situation, with the tables and plots behind the "
	       "answer.\n\n"
	       "FILE... come from one machine or several, and may be what qbench run -o, qbench "
	       "verify -o and qbench simulate -o wrote, walk.json and trees.json of "
	       "scripts/bench.sh, and walks that hyperfine --export-json wrote. The contents say "
	       "what a file is.\vPrints the answer, and writes into DIR:\n\n"
	       "  report.html   the report as one page, which needs no other file; with\n"
	       "                Debian's node-d3 one can filter and sort it, and see values\n"
	       "  REPORT.md     the report as Markdown, without samples\n"
	       "  *.svg         the plots; gnuplot draws them\n"
	       "  cells.csv     a line for each median\n"
	       "  samples.csv   a line for each sample\n"
	       "  walks.csv     a line for what each queue did in the walk\n\n"
	       "Exit status: 0 on success; 1 if the report cannot be written; 2 for wrong usage, a "
	       "DIR that cannot be written to, or a file that is none of these.\n\n"
	       "To measure everything that a report has a place for:\n\n"
	       "  scripts/bench.sh\n"
	       "  qbench run --workloads='*' --time=20m -o run.json\n"
	       "  qbench verify -o verify.json\n"
	       "  qbench report run.json verify.json results/local/*/walk.json\n",
};

/** Makes a folder, and those above it. 0, or -1 with errno. */
static int make_folder(const char *path)
{
	char *copy = strdup(path);
	int result = copy ? 0 : -1;
	for (char *slash = copy; slash && result == 0;) {
		slash = strchr(slash + 1, '/');
		if (slash) {
			*slash = '\0';
		}
		result = mkdir(copy, 0777) == 0 || errno == EEXIST ? 0 : -1;
		if (slash) {
			*slash = '/';
		}
	}
	free(copy);
	return result;
}

/** The files of a report: pages and plots, and numbers for other programs. */
struct filling {
	const struct report *report;
	struct page page;
	struct outputs *outputs;
	bool draw;
	/** REPORT.md, report.html, and three files of numbers. */
	FILE *streams[5];
};

/** Writes the pages, or the numbers beside them. 0, or -1 with errno. */
static int fill_part(void *context, size_t part)
{
	struct filling *filling = context;
	FILE *const *numbers = filling->streams + 2;
	return part == 0 ? report_write(filling->report, &filling->page, filling->outputs,
					filling->draw)
			 : report_csv(filling->report, numbers[0], numbers[1], numbers[2]);
}

/** Writes a report into its outputs, and what a terminal says of it. 0, or -1 with errno. */
static int fill_outputs(const struct report *report, const char *title, struct outputs *outputs,
			FILE *said)
{
	static const char *const names[] = {"REPORT.md", "report.html", "cells.csv", "samples.csv",
					    "walks.csv"};
	struct filling filling = {.report = report, .outputs = outputs, .draw = chart_possible()};
	for (size_t i = 0; i < 5; ++i) {
		filling.streams[i] = outputs_add(outputs, names[i]);
		if (!filling.streams[i]) {
			return -1;
		}
	}
	if (!filling.draw) {
		warnx("the report has no plots, since gnuplot is missing: apt-get install "
		      "gnuplot-nox");
	}
	json_t *utf8 = json_bytes(title);
	page_begin(&filling.page, filling.streams[0], filling.streams[1], said,
		   utf8 ? json_string_value(utf8) : "");
	json_decref(utf8);
	if (!filling.page.library) {
		warnx("the plots of report.html are pictures, since D3 is missing: apt-get install "
		      "node-d3");
	}
	int result = tasks_do(2, fill_part, &filling);
	int error = errno;
	if (page_end(&filling.page) != 0 || result != 0) {
		errno = result != 0 ? error : errno;
		return -1;
	}
	return 0;
}

/** Replaces all files, or none of them, and says the answer. Returns the exit status. */
static int write_report(const struct command_line *line, const struct report *report)
{
	struct outputs outputs = {.folder = line->folder};
	char *answer = NULL;
	size_t size;
	FILE *said = open_memstream(&answer, &size);
	int result = -1;
	if (said && fill_outputs(report, line->title, &outputs, said) == 0 && fflush(said) == 0) {
		result = outputs_commit(&outputs);
	} else {
		outputs_abandon(&outputs);
	}
	int error = errno;
	progress_clear();
	if (result != 0) {
		errno = error;
		warn("cannot write the report to %s", line->folder);
	} else {
		struct terminal terminal = terminal_of(stdout);
		terminal_put(&terminal, answer);
		printf("%s/report.html\n%s/REPORT.md\n", line->folder, line->folder);
	}
	if (said) {
		fclose(said);
	}
	free(answer);
	return result == 0 ? 0 : COMMAND_FAILED;
}

int report_command(int argc, char **argv)
{
	struct command_line line = {.folder = "report", .title = "Which queue to use"};
	settings_parse(option_table, &argp, argc, argv, &line);
	struct report report;
	char *error;
	if (line.index) {
		if (report_index(line.paths, line.count, stdout, &error) != 0) {
			errx(COMMAND_USAGE, "%s", error ? error : strerror(errno));
		}
		return 0;
	}
	if (report_load(&report, line.paths, line.count, &error) != 0) {
		errx(COMMAND_USAGE, "%s", error ? error : strerror(ENOMEM));
	}
	if (make_folder(line.folder) != 0 || access(line.folder, W_OK) != 0) {
		err(COMMAND_USAGE, "cannot write to %s", line.folder);
	}
	progress_show("ranking and drawing");
	int status = write_report(&line, &report);
	report_destroy(&report);
	return status;
}
