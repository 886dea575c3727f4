#!/usr/bin/env bash
# The workload rank measures how far a queue strays from FIFO: in samples, summaries, tables and CSV, and in virtual
# time. A FIFO does not stray at all.
# not-under: tsan (qbench itself has one thread; other tests run samples there)

source "$(dirname "$0")/lib.sh"

run run --queues=vyukov,ms_queue,sharded,dcbo --workloads=rank --threads=2 --rounds=2 --duration=20 --warm-up=20 -o run.json
((status == 0)) || fail "qbench run: status $status"
ranks='.cells[] | select(.floor | not) | select(.queue == $queue) | .summary.rank_error'
for queue in vyukov ms_queue; do
	jq -e --arg queue $queue "$ranks | .mean == 0 and .worst == 0 and .items > 0" run.json >/dev/null ||
		fail "$queue strays: $(jq -c --arg queue $queue "$ranks" run.json)"
done
for queue in sharded dcbo; do
	jq -e --arg queue $queue "$ranks | .mean > 0 and .p99 <= .worst and .mean <= .worst" run.json >/dev/null ||
		fail "$queue does not stray: $(jq -c --arg queue $queue "$ranks" run.json)"
done
jq -e '[.cells[] | select(.floor) | .samples[], .summary | has("rank_error")] | any | not' run.json >/dev/null ||
	fail "a floor strays"
grep -qE ' +rank +error +items' out || fail "the table has no columns: $(cat out)"
run report -o report run.json
head -n 1 report/cells.csv | grep -q ',rank_error_mean,rank_error_p99,rank_error_worst$' || fail "no columns in cells.csv"
if command -v gnuplot >/dev/null; then
	for file in report/{report.html,m1-order-plot.svg}; do
		grep -q 'What does a queue gain that keeps less order?' "$file" || fail "$file has no throughput over rank error"
	done
	grep -qF '](m1-order-plot.svg)' report/REPORT.md || fail "REPORT.md has no throughput over rank error"
fi

run run --queues=sharded --workloads=pairwise --threads=2 --rounds=1 --duration=2 -o pairs.json
jq -e '.cells[0] | (.summary, .samples[0]) | has("rank_error") | not' pairs.json >/dev/null || fail "pairwise has rank errors"

[[ ! $sanitizer ]] || exit 0 # there are no simulating modules
run simulate --no-self-check --machine=zen3-5950x --queues=vyukov,sharded,dcbo --workloads=rank --threads=8 --time=200 --seeds=1 -o simulated.json
((status == 0)) || fail "qbench simulate: status $status"
jq -e '.rows | map({(.queue): .rank_error}) | add | .vyukov.worst == 0 and .sharded.mean > .dcbo.mean and .dcbo.mean > 0' \
	simulated.json >/dev/null || fail "simulated: $(jq -c '.rows[] | [.queue, .rank_error]' simulated.json)"
grep -qE '^dcbo +8 +[0-9.]+ +[0-9]+ +[0-9]+$' out || fail "no rank errors below the table: $(cat out)"
echo "queues that stray say by how much"
