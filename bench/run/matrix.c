// SPDX-License-Identifier: MIT

/** From lists to cells: the options are cut at commas, checked, and combined. */

#include "run/matrix.h"

#include "base/number.h"
#include "catalog/selection.h"
#include "catalog/workloads.h"
#include "document/complain.h"
#include "registry.h"
#include "workload/work.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(MATRIX_MAX_THREADS + 1 <= PROOF_MAX_PRODUCERS,
	       "an item must have room for the number of its producer, or of main");

/** Default workloads: what a thread pool does, and what papers publish. */
static const char headline[] = "pairwise,producers_consumers,pingpong";

/** Values of an option that is a list. Those of threads are for shape_for(). */
struct list {
	unsigned long values[256];
	size_t count;
};

/** How a list is read. */
struct option {
	struct list *list;
	const char *name;
	const char *text;
	/** Values that are allowed. */
	unsigned long least, most;
	/** The name of each, and all names in a message. NULL: values are numbers. */
	const char *(*name_of)(unsigned int value);
	const char *names;
};

/** Threads of a cell. Producers and consumers are 0 where threads do both. */
struct shape {
	unsigned int threads;
	unsigned int producers;
	unsigned int consumers;
};

enum { MOST_SHAPES = 128 };

/** A value of the list of threads: producers times this, and consumers, or 0 of them. */
#define PRODUCERS (MATRIX_MAX_THREADS + 1UL)

struct builder {
	struct matrix *matrix;
	const struct matrix_request *request;
	const struct topology *topology;
	unsigned int processors;
	const char *workloads;
	struct list threads, waits, places, works, loads, dispatch;
	/** Waits that are asked for, as bits. */
	unsigned int asked;
	/** Cells that are no floors, and whether any queue was named. */
	size_t queue_cells;
	bool any_queue;
	char *error;
};

/** Fills matrix->names: the queues, then the floors. 0, or -1. */
static int choose_queues(struct builder *builder)
{
	const struct matrix_request *request = builder->request;
	builder->matrix->names =
		selection_queues(request->queues, !request->all, true, &builder->error);
	return builder->matrix->names ? 0 : complain(&builder->error, "%s", strerror(ENOMEM));
}

/** Reads a whole number in the range of an option. 0, or -1. */
static int parse_number(struct builder *builder, const struct option *option, const char *text,
			unsigned long *number)
{
	if (!number_parse(text, option->least, option->most, number)) {
		return complain(&builder->error, "%s: '%s' is not a whole number from %lu to %lu",
				option->name, text, option->least, option->most);
	}
	return 0;
}

/** Reads one part of the list of threads, N or P:C, which it cuts at the colon. 0, or -1. */
static int parse_threads(struct builder *builder, const struct option *option, char *text,
			 unsigned long *value)
{
	unsigned long producers;
	unsigned long consumers = 0;
	char *colon = strchr(text, ':');
	if (colon) {
		*colon = '\0';
	}
	if ((colon && parse_number(builder, option, colon + 1, &consumers) != 0) ||
	    parse_number(builder, option, text, &producers) != 0) {
		return -1;
	}
	if (producers + consumers > option->most) {
		return complain(&builder->error, "%s: '%lu:%lu' are over %lu threads", option->name,
				producers, consumers, option->most);
	}
	*value = producers * PRODUCERS + consumers;
	return 0;
}

/** Reads one part of a list, which it may change. 0, or -1. */
static int parse_value(struct builder *builder, const struct option *option, char *text,
		       unsigned long *value)
{
	if (option->list == &builder->threads) {
		return parse_threads(builder, option, text, value);
	}
	if (!option->name_of) {
		return parse_number(builder, option, text, value);
	}
	for (*value = option->least; *value <= option->most; ++*value) {
		if (strcmp(text, option->name_of((unsigned int)*value)) == 0) {
			return 0;
		}
	}
	return complain(&builder->error, "%s: '%s' is not %s", option->name, text, option->names);
}

