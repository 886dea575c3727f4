#!/usr/bin/env bash
# A run with a time takes more rounds of queues that may be as good, and none of one that is slower for sure.
# not-under: asan tsan (they make all queues slow)
# waits: for samples, of one thread each
# seconds: 10

source "$(dirname "$0")/lib.sh"

slow=$fakes/naps.so
names=$(printf '%s=vyukov,' a b c d e f g h)
# A busy machine has fewer rounds in a time
for time in 8s 30s 120s; do
	run run --queues="$names$slow" --workloads=pairwise --threads=1 --wait=spin --duration=1 --warm-up=1 --time=$time -o run.json
	((status == 0)) || fail "status $status"
	read -r its least most < <(jq -r --arg slow "$slow" '
		[.cells[] | select(.floor | not) | {queue, rounds: (.samples | length)}]
		| (map(select(.queue == $slow))[0].rounds) as $its
		| map(select(.queue != $slow).rounds)
		| "\($its) \(min) \(max)"' run.json)
	((least <= 12)) || break
done
((its == 12)) || fail "$its rounds of a queue that costs many times as much, and $most of vyukov"
((least > its)) || fail "no more than $least rounds of vyukov by another name"
jq -e --arg slow "$slow" '.cells[] | select(.queue == $slow).summary
	| .verdict == "slower" and .rounds == 12 and .rounds_needed == 12' run.json >/dev/null ||
	fail "it is not slower: $(jq -c --arg slow "$slow" '.cells[] | select(.queue == $slow).summary' run.json)"
