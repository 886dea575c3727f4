// SPDX-License-Identifier: MIT

/**
 * The programs that sleep: threads over a channel, whose letters are
 *
 *     E  enqueue, waiting for room; wake one           D  dequeue, waiting for an item
 *     P  enqueue, waiting for room; wake none          R  the same until closed
 *     w  wake one for each item of this thread         c  close     k  cancel
 *
 * and a pool over a small tree: m runs it, each r is a worker that it creates. No thread polls
 * before it sleeps. All threads of a program end if no wake-up is lost; the search makes a finding
 * of a thread that sleeps for ever. Besides, an execution is right if
 *
 * - each item that was enqueued was dequeued once, or is inside at the end;
 * - no operation answers CLOSED before the channel is closed; every enqueue that begins after
 * closing and every dequeue that begins after cancelling does;
 * - no item that was enqueued before closing is inside if a consumer got CLOSED;
 * - the eventcounts have no waiters and no permits at the end (the invariant of eventcount.h);
 * - a pool visits each node once, has its result once, and finds the end once.
 */

#include "explore/waiting.h"
#include "explore/finding.h"
#include "explore/heap.h"
#include "explore/memory.h"
#include "explore/search.h"
#include "explore/threads.h"

#include <errno.h>
#include <string.h>

/** Items inside at the start: as many as there is room for. */
#define FULL UINT32_MAX

/** Most nodes of a tree. */
#define NODES 8

const struct explore_waiting waiting_programs[] = {
	{.program = {"a sleeper, an item", {"D", "E"}, 0, 0, 2, 0}},
	{.program = {"a sleeper, an item, closing", {"R", "Ec"}, 0, 0, 2, 0}},
	// No fence of a wake between the item and closing
	{.program = {"a sleeper, an item that wakes nobody, closing", {"R", "Pc"}, 0, 0, 2, 0}},
	{.program = {"a sleeper, closing", {"R", "c"}, 0, 0, 2, 0}},
	{.program = {"a sleeper, cancelling", {"R", "Ek"}, 0, 0, 2, 0}},
	{.program = {"a sleeper, closing, cancelling", {"R", "Eck"}, 0, 0, 2, 0}},
	{.program = {"one sleeps twice", {"DD", "EE"}, 0, 0, 2, 0}},
	{.program = {"a sleeper for room", {"E", "D"}, 0, FULL, 2, 0}},
	{.program = {"a sleeper for room, closing", {"E", "c"}, 0, FULL, 2, 0}},
	{.program = {"a sleeper for room, cancelling", {"E", "k"}, 0, FULL, 2, 0}},
	{.program = {"room and an item", {"EE", "DDD"}, 0, FULL, 1, 0}},
	{.program = {"two sleepers, an item, closing", {"D", "D", "Ec"}, 0, 0, 2, 0}},
	{.program = {"two sleepers, closing", {"D", "D", "c"}, 0, 0, 2, 0}},
	{.program = {"two sleepers, cancelling", {"D", "D", "k"}, 0, 0, 2, 0}},
	{.program = {"two sleepers, a wake each", {"D", "D", "EE"}, 0, 0, 2, 0}},
	{.program = {"two sleepers, one wake for both", {"D", "D", "PPw"}, 0, 0, 2, 0}},
	{.program = {"two sleepers for room, two consumers", {"E", "E", "D", "D"}, 0, FULL, 1, 0}},
	{.program = {"two sleepers for room, closing", {"E", "E", "c"}, 0, FULL, 1, 0}},
	{.program = {"two sleepers, two producers", {"D", "D", "E", "E"}, 0, 0, 2, 0}},
	{.program = {"a sleeper for each side, closing", {"R", "EEc"}, 0, 0, 1, 0}},
	{.program = {"a pool: a root", {"m", "r", "r"}, 0, 0, 2, 0}, .tree = "0"},
	{.program = {"a pool: a chain", {"m", "r", "r"}, 0, 0, 2, 0}, .tree = "110"},
	{.program = {"a pool: two children", {"m", "r", "r"}, 0, 0, 2, 0}, .tree = "200"},
	{.program = {"a pool: two roots", {"m", "r", "r"}, 0, 0, 2, 0}, .tree = "00"},
	{.program = {"a pool: no room for its children", {"m", "r", "r"}, 0, 0, 1, 0},
	 .tree = "3000"},
	{.program = {"a pool: cancelled by a result", {"m", "r", "r"}, 0, 0, 2, 0},
	 .tree = "200",
	 .cancel_at = 1},
	{.program = {"a pool: a worker is missing", {"m", "r", "r"}, 0, 0, 2, 0},
	 .tree = "10",
	 .missing = 1},
	{.program = {0}},
};