/** Cuts a list at its commas, and reads its parts. 0, or -1. */
static int parse_list(struct builder *builder, const struct option *option)
{
	struct list *list = option->list;
	char *text = option->text ? strdup(option->text) : NULL;
	char *rest = text;
	int result = !option->text || text ? 0 : complain(&builder->error, "%s", strerror(ENOMEM));
	for (char *item; result == 0 && (item = strsep(&rest, ","));) {
		if (!*item) {
			result = complain(&builder->error, "%s: '%s' has an empty part",
					  option->name, option->text);
		} else if (list->count == sizeof(list->values) / sizeof(*list->values)) {
			result = complain(&builder->error, "%s: '%s' has too many parts",
					  option->name, option->text);
		} else {
			result = parse_value(builder, option, item, &list->values[list->count++]);
		}
	}
	free(text);
	return result;
}

/** The threads of a workload for a value of their list. */
static struct shape shape_for(const struct loop *loop, unsigned long value)
{
	unsigned int producers = (unsigned int)(value / PRODUCERS);
	unsigned int consumers = (unsigned int)(value % PRODUCERS);
	unsigned int threads = producers + consumers;
	if (consumers == 0 && loop->split) {
		threads = threads > 1 ? threads : 2;
		// An odd thread produces
		producers = loop->one_producer ? 1 : (threads + 1) / 2;
		consumers = threads - producers;
	}
	return (struct shape){threads, consumers > 0 ? producers : 0, consumers};
}

/** Adds a line to what is said before the run. 0, or -1. */
__attribute__((format(printf, 2, 3))) static int note(struct builder *builder, const char *format,
						      ...)
{
	struct matrix *matrix = builder->matrix;
	const char *before = matrix->notes ? matrix->notes : "";
	char *line = NULL;
	char *notes = NULL;
	va_list arguments;
	va_start(arguments, format);
	bool made = vasprintf(&line, format, arguments) >= 0 &&
		    asprintf(&notes, "%s%s%s", before, *before ? "\n" : "", line) >= 0;
	va_end(arguments);
	free(line);
	if (!made) {
		return complain(&builder->error, "%s", strerror(ENOMEM));
	}
	free(matrix->notes);
	matrix->notes = notes;
	return 0;
}

/** Adds a shape unless it is there. */
static void add_shape(struct shape *shapes, size_t *count, struct shape shape)
{
	for (size_t i = 0; i < *count; ++i) {
		if (memcmp(&shapes[i], &shape, sizeof(shape)) == 0) {
			return;
		}
	}
	if (*count < MOST_SHAPES) {
		shapes[(*count)++] = shape;
	}
}

/** Notes that a pair has two threads, if only others are asked for. 0, or -1. */
static int note_pair(struct builder *builder, const struct loop *loop)
{
	bool two = builder->threads.count == 0;
	for (size_t i = 0; i < builder->threads.count; ++i) {
		unsigned long value = builder->threads.values[i];
		two |= value / PRODUCERS + value % PRODUCERS == 2;
	}
	return two ? 0 : note(builder, "%s has two threads, whatever --threads says", loop->name);
}

/** Chooses the numbers of threads of a workload. 0, or -1. */
static int choose_shapes(struct builder *builder, const struct loop *loop, struct shape *shapes,
			 size_t *count)
{
	unsigned int many = builder->processors > 1 ? builder->processors : 2;
	*count = 0;
	if (loop->pair) {
		add_shape(shapes, count, (struct shape){2, 1, 1});
		return note_pair(builder, loop);
	}
	for (size_t i = 0; i < builder->threads.count; ++i) {
		struct shape shape = shape_for(loop, builder->threads.values[i]);
		if (loop->split || shape.producers == 0) {
			add_shape(shapes, count, shape);
		}
	}
	if (builder->threads.count > 0) {
		return 0;
	}
	if (loop->one_producer) {
		add_shape(shapes, count, (struct shape){2, 1, 1});
		add_shape(shapes, count, (struct shape){1 + 4 * many, 1, 4 * many});
		return 0;
	}
	if (loop->split) {
		add_shape(shapes, count, (struct shape){2, 1, 1});
		add_shape(shapes, count, (struct shape){1 + many, 1, many});
		add_shape(shapes, count, (struct shape){many + 1, many, 1});
		add_shape(shapes, count, (struct shape){2 * many, many, many});
		return 0;
	}
	for (unsigned int threads = 1; threads < 2 * many && threads <= MATRIX_MAX_THREADS;
	     threads *= 2) {
		add_shape(shapes, count, (struct shape){threads, 0, 0});
	}
	add_shape(shapes, count, (struct shape){builder->processors, 0, 0});
	add_shape(shapes, count, (struct shape){2 * many, 0, 0});
	return 0;
}

