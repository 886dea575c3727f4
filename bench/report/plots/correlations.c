// SPDX-License-Identifier: MIT

/** Micro-workloads against the walk. */

#include "report/plots/plots.h"

#include "report/plots/plot.h"

#include <math.h>
#include <string.h>

/** Variants of a workload are in the table alone. */
static bool is_shown(const struct relation *relation)
{
	return !isnan(relation->rho) && relation->simple;
}

int report_plot_relations(const struct report_plots *plots, const char *name,
			  const struct relations *relations)
{
	size_t count = 0;
	struct plot plot;
	for (size_t i = 0; i < relations->count; ++i) {
		count += is_shown(&relations->items[i]);
	}
	int height = 110 + 20 * (int)count;
	if (count == 0) {
		return 0;
	}
	if (plot_begin(&plot, plots->folder, name, 900, height) != 0) {
		return -1;
	}
	fputs("$block << END\n", plot.script);
	size_t at = 0;
	for (size_t i = 0; i < relations->count; ++i) {
		const struct relation *relation = &relations->items[i];
		if (is_shown(relation)) {
			fprintf(plot.script, "%g %zu %g %g %d\n", relation->rho, at++,
				relation->low, relation->high,
				relation_holds(relation) ? 0x0072b2 : 0xb0b7bf);
		}
	}
	fprintf(plot.script,
		"END\nunset key\nset lmargin at screen 0.46\nset grid xtics\n"
		"set arrow from 0, graph 0 to 0, graph 1 nohead lc rgb '#57606a' lw 1\n"
		"set xrange [-1.05:1.05]\nset yrange [%zu.6:-0.6]\n"
		"set xlabel \"rank correlation with the walk, and its interval "
		"(grey: says nothing)\"\nset ytics (",
		count - 1);
	at = 0;
	for (size_t i = 0; i < relations->count; ++i) {
		if (is_shown(&relations->items[i])) {
			fputs(at ? ", " : "", plot.script);
			// The last words are settings that all share
			char what[256];
			snprintf(what, sizeof(what), "%s", relations->items[i].what);
			char *end = strstr(what, ", not pinned");
			if (end) {
				*end = '\0';
			}
			plot_quote(&plot, what);
			fprintf(plot.script, " %zu", at++);
		}
	}
	fputs(") font ',11'\nplot $block using 1:2:3:4:5 with xerrorbars pt 7 ps 0.8 lw 1.5 "
	      "lc rgb variable\n",
	      plot.script);
	return plot_end(&plot) == 0 ? 1 : -1;
}
