// SPDX-License-Identifier: MIT

/** Tables of texts. */

#include "report/page/sheet.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void add_text(struct sheet *sheet, enum sheet_mark mark, char *text)
{
	if (sheet->count == sheet->room && !sheet->failed) {
		size_t room = sheet->room ? 2 * sheet->room : 64;
		struct sheet_cell *more = realloc(sheet->cells, room * sizeof(*more));
		sheet->failed = !more;
		sheet->cells = more ? more : sheet->cells;
		sheet->room = more ? room : sheet->room;
	}
	if (sheet->failed || !text) {
		sheet->failed = true;
		free(text);
		return;
	}
	sheet->cells[sheet->count++] = (struct sheet_cell){text, mark, NULL, NULL};
}

void sheet_heading(struct sheet *sheet, const char *heading)
{
	bool numeric = *heading == '#';
	sheet->numeric |= (unsigned long)numeric << sheet->columns++;
	add_text(sheet, SHEET_PLAIN, strdup(heading + numeric));
}

void sheet_begin(struct sheet *sheet, const char *const *headings)
{
	*sheet = (struct sheet){0};
	for (; *headings; ++headings) {
		sheet_heading(sheet, *headings);
	}
}

void sheet_end(struct sheet *sheet)
{
	for (size_t i = 0; i < sheet->count; ++i) {
		free(sheet->cells[i].text);
		free(sheet->cells[i].id);
		free(sheet->cells[i].link);
	}
	free(sheet->cells);
	*sheet = (struct sheet){0};
}

void sheet_add(struct sheet *sheet, enum sheet_mark mark, const char *format, ...)
{
	char *text;
	va_list arguments;
	va_start(arguments, format);
	if (vasprintf(&text, format, arguments) < 0) {
		text = NULL;
	}
	va_end(arguments);
	add_text(sheet, mark, text);
}

static void set(struct sheet *sheet, char **place, const char *id)
{
	*place = strdup(id);
	sheet->failed |= !*place;
}

void sheet_name(struct sheet *sheet, const char *id)
{
	if (!sheet->failed) {
		set(sheet, &sheet->cells[sheet->count - 1].id, id);
	}
}

void sheet_link(struct sheet *sheet, const char *id)
{
	if (!sheet->failed) {
		set(sheet, &sheet->cells[sheet->count - 1].link, id);
	}
}
