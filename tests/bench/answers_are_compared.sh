#!/usr/bin/env bash
# scripts/aa.sh --answers tells whether one run contradicts the answer of another: its best queue, or, where most
# queues are undecided, all that may be the best.
# not-under: asan tsan (the script is the same in each build)

source "$(dirname "$0")/lib.sh"

mkdir -p root/build one
cp -r "$sources/scripts" root
ln -s "${program%/*}" root/build/release
run run --queues=vyukov,ms_queue,two_lock,scq --workloads=producers_consumers --wait=park --threads=1:1 --rounds=1 \
	--duration=2 --warm-up=1 -o one/run.json
((status == 0)) || fail "qbench run: status $status"

# costs FOLDER VYUKOV MS_QUEUE TWO_LOCK SCQ [TIMES]: what an item costs in each round; now vyukov costs so many times as
# much, and now the others
costs() {
	mkdir "$1"
	jq --argjson costs "{\"vyukov\": $2, \"ms_queue\": $3, \"two_lock\": $4, \"scq\": $5}" --argjson times "${6:-1}" '
		(.cells[] | select(.floor | not)) |= (. as $cell
			| .samples = [range(14) as $i | $cell.samples[0]
				| .round = $i | .value = 1e7 / $costs[$cell.queue]
					/ (if ($i % 2 == 0) == ($cell.queue == "vyukov") then $times else 1 end)])' one/run.json >"$1/run.json"
}
costs sure 1 2 2 4
costs opposite 2 1 2 4
costs open 1 1.001 1.002 4 1.2
costs other 2 2 2 1
costs near 1 1.02 2 4
costs far 1 1.08 2 4

answers() { # STATUS PATTERN FIRST SECOND
	local wanted=$1 status=0
	root/scripts/aa.sh --answers "$3" "$4" >out 2>err || status=$?
	((status == wanted)) || fail "status $status instead of $wanted: $3, $4"
	grep -qE "$2" out || fail "it does not say '$2': $3, $4: $(<out)"
}
# Those of both situations, 1:1 and bounded memory: scq and vyukov are in both
answers 0 'throughput: vyukov, in the second: best$' sure sure
answers 1 'contradicts 1 of the first, of 2, of which 0 ' sure opposite
answers 0 '^first: 3 of 6 entries undecided' open sure
answers 0 'throughput: vyukov or an undecided one, in the second: slower$' open opposite
answers 1 'contradicts 2 of the first, of 2, of which 1 ' open other
answers 0 'contradicts 0 of the first, of 2, of which 0 ' sure open
answers 0 '^as good in the first: 1, of which 1 cost over 5 % more for sure in the second$' near far
answers 0 '^as good in the first: 1, of which 0 cost ' near near

# None is called best where most are undecided. Bounded memory does not count for all queues
run report -o said open/run.json
grep -qE '^\| Hand-off between two threads: throughput \| undecided among 3 \| none \| [a-z_]+, park \+0 %; [a-z_]+, park ' said/REPORT.md ||
	fail "$(grep 'throughput |' said/REPORT.md)"
grep -qE '^\| Bounded memory \| \*\*vyukov, park\*\* \| none \| none \|' said/REPORT.md || fail "$(grep 'Bounded' said/REPORT.md)"
grep -q '^No queue can be named: ' said/REPORT.md || fail "it does not say that nothing is decided"
run report -o said sure/run.json
grep -q '^If in doubt: vyukov, ' said/REPORT.md || fail "it does not say which queue to take"
