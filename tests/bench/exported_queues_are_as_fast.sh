#!/usr/bin/env bash
# An exported queue is as fast as the built-in one: a module whose operations are those of the exported header runs
# in the pairwise loop beside the queue itself, sample by sample.
# not-under: asan tsan (it is about time)
#
# How fast exactly is no test but a benchmark, for a quiet machine, of eight minutes. It prints a line for each queue
# that can be exported: what an item costs with the header, by what it costs with the queue itself.
#
#     tests/bench/exported_queues_are_as_fast.sh build/release/qbench build/release/fakes --bench [QUEUE]...

source "$(dirname "$0")/lib.sh"

build=$(dirname "$program")
# With one loop a module is soon compiled
mkdir -p build/bench/workload/loops
ln -s "$build/src" build/src
printf '#include "workload/loops/pairwise.c"\n#define LOOPS &loop_pairwise,\n' >build/bench/workload/loops/loops.inc

# make QUEUE [BEFORE]: exported_QUEUE.so, a module of the exported queue; BEFORE is done in each enqueue
make() {
	local needs flags
	[[ -e $1_queue.h ]] || "$program" export "$1" --prefix=exported >/dev/null
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
			${2-}
			return (enum queue_status)exported_enqueue((struct exported *)queue, (struct exported_end *)handle, item);
		}
		QUEUE_OP enum queue_status dequeue(struct queue *queue, struct queue_handle *handle, void **item)
		{
			return (enum queue_status)exported_dequeue((struct exported *)queue, (struct exported_end *)handle, item);
		}
		QUEUE_EXPORT(exported_$1) = {
			.name = "exported_$1", .title = "exported", .source = "qbench export", .order = QUEUE_FIFO,
			.create = create, .destroy = destroy, .attach = attach, .detach = detach,
			.enqueue = enqueue, .dequeue = dequeue,
		};
	END
	needs=$(sed -n "1s/.*_example\( \|\$\)//p" "$1_example.c")
	eval "flags=($needs)"
	BUILD=$work/build "$sources/scripts/module.sh" "exported_$1.c" -I"$work" "${flags[@]}" >/dev/null 2>err ||
		fail "no module can be made of $1"
}

# measure ROUNDS NAME...: run.json
measure() {
	run run "--queues=$(IFS=, && echo "${*:2}")" --workloads=pairwise --threads=1 --wait=spin --duration=10 --warm-up=3 \
		"--rounds=$1" -o run.json
	((status == 0)) || fail "qbench run: status $status"
}

# compare NAME BY OUT: what an item costs with NAME by what it costs with BY, round by round: `middle`, and `low` and
# `high`, which leave out OUT ratios at each end. All are empty if too few rounds have both
compare() {
	local ratios
	jq -r --arg name "$1" --arg by "$2" '
		def rates($queue): [.cells[] | select(.queue == $queue) | .samples[] | select(.verdict == "ok")
			| {(.round | tostring): .value}] | add // {};
		rates($by) as $before | rates($name) as $after
		| [$after | keys[] | select($before[.]) | $before[.] / $after[.]] | sort[]' run.json >ratios
	mapfile -t ratios <ratios
	middle='' low='' high=''
	if ((${#ratios[@]} > 2 * $3)); then
		middle=${ratios[${#ratios[@]} / 2]} low=${ratios[$3]} high=${ratios[${#ratios[@]} - 1 - $3]}
	fi
}

if [[ ${3-} == --bench ]]; then
	queues=("${@:4}")
	((${#queues[@]})) || mapfile -t queues < <("$program" export --list | awk 'NR > 1 && !/cannot be exported/ { print $1 }')
	printf '%-17s %s\n' queue 'cost, by that of the queue itself'
	for queue in "${queues[@]}"; do
		make "$queue"
		# The true median is below the 16th of 45 in 1 of 56 cases
		measure 45 "$queue" "./exported_$queue.so"
		compare "./exported_$queue.so" "$queue" 15
		printf '%-17s %.3f (%.3f, %.3f)\n' "$queue" "${middle:-nan}" "${low:-nan}" "${high:-nan}"
	done
	exit 0
fi

# Without state of a thread, and with
queues=(vyukov ms_queue)
for queue in "${queues[@]}"; do
	make "$queue"
done
measure 15 "${queues[@]}" ./exported_vyukov.so ./exported_ms_queue.so
for queue in "${queues[@]}"; do
	# The true median is below the fourth of 15 in 1 of 57 cases
	compare "./exported_$queue.so" "$queue" 3
	echo "$queue: exported, an item costs ${middle:-nothing} [$low $high] times what it costs built in"
	if [[ ! $middle ]] || ! jq -en "$low < 1.25" >/dev/null; then
		! grep -h 'the machine is busy\|The machine was busy' err out || exit 77
		fail "$queue is slower when it is exported, or was not measured"
	fi
done

# What is slow is found to be
make vyukov 'for (int i = 0; i < 100; ++i) { __asm__ volatile("" : "+r"(i)); }'
measure 15 vyukov ./exported_vyukov.so
compare ./exported_vyukov.so vyukov 3
echo "vyukov, slowed: ${middle:-nothing} [$low $high]"
if [[ ! $middle ]] || ! jq -en "$low >= 1.25" >/dev/null; then
	! grep -h 'the machine is busy\|The machine was busy' err out || exit 77
	fail "a slow header is not found, or was not measured"
fi