/** Does the queue allow these producers and consumers? */
static bool allowed(const struct queue_type *type, const struct loop *loop,
		    const struct shape *shape)
{
	// The thread that runs a pool enqueues the roots
	unsigned int producers = loop->split ? shape->producers : shape->threads + loop->whole;
	unsigned int consumers = loop->split ? shape->consumers : shape->threads;
	if (loop->pair) {
		producers = consumers = 1;
	}
	return (!type->max_producers || producers <= type->max_producers) &&
	       (!type->max_consumers || consumers <= type->max_consumers);
}

/** The waits that a queue is measured with, as bits. */
static unsigned int choose_waits(const struct builder *builder, const struct queue_type *type,
				 const struct loop *loop)
{
	unsigned int offered = 0;
	for (int wait = 0; wait < CHANNEL_WAITS; ++wait) {
		if ((loop->waits & builder->asked & LOOP_WAIT(wait)) &&
		    channel_offers(type, (enum channel_wait)wait)) {
			offered |= LOOP_WAIT(wait);
		}
	}
	if (builder->waits.count > 0 || builder->request->all || loop->timed) {
		return offered;
	}
	// Where no thread sleeps, yielding suits any number of threads
	unsigned int best = LOOP_WAIT(channel_best_wait(type));
	return offered & best			    ? best
	       : offered & LOOP_WAIT(CHANNEL_YIELD) ? LOOP_WAIT(CHANNEL_YIELD)
						    : offered;
}

/** Adds a cell. 0, or -1. */
static int add_cell(struct builder *builder, const struct matrix_cell *cell)
{
	struct matrix *matrix = builder->matrix;
	struct matrix_cell *more = reallocarray(matrix->cells, matrix->count + 1, sizeof(*more));
	if (!more) {
		return complain(&builder->error, "%s", strerror(ENOMEM));
	}
	matrix->cells = more;
	more[matrix->count++] = *cell;
	builder->queue_cells += !cell->type->floor;
	return 0;
}

/** The numbers of threads that a queue serves, in words. At least one has a bound. */
static char *limits_text(const struct queue_type *type)
{
	char sides[2][48] = {"any number of producers", "any number of consumers"};
	if (type->max_producers) {
		snprintf(sides[0], sizeof(sides[0]), "%u producer%s", type->max_producers,
			 type->max_producers == 1 ? "" : "s");
	}
	if (type->max_consumers) {
		snprintf(sides[1], sizeof(sides[1]), "%u consumer%s", type->max_consumers,
			 type->max_consumers == 1 ? "" : "s");
	}
	char *text;
	return asprintf(&text, "serves %s and %s at once", sides[0], sides[1]) < 0 ? NULL : text;
}

/** Writes the names of the waits in a set of LOOP_WAIT(). */
static void write_wait_names(FILE *stream, unsigned int waits)
{
	const char *comma = "";
	for (int wait = 0; wait < CHANNEL_WAITS; ++wait) {
		if (waits & LOOP_WAIT(wait)) {
			fprintf(stream, "%s %s", comma, channel_wait_name((enum channel_wait)wait));
			comma = ",";
		}
	}
}

/** The waits that a queue offers, in words. */
static char *waits_text(const struct queue_type *type)
{
	char *text;
	size_t size;
	FILE *stream = open_memstream(&text, &size);
	if (!stream) {
		return NULL;
	}
	unsigned int waits = 0;
	for (int wait = 0; wait < CHANNEL_WAITS; ++wait) {
		waits |= channel_offers(type, (enum channel_wait)wait) ? LOOP_WAIT(wait) : 0;
	}
	fputs("offers to wait by", stream);
	write_wait_names(stream, waits);
	fclose(stream);
	return text;
}