/** One operation. */
struct record {
	char letter;
	enum queue_status status;
	unsigned int item;
	struct span span;
	/** Closing or cancelling had begun when it ended. */
	bool ending;
};

/** A node is an item of the pool, and its own result. */
struct tree_node {
	struct pool_item item;
	unsigned int first_child;
	unsigned int children;
};

static struct {
	const struct queue_type *type;
	const struct explore_waiting *waiting;
	/** In memory of the program. */
	struct channel *channel;
	/** Index: thread, and MODEL_MAIN. */
	struct channel_end *ends;
	unsigned int filled;
	unsigned int items[EXPLORE_THREADS];
	struct record records[EXPLORE_OPERATIONS];
	unsigned int count;
	bool ending;

	struct pool *pool;
	struct tree_node *nodes;
	unsigned int node_count;
	unsigned int visits[NODES];
	unsigned int results[NODES];
	unsigned int received;
	int pool_error;
} run;

// Over a channel

/** Runs one operation of a thread. Returns its answer. */
static enum queue_status operate(unsigned int thread, char letter)
{
	struct thread *self = &search.threads[thread];
	struct channel_end *end = &run.ends[thread];
	struct record record = {.letter = letter, .span = search_span(thread)};
	void *item = NULL;
	self->seen_count = 0;
	run.ending = run.ending || letter == 'c' || letter == 'k';
	switch (letter) {
	case 'E':
	case 'P':
		record.item = 100 * (thread + 1) + ++run.items[thread];
		record.status = waiting_code.enqueue(run.channel, end, search_item(record.item));
		if (letter == 'E') {
			waiting_code.wake(run.channel, end, 1);
		}
		break;
	case 'w':
		waiting_code.wake(run.channel, end, run.items[thread]);
		break;
	case 'c':
		channel_close(run.type, run.channel);
		break;
	case 'k':
		channel_cancel(run.type, run.channel);
		break;
	default:
		record.status = waiting_code.dequeue(run.channel, end, &item);
		record.item = search_number(item);
		break;
	}
	record.span.last = self->stamp;
	record.ending = run.ending;
	if (run.count < EXPLORE_OPERATIONS) {
		run.records[run.count++] = record;
	}
	return record.status;
}

static void channel_body(unsigned int thread)
{
	for (const char *letter = search.request->program->threads[thread]; *letter; ++letter) {
		while (operate(thread, *letter) == QUEUE_OK && *letter == 'R') {
		}
	}
}

/** True if a thread may have to wait for room. */
static bool waits_for_room(const struct explore_program *program)
{
	size_t puts = program->filled;
	for (unsigned int i = 0; i < search.thread_count; ++i) {
		for (const char *letter = program->threads[i]; *letter; ++letter) {
			puts += *letter == 'E' || *letter == 'P';
		}
	}
	return puts > program->capacity;
}

