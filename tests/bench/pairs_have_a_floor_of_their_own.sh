#!/usr/bin/env bash
# The floor of a round trip hands numbers over. The floors of other workloads give back what was put in. The floor
# of funnels is measured where it is named. Under load the floor is how late a producer is, and p99.9 is the value.
# not-under: tsan (qbench itself has one thread; other tests run samples and checks there)

source "$(dirname "$0")/lib.sh"

run run -q vyukov --workloads=pingpong,pairwise,idle --threads=2 --rounds=2 --duration=50 --warm-up=10 -o floors.json
((status == 0)) || fail "status $status"
floors() {
	jq -r "[.cells[] | select(.floor and .workload == \"$1\") | .queue] | unique | join(\" \")" floors.json
}
[[ $(floors pingpong) == floor_bounce ]] || fail "the floors of pingpong are: $(floors pingpong)"
[[ $(floors pairwise) == "floor_cas floor_empty floor_faa" ]] || fail "the floors of pairwise are: $(floors pairwise)"
[[ -z $(floors idle) ]] || fail "the floors of idle are: $(floors idle)"
jq -e '[.cells[] | select(.queue == "floor_bounce") | .samples[]] | length > 0 and
	all(.verdict == "ok" and .value > 0 and .delivered > 0 and .latency_ns.count > 0)' floors.json >/dev/null ||
	fail "a floor of pingpong delivers nothing"
run run -q floor_funnel --workloads=pairwise --threads=2 --rounds=1 --duration=20 --warm-up=5 -o named.json
jq -e '[.cells[] | select(.queue == "floor_funnel") | .samples[]] | length > 0 and all(.verdict == "ok" and .value > 0)' \
	named.json >/dev/null || fail "floor_funnel is not measured where it is named"
# Nothing is ready at once: two threads have looked in vain
jq -e '[.cells[] | select(.queue == "floor_bounce" and .wait == "spin") | .samples[]] | all(.empty > 0)' floors.json >/dev/null ||
	fail "the floor of pingpong does not wait for the other thread"
run run -q vyukov --workloads=open_loop --threads=1:1 --load=50 --wait=spin --rounds=1 --duration=20 --warm-up=5 -o load.json
jq -e '[.cells[] | select(.floor) | .queue] == ["floor_empty"] and ([.cells[].samples[] |
	.verdict == "ok" and .delivered > 0 and .latency_ns.p50 > 0 and .value == .latency_ns.p999] | all)' load.json >/dev/null ||
	fail "open_loop has not the floor without anything, or another value than p99.9"
