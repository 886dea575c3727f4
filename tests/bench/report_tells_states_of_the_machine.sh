#!/usr/bin/env bash
# The report finds the states that the bounces fall into, says what they make of costs, and draws them over
# time. Without clusters there is one state, and without bounces none.
# not-under: tsan (reports_are_the_same_on_one_processor has the threads of a report)

source "$(dirname "$0")/lib.sh"

run run -q vyukov,mutex_ring --workloads=pingpong,pairwise --threads=2 --wait=spin --rounds=1 --duration=2 \
	--warm-up=1 -o measured.json
((status == 0)) || fail "status $status"

# shaped STATES: 40 rounds, in which the machine turns from state to state every 10 rounds; a round trip follows
# it, and pairwise does not. The bounces of sample 5 are of two states
shaped() {
	jq --argjson states "$1" '.cells |= map(select(.floor | not)) | .cells[] |= (. as $cell
		| (if .queue == "vyukov" then 2 else 3 end) as $cost
		| .samples = [range(40) as $i | ($i * 7919 % 97 / 1000 + 1) as $noise
			| $states[$i / 10 | floor] as $bounce
			| $cell.samples[0] | .verdict = "ok" | .reason = null | .round = $i | .began_s = 1 + $i
			| .bounce_before_ns = $bounce * $noise | .bounce_after_ns = $bounce * (2.05 - $noise)
			| .add_before_ns = 2 | .add_after_ns = 2
			| .value = if $cell.unit == "ns" then $bounce * $cost * $noise else 1e7 / $noise end]
		| if $states[3] > 300 and .unit == "ns" then .samples[5].bounce_after_ns = 400 else . end)' measured.json
}

# has PATTERN: fails unless the report has such a line
has() {
	grep -qE -- "$1" rep/REPORT.md || fail "the report does not say: $1"
}

shaped '[50, 100, 100, 400]' >states.json
run report -o rep states.json
((status == 0)) || fail "status $status"
has '^The machine was in 3 states'
has '^\| 2, the common one \| [0-9.]+ ns \| [0-9.]+ ns \| 80 \| 50 \|$'
has 'During 1 % of the samples the state changed'
has '^\| workload \| waits that \| at 5[0-9] ns \| at 10[0-9] ns \| at 4[0-9]{2} ns \|$'
has '^\| pingpong \| poll \| -50 % \| 1 \| 4\.0 × \|$'
has '^\| pairwise \| poll \| \([+-][01] %\) \| 1 \| \([+-][01] %\) \|$'
# Costs in each state, and in bounces: 2 and 3 as made
has '^\| vyukov \| spin \| \*\*10[0-9] ns \((1\.9|2\.0)[0-9]\)\*\* \| \*\*2[01][0-9] ns \((1\.9|2\.0)[0-9]\)\*\* \| \*\*8[0-9]{2} ns'
has '^\| mutex_ring \| spin \| 15[0-9] ns \((2\.9|3\.0)[0-9]\) \| '
if command -v gnuplot >/dev/null; then
	grep -q 'Costs of some queues' rep/m1-states-plot.svg || fail "no plot of the machine over time"
fi

shaped '[100, 101, 102, 103]' >one.json
run report -o rep one.json
has '^The machine was in one state'
! grep -q 'waits that' rep/REPORT.md || fail "one state has been compared"

jq 'del(.cells[].samples[] | .bounce_before_ns, .bounce_after_ns)' one.json >none.json
run report -o rep none.json
has '^Not measured: no sample has a bounce'
