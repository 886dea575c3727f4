// SPDX-License-Identifier: MIT

/** Markdown and HTML side by side. */

#include "report/page/page.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

// Generated of page.css and page.js
extern const char page_style[];
extern const char page_script[];

static const char *const mark_classes[] = {
	[SHEET_PLAIN] = "",	 [SHEET_BEST] = "best",	    [SHEET_TIES] = "ties",
	[SHEET_MILD] = "mild",	 [SHEET_STRONG] = "strong", [SHEET_WORST] = "worst",
	[SHEET_FAINT] = "faint",
};

static void put_html(FILE *stream, const char *text)
{
	for (; *text; ++text) {
		switch (*text) {
		case '<':
			fputs("&lt;", stream);
			break;
		case '>':
			fputs("&gt;", stream);
			break;
		case '&':
			fputs("&amp;", stream);
			break;
		case '"':
			fputs("&quot;", stream);
			break;
		default:
			// Of most characters fputc() would be a call
			putc_unlocked(*text, stream);
		}
	}
}

/** Escapes what would be markup; a new line would end a row or a heading. */
static void put_markdown(FILE *stream, const char *text)
{
	char before = ' ';
	for (; *text; ++text) {
		// Inside a word an underscore is a letter
		bool inside = *text == '_' && isalnum((unsigned char)before) &&
			      isalnum((unsigned char)text[1]);
		if (strchr("\\`*_|<>[]~#", *text) && !inside) {
			fputc('\\', stream);
		}
		before = *text == '\n' ? ' ' : *text;
		putc_unlocked(before, stream);
	}
}

/** The text of a format, for the caller to free. NULL without memory: then the page fails. */
static char *text_of(struct page *page, const char *format, va_list arguments)
{
	char *text;
	if (vasprintf(&text, format, arguments) < 0) {
		page->failed = true;
		text = NULL;
	}
	return text;
}

/** All of a file, for the caller to free. NULL with errno. */
static char *content_of(const char *path)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = fopen(path, "re");
	if (stream && getdelim(&text, &size, '\0', stream) < 0) {
		free(text);
		text = NULL;
	}
	if (stream) {
		fclose(stream);
	}
	return text;
}

/** Begins a D3 that page.js was written for: later ones lack parts of it. */
static const char d3_head[] = "// https://d3js.org v5.";

/** D3 as Debian installs it, below one of the folders for data. NULL if there is none. */
static char *find_library(void)
{
	const char *folders = getenv("XDG_DATA_DIRS");
	char *text = NULL;
	for (folders = folders && *folders ? folders : "/usr/local/share:/usr/share";
	     *folders && !text; folders += strspn(folders, ":")) {
		char path[4096];
		size_t length = strcspn(folders, ":");
		snprintf(path, sizeof(path), "%.*s/nodejs/d3/dist/d3.min.js", (int)length, folders);
		text = content_of(path);
		if (text && strncmp(text, d3_head, strlen(d3_head)) != 0) {
			free(text);
			text = NULL;
		}
		folders += length;
	}
	return text;
}

void page_begin(struct page *page, FILE *markdown, FILE *html, FILE *said, const char *title)
{
	*page = (struct page){.markdown = markdown,
			      .html = html,
			      .said = said,
			      .library = find_library(),
			      .nowhere = fopen("/dev/null", "we")};
	page->failed = !page->nowhere;
	fputs("# ", markdown);
	put_markdown(markdown, title);
	fputs("\n\n", markdown);
	fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
	      // Without it a browser asks the server, or the disk, for one
	      "<link rel=\"icon\" href=\"data:,\">\n<title>",
	      html);
	put_html(html, title);
	fprintf(html, "</title>\n<style>%s</style>\n</head>\n<body>\n<h1>", page_style);
	put_html(html, title);
	fputs("</h1>\n", html);
}

int page_end(struct page *page)
{
	while (page->folds > 0) {
		page_unfold(page);
	}
	if (page->library) {
		fprintf(page->html,
			"<!-- D3: BSD-3-Clause, /usr/share/doc/node-d3/copyright -->\n"
			"<script>%s</script>\n<script>%s</script>\n",
			page->library, page_script);
	}
	fputs("</body>\n</html>\n", page->html);
	free(page->library);
	if (page->nowhere) {
		fclose(page->nowhere);
	}
	if (page->failed) {
		errno = ENOMEM;
		return -1;
	}
	errno = 0;
	FILE *const all[] = {page->markdown, page->html};
	for (int i = 0; i < 2; ++i) {
		if (fflush(all[i]) != 0 || ferror(all[i])) {
			errno = errno ? errno : EIO;
			return -1;
		}
	}
	return 0;
}

