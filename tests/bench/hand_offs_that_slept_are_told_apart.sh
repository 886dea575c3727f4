#!/usr/bin/env bash
# Times of hand-offs for which a thread slept are apart from those of the others: in samples, tables and the report.

source "$(dirname "$0")/lib.sh"

# measure QUEUE WORKLOADS WAITS WORK: one sample of each cell, in results.json
measure() {
	run run -q "$1" --workloads="$2" --threads=2 --wait="$3" --work="$4" --rounds=1 \
		--duration=100 --warm-up=10 -o results.json
	((status == 0)) || fail "status $status"
}

# for_all FILTER: true if the filter holds for all samples, each with its cell in .cell
for_all() {
	jq -e "[.cells[] as \$cell | \$cell.samples[] | .cell = \$cell] | length > 0 and all($1)" results.json >/dev/null
}

# holds WHAT FILTER: fails unless the filter holds for all samples
holds() {
	for_all "$2" ||
		fail "$1: $(jq -c '.cells[] | [.queue, .workload, .wait, (.samples[] | .slept_ns, .awake_ns)]' results.json)"
}

# Polling threads do not sleep
measure vyukov pingpong spin,yield 0
holds "a polling thread slept" 'has("slept_ns") or has("awake_ns") | not'

# With 50 µs of work on either side, the other one sleeps, unless other programs keep it from running so long
slept='.cell.floor or .slept_ns.count > 0.8 * .latency_ns.count'
for attempt in {1..10}; do
	measure mutex_ring pingpong,idle native 50000
	! for_all "$slept" || break
done
if /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
	/usr/bin/python3 "$sources/tests/validate.py" "$sources/bench/results/schema.json" results.json 2>err ||
		fail "results.json does not fit the schema"
fi
holds "both kinds are not all" '.cell.floor or .slept_ns.count + .awake_ns.count == .latency_ns.count'
holds "a thread that had to wait for long did not sleep" "$slept"
holds "the producer's sleeps are not timed" '.cell.floor or (.nap_late_ns > 0) == (.cell.workload == "idle")'
holds "sleeps are not counted" '.cell.floor or .parks >= .slept_ns.count'
grep -qE '^ +slept +1?[0-9]{2} %' out || fail "the table does not tell of sleeps: $(cat out)"
run report -o page results.json
((status == 0)) || fail "report: status $status"
grep -qE '^\| mutex_ring \| native \| 1:1 \| slept \| [0-9.]+ \| ' page/REPORT.md || fail "the report does not tell of sleeps"

# Without work, some round trips do not sleep
if (($(nproc) > 1)); then
	for attempt in {1..10}; do
		measure vyukov pingpong park 0
		jq '[.cells[] | select(.queue == "vyukov") | .samples[]]' results.json >samples
		! jq -e 'any(.awake_ns.count > 0 and .slept_ns.count > 0)' samples >/dev/null || break
		((attempt == 10)) || continue
		jq -e 'length > 0 and all((.awake_ns.count // 0) == 0 and .slept_ns.count > 0)' samples >/dev/null ||
			fail "no sample has both kinds: $(jq -c '.cells[].samples[] | .slept_ns, .awake_ns' results.json)"
		echo "skipped: other programs took a processor, so that each of the hand-offs slept, ten times"
		exit 77
	done
fi