/** Notes that a queue is left out. Takes the reason over. 0, or -1. */
static int add_gap(struct builder *builder, const char *queue, const struct loop *loop,
		   const struct shape *shape, char *reason)
{
	struct matrix *matrix = builder->matrix;
	const char *kept = reason ? texts_keep(&matrix->texts, reason) : NULL;
	struct run_gap *more =
		kept ? reallocarray(matrix->gaps, matrix->gap_count + 1, sizeof(*more)) : NULL;
	free(reason);
	if (!more) {
		return complain(&builder->error, "%s", strerror(ENOMEM));
	}
	matrix->gaps = more;
	more[matrix->gap_count++] = (struct run_gap){
		queue, loop->name, shape->threads, shape->producers, shape->consumers, kept};
	return 0;
}

/** Nanoseconds that a sample may be busy with work that nobody can cut short. */
#define MOST_STRETCH 10000000000

/** Refuses work that would take a sample too long. 0, or -1. */
static int check_work(struct builder *builder, const struct matrix_cell *cell)
{
	uint64_t stretch = work_stretch(cell->loop, &cell->cell, builder->processors);
	if (stretch <= MOST_STRETCH) {
		return 0;
	}
	return complain(
		&builder->error,
		"--work=%ju: with %u thread%s and a capacity of %zu, a sample of %s would "
		"work for %.0f s before it could end; at most %.0f s are allowed: take less "
		"work%s, or fewer threads",
		(uintmax_t)cell->cell.work, cell->cell.threads, cell->cell.threads == 1 ? "" : "s",
		cell->cell.capacity, cell->cell.workload, (double)stretch / 1e9, MOST_STRETCH / 1e9,
		cell->loop->split || cell->loop->halves ? ", a smaller --capacity" : "");
}

/** Adds a cell for each place, work and dispatch. 0, or -1. */
static int add_settings(struct builder *builder, struct matrix_cell cell)
{
	static const struct list swept = {{0, 100, 1000, 10000}, 4};
	const struct list *places = &builder->places;
	const struct list *works =
		cell.loop->whole && !builder->request->works ? &swept : &builder->works;
	const struct list *dispatch = &builder->dispatch;
	for (size_t i = 0; i < places->count * works->count * dispatch->count; ++i) {
		enum place place = (enum place)places->values[i % places->count];
		const char *refusal = topology_refusal(builder->topology, place, cell.cell.threads);
		if (refusal) {
			return complain(&builder->error, "--place=%s: %s",
					topology_place_name(place), refusal);
		}
		cell.cell.place = place;
		cell.cell.work = works->values[i / places->count % works->count];
		cell.cell.indirect = dispatch->values[i / places->count / works->count];
		if (check_work(builder, &cell) != 0 || add_cell(builder, &cell) != 0) {
			return -1;
		}
	}
	return 0;
}

/** Items at a time, where the workload has batches. */
static const unsigned int batches[] = {1, 4, 16, LOOP_MAX_BATCH};

enum { BATCHES = sizeof(batches) / sizeof(*batches) };

/** The bound of queues and backlogs in a workload. */
static size_t capacity_of(const struct builder *builder, const struct loop *loop)
{
	size_t usual = loop->halves ? LOOP_BURST : 4096;
	return builder->request->capacity ? builder->request->capacity : usual;
}

/**
 * Can the threads always put their batches in whole? If the queue can be full of parts of batches,
 * each thread waits for room that none of them makes.
 */
static bool batch_fits(const struct builder *builder, const struct loop *loop, unsigned int threads,
		       unsigned int batch)
{
	return batch == 1 || (size_t)threads * batch <= capacity_of(builder, loop);
}

/** Notes which batches are left out. 0, or -1. */
static int note_batches(struct builder *builder, const struct loop *loop, unsigned int threads)
{
	int result = 0;
	for (size_t i = 0; loop->batches && i < BATCHES && result == 0; ++i) {
		if (!batch_fits(builder, loop, threads, batches[i])) {
			result = note(builder,
				      "%s is left out with batches of %u: one for each of %u "
				      "thread%s takes more than %zu slots",
				      loop->name, batches[i], threads, threads == 1 ? "" : "s",
				      capacity_of(builder, loop));
		}
	}
	return result;
}

