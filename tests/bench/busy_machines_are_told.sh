#!/usr/bin/env bash
# If other programs take the processors, `qbench run` says so before it begins, takes the samples again that
# lose too much, and marks the results; waiting for a quiet machine has an end.
# not-under: tsan (qbench itself has one thread; other tests run samples and checks there)

source "$(dirname "$0")/lib.sh"

# Everything on one processor, which the other program never leaves
processor=$(taskset -cp $$ | grep -oE '[0-9]+' | tail -n 1)
taskset -cp "$processor" $$ >/dev/null
bash -c 'while :; do :; done' &
other=$!
trap 'kill "$other"; rm -rf "$work"' EXIT

quick=(--queues=vyukov --workloads=pairwise --threads=1 --rounds=3 --repeats=2 --duration=100 -o run.json)
run run "${quick[@]}"
((status == 0)) || fail "status $status on a busy machine"
grep -qE 'the machine is busy: other programs take [0-9.]+ % of the time of 1 processor, .*--wait-quiet' err ||
	fail "no warning of a busy machine"
sed -n '/^The machine was busy/,$p' out | tr '\n' ' ' >said
grep -qE '^The machine was busy: before the run, .* taken again [0-9]+ times?; a quiet [^.]*\. $' said ||
	fail "the end of the tables does not say that the machine was busy: $(cat said)"
jq -e '.quiet | .others_before > 0.5 and .others > 0.05 and .processors == 1 and .repeats > 0' run.json >/dev/null ||
	fail "the file says otherwise: $(jq -c .quiet run.json)"
jq -e '([.cells[].samples[].repeats] | add) == .quiet.repeats and all(.cells[].samples[]; .repeats <= 2)' run.json \
	>/dev/null || fail "samples were taken again more than twice, or are not counted"

# The report says so in front of the answer, and with the samples; of an older file it says nothing
run report -o page run.json
awk '/^### Which queue to use/ { exit } /run.json: The machine was busy: / { told = 1 } END { exit !told }' \
	page/REPORT.md || fail "the top of the report does not say that the machine was busy"
grep -qE '^Other programs took [0-9.]+ % of the time of 1 processor,' page/REPORT.md ||
	fail "the sources of the report do not say what others took"
jq 'del(.quiet, .cells[].samples[].repeats)' run.json >older.json
run report -o older older.json
((status == 0)) || fail "a file without the state of the machine is not read"
grep -qE 'was busy|Other programs took' older/REPORT.md && fail "what is not known is told"

# Waiting ends, and goes on with the warning. No sample is taken again if none is to be
begin=$(date +%s%N)
run run "${quick[@]}" --wait-quiet=2s --repeats=0
((status == 0)) || fail "status $status after waiting for a quiet machine"
(($(date +%s%N) - begin >= 2000000000)) || fail "it did not wait for a quiet machine"
grep -q 'the machine is busy' err || fail "no warning after waiting in vain"
jq -e '.quiet.others_before > 0.5 and .quiet.repeats == 0' run.json >/dev/null || fail "the file does not say that waiting was in vain, or a sample was taken again"
expect 2 "--wait-quiet: 'soon'" run "${quick[@]}" --wait-quiet=soon
expect 1 "the machine is busy: other programs take" machine --quiet
expect 1 "the machine is busy: other programs take" machine --quiet=1s
expect 2 "Usage: qbench machine" machine --quiet=soon
[[ ! -s out ]] || fail "machine --quiet prints"
