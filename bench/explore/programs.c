// SPDX-License-Identifier: MIT

/**
 * The programs over a queue. The queue is prepared once and put back for each execution, at whose
 * end the main thread takes out all items and destroys it. An execution is right if the operations
 * have an order that explains their answers, no access raced or went to freed memory, what a
 * producer wrote before it enqueued an item happens before the dequeue, and no block is left.
 */

#include "explore/programs.h"
#include "explore/finding.h"
#include "explore/heap.h"
#include "explore/history.h"
#include "explore/search.h"
#include "explore/states.h"
#include "hooked/place.h"

#include <string.h>

/** Slots for hashes of answers, of which half are used at most. */
#define OUTCOMES 8192

/** Items of a batch. */
#define BATCH 2

/** Numbers of the items of a thread from those of the thread before. */
#define ITEMS_APART 100

const struct explore_program explore_programs[] = {
	{"one item, two consumers", {"ed", "d"}, 0, 0, 2, 0},
	{"two producers, two consumers at empty", {"e", "e", "d", "d"}, 0, 0, 2, 0},
	{"pairs at empty", {"ed", "ed"}, 0, 0, 2, 0},
	{"pairs at empty, across the wrap", {"ed", "ed"}, 0, 0, 2, (size_t)-1},
	{"pairs with one inside", {"ed", "ed"}, 1, 1, 2, 0},
	{"pairs at full", {"de", "de"}, 0, 2, 2, 0},
	{"pairs at full, across the wrap", {"de", "de"}, 0, 2, 2, (size_t)-2},
	{"pairs, capacity one", {"ed", "ed"}, 0, 0, 1, (size_t)-1},
	{"two of a producer, two of a consumer", {"ee", "dd"}, 0, 0, 2, 0},
	{"two of a producer, two of a consumer, in a later lap", {"ee", "dd"}, 3, 0, 2, (size_t)-3},
	{"producers at full, a consumer makes room", {"e", "e", "d"}, 0, 2, 2, 0},
	{"two producers for one slot", {"e", "e", "d"}, 0, 1, 2, 0},
	{"two consumers for one item", {"d", "d", "e"}, 0, 1, 2, 0},
	{"one of each, in a later lap", {"e", "d", "d"}, 2, 1, 2, (size_t)-2},
	{"consumers overtake a producer", {"e", "dd", "e"}, 0, 1, 2, 0},
	{"peers overtake a producer", {"d", "ded", "e"}, 0, 2, 2, 0},
	{"a consumer goes around beside a late producer", {"d", "dddd", "e"}, 0, 1, 2, 0},
	{"capacity three, across the wrap", {"ed", "ed"}, 0, 1, 3, (size_t)-2},
	{"joining and leaving", {"aedx", "aedx"}, 0, 0, 2, 0},
	{"leaving beside one that works", {"edx", "ed"}, 1, 1, 2, 0},
	{"leaving with a node that a peer takes", {"dddx", "ee"}, 0, 4, 2, 0},
	{"leaving before a node is freed", {"ddddddddddx", "dx"}, 0, 11, 2, 0},
	{"three operations each", {"ede", "ded"}, 0, 0, 2, (size_t)-2},
	{"three of a producer, three of a consumer", {"eee", "ddd"}, 0, 0, 2, 0},
	{"three threads, mixed", {"ed", "ed", "ed"}, 0, 0, 2, 0},
	// Nodes are used again while a peer is in the middle of an operation
	{"nodes come back beside a consumer", {"d", "edededed"}, 0, 0, 2, 0},
	{"nodes come back beside a producer", {"e", "edededed"}, 0, 0, 2, 0},
	{"nodes come back beside a pair", {"ed", "edededed"}, 0, 0, 2, 0},
	{"a node comes back beside a late consumer", {"d", "deeeee"}, 1, 2, 2, 0},
	{"nodes come back beside a producer that joins", {"ae", "edededed"}, 0, 0, 2, 0},
	{"nodes come back beside a consumer that joins", {"ad", "dddddee"}, 0, 6, 2, 0},
	// The windows of blockfifo come round
	{"a consumer beside a lap", {"dedede", "d"}, 2, 2, 2, 0},
	// A deque is emptied from both ends
	{"one puts two and takes, beside a consumer", {"eed", "dd"}, 0, 0, 2, 0},
	{"batches of a producer, of a consumer", {"bb", "tt"}, 0, 1, 2, 0},
	{"pairs, batches of consumers", {"eet", "eet"}, 0, 0, 2, 0},
	{0},
};

