#!/usr/bin/env bash
# Before it tells of other machines, simulate holds its model against this one, with one and two threads, and prints
# the errors; or it says why not. What is simulated does not depend on that.
# not-under: tsan (qbench itself has one thread; other tests run samples and checks there)

source "$(dirname "$0")/lib.sh"

# skipped WHY COMMAND...: runs qbench by the command
skipped() {
	local why=$1
	shift
	"$@" "$program" simulate --machine=zen3-5950x -q pipe --threads=2 --time=10 -o skipped.json >out 2>err ||
		fail "status $?"
	[[ $(head -n 1 out) == "Self-check: skipped, because $why."* ]] || fail "it does not say '$why' first"
	jq -e --arg why "$why" '.self_check.skipped | startswith($why)' skipped.json >/dev/null || fail 'the file does not say why'
}
skipped 'this process may use one processor' taskset -c "$(taskset -cp $$ | sed 's/.*: \([0-9]*\).*/\1/')"
skipped 'none of the queues has a simulating module' env

run simulate --no-self-check --machine=zen3-5950x -q vyukov,scq,ms_queue,mutex_ring -t 2 --time=10 -o unchecked.json
((status == 0)) || fail "status $status"
grep -q '^Self-check: skipped, because --no-self-check was given' out || fail 'what is left out is not told'
if [[ $sanitizer ]]; then
	exit 0
fi
for attempt in 1 2 3; do
	run simulate --machine=zen3-5950x -q vyukov,scq,ms_queue,mutex_ring -t 2 --time=10 -o checked.json
	((status == 0)) || fail "status $status"
	# On a busy machine a sample may be void
	grep -qE '^Self-check: skipped.*(machine is busy|measured nothing)' out ||
		(($(grep -cE '^this +pairwise +vyukov +[12] ' out) < 2)) || break
	((attempt < 3)) || { echo 'skipped: other programs take the processors'; exit 77; }
done
[[ $(head -n 1 out) == 'Self-check: this machine with one and two threads'* ]] || fail 'it does not come first'
for threads in 1 2; do
	grep -qE "^this +pairwise +vyukov +$threads +[0-9.]+ +[0-9.]+ +[0-9.]+$" out || fail "there is nothing of $threads"
done
grep -qE '^this: [0-9]+ of [0-9]+ figures: geometric error x [0-9.]+;' out || fail 'no error is told'
jq -e '.self_check.rows | length > 0 and all(.measured > 0) and ([.[].threads] | unique == [1, 2])' checked.json >/dev/null ||
	fail 'the file has no self-check'
cmp <(jq 'del(.self_check)' checked.json) <(jq 'del(.self_check)' unchecked.json) ||
	fail 'what is simulated depends on the self-check'
