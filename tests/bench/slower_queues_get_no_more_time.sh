#!/usr/bin/env bash
# A run with a time takes more rounds of queues that may be as good, and none of one that is slower for sure.
# not-under: asan tsan (they make all queues slow)
# waits: for samples, of one thread each
# seconds: 5

source "$(dirname "$0")/lib.sh"

names=$(printf '%s=vyukov,' a b c d e f g h)
run run --queues="${names}pipe" --workloads=pairwise --threads=1 --wait=spin --duration=1 --warm-up=1 --time=4s -o run.json
((status == 0)) || fail "status $status"
read -r slow least most < <(jq -r '
	[.cells[] | select(.floor | not) | {queue, rounds: [.samples[].round]}]
	| (map(select(.queue == "pipe"))[0].rounds | length) as $slow
	| map(select(.queue != "pipe").rounds)
	| "\($slow) \(map(length) | min) \(map(length) | max)"' run.json)
if ((most <= 12)); then
	echo "SKIPPED: the machine is busy: $most rounds in time"
	exit 77
fi
((slow == 12)) || fail "$slow rounds of pipe, which costs many times as much, and $most of vyukov"
((least > slow)) || fail "no more than $least rounds of vyukov by another name"
jq -e '.cells[] | select(.queue == "pipe").summary | .verdict == "slower" and .rounds == 12 and .rounds_needed == 12' run.json >/dev/null ||
	fail "pipe is not slower: $(jq -c '.cells[] | select(.queue == "pipe").summary' run.json)"
