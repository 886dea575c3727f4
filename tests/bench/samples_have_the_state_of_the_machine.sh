#!/usr/bin/env bash
# Samples say when and where they began, and have probes of the machine before and after. The files fit
# the schema. Files without any of this are read.
# not-under: tsan (qbench itself has one thread; other tests run samples and checks there)
# seconds: 30

source "$(dirname "$0")/lib.sh"

# measure WORKLOADS PLACE THREADS ATTEMPT: two samples of each cell, in results.json
measure() {
	run run -q vyukov,mutex_ring --workloads="$1" --work=0 --place="$2" --threads="$3" --wait=spin --rounds=2 \
		--duration=100 --warm-up=10 --seed="$4" -o results.json
	((status == 0)) || fail "status $status"
}

# holds WHAT FILTER: fails unless the filter holds for all samples, each with its cell in .cell
holds() {
	jq -e "[.cells[] as \$cell | \$cell.samples[] | .cell = \$cell] | length > 0 and all($2)" results.json >/dev/null ||
		fail "$1: $(jq -c '[.cells[].samples[] | del(.latency_ns)]' results.json)"
}

for place in none package; do
	measure pairwise,pingpong $place 1,2 1
	if /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
		/usr/bin/python3 "$sources/tests/validate.py" "$sources/bench/results/schema.json" results.json 2>err ||
			fail "results.json does not fit the schema"
	fi
	holds "a sample did not begin somewhere" '(.processors | split(" ") | length) == .cell.threads'
	holds "a sample has no fetch-and-add" '.add_before_ns > 0 and .add_after_ns > 0'
	holds "one thread has a bounce" '.cell.threads > 1 or (has("bounce_before_ns") or has("bounce_after_ns") | not)'
	# Samples are taken one after the other
	jq -e '[.cells[].samples[].began_s] | sort as $times | $times[0] > 0 and $times[-1] < 3000 and
		([range(1; length)] | all($times[.] - $times[. - 1] > 0.11))' results.json >/dev/null ||
		fail "samples did not begin one after the other: $(jq -c '[.cells[].samples[].began_s]' results.json)"
done
if (($(nproc) > 1)); then
	holds "two threads began on one processor" '.cell.threads < 2 or (.processors | split(" ") | unique | length) == 2'
	# While the machine is busy, some have no bounce
	for attempt in {1..10}; do
		measure pairwise,pingpong package 2 "$attempt"
		! jq -e '[.cells[].samples[] | select(.bounce_before_ns > 0 and .bounce_after_ns > 0)] | length > 0' \
			results.json >/dev/null || break
		((attempt < 10)) || fail "no sample has a bounce before and after"
	done
fi

# A pool starts its threads itself
measure replay none 2 1
holds "a worker of a pool did not begin somewhere" '(.processors | split(" ") | length) == 2'

# A file of before
jq 'del(.cells[].samples[] | .began_s, .processors, .bounce_before_ns, .bounce_after_ns, .add_before_ns,
	.add_after_ns)' results.json >older.json
for file in older results; do
	run report -o $file $file.json
	((status == 0)) || fail "$file.json is not read: status $status"
done
head -n 1 results/samples.csv | grep -q ',began_s,processors,bounce_before_ns,bounce_after_ns,' || fail "samples.csv lacks columns"
grep -q ',,"",,,,$' older/samples.csv || fail "older samples have a state"