const struct explore_program explore_programs_all[] = {
	// A consumer that looks at one place after the other may miss both items
	{"one comes while another goes", {"e", "ed", "d"}, 0, 0, 2, 0},
	{0},
};

/** An operation, before its order among the others is known. */
struct record {
	struct operation operation;
	struct span span;
};

static struct {
	const struct queue_type *type;
	struct queue *queue;
	struct queue_handle *main_handle;
	struct queue_handle *handles[EXPLORE_THREADS];
	struct queue_handle *saved_handles[EXPLORE_THREADS];
	/** Items inside at the start, and items that each thread has enqueued. */
	unsigned int filled;
	unsigned int items[EXPLORE_THREADS];
	/** Step of the producer that publishes what it wrote before it enqueued the item. */
	uint16_t made_at[EXPLORE_THREADS][EXPLORE_OPERATIONS + 1];
	struct record records[EXPLORE_OPERATIONS];
	unsigned int count;
	/** Present operation of each thread that is `busy`. */
	struct record begun[EXPLORE_THREADS];
	bool busy[EXPLORE_THREADS];
	/** The last operation of each thread is an enqueue. */
	bool enqueues[EXPLORE_THREADS];
	bool reached;
	uint64_t outcomes[OUTCOMES];
	uint64_t histories[OUTCOMES];
} run;

/** The next item of a thread: no two items are alike. */
static void *make_item(unsigned int thread)
{
	unsigned int count = ++run.items[thread];
	// What its producer has written by now belongs to the next step of the thread
	run.made_at[thread][count] = (uint16_t)(search.threads[thread].stamp + 1);
	return search_item(ITEMS_APART * (thread + 1) + count);
}

/** Makes a finding if the consumer of an item may not read what its producer wrote before. */
static void judge_contents(unsigned int thread, unsigned int item)
{
	unsigned int producer = item / ITEMS_APART - 1;
	unsigned int count = item % ITEMS_APART;
	// Items of the main thread were there before; states do not tell what happens before
	if (item >= ITEMS_APART && producer < search.thread_count && producer != thread &&
	    count <= run.items[producer] && !search.request->states &&
	    run.made_at[producer][count] > search.threads[thread].happens[producer]) {
		finding_set("a data race on what item %u points to: its enqueue does not happen "
			    "before its dequeue",
			    item);
	}
}

/** Begins an operation of a thread. */
static struct record *begin(unsigned int thread, bool enqueue)
{
	// Not on the stack: the number of steps before must not be part of a state
	struct record *record = &run.begun[thread];
	*record = (struct record){
		.operation = {.thread = thread, .enqueue = enqueue},
		.span = search_span(thread),
	};
	search.threads[thread].seen_count = 0;
	run.enqueues[thread] = enqueue;
	run.busy[thread] = true;
	return record;
}

/** Notes an answer of the operation that a thread has begun. */
static void note_answer(struct record *record, enum queue_status status, void *item)
{
	record->operation.status = status;
	record->operation.item = search_number(item);
	record->span.last = search.threads[record->operation.thread].stamp;
	run.records[run.count++] = *record;
	if (!record->operation.enqueue && status == QUEUE_OK) {
		judge_contents(record->operation.thread, record->operation.item);
	}
}

