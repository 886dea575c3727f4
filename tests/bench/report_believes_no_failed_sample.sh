#!/usr/bin/env bash
# Samples that delivered nothing and commands that failed are not ranked. The report prints only finite
# numbers, and refuses impossible times.
# not-under: tsan (reports_are_the_same_on_one_processor has the threads of a report)

source "$(dirname "$0")/lib.sh"

run run --queues=mutex_ring,vyukov,two_lock --threads=2 --workloads=pairwise,producers_consumers,pingpong,replay \
	--rounds=1 --duration=2 --warm-up=1 -o run.json
((status == 0)) || fail "qbench run: status $status"

# numbers_alone FOLDER: fails if a report has a NaN or an infinity
numbers_alone() {
	! grep -nE '(^|[^a-z])(nan|inf)([^a-z]|$)' "$1"/REPORT.md "$1"/*.csv ||
		fail "$1 has what is no number"
}

# One queue delivered nothing; then no queue did
for queues in '"vyukov"' '"vyukov", "mutex_ring", "two_lock"'; do
	jq --argjson queues "[$queues]" '(.cells[] | select(.queue | IN($queues[]))) |= (
		.samples = [range(14) as $i | .samples[0] | .round = $i | .value = 0])
		| (.cells[] | select(.queue | IN($queues[]) | not)) |= (.samples = [range(14) as $i | .samples[0] | .round = $i])' \
		run.json >nothing.json
	run report -o nothing nothing.json
	((status == 0)) || fail "status $status where nothing was delivered by $queues"
	numbers_alone nothing
	grep -qE '^\| vyukov \|.* \| (best|as good|slower|undecided|hidden) \|$' nothing/REPORT.md && fail "vyukov is ranked, without an item"
	grep -qE '^\| vyukov \|.* \| a sample without items \|$' nothing/REPORT.md || fail "it does not say why"
done
grep -qE '^\| Hand-off between two threads: time \| none \|.*not ranked: a sample without items' nothing/REPORT.md ||
	fail "the answer does not say why there is none"

# Each sample of all queues failed
jq '(.cells[] | select(.workload == "pingpong") | .samples[]) |= (.verdict = "hang" | .reason = "it hangs" | del(.value))' \
	run.json >void.json
run report -o void void.json
((status == 0)) || fail "status $status where all queues are void"
numbers_alone void
grep -qE '^\| Hand-off between two threads: time \| none \|.*not ranked: void: it hangs' void/REPORT.md ||
	fail "void queues are said not to be measured, or it does not say why they are void"

# Commands that failed under hyperfine -i, which are the fastest ones
jq -n '{results: [({vyukov: 1, mutex_ring: 1.1} | to_entries[] | {command: "\(.key) -j2",
		times: [range(9) | . / 1e5 + 0.001], exit_codes: [range(9) | 2]}),
	{command: "two_lock -j2", times: [range(9) | 1 + . / 1000], exit_codes: [range(9) | 0]},
	{command: "scq -j2", times: [range(9) | 0.5 + . / 1000], exit_codes: [null, (range(8) | 0)]}]}' >failed.json
run report -o failed failed.json
((status == 0)) || fail "status $status"
grep -qE '^\| Worker pool on directories: the walk itself \| \*\*two_lock\*\* \|' failed/REPORT.md ||
	fail "a command that failed is the best"
grep -qE '^\| vyukov \|.* \| the command failed in 9 runs \|$' failed/REPORT.md || fail "it does not say that it failed"
grep -qE '^\| scq \|.* \| the command failed in 1 run \|$' failed/REPORT.md || fail "a signal is no failure"

# Impossible times
for time in 0 -1 5e-324 1.7e308; do
	jq -n --argjson time "$time" '{results: [{command: "vyukov -j2", times: [1, $time]}]}' >time.json
	expect 2 'time.json: row "vyukov -j2" is not whole' report time.json
done