void page_heading(struct page *page, int level, const char *id, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *text = text_of(page, format, arguments);
	va_end(arguments);
	if (!text) {
		return;
	}
	if (id) {
		fprintf(page->markdown, "<a id=\"%s\"></a>\n\n", id);
	}
	fprintf(page->markdown, "%.*s ", level, "####");
	put_markdown(page->markdown, text);
	fputs("\n\n", page->markdown);
	fprintf(page->html, "<h%d%s%s%s>", level, id ? " id=\"" : "", id ? id : "", id ? "\"" : "");
	put_html(page->html, text);
	fprintf(page->html, "</h%d>\n", level);
	free(text);
}

void page_text(struct page *page, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *text = text_of(page, format, arguments);
	va_end(arguments);
	if (!text) {
		return;
	}
	put_markdown(page->markdown, text);
	fputs("\n\n", page->markdown);
	fputs("<p>", page->html);
	put_html(page->html, text);
	fputs("</p>\n", page->html);
	free(text);
}

void page_contents(struct page *page)
{
	fputs("<nav>", page->html);
}

void page_link(struct page *page, const char *id, const char *text)
{
	fputs("- [", page->markdown);
	put_markdown(page->markdown, text);
	fprintf(page->markdown, "](#%s)\n", id);
	fprintf(page->html, "<a href=\"#%s\">", id);
	put_html(page->html, text);
	fputs("</a> ", page->html);
}

void page_contents_end(struct page *page)
{
	fputc('\n', page->markdown);
	fputs("</nav>\n", page->html);
}

void page_code(struct page *page, const char *text)
{
	fprintf(page->markdown, "````text\n%s%s````\n\n", text,
		*text && text[strlen(text) - 1] == '\n' ? "" : "\n");
	fputs("<pre>", page->html);
	put_html(page->html, text);
	fputs("</pre>\n", page->html);
}

void page_data(struct page *page, const char *id, const json_t *data)
{
	if (!page->library) {
		return;
	}
	fprintf(page->html, "<script type=\"application/json\"%s%s%s>", id ? " id=\"" : "",
		id ? id : "", id ? "\"" : "");
	char *text = json_dumps(data, JSON_COMPACT | JSON_REAL_PRECISION(6));
	page->failed |= !text;
	// A script ends where its text says so, even inside of a string
	for (const char *from = text; from && *from; ++from) {
		*from == '<' ? fputs("\\u003c", page->html) : putc_unlocked(*from, page->html);
	}
	free(text);
	fputs("</script>\n", page->html);
}

static void put_row(struct page *page, const struct sheet *sheet, const struct sheet_cell *cells,
		    bool heading)
{
	fputs("|", page->markdown);
	fputs(sheet->cards ? "<tr role=\"row\">" : "<tr>", page->html);
	for (size_t i = 0; i < sheet->columns; ++i) {
		bool numeric = sheet->numeric >> i & 1;
		const char *mark = mark_classes[cells[i].mark];
		bool strong = cells[i].mark == SHEET_BEST && *cells[i].text;
		fputs(strong ? " **" : " ", page->markdown);
		put_markdown(page->markdown, cells[i].text);
		fputs(strong ? "** |" : " |", page->markdown);
		fprintf(page->html, "<%s", heading ? "th scope=\"col\"" : "td");
		if (cells[i].id) {
			fprintf(page->html, " id=\"%s\"", cells[i].id);
		}
		if (sheet->cards) {
			// Without them some browsers forget that a card is a row
			const char *role = i > 0 ? "cell" : "rowheader";
			fprintf(page->html, " role=\"%s\"", heading ? "columnheader" : role);
		}
		if (sheet->cards && !heading) {
			fputs(" data-heading=\"", page->html);
			put_html(page->html, i > 0 ? sheet->cells[i].text : "");
			fputs("\"", page->html);
		}
		if (numeric || *mark) {
			fprintf(page->html, " class=\"%s%s%s\"", numeric ? "n" : "",
				numeric && *mark ? " " : "", mark);
		}
		fputc('>', page->html);
		if (cells[i].link) {
			fprintf(page->html, "<a href=\"#%s\">", cells[i].link);
		}
		put_html(page->html, cells[i].text);
		fprintf(page->html, "%s</%s>", cells[i].link ? "</a>" : "", heading ? "th" : "td");
	}
	fputs("\n", page->markdown);
	fputs("</tr>\n", page->html);
}

