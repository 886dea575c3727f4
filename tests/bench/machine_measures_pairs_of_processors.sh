#!/usr/bin/env bash
# `qbench machine --matrix` measures each pair of processors, and ends in time. One processor has no pair.

source "$(dirname "$0")/lib.sh"

run machine --matrix --json
((status == 0)) || fail "status $status"
jq -e '.bounces | (.processors | length) as $n | $n > 0 and (.round_trip_ns | length) == $n and
	. as $all | [range($n)] | all(. as $i | ($all.round_trip_ns[$i] | length) == $n and
		$all.round_trip_ns[$i][$i] == null and
		all(range($n); $all.round_trip_ns[$i][.] == $all.round_trip_ns[.][$i]))' out >/dev/null ||
	fail "no matrix with two like halves: $(jq -c .bounces out)"
jq -e '.processor.available as $n | .bounces | (.processors | unique | length) + .left_out == $n' out >/dev/null ||
	fail "processors are neither measured nor left out: $(jq -c .bounces out)"
jq -e '.bounces.round_trip_ns | flatten | map(select(. != null)) | all(. > 0)' out >/dev/null ||
	fail "a round trip takes no time: $(jq -c .bounces out)"

# A pair may fail to meet on a busy machine, but not again and again
if (($(nproc) > 1)); then
	for attempt in {1..20}; do
		run machine --matrix --json
		((status == 0)) || fail "status $status"
		! jq -e '[.bounces.round_trip_ns[][] | numbers] | length > 0' out >/dev/null || break
		((attempt < 20)) || fail "no pair is measured: $(jq -c .bounces out)"
	done
	run machine --matrix
	((status == 0)) || fail "status $status"
	grep -q '^Round trip of a cache line between two processors' out || fail "no matrix for people"
fi

run machine
! grep -q 'Round trip' out || fail "a matrix without --matrix"
expect 2 '^Usage: qbench machine' machine --matrix --matrices

taskset -c "$(taskset -cp $$ | grep -oE '[0-9]+$')" "$program" machine --matrix >out 2>err || fail "one processor: status $?"
grep -q 'one processor, so there is no pair' out || fail "one processor is not told"
