#!/usr/bin/env bash
# What was simulated has a section of its own beside what was measured, and is of no machine of the report.
# not-under: tsan (reports_are_the_same_on_one_processor has the threads of a report)

source "$(dirname "$0")/lib.sh"

# cell QUEUE THREADS RATE [MORE]
cell() {
	printf '{"machine": "big", "workload": "mixed", "queue": "%s", "threads": %s, "items_per_second": %s,
		"items_per_second_least": %s, "items_per_second_most": %s%s}' "$1" "$2" "$3" "$3" "$3" "${4-}"
}
printf '{"format": "qbench-simulation/1", "simulated": true, "near_within": 1.75, "self_check": {"geometric_error": 3.25, "figures": 8},
	"machines": [{"name": "big", "workload": "mixed", "processors": 64, "validated": "on figures of others"}],
	"rows": [%s, %s, %s, %s], "leaders": [%s, %s, %s]}' "$(cell vyukov 16 2e6)" "$(cell scq 16 3e6)" "$(cell vyukov 64 null)" \
	"$(cell scq 64 1e6 ', "producers": 63, "consumers": 1')" \
	"$(cell scq 16 3e6 ', "second": "vyukov", "ahead": 1.5, "near": ["vyukov", "lcrq"]')" \
	"$(cell scq 48 1e6 ', "producers": 47, "consumers": 1, "second": null, "ahead": null, "near": []')" \
	"$(cell scq 64 25e5 ', "second": null, "ahead": null, "near": []')" >simulate.json
run report -o . simulate.json
((status == 0)) || fail "status $status"
says() {
	grep -qF -- "$1" REPORT.md || fail "the report does not say '$1'"
}
says 'no measurement, and not ranked with any'
says '| simulated: big | mixed | 16 | scq | 3.00 M/s | 3.00 to 3.00 | vyukov, lcrq | 1.5 × vyukov |'
says '| simulated: big | mixed | 64 | scq | 2.50 M/s | 2.50 to 2.50 | none | – |'
says '| simulated: big | mixed | 47:1 | scq | 1.00 M/s | 1.00 to 1.00 | none | – |'
says '| measured: this machine | producers_consumers | 2 | not measured |'
says 'big was validated so: on figures of others.'
says 'A leader that is less than 1.75 times as fast as another queue is tied with it'
says 'off by a factor of 3.25, the geometric mean over 8 measured figures'
if command -v gnuplot >/dev/null; then
	grep -q 'threads, simulated' m1-larger-plot.svg || fail 'the plot does not say that it is simulated'
fi

# It makes no machine where others are, and no row of the answer
"$program" machine --json >machine.json 2>/dev/null
for model in One Other; do
	jq --arg model "$model" '{format: "qbench-trees/1", machine: (.processor.model = $model), trees: [{name: "t", shape: "s",
		rounds: {rounds: 3, commands: [{name: "scq", wall_ms: {median: 1}, samples: {wall_ms: [1, 1, 1]}}]}}]}' \
		machine.json >"$model.json"
done
run report -o . One.json Other.json simulate.json
((status == 0)) || fail "status $status: $(cat err)"
(($(grep -c '^### On larger machines' REPORT.md) == 2)) || fail 'what was simulated counts as a machine'
if grep -q 'unknown machine' REPORT.md; then
	fail 'what was simulated is of an unknown machine'
fi
if grep -q '^| scq | 1.00' REPORT.md; then
	fail 'a simulated queue is ranked'
fi

for change in 'del(.rows[0].queue)' '.rows[0].threads = 0' '.leaders[0].items_per_second = null' '.leaders[0].items_per_second = -1' \
	'.rows[3].producers = 64' '.machines = []' 'del(.machines[0].validated)'; do
	jq "$change" simulate.json >lacking.json
	expect 2 'lacking.json: .*not whole' report -o . lacking.json
done

# Files of before say neither how the model did here nor what it tells apart
jq 'del(.near_within, .self_check)' simulate.json >older.json
run report -o . older.json
((status == 0)) || fail "status $status with an older file"
says 'big was validated so: on figures of others.'
if grep -qE 'times as fast as another queue|off by a factor' REPORT.md; then
	fail 'the report says what an older file does not'
fi

# The report reads what simulate writes
if [[ ! $sanitizer ]]; then
	run simulate --no-self-check --machine=zen3-5950x -q scq,vyukov --threads=4,16 --time=50 -o own.json
	run report -o . own.json
	((status == 0)) || fail "status $status with what simulate writes"
	says '| simulated: zen3-5950x | producers_consumers | 16 | scq |'
	says "less than $(jq .near_within own.json) times as fast"
fi