/** Creates the channel of the program. 0, or -1 with errno. */
static int prepare_channel(const struct explore_request *request)
{
	const struct explore_program *program = search.request->program;
	struct channel_config config = {
		.queue = {.capacity = program->capacity,
			  .max_threads = search.thread_count + 1,
			  .first_ticket = program->first_ticket},
		.wait = request->wait,
		.waits_for_room = waits_for_room(program),
	};
	heap.label = "channel";
	run.channel = hooked_allocate(sizeof(*run.channel), _Alignof(struct channel), 0);
	heap.label = "counts";
	run.ends = hooked_allocate((EXPLORE_THREADS + 1) * sizeof(*run.ends), 16, 0);
	heap.label = "queue";
	if (channel_create(run.type, run.channel, &config) != 0) {
		return -1;
	}
	heap.label = "handle";
	for (unsigned int i = 0; i <= search.thread_count; ++i) {
		unsigned int end = i < search.thread_count ? i : MODEL_MAIN;
		if (channel_attach(run.type, run.channel, &run.ends[end]) != 0) {
			return -1;
		}
	}
	for (run.filled = 0; run.filled < program->filled && run.filled < EXPLORE_OPERATIONS;) {
		if (run.type->enqueue(run.channel->queue, run.ends[MODEL_MAIN].handle,
				      search_item(run.filled + 1)) != QUEUE_OK) {
			break;
		}
		++run.filled;
	}
	return 0;
}

static bool is_enqueue(const struct record *record)
{
	return record->letter == 'E' || record->letter == 'P';
}

static bool is_dequeue(const struct record *record)
{
	return record->letter == 'D' || record->letter == 'R';
}

/**
 * True if a dequeue took an item. A queue with native waiting does not know of cancelling: the
 * channel drops an item that a consumer has just taken then, and the consumer gets CLOSED.
 */
static bool has_taken(const struct record *record)
{
	bool native = search.request->wait == CHANNEL_NATIVE;
	return is_dequeue(record) && record->item != 0 && (record->status == QUEUE_OK || native);
}

static bool is_before(const struct record *first, const struct record *second)
{
	return first->span.thread == second->span.thread
		       ? first < second
		       : search_is_before(&first->span, &second->span);
}

/** Judges the answer of an operation that waits. */
static void judge_answer(const struct record *record)
{
	bool closed = record->status == QUEUE_CLOSED;
	if (!is_enqueue(record) && !is_dequeue(record)) {
		return;
	}
	const char *what = is_enqueue(record) ? "an enqueue" : "a dequeue";
	if (record->status != QUEUE_OK && !closed) {
		finding_set("%s of thread %u, which waits, answers %d instead of OK or CLOSED",
			    what, record->span.thread, (int)record->status);
	}
	if (closed && !record->ending) {
		finding_set("%s of thread %u answers CLOSED, but the channel was never closed",
			    what, record->span.thread);
	}
	for (unsigned int i = 0; i < run.count && !closed; ++i) {
		const struct record *end = &run.records[i];
		bool over = end->letter == 'k' || (end->letter == 'c' && is_enqueue(record));
		if (over && is_before(end, record)) {
			finding_set("%s of thread %u answers OK, but it began after %s", what,
				    record->span.thread,
				    end->letter == 'k' ? "cancelling" : "closing");
		}
	}
}

/** Judges an item that is inside at the end. */
static void judge_left(unsigned int item)
{
	const struct record *enqueue = NULL;
	const struct record *close = NULL;
	bool told = false;
	for (unsigned int i = 0; i < run.count; ++i) {
		const struct record *record = &run.records[i];
		if (record->letter == 'k') {
			return;
		}
		enqueue = is_enqueue(record) && record->item == item ? record : enqueue;
		close = record->letter == 'c' ? record : close;
		told = told || (is_dequeue(record) && record->status == QUEUE_CLOSED);
	}
	if (told && close && (!enqueue || is_before(enqueue, close))) {
		finding_set("item %u was enqueued before closing and is inside, but a consumer got "
			    "CLOSED",
			    item);
	}
}