/** Adds cells for each batch or load, where the workload has those. 0, or -1. */
static int add_variants(struct builder *builder, struct matrix_cell cell)
{
	const struct loop *loop = cell.loop;
	size_t count = loop->batches ? BATCHES : loop->loads ? builder->loads.count : 1;
	for (size_t i = 0; i < count; ++i) {
		cell.cell.batch = loop->batches ? batches[i] : 1;
		cell.cell.load = loop->loads ? (double)builder->loads.values[i] / 100 : 0;
		if (batch_fits(builder, loop, cell.cell.threads, cell.cell.batch) &&
		    add_settings(builder, cell) != 0) {
			return -1;
		}
	}
	return 0;
}

/** Is this a floor of the workload? Only a pair's serves one thread at each end. */
static bool is_floor_of(const struct queue_type *floor, const struct loop *loop)
{
	return loop->floor ? strcmp(floor->name, loop->floor) == 0 : floor->max_producers != 1;
}

/** Adds all cells of a workload with some number of threads. 0, or -1. */
static int add_group(struct builder *builder, const struct loop *shape_of, struct shape shape)
{
	for (char **name = builder->matrix->names; *name; ++name) {
		char *error;
		const struct registry_queue *queue = registry_find(*name, &error);
		if (!queue || !queue->bench) {
			complain(
				&builder->error,
				queue ? "%s: the module has no workloads in it; make it again with "
					"qbench-module FILE.c (scripts/module.sh in the sources)"
				      : "%s",
				error ? error : *name);
			free(error);
			return -1;
		}
		const struct queue_type *type = queue->bench->queue;
		const struct loop *loop = NULL;
		builder->any_queue |= !queue->bench->floor;
		for (const struct loop *const *l = queue->bench->loops; *l; ++l) {
			loop = strcmp((*l)->name, shape_of->name) == 0 ? *l : loop;
		}
		if (!loop || (queue->bench->floor && !is_floor_of(type, loop))) {
			continue;
		}
		unsigned int waits = choose_waits(builder, type, loop);
		bool fits = allowed(type, loop, &shape);
		if (!fits || !waits) {
			// Nobody asked for floors
			if (!queue->bench->floor &&
			    add_gap(builder, *name, loop, &shape,
				    fits ? waits_text(type) : limits_text(type)) != 0) {
				return -1;
			}
			continue;
		}
		for (int wait = 0; wait < CHANNEL_WAITS; ++wait) {
			struct matrix_cell cell = {
				.cell = {.queue = *name,
					 .workload = loop->name,
					 .threads = shape.threads,
					 .producers = shape.producers,
					 .consumers = shape.consumers,
					 .wait = (enum channel_wait)wait,
					 .capacity = capacity_of(builder, loop),
					 .batch = 1},
				.type = queue->bench,
				.loop = loop,
				.called = queue->called,
				// Another thread runs the pool
				.oversubscribed = shape.threads + loop->whole > builder->processors,
			};
			if ((waits & LOOP_WAIT(wait)) && add_variants(builder, cell) != 0) {
				return -1;
			}
		}
	}
	return 0;
}

/** Was the same said of the same queue before? */
static bool gap_repeats(const struct matrix *matrix, size_t gap)
{
	const struct run_gap *gaps = matrix->gaps;
	for (size_t i = 0; i < gap; ++i) {
		// The matrix keeps each text once
		if (gaps[i].queue == gaps[gap].queue && gaps[i].reason == gaps[gap].reason) {
			return true;
		}
	}
	return false;
}

/** Writes which queues are left out, and what they offer instead. */
static void write_gaps(FILE *stream, const struct matrix *matrix)
{
	enum { MOST = 8 };
	size_t told = 0;
	for (size_t i = 0; i < matrix->gap_count; ++i) {
		const struct run_gap *gap = &matrix->gaps[i];
		if (gap_repeats(matrix, i)) {
			continue;
		}
		if (++told <= MOST) {
			fprintf(stream, "%s %s %s", told > 1 ? ";" : "", gap->queue, gap->reason);
		}
	}
	if (told > MOST) {
		fprintf(stream, "; and %zu more", told - MOST);
	}
}

