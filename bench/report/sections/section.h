// SPDX-License-Identifier: MIT

/**
 * Sections of a report. A section is one file in this folder, which ends with SECTION_EXPORT(); the
 * build lists all of them in sections[]. It is written once, as Markdown and HTML.
 */

#ifndef BENCH_REPORT_SECTION_H
#define BENCH_REPORT_SECTION_H

#include "report/data/cells.h"
#include "report/data/view.h"
#include "report/page/outputs.h"
#include "report/page/page.h"

#include <stdbool.h>

/** One machine while its sections are written. */
struct writer {
	const struct view *view;
	struct page *page;
	/** Receives the plots. */
	struct outputs *outputs;
	/** There is a gnuplot. */
	bool draw;
	/** Of all plots of the machine: section_fill(). */
	struct chart *charts;
	size_t chart_count;
};

struct section {
	/** Name of its file. */
	const char *id;
	/** Sections come in ascending order of this. */
	int place;
	const char *title;
	/** In the list of contents. */
	const char *brief;
	/** Writes all below the title. Without memory the page has failed. */
	void (*write)(const struct writer *writer);
};

/** Defines the section of a file: SECTION_EXPORT(FILE, .place = ..., ...); */
#define SECTION_EXPORT(file_, ...)                                                                 \
	const struct section section_of_##file_[] = {{.id = #file_, __VA_ARGS__}}

/** All of them, up to NULL; report_write() puts them in their order. */
extern const struct section *sections[];

/** Fills the plots of the machine. 0; or -1 with errno, and nothing to undraw. */
int section_fill(struct writer *writer);

/**
 * Draws the plots that were filled, if there is a gnuplot, and adds them to the outputs. With D3
 * the sections may be written meanwhile. 0, or -1 with errno.
 */
int section_draw(const struct writer *writer);

void section_undraw(struct writer *writer);

/**
 * Shows the plots of a section: those in bench/report/plots/ that name it.
 *
 * @param id  of the section
 * @return how many there were to show
 */
size_t section_plots(const struct writer *writer, const char *id);

/** The figures of a workload on the machine, for the caller to free: report_figures(). */
struct figures *section_figures(const struct writer *writer, const char *workload, size_t *count);

#endif // BENCH_REPORT_SECTION_H
