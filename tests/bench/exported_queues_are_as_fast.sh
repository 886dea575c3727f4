#!/usr/bin/env bash
# An exported queue is as fast as the built-in one: a module whose operations are those of the exported header runs
# in the pairwise loop beside the queue itself, sample by sample.
# not-under: asan tsan (it is about time)

source "$(dirname "$0")/lib.sh"

build=$(dirname "$program")
# With one loop a module is soon compiled
mkdir -p build/bench/workload/loops
ln -s "$build/src" build/src
printf '#include "workload/loops/pairwise.c"\n#define LOOPS &loop_pairwise,\n' >build/bench/workload/loops/loops.inc

# make QUEUE: a module of the exported queue
make() {
	local needs flags
	"$program" export "$1" --prefix=exported >/dev/null
	cat >"exported_$1.c" <<-END
		// unexplored: it only calls the header
		#include "$1_queue.h"
		#include "queue.h"

		static struct queue *create(const struct queue_config *config)
		{
			return (struct queue *)exported_create(config->capacity, config->max_threads);
		}
		static void destroy(struct queue *queue)
		{
			exported_destroy((struct exported *)queue);
		}
		static size_t capacity(const struct queue *queue)
		{
			(void)queue;
			return 0;
		}
		static struct queue_handle *attach(struct queue *queue)
		{
			return (struct queue_handle *)exported_attach((struct exported *)queue);
		}
		static void detach(struct queue *queue, struct queue_handle *handle)
		{
			exported_detach((struct exported *)queue, (struct exported_end *)handle);
		}
		QUEUE_OP enum queue_status enqueue(struct queue *queue, struct queue_handle *handle, void *item)
		{
			return (enum queue_status)exported_enqueue((struct exported *)queue, (struct exported_end *)handle, item);
		}
		QUEUE_OP enum queue_status dequeue(struct queue *queue, struct queue_handle *handle, void **item)
		{
			return (enum queue_status)exported_dequeue((struct exported *)queue, (struct exported_end *)handle, item);
		}
		QUEUE_EXPORT(exported_$1) = {
			.name = "exported_$1", .title = "exported", .source = "qbench export", .order = QUEUE_FIFO,
			.create = create, .destroy = destroy, .capacity = capacity, .attach = attach, .detach = detach,
			.enqueue = enqueue, .dequeue = dequeue,
		};
	END
	needs=$(sed -n "1s/.*_example\( \|\$\)//p" "$1_example.c")
	eval "flags=($needs)"
	BUILD=$work/build "$sources/scripts/module.sh" "exported_$1.c" -I"$work" "${flags[@]}" >/dev/null 2>err ||
		fail "no module can be made of the exported $1"
}

# Without state of a thread, and with
queues=(vyukov ms_queue)
for queue in "${queues[@]}"; do
	make "$queue"
done
run run "--queues=vyukov,ms_queue,./exported_vyukov.so,./exported_ms_queue.so" --workloads=pairwise --threads=1 --wait=spin \
	--duration=10 --warm-up=3 --rounds=15 -o run.json
((status == 0)) || fail "qbench run: status $status"
for queue in "${queues[@]}"; do
	# What an item costs by what it costs built in, round by round, in ascending order. The true median is below the
	# fourth of 15 in 1 of 57 cases
	jq -r --arg queue "$queue" '
		[.cells[] | select(.queue | endswith($queue) or endswith("\($queue).so"))]
		| sort_by(.queue | contains("exported"))
		| map(.samples | map(select(.verdict == "ok") | {(.round | tostring): .value}) | add) as [$built_in, $exported]
		| [$exported | keys[] | select($built_in[.]) | $built_in[.] / $exported[.]] | sort[]' run.json >ratios
	mapfile -t ratios <ratios
	echo "$queue: exported, an item costs ${ratios[7]-nothing} [${ratios[3]-} ${ratios[11]-}] times what it costs built in"
	if ((${#ratios[@]} != 15)) || ! jq -en "${ratios[3]} < 1.25" >/dev/null; then
		! grep 'the machine is busy' err || exit 77
		fail "$queue is slower when it is exported, or was not measured"
	fi
done