/** Checks that each item that was enqueued was dequeued once, or is among those left inside. */
static void judge_items(const unsigned int *left, unsigned int left_count)
{
	unsigned int numbers[2 * EXPLORE_OPERATIONS];
	unsigned int count = 0;
	for (unsigned int i = 0; i < run.filled; ++i) {
		numbers[count++] = i + 1;
	}
	for (unsigned int i = 0; i < run.count; ++i) {
		if (is_enqueue(&run.records[i]) && run.records[i].status == QUEUE_OK) {
			numbers[count++] = run.records[i].item;
		}
	}
	unsigned int came = left_count;
	for (unsigned int i = 0; i < run.count; ++i) {
		came += has_taken(&run.records[i]);
	}
	for (unsigned int i = 0; i < count; ++i) {
		unsigned int times = 0;
		for (unsigned int j = 0; j < run.count; ++j) {
			times += has_taken(&run.records[j]) && run.records[j].item == numbers[i];
		}
		for (unsigned int j = 0; j < left_count; ++j) {
			times += left[j] == numbers[i];
		}
		if (times != 1) {
			finding_set("item %u was enqueued once and dequeued %u times", numbers[i],
				    times);
		}
	}
	if (came != count) {
		finding_set("%u items were enqueued, and %u dequeued", count, came);
	}
}

/** Checks that an eventcount on which no thread waits has neither waiters nor permits. */
static void judge_eventcount(const struct eventcount *eventcount, const char *whose)
{
	uint64_t state;
	memcpy(&state, &eventcount->state, sizeof(state));
	if (state != 0) {
		finding_set(
			"no thread waits for %s, but the eventcount has %u waiters and %u permits",
			whose, eventcount_waiters(state), eventcount_permits(state));
	}
}

static void examine_channel(void)
{
	struct channel *channel = run.channel;
	unsigned int left[EXPLORE_OPERATIONS];
	unsigned int count = 0;
	void *item;
	while (count < EXPLORE_OPERATIONS &&
	       run.type->dequeue(channel->queue, run.ends[MODEL_MAIN].handle, &item) == QUEUE_OK) {
		left[count++] = search_number(item);
		judge_left(search_number(item));
	}
	for (unsigned int i = 0; i < run.count; ++i) {
		judge_answer(&run.records[i]);
	}
	judge_items(left, count);
	judge_eventcount(&channel->items, "items");
	judge_eventcount(&channel->room, "room");
	for (unsigned int i = 0; i < search.thread_count; ++i) {
		channel_detach(run.type, channel, &run.ends[i]);
	}
	channel_detach(run.type, channel, &run.ends[MODEL_MAIN]);
	channel_destroy(run.type, channel);
	hooked_free(run.ends, 0);
	hooked_free(channel, 0);
}

// A pool

static void *start_worker(void *context, unsigned int index)
{
	(void)index;
	return context;
}

static bool visit(void *worker, struct pool_item *item, struct pool_output *output)
{
	(void)worker;
	struct tree_node *node = (struct tree_node *)item;
	++run.visits[node - run.nodes];
	for (unsigned int i = 0; i < node->children; ++i) {
		pool_list_add(&output->items, &run.nodes[node->first_child + i].item);
	}
	pool_list_add(&output->results, item);
	return true;
}

static void receive(void *context, struct pool_item *result)
{
	(void)context;
	++run.results[(struct tree_node *)result - run.nodes];
	if (++run.received == run.waiting->cancel_at) {
		pool_cancel(run.pool);
	}
}

static const struct pool_work pool_work = {.start = start_worker, .step = visit, .result = receive};

static void pool_body(unsigned int thread)
{
	if (search.request->program->threads[thread][0] == 'r') {
		threads_body(thread);
		return;
	}
	run.pool_error = pool_run(run.pool) == 0 ? 0 : errno;
}

/** Creates the tree of the program, and the pool with its roots. 0, or -1 with errno. */
static int prepare_pool(const struct explore_request *request)
{
	const struct explore_program *program = search.request->program;
	struct pool_config config = {
		.threads = search.thread_count - 1,
		.capacity = program->capacity,
		.wait = request->wait,
		.work = &pool_work,
		.context = &run,
	};
	threads_prepare();
	heap.label = "node";
	run.node_count = (unsigned int)strlen(run.waiting->tree);
	run.nodes = hooked_allocate(run.node_count * sizeof(*run.nodes), 16, 0);
	unsigned int roots = run.node_count;
	for (unsigned int i = 0; i < run.node_count; ++i) {
		roots -= (unsigned int)(run.waiting->tree[i] - '0');
	}
	unsigned int next = roots;
	for (unsigned int i = 0; i < run.node_count; ++i) {
		run.nodes[i].first_child = next;
		run.nodes[i].children = (unsigned int)(run.waiting->tree[i] - '0');
		next += run.nodes[i].children;
	}
	heap.label = "pool";
	run.pool = pool_create(waiting_code.pool, &config);
	for (unsigned int i = 0; run.pool && i < roots; ++i) {
		pool_add(run.pool, &run.nodes[i].item);
	}
	return run.pool ? 0 : -1;
}

