#!/usr/bin/env bash
# A table says which queues that were asked for are not in it, and what they offer instead.

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
grep -qx 'out   vyukov, which offers to wait by spin yield park' out ||
	fail "the table of native waits does not say why vyukov is left out"
jq -e '.left_out | map([.queue, .workload]) == [["vyukov", "idle"]]' results.json >/dev/null ||
	fail "a workload that knows no such wait is said to be without a queue"
