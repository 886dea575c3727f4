#!/usr/bin/env bash
# Rounds of several runs of one machine are rounds of one family, and each row says in how many runs its
# answer holds. Runs with other settings are left out.
# not-under: tsan (reports_are_the_same_on_one_processor has the threads of a report)

source "$(dirname "$0")/lib.sh"

run run --queues=vyukov,scq --threads=1:1 --workloads=producers_consumers --rounds=1 --duration=2 --warm-up=1 -o run.json
((status == 0)) || fail "qbench run: status $status"

# made COST-OF-SCQ STARTED: a run of 8 rounds, too few by themselves to tell two queues apart
made() {
	jq --argjson scq "$1" --arg started "$2" '.started = $started
		| (.cells[] | select(.floor | not)) |= (. as $cell | .samples = [range(8) as $i | $cell.samples[0]
			| .round = $i | .value = 1e7 * (1 + $i / 1000) / (if $cell.queue == "scq" then $scq else 1 end)])' run.json
}
row='| Hand-off between two threads: throughput | '
made 1.5 2026-11-25T01:00:00Z >first.json
made 1.6 2026-11-25T02:00:00Z >second.json
made 0.5 2026-11-25T03:00:00Z >other.json
jq '.cells[].capacity = 8192' second.json >larger.json

run report -o one first.json
grep -qF "${row}undecided among 2 | none | vyukov, park +0 %; scq, park +50 % | none |" one/REPORT.md || fail "eight rounds decide"
grep -qF 'holds in' one/REPORT.md && fail "one run is said to agree"
run report -o two first.json second.json
grep -F "$row**vyukov, park** | none | none | up to 2 ×: scq, park +5" two/REPORT.md | grep -qF '| 2 of 2 |' ||
	fail "the rounds of two runs do not count together"
grep -qE '^\| scq \| park \|.*\| 16 \|.*\| slower \|$' two/REPORT.md || fail "not all rounds are there"
run report -o three first.json second.json other.json
grep -qF "${row}undecided among 2 |" three/REPORT.md || fail "a third run does not count"
grep -qE '^\| scq \| park \|.*\| 24 \|.*\| undecided \|$' three/REPORT.md || fail "not all rounds of three runs are there"
expect 2 'first\.json: it has the same samples as first\.json' report -o twice first.json first.json
run report -o apart first.json larger.json
grep -qF "holds in" apart/REPORT.md && fail "runs with other settings are judged together"
# What a run left off after few rounds is not as good by the many of another
lasting() { # COST-OF-SCQ ROUNDS-OF-SCQ STARTED [ROUNDS]
	jq --argjson scq "$1" --argjson its "$2" --arg started "$3" --argjson rounds "${4:-60}" '.started = $started
		| (.cells[] | select(.floor | not)) |= (. as $cell | (if $cell.queue == "scq" then $its else $rounds end) as $rounds
		| .samples = [range($rounds) as $i | $cell.samples[0]
			| .round = $i | .value = 1e7 * (1 + ($i * 7 % 10) / 1000) / (if $cell.queue == "scq" then $scq else 1 end)])' run.json
}
lasting 1.01 60 2026-11-25T01:00:00Z >calm.json
lasting 1.3 12 2026-11-25T02:00:00Z >left.json
run report -o calm calm.json
grep -qF "$row**vyukov, park** | scq, park | none | none |" calm/REPORT.md || fail "1 % more is not as good"
run report -o both calm.json left.json
grep -qF "${row}undecided among 2 | none | vyukov, park +0 %; scq, park" both/REPORT.md || fail "what one run left off is as good by another"
# What it did not leave off counts by the rounds of all
lasting 1.08 12 2026-11-25T02:00:00Z 12 >short.json
run report -o short calm.json short.json
grep -qF "$row**vyukov, park** | scq, park | none | none |" short/REPORT.md || fail "a run that left nothing off overrules another"
# Cells that all failed stand for no situation where others have numbers. Of another run they count
jq '(.cells[] | select(.floor | not) | .samples) = [{verdict: "void", reason: "item 17 was lost"}]' calm.json >void.json
jq --slurpfile calm calm.json '.cells += ($calm[0].cells | map(.capacity = 8192))' void.json >either.json
run report -o either either.json
grep -qF "$row**vyukov, park** | scq, park | none | none |" either/REPORT.md || fail "cells that failed stand for a situation"
jq '(.cells[] | select(.queue == "vyukov") | .samples) = [{verdict: "void", reason: "item 17 was lost"}]' calm.json >part.json
run report -o failed calm.json part.json
grep -qF "$row**vyukov" failed/REPORT.md && fail "a failure in another run does not count"
# Queues that only one of the runs has are judged, too, and a run that ended early takes none away
jq 'del(.cells[] | select(.queue == "scq"))' first.json >less.json
jq '(.cells[] | select(.queue == "scq") | .samples) = []' second.json >early.json
for other in less early; do
	run report -o $other first.json $other.json
	grep -F "$row" $other/REPORT.md | grep -qF 'scq, park +5' || fail "scq is lost with $other.json"
	run report -o $other $other.json first.json
	grep -F "$row" $other/REPORT.md | grep -qF 'scq, park +5' || fail "scq is lost behind $other.json"
done

# Hand-offs of older files are judged by their medians: not together with those of newer ones
run run --queues=vyukov,scq --threads=1:1 --workloads=idle --wait=park --rounds=2 --duration=2 --warm-up=1 -o idle.json
((status == 0)) || fail "qbench run: status $status"
jq '[.cells[].samples[] | select(.verdict == "ok" and .latency_ns.mean90)][0] as $sample
	| (.cells[] | select(.floor | not)) |= (. as $cell | .samples = [range(2) as $i
		| $sample | .round = $i | .quiet_cpu_ns = 1000 | .value = 6000 + 100 * $i + ($cell.queue | length)])' idle.json >new.json
jq '.started = "2026-11-25T01:00:00Z" | del(.cells[].samples[].latency_ns.mean90)' new.json >old.json
jq '.started = "2026-11-25T01:00:00Z"' new.json >newer.json
for case in 'new old 0' 'old new 0' 'new newer 1'; do
	read -r one other expected <<<"$case"
	run report -o idle "$one.json" "$other.json"
	grep -qE '^\| Mostly idle \| undecided among 2 \| none \| (vyukov|scq), park \+0 %; (vyukov|scq), park ' idle/REPORT.md || fail "nothing is ranked of $one and $other"
	together=$(grep -cF '| holds in |' idle/REPORT.md || true)
	[[ $together == "$expected" ]] || fail "of $one and $other, medians and means are judged together, or means are not"
done
echo "two runs decide what one does not"
