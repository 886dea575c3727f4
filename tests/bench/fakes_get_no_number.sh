#!/usr/bin/env bash
# A queue whose fault shows in a timed sample gets no number: its row is void and says why, the others
# are still measured, and the run fails. A fake names the workload that shows its fault, and further
# arguments.
# not-under: asan tsan (nothing is timed there)
# seconds: 50

source "$(dirname "$0")/lib.sh"

tried=()
check() {
	local fake=$1 reason=$2 words
	tried+=("$fake")
	read -ra words <<<"$(said "$fake" voided-by)"
	run_long run --queues="mutex_ring,$fakes/$fake.so" --workloads="${words[0]}" "${words[@]:1}" \
		--threads=2 --rounds=1 --warm-up=20 -o results.json
	((status == 1)) || fail "status $status instead of 1 with the fake that $fake"
	grep -q "fake.so\|$fake" err || fail "standard error does not name $fake"
	local reasons
	reasons=$(jq -r --arg fake "$fakes/$fake.so" '.cells[] | select(.queue == $fake)
		| .samples[] | "\(.verdict) \(.reason)"' results.json)
	[[ $reasons ]] || fail "no sample of $fake was kept"
	grep -qE "$reason" <<<"$reasons" || fail "$fake: '$reasons' instead of '$reason'"
	jq -e --arg fake "$fakes/$fake.so" '[.cells[] | select(.queue == $fake) | .summary.verdict]
		| any(. == "void")' results.json >/dev/null || fail "no row of $fake is void"
	jq -e '[.cells[] | select(.queue == "mutex_ring") | .samples[].verdict]
		| length == 1 and all(. == "ok")' results.json >/dev/null ||
		fail "mutex_ring was not measured beside $fake"
}

check loses 'void .*went in, .*came out'
check repeats 'void .*(went in, .*came out|came after a later one)'
check reorders 'void .*came after a later one'
check crashes 'crash Aborted'
check always_empty 'void .*(nothing was delivered|went in, 0 came out)'
check hangs 'hang '
check overtakes 'void .*came after a later one'
check loses_wakeup 'hang '
# What stands in a slot before its item: nothing, the item of the last lap, or what was there before the queue
check publishes_early 'void producer|void .*(went in, .*came out|came after a later one|that nobody made)|crash'

# Every fake with a line `voided-by` was tried
for source in "$sources"/tests/fakes/*.c; do
	fake=$(basename "$source" .c)
	if [[ $(said "$fake" voided-by) && " ${tried[*]} " != *" $fake "* ]]; then
		fail "$fake says that it gets no number, and was not tried"
	fi
done
echo "${#tried[@]} fakes got no number"