/** Runs one operation of a thread. */
static void operate(unsigned int thread, bool enqueue)
{
	struct record *record = begin(thread, enqueue);
	void *item = enqueue ? make_item(thread) : NULL;
	if (search.request->states) {
		states_wipe();
	}
	enum queue_status status;
	do {
		status = enqueue ? run.type->enqueue(run.queue, run.handles[thread], item)
				 : run.type->dequeue(run.queue, run.handles[thread], &item);
		// With a peer stopped, BUSY may last for ever, which must be found
	} while (status == QUEUE_BUSY && search.request->stopped >= 0);
	run.busy[thread] = false;
	note_answer(record, status, item);
}

/** Runs a native batch of a thread: an operation for each item that is moved, or one without. */
static void operate_batch(unsigned int thread, bool enqueue)
{
	struct record *record = begin(thread, enqueue);
	void *items[BATCH] = {NULL};
	for (unsigned int i = 0; enqueue && i < BATCH; ++i) {
		items[i] = make_item(thread);
	}
	if (search.request->states) {
		states_wipe();
	}
	size_t done =
		enqueue ? run.type->enqueue_batch(run.queue, run.handles[thread], items, BATCH)
			: run.type->dequeue_batch(run.queue, run.handles[thread], items, BATCH);
	if (done > BATCH) {
		finding_set("a batch of %d items moves %zu", BATCH, done);
		done = BATCH;
	}
	run.busy[thread] = false;
	for (size_t i = 0; i < done; ++i) {
		note_answer(record, QUEUE_OK, items[i]);
	}
	if (done == 0) {
		record->operation.batch = true;
		note_answer(record, enqueue ? QUEUE_FULL : QUEUE_EMPTY, NULL);
	}
}

/** Body of a thread of the program. */
static void body(unsigned int thread)
{
	for (const char *letter = search.request->program->threads[thread]; *letter; ++letter) {
		switch (*letter) {
		case 'a':
			run.handles[thread] = queue_attach(run.type, run.queue);
			if (!run.handles[thread]) {
				finding_set("a thread cannot attach");
			}
			break;
		case 'x':
			queue_detach(run.type, run.queue, run.handles[thread]);
			run.handles[thread] = NULL;
			break;
		case 'b':
		case 't':
			operate_batch(thread, *letter == 'b');
			break;
		default:
			operate(thread, *letter == 'e');
			break;
		}
	}
}

/** Creates the queue of the program for its threads and `more` others. 0, or -1 with errno. */
static int prepare(unsigned int more)
{
	const struct explore_program *program = search.request->program;
	heap.label = "queue";
	struct queue_config config = {.capacity = program->capacity,
				      .max_threads = search.thread_count + more,
				      .first_ticket = program->first_ticket};
	heap_begin();
	run.queue = run.type->create(&config);
	run.main_handle = run.queue ? queue_attach(run.type, run.queue) : NULL;
	if (!run.main_handle) {
		return -1;
	}
	for (unsigned int i = 0; i < program->laps; ++i) {
		void *item;
		run.type->enqueue(run.queue, run.main_handle, search_item(1));
		run.type->dequeue(run.queue, run.main_handle, &item);
	}
	run.filled = 0;
	while (run.filled < program->filled &&
	       run.type->enqueue(run.queue, run.main_handle, search_item(run.filled + 1)) ==
		       QUEUE_OK) {
		++run.filled;
	}
	heap.label = "handle";
	for (unsigned int i = 0; i < search.thread_count; ++i) {
		bool attaches = program->threads[i][0] == 'a';
		run.saved_handles[i] = attaches ? NULL : queue_attach(run.type, run.queue);
		if (!attaches && !run.saved_handles[i]) {
			return -1;
		}
	}
	heap.label = "block";
	heap_save();
	return 0;
}

/** True if threads of the program attach themselves: beside the main thread. */
static bool attach_late(const struct explore_program *program)
{
	bool late = false;
	for (unsigned int i = 0; i < search.thread_count; ++i) {
		late = late || program->threads[i][0] == 'a';
	}
	return late;
}

