#!/usr/bin/env bash
# A report finds the cells of a situation in whatever file has them, and shows those of a workload that
# several files have.
# not-under: tsan (reports_are_the_same_on_one_processor has the threads of a report)

source "$(dirname "$0")/lib.sh"

samples=(--queues=vyukov,scq --rounds=2 --duration=1 --warm-up=1)
run run "${samples[@]}" --workloads=open_loop --load=50 --threads=1:1 --wait=spin -o tail.json
((status == 0)) || fail "qbench run: status $status"
run run "${samples[@]}" --workloads=open_loop --load=10,80,95 --threads=1:1 --wait=spin -o loads.json
((status == 0)) || fail "qbench run: status $status"
run run "${samples[@]}" --workloads=producers_consumers --threads=1:1,2:1 -o situations.json
((status == 0)) || fail "qbench run: status $status"
run run "${samples[@]}" --workloads=producers_consumers --threads=1:2 -o threads.json
((status == 0)) || fail "qbench run: status $status"

for order in 'tail loads situations threads' 'threads loads tail situations'; do
	read -ra files <<<"$order"
	run report -o page "${files[@]/%/.json}"
	((status == 0)) || fail "qbench report: status $status"
	grep -E '^\| Tail latency at half load: p99.9 \| undecided among 2 \| none \| (vyukov|scq), spin \+0 %; (vyukov|scq), spin ' page/REPORT.md >/dev/null ||
		fail "half load is not found, with $order"
	for load in 10 50 80 95; do
		[[ $(grep -cE "^\| (vyukov|scq) \| spin \| 1:1 \| $load \|" page/REPORT.md) == 2 ]] || fail "load $load is not shown, with $order"
	done
	grep -qE '^\| Many producers, one consumer \| undecided among 2 \| none \| (vyukov|scq), [a-z]+ \+0 %; (vyukov|scq), ' page/REPORT.md || fail "two producers are not found, with $order"
	grep -A3 -m1 -F 'producers_consumers: some threads enqueue' page/REPORT.md >/dev/null || fail "no plot of throughput"
	! grep -q 'holds in' page/REPORT.md || fail "files with other cells are other runs, with $order"
done

# Of two runs of one group, one is shown
jq '.started = "2026-11-25T01:00:00Z"' loads.json >loads-2.json
run report -o page tail.json loads.json loads-2.json
((status == 0)) || fail "qbench report: status $status"
[[ $(grep -cE '^\| vyukov \| spin \| 1:1 \| 80 \|' page/REPORT.md) == 1 ]] || fail "a group of two runs is shown twice"
