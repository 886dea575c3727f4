#!/usr/bin/env bash
# A table names the requested queues that are not in it, and what they offer instead.
# not-under: tsan (qbench itself has one thread; other tests run samples and checks there)
# seconds: 20

source "$(dirname "$0")/lib.sh"

quick=(--rounds=1 --duration=5 --warm-up=0)

run run --queues=spsc_ring,vyukov --workloads=pairwise --threads=1,4 "${quick[@]}" -o results.json
((status == 0)) || fail "status $status"
[[ $(grep -c '^out ' out) == 1 ]] || fail "one table of the two is without one queue"
sed -n '/^pairwise: 4 threads/,/^$/p' out |
	grep -qx 'out   spsc_ring, which serves 1 producer and 1 consumer at once' ||
	fail "the table of 4 threads does not say why spsc_ring is left out"
jq -e '.left_out | map([.queue, .workload, .threads]) == [["spsc_ring", "pairwise", 4]]' results.json >/dev/null ||
	fail "the file says something else"

run run --queues=mutex_ring,vyukov --workloads=empty,idle --threads=2 --wait=native "${quick[@]}" \
	-o results.json
((status == 0)) || fail "status $status"
grep -qx 'out   vyukov, which offers to wait by spin, yield, park' out ||
	fail "the table of native waits does not say why vyukov is left out"
jq -e '.left_out | map([.queue, .workload]) == [["vyukov", "idle"]]' results.json >/dev/null ||
	fail "a workload that knows no such wait is said to be without a queue"

# Parts of batches could fill the queue, so that no thread can complete its batch
for settings in 1:63:64 2:64:64 4:100:64 4:63:16; do
	IFS=: read -r threads capacity batch <<<"$settings"
	run run --queues=mutex_ring --workloads=batch --threads="$threads" --capacity="$capacity" --rounds=2 \
		--duration=20 --warm-up=0 -o results.json
	((status == 0)) || fail "status $status with $threads threads and $capacity slots"
	grep -q "batch is left out with batches of $batch: one for each of $threads thread.* $capacity slots" err ||
		fail "batches of $batch are not said to be left out with $threads threads and $capacity slots"
	jq -e --argjson batch "$batch" 'all(.cells[]; .batch < $batch and .summary.verdict != "void")' results.json \
		>/dev/null || fail "batches of $batch were measured with $threads threads and $capacity slots"
done

# A workload of two threads says so where others are asked for
run run --queues=vyukov --workloads=pingpong --wait=park --threads=4 --rounds=1 --duration=2 --warm-up=1
((status == 0)) || fail "status $status"
grep -q 'pingpong has two threads, whatever --threads says' err || fail "it is not said that pingpong has two threads"