/** Writes the history of the execution. */
static void collect(struct history *history)
{
	*history = (struct history){
		.capacity = queue_capacity(run.type, run.queue),
		.weak = search.request->model == EXPLORE_C11,
	};
	for (unsigned int i = 0; i < run.filled; ++i) {
		history->operations[history->count++] = (struct operation){
			.thread = MODEL_MAIN,
			.enqueue = true,
			.item = i + 1,
			.before = ((uint32_t)1 << i) - 1,
		};
	}
	uint32_t filled = ((uint32_t)1 << run.filled) - 1;
	for (unsigned int i = 0; i < run.count; ++i) {
		const struct record *record = &run.records[i];
		struct operation operation = record->operation;
		operation.before = filled;
		for (unsigned int j = 0; j < run.count; ++j) {
			const struct record *other = &run.records[j];
			bool before = other->operation.thread == operation.thread
					      ? j < i
					      : search_is_before(&other->span, &record->span);
			operation.before |= (uint32_t)before << (run.filled + j);
		}
		history->operations[history->count++] = operation;
	}
}

/** Adds the operations and their order to the hash of a state. */
static void describe(struct hash *state)
{
	// By threads: only `before` says in which order operations ended
	const struct record *records[EXPLORE_OPERATIONS];
	unsigned int count = 0;
	for (unsigned int thread = 0; thread < search.thread_count; ++thread) {
		hash_add(state, (uintptr_t)run.handles[thread]);
		hash_add(state, run.busy[thread]);
		for (unsigned int i = 0; i < run.count; ++i) {
			if (run.records[i].operation.thread == thread) {
				records[count++] = &run.records[i];
			}
		}
		run.begun[thread].span.last = search.threads[thread].stamp;
		if (run.busy[thread]) {
			records[count++] = &run.begun[thread];
		}
	}
	for (unsigned int i = 0; i < count; ++i) {
		const struct operation *operation = &records[i]->operation;
		uint64_t before = 0;
		for (unsigned int j = 0; j < count; ++j) {
			unsigned int other = records[j]->operation.thread;
			bool over = records[j] != &run.begun[other];
			before |= (uint64_t)(other != operation->thread && over &&
					     search_is_before(&records[j]->span, &records[i]->span))
				  << j;
		}
		hash_add(state, before);
		hash_add(state, (uint64_t)operation->item << 16 | (uint64_t)operation->status << 8 |
					operation->thread);
	}
}

/** Dequeues all items that are left, by the main thread. */
static void drain(struct history *history)
{
	for (bool more = true; more && history->count < EXPLORE_OPERATIONS;) {
		void *item = NULL;
		enum queue_status status = run.type->dequeue(run.queue, run.main_handle, &item);
		more = status == QUEUE_OK;
		if (status == QUEUE_BUSY) {
			finding_set("dequeue answers BUSY when no other thread uses the queue");
		}
		history->operations[history->count] = (struct operation){
			.thread = MODEL_MAIN,
			.status = status,
			.item = search_number(item),
			.before = (uint32_t)(((uint64_t)1 << history->count) - 1),
		};
		++history->count;
	}
}

/** Checks that each item came out once: the last EMPTY must be true for every type. */
static void count_items(const struct history *history)
{
	for (unsigned int i = 0; i < history->count; ++i) {
		const struct operation *operation = &history->operations[i];
		unsigned int came = 0;
		unsigned int went = 0;
		for (unsigned int j = 0; j < history->count; ++j) {
			const struct operation *other = &history->operations[j];
			bool same = other->item == operation->item && other->status == QUEUE_OK;
			went += same && other->enqueue;
			came += same && !other->enqueue;
		}
		if (operation->status == QUEUE_OK && went != came) {
			finding_set("item %u was enqueued %s and dequeued %u times",
				    operation->item, went ? "once" : "never", came);
		}
	}
}