/** Writes by which waits the workloads that are asked for can be measured. */
static void write_waits(FILE *stream, const struct builder *builder)
{
	bool told = false;
	for (const struct loop *const *loop = catalog_workloads(); *loop; ++loop) {
		if (!selection_has(builder->workloads, (*loop)->name)) {
			continue;
		}
		fprintf(stream, "%s %s is measured with", told ? ";" : "", (*loop)->name);
		write_wait_names(stream, (*loop)->waits);
		told = true;
	}
}

/** Refuses a matrix without cells, or with floors alone though queues are asked for. 0, or -1. */
static int check_cells(struct builder *builder, bool waited)
{
	char *why = NULL;
	size_t size;
	if (builder->queue_cells > 0 || (builder->matrix->count > 0 && !builder->any_queue)) {
		return 0;
	}
	FILE *stream = open_memstream(&why, &size);
	if (!stream) {
		return complain(&builder->error, "%s", strerror(ENOMEM));
	}
	if (builder->matrix->gap_count > 0) {
		write_gaps(stream, builder->matrix);
	} else if (!waited) {
		write_waits(stream, builder);
	} else {
		fputs(" no queue offers these numbers of threads under these workloads", stream);
	}
	if (fclose(stream) == 0) {
		complain(&builder->error, "nothing to measure:%s", why);
	}
	free(why);
	return -1;
}

static int build(struct builder *builder)
{
	const struct matrix_request *request = builder->request;
	builder->workloads = request->workloads ? request->workloads
			     : request->all	? "*"
						: headline;
	const struct option options[] = {
		{&builder->threads, "--threads", request->threads, 1, MATRIX_MAX_THREADS, NULL,
		 NULL},
		{&builder->waits, "--wait", request->waits, 0, CHANNEL_WAITS - 1, channel_wait_name,
		 "spin, yield, park or native"},
		{&builder->places, "--place", request->places ? request->places : "none", 0,
		 PLACES - 1, topology_place_name, "none, core, package or across"},
		{&builder->works, "--work", request->works ? request->works : "0", 0, 1000000000,
		 NULL, NULL},
		{&builder->loads, "--load", request->loads ? request->loads : "10,50,80,95", 1, 100,
		 NULL, NULL},
		{&builder->dispatch, "--dispatch", request->dispatch ? request->dispatch : "direct",
		 0, 1, run_cell_dispatch_name, "direct or indirect"},
	};
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); ++i) {
		if (parse_list(builder, &options[i]) != 0) {
			return -1;
		}
	}
	builder->asked = builder->waits.count > 0 ? 0 : LOOP_ALL_WAITS;
	for (size_t i = 0; i < builder->waits.count; ++i) {
		builder->asked |= LOOP_WAIT(builder->waits.values[i]);
	}
	if (selection_check(builder->workloads, "workload",
			    (const void *const *)catalog_workloads(), &builder->error) != 0 ||
	    choose_queues(builder) != 0) {
		return -1;
	}
	bool waited = false;
	for (const struct loop *const *loop = catalog_workloads(); *loop; ++loop) {
		struct shape shapes[MOST_SHAPES];
		size_t count;
		// No queue has a gap in a workload that has none of the waits
		if (!selection_has(builder->workloads, (*loop)->name) ||
		    !((*loop)->waits & builder->asked)) {
			continue;
		}
		waited = true;
		if (choose_shapes(builder, *loop, shapes, &count) != 0) {
			return -1;
		}
		for (size_t i = 0; i < count; ++i) {
			if (note_batches(builder, *loop, shapes[i].threads) != 0 ||
			    add_group(builder, *loop, shapes[i]) != 0) {
				return -1;
			}
		}
	}
	return check_cells(builder, waited);
}

int matrix_create(struct matrix *matrix, const struct matrix_request *request,
		  const struct topology *topology, char **error)
{
	struct builder builder = {
		.matrix = matrix,
		.request = request,
		.topology = topology,
		.processors = topology_parallel(topology),
	};
	*matrix = (struct matrix){0};
	int result = build(&builder);
	*error = builder.error;
	if (result != 0) {
		matrix_destroy(matrix);
	}
	return result;
}

void matrix_destroy(struct matrix *matrix)
{
	registry_names_free(matrix->names);
	free(matrix->cells);
	free(matrix->gaps);
	free(matrix->notes);
	texts_destroy(&matrix->texts);
	*matrix = (struct matrix){0};
}
