#!/usr/bin/env bash
# A file dropped into bench/report/sections/ is a section of the report. A file dropped into bench/report/plots/ is
# a plot that its section shows. No other file is changed.
# seconds: 20

source "$(dirname "$0")/lib.sh"

need cmake ninja git cc gnuplot
copy_sources "$scratch/copy"
# Only the default queues, since the others take time
find queues -maxdepth 1 -name '*.c' ! -name mutex_lifo.c ! -name mutex_ring.c -delete
rm -r tests/fakes
# Not optimized, since nothing is measured
cmake --preset release -DBUILD_TESTING=OFF -DCMAKE_BUILD_TYPE=Warnings >"$scratch/log" 2>&1 || fail "the tree cannot be configured"

cat >bench/report/sections/dropped.c <<'END'
#include "report/sections/section.h"

static void write(const struct writer *writer)
{
	page_text(writer->page, "The section was dropped.");
	section_plots(writer, "dropped");
}

SECTION_EXPORT(dropped, .place = 15, .title = "A dropped section", .brief = "Dropped", .write = write);
END
cat >bench/report/plots/dropped.c <<'END'
#include "report/plots/plot.h"

#include <math.h>

static void fill(const struct plot *plot, const struct view *view, struct chart *chart)
{
	(void)plot;
	(void)view;
	*chart = (struct chart){.width = 600, .height = 300, .left = 80};
	size_t panel = chart_panel(chart, NULL);
	size_t series = chart_series(chart, panel, (struct chart_look){.colour = "#0072b2", .point = 7, .line = 1});
	chart_point(chart, series, 1, 1, NAN, NAN, NAN);
	chart_point(chart, series, 2, 4, NAN, NAN, NAN);
}

PLOT_EXPORT(dropped) = {
	{"dropped-plot", "dropped", "Was the plot dropped?", "more is better", "The plot was dropped.", NULL, fill},
	{0},
};
END
cmake --build --preset release --target qbench >"$scratch/log" 2>&1 || fail "it cannot be built with files dropped in"
: >"$scratch/log"

printf '%s' '{"results": [{"command": "mutex_ring -j2", "times": [1, 2]}]}' >walk.json
build/release/qbench report -o page walk.json >/dev/null || fail "the report ends with status $?"
[[ $(grep -n '^### ' page/REPORT.md | sed -n 2p) == *'A dropped section' ]] || fail "the section is not in its place"
grep -q '^The section was dropped\.$' page/REPORT.md || fail "the section is not written"
grep -qF '![The plot was dropped.](m1-dropped-plot.svg)' page/REPORT.md || fail "the plot is not shown"
grep -q '</svg>' page/m1-dropped-plot.svg || fail "the plot is not drawn"
grep -q '<figure id="m1-dropped-plot">' page/report.html || fail "the plot is not on the page"