/** Hash of the answers, by threads; with `order`, also of which operation ended before which. */
static uint64_t code_of(const struct history *history, bool order)
{
	unsigned int places[EXPLORE_OPERATIONS];
	unsigned int count = 0;
	for (unsigned int thread = 0; thread <= MODEL_MAIN; ++thread) {
		for (unsigned int i = 0; i < history->count; ++i) {
			if (history->operations[i].thread == thread) {
				places[count++] = i;
			}
		}
	}
	struct hash code = {0};
	for (unsigned int i = 0; i < count; ++i) {
		const struct operation *operation = &history->operations[places[i]];
		uint64_t before = 0;
		for (unsigned int j = 0; order && j < count; ++j) {
			before |= (uint64_t)(operation->before >> places[j] & 1) << j;
		}
		hash_add(&code, before << 20 | operation->item << 4 | operation->status);
	}
	return code.first | 1;
}

/** Counts an answer that is new. */
static void note(struct explore_answers *answers, uint64_t *noted, uint64_t code)
{
	uint64_t place = code >> 20;
	while (noted[place % OUTCOMES] && noted[place % OUTCOMES] != code) {
		++place;
	}
	if (!noted[place % OUTCOMES] && answers->count < OUTCOMES / 2) {
		noted[place % OUTCOMES] = code;
		++answers->count;
		answers->digest += code;
	}
}

/** Judges an execution, and clears up. */
static void examine(struct explore_result *result)
{
	struct history history;
	collect(&history);
	drain(&history);
	note(&result->outcomes, run.outcomes, code_of(&history, false));
	if (search.request->all || search.request->states || search.request->model == EXPLORE_C11) {
		note(&result->histories, run.histories, code_of(&history, true));
	}
	count_items(&history);
	if (!search.finding[0] && !history_explained(run.type, &history)) {
		finding_set("no order of the operations explains their answers");
	}
	if (search.finding[0]) {
		// Destroying a broken queue may not end
		return;
	}
	for (unsigned int i = 0; i < search.thread_count; ++i) {
		if (run.handles[i]) {
			queue_detach(run.type, run.queue, run.handles[i]);
		}
	}
	queue_detach(run.type, run.queue, run.main_handle);
	run.type->destroy(run.queue);
	if (heap_blocks() > 0) {
		finding_set("%u blocks are never freed", heap_blocks());
	}
}

/** Runs one execution. False if it repeats another one. */
static bool execute(struct explore_result *result)
{
	heap_restore();
	memcpy(run.handles, run.saved_handles, sizeof(run.handles));
	memset(run.items, 0, sizeof(run.items));
	memset(run.busy, 0, sizeof(run.busy));
	run.count = 0;
	bool whole = search_execute(body);
	if (search.request->stopped >= 0) {
		const struct thread *stopped = &search.threads[search.request->stopped];
		run.reached |= stopped->stamp >= search.request->stopped_after &&
			       stopped->state != THREAD_FINISHED;
		if (whole && search.stuck && !result->blocked_at[0]) {
			place_name(stopped->pending.code, result->blocked_at,
				   sizeof(result->blocked_at));
		}
		for (unsigned int i = 0; whole && i < search.thread_count; ++i) {
			bool stuck = search.stuck >> i & 1;
			result->blocked_enqueue |= stuck && run.enqueues[i];
			result->blocked_dequeue |= stuck && !run.enqueues[i];
		}
		return whole;
	}
	if (whole && search.stuck) {
		search_fail_stuck();
	} else if (whole && !search.finding[0]) {
		examine(result);
	}
	return whole;
}

int explore_run(const struct queue_type *type, const struct explore_request *request,
		struct explore_result *result)
{
	*result = (struct explore_result){0};
	run.type = type;
	run.reached = false;
	memset(run.outcomes, 0, sizeof(run.outcomes));
	memset(run.histories, 0, sizeof(run.histories));
	search.describe = describe;
	if (search_begin(request) != 0) {
		return -1;
	}
	// The main thread takes no place of its own, unless the queue needs one for it
	if (prepare(attach_late(request->program)) != 0 && prepare(1) != 0) {
		return -1;
	}
	search_run(type, request, result, execute);
	result->never_stopped = request->stopped >= 0 && !run.reached;
	return 0;
}
