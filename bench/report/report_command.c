// SPDX-License-Identifier: MIT

/** qbench report: its command line, and the files that it writes. */

#include "arguments.h"
#include "base/replace.h"
#include "commands.h"
#include "report/csv.h"
#include "report/data/files.h"
#include "report/index.h"
#include "report/plots/plot.h"
#include "report/report.h"

#include <argp.h>
#include <err.h>
#include <errno.h>
#include <signal.h>
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

enum { OPTION_TITLE = 256, OPTION_INDEX };

/** What is written beside the plots. */
enum { FILES = 6 };

static const struct argp_option option_table[] = {
	{"output", 'o', "DIR", 0, "The folder to write to (default: report)", 0},
	{"title", OPTION_TITLE, "TEXT", 0, "The heading of the page", 0},
	{"index", OPTION_INDEX, NULL, 0,
	 "Instead: print a table over folders of published results, FILE... being these", 0},
	{0},
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct command_line *line = state->input;
	switch (key) {
	case 'o':
		line->folder = arg;
		break;
	case OPTION_TITLE:
		line->title = arg;
		break;
	case OPTION_INDEX:
		line->index = true;
		break;
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
	.options = option_table,
	.parser = parse_option,
	.args_doc = "FILE...",
	.doc = "Which queue to use? An answer for each situation, and tables and plots that it "
	       "rests "
	       "on, from files of "
	       "one machine or several: what qbench run -o and qbench verify -o wrote, walk.json "
	       "of "
	       "scripts/bench.sh, and what hyperfine --export-json wrote of walks. What a file is "
	       "is seen from what is in it.\v"
	       "Writes into DIR: report.html, one page that needs nothing else; REPORT.md, the "
	       "same "
	       "as Markdown, whose samples are in SAMPLES.md; the plots as SVG, which takes "
	       "gnuplot; cells.csv, samples.csv and "
	       "walks.csv.\n\n"
	       "Exit status: 0; 1 it could not be written; 2 wrong usage, or a file is none of "
	       "these.\n\n"
	       "All that a report has a place for is measured like this:\n\n"
	       "  scripts/bench.sh\n"
	       "  qbench run --workloads='*' --time=20m -o run.json\n"
	       "  qbench verify -o verify.json\n"
	       "  qbench report run.json verify.json results/local/*/walk.json\n",
};

/** One file of the folder, replaced when it is whole. */
static void begin_file(struct replace *replace, const char *folder, const char *name)
{
	char path[4096];
	snprintf(path, sizeof(path), "%s/%s", folder, name);
	if (replace_begin(replace, path) != 0) {
		err(COMMAND_FAILED, "%s", path);
	}
}

/** Make a folder, with those above it. 0, or -1 with errno. */
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

static int write_report(const struct command_line *line, struct report *report)
{
	static const char *const names[FILES] = {"REPORT.md",	"report.html", "cells.csv",
						 "samples.csv", "walks.csv",   PAGE_ASIDE};
	struct replace files[FILES];
	struct page page;
	bool plots = plot_possible();
	if (!plots) {
		warnx("no gnuplot: the report has no plots");
	}
	for (size_t i = 0; i < FILES; ++i) {
		begin_file(&files[i], line->folder, names[i]);
	}
	page_begin(&page, files[0].stream, files[5].stream, files[1].stream, line->title);
	int result = report_page(report, &page, line->folder, plots);
	int error = errno;
	if (page_end(&page) != 0 || result != 0 ||
	    report_csv(report, files[2].stream, files[3].stream, files[4].stream) != 0) {
		errno = result != 0 ? error : errno;
		warn("%s: the report cannot be written", line->folder);
		for (size_t i = 0; i < FILES; ++i) {
			replace_abandon(&files[i]);
		}
		return COMMAND_FAILED;
	}
	for (size_t i = 0; i < FILES; ++i) {
		if (replace_commit(&files[i]) != 0) {
			warn("%s/%s", line->folder, names[i]);
			result = -1;
		}
	}
	return result == 0 ? 0 : COMMAND_FAILED;
}

int report_command(int argc, char **argv)
{
	struct command_line line = {.folder = "report", .title = "Which queue to use"};
	argp_err_exit_status = COMMAND_USAGE;
	argv[0] = "qbench report";
	argp_parse(&argp, argc, argv, 0, NULL, &line);
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
	// A gnuplot that gives up early is seen by its status
	signal(SIGPIPE, SIG_IGN);
	bool live = isatty(STDERR_FILENO);
	if (live) {
		fputs("ranking and drawing ...", stderr);
	}
	int status = write_report(&line, &report);
	if (live) {
		fputs("\r\033[K", stderr);
	}
	if (status == 0) {
		printf("%s/report.html\n%s/REPORT.md\n", line.folder, line.folder);
	}
	report_destroy(&report);
	if (fflush(stdout) != 0) {
		warn("standard output");
		status = COMMAND_FAILED;
	}
	return status;
}