void page_sheet(struct page *page, struct sheet *sheet)
{
	page->failed |= sheet->failed;
	if (sheet->failed || !sheet_any(sheet)) {
		sheet_end(sheet);
		return;
	}
	fprintf(page->html, "<div class=\"wide\"><table%s>\n<thead>",
		sheet->cards ? " class=\"cards\" role=\"table\"" : "");
	put_row(page, sheet, sheet->cells, true);
	fputs("</thead>\n<tbody>", page->html);
	fputs("|", page->markdown);
	for (size_t i = 0; i < sheet->columns; ++i) {
		fputs(sheet->numeric >> i & 1 ? " --: |" : " --- |", page->markdown);
	}
	fputs("\n", page->markdown);
	for (size_t i = sheet->columns; i + sheet->columns <= sheet->count; i += sheet->columns) {
		put_row(page, sheet, &sheet->cells[i], false);
	}
	fputs("\n", page->markdown);
	fputs("</tbody></table></div>\n", page->html);
	sheet_end(sheet);
}

void page_folded_sheet(struct page *page, const char *title, struct sheet *sheet)
{
	bool any = sheet_any(sheet);
	if (any) {
		page_fold(page, "%s", title);
	}
	page_sheet(page, sheet);
	if (any) {
		page_unfold(page);
	}
}

int page_index(const struct sheet *sheet, FILE *markdown)
{
	if (sheet->failed) {
		errno = ENOMEM;
		return -1;
	}
	for (size_t i = 0; i < sheet->count; ++i) {
		size_t column = i % sheet->columns;
		bool link = column == 0 && i >= sheet->columns;
		fputs(column == 0 ? "| " : " ", markdown);
		fputs(link ? "[" : "", markdown);
		put_markdown(markdown, sheet->cells[i].text);
		if (link) {
			fprintf(markdown, "](%s/REPORT.md)", sheet->cells[i].text);
		}
		fputs(column + 1 == sheet->columns ? " |\n" : " |", markdown);
		if (i + 1 == sheet->columns) {
			for (size_t j = 0; j < sheet->columns; ++j) {
				fputs(j == 0 ? "| --- |" : " --- |", markdown);
			}
			fputs("\n", markdown);
		}
	}
	errno = 0;
	if (fflush(markdown) != 0 || ferror(markdown)) {
		errno = errno ? errno : EIO;
		return -1;
	}
	return 0;
}

void page_fold(struct page *page, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *text = text_of(page, format, arguments);
	va_end(arguments);
	fputs("<details><summary>", page->markdown);
	fputs("<details><summary>", page->html);
	if (text) {
		// Inside HTML, Markdown is HTML too
		put_html(page->markdown, text);
		put_html(page->html, text);
	}
	fputs("</summary>\n\n", page->markdown);
	// As one text that page.js unpacks: most of the page's elements would be in here
	bool packed = page->library && page->folds == 0;
	fprintf(page->html, "</summary>\n%s", packed ? "<script type=\"text/html\">" : "");
	++page->folds;
	free(text);
}

void page_unfold(struct page *page)
{
	--page->folds;
	fputs("</details>\n\n", page->markdown);
	fprintf(page->html, "%s</details>\n", page->library && page->folds == 0 ? "</script>" : "");
}

/** Turns Markdown off, or on again. */
static void change_markdown(struct page *page)
{
	FILE *markdown = page->markdown;
	if (page->nowhere) {
		page->markdown = page->nowhere;
		page->nowhere = markdown;
	}
}

void page_bulk(struct page *page, const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	char *text = text_of(page, format, arguments);
	va_end(arguments);
	change_markdown(page);
	page_fold(page, "%s", text ? text : "");
	free(text);
}

void page_bulk_end(struct page *page)
{
	page_unfold(page);
	change_markdown(page);
}

/**
 * Copies a plot into the page. Its ids get the plot's name in front, since gnuplot gives the same
 * ones to all plots.
 */
static void put_svg(FILE *html, const char *svg, const char *name)
{
	const char *from = strstr(svg, "<svg");
	for (; from && *from; ++from) {
		putc_unlocked(*from, html);
		if (strncmp(from, "id='", 4) == 0 || strncmp(from, "id=\"", 4) == 0) {
			fprintf(html, "%.3s%s-", from + 1, name);
			from += 3;
		} else if (strncmp(from, "href='#", 7) == 0 || strncmp(from, "href=\"#", 7) == 0 ||
			   strncmp(from, "url(#", 5) == 0) {
			size_t length = *from == 'u' ? 5 : 7;
			fprintf(html, "%.*s%s-", (int)length - 1, from + 1, name);
			from += length - 1;
		}
	}
}

void page_plot(struct page *page, const char *name, bool drawn, const char *svg, const json_t *data,
	       const char *text)
{
	if (drawn) {
		fputs("![", page->markdown);
		put_markdown(page->markdown, text);
		fprintf(page->markdown, "](%s.svg)\n\n", name);
	}
	fprintf(page->html, "<figure id=\"%s\">\n", name);
	page_data(page, NULL, data);
	if (!page->library) {
		put_svg(page->html, svg, name);
	}
	fputs("<figcaption>", page->html);
	put_html(page->html, text);
	fputs("</figcaption>\n</figure>\n", page->html);
}