/** Number of times that a channel was closed: each begins with a compare-and-swap of its state. */
static unsigned int count_closes(const struct channel *channel)
{
	unsigned int closes = 0;
	for (unsigned int i = 0; i < search.depth; ++i) {
		const struct access *access = &search.events[i].access;
		closes += access->kind == ACCESS_UPDATE &&
			  access->address == (uintptr_t)&channel->state &&
			  access->expected == CHANNEL_OPEN;
	}
	return closes;
}

static void examine_pool(void)
{
	struct pool *pool = run.pool;
	bool cancelled = run.waiting->cancel_at > 0;
	const struct pool_stats *stats = pool_stats(pool);
	if (run.pool_error != 0) {
		finding_set("pool_run() fails with errno %d", run.pool_error);
	}
	for (unsigned int i = 0; i < run.node_count; ++i) {
		if (run.visits[i] > 1 || run.visits[i] != run.results[i] ||
		    (!cancelled && run.visits[i] == 0)) {
			finding_set("node %u was visited %u times, and its result was received %u "
				    "times",
				    i, run.visits[i], run.results[i]);
		}
	}
	if (!cancelled && (count_closes(&pool->work) != 1 || count_closes(&pool->results) != 1)) {
		finding_set(
			"the work was closed %u times and the results %u times, instead of once",
			count_closes(&pool->work), count_closes(&pool->results));
	}
	int64_t outstanding;
	memcpy(&outstanding, &pool->outstanding, sizeof(outstanding));
	if (!cancelled && outstanding != 0) {
		finding_set("%d items are outstanding at the end of the pool", (int)outstanding);
	}
	if (stats->started != search.thread_count - 1 - run.waiting->missing) {
		finding_set("%u workers were started", stats->started);
	}
	judge_eventcount(&pool->work.items, "work");
	judge_eventcount(&pool->results.items, "results");
	judge_eventcount(&pool->results.room, "room for results");
	pool_destroy(pool);
	hooked_free(run.nodes, 0);
}

// Both

static void prepare_execution(void)
{
	heap_restore();
	memset(run.items, 0, sizeof(run.items));
	memset(run.visits, 0, sizeof(run.visits));
	memset(run.results, 0, sizeof(run.results));
	run.received = 0;
	run.count = 0;
	run.ending = false;
	threads_begin(search.thread_count - 1 - run.waiting->missing);
}

/** Runs one execution. False if it repeats another one. */
static bool execute(struct explore_result *result)
{
	(void)result;
	bool is_pool = run.waiting->tree;
	prepare_execution();
	bool whole = search_execute(is_pool ? pool_body : channel_body);
	if (whole && search.stuck) {
		search_fail_stuck();
	}
	if (!whole || search.finding[0]) {
		return whole;
	}
	if (is_pool) {
		examine_pool();
	} else {
		examine_channel();
	}
	if (heap_blocks() > (is_pool ? 1 : 0)) {
		finding_set("%u blocks are never freed", heap_blocks() - is_pool);
	}
	return whole;
}

int waiting_run(const struct queue_type *type, const struct explore_request *request,
		struct explore_result *result)
{
	*result = (struct explore_result){0};
	run.type = type;
	// Its first member
	run.waiting = (const struct explore_waiting *)request->program;
	if (search_begin(request) != 0) {
		return -1;
	}
	if ((run.waiting->tree ? prepare_pool(request) : prepare_channel(request)) != 0) {
		return -1;
	}
	heap.label = "block";
	heap_save();
	search_run(type, request, result, execute);
	return 0;
}
