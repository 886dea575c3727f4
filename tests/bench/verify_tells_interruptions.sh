#!/usr/bin/env bash
# If a signal ends a run, the report says so, for a signal to the whole group or to one process. The
# findings until then are written, no queue is rejected, no process is left, and the program dies of the
# signal. Time in which all are stopped is no hang. A reader that leaves costs no findings.
# not-under: tsan (qbench itself has one thread; other tests run samples and checks there)
# waits: for signals to arrive, and while all are stopped
# seconds: 40

source "$(dirname "$0")/lib.sh"

# Names of a queue on the command line of no other process
name=told_$$
queue=$name=vyukov
# begin ARGUMENT...: starts verify in a group of its own, as from a terminal; its process in $verify
begin() {
	rm -f findings.json
	setsid env --default-signal=INT,QUIT,HUP,TERM "$program" verify --queues="$queue,mutex_ring" \
		-o findings.json "$@" >out 2>err </dev/null &
	verify=$!
	for ((i = 0; i < 50 * limit; ++i)); do
		pgrep -f "qbench check .*$name" >/dev/null && return
		sleep 0.02
	done
	fail "no check was begun"
}
# left: fails if a check goes on
left() {
	for ((i = 0; i < 1500; ++i)); do
		pgrep -f "qbench check .*$name" >/dev/null || return 0
		sleep 0.02
	done
	fail "a check is left: $1"
}
blamed() {
	jq -e '[.queues[].checks[] | select(.verdict == "failed")] | length == 0' findings.json >/dev/null ||
		fail "$1 is held against a queue: $(jq -r '.queues[].checks[].detail' findings.json)"
}

for signal in INT TERM HUP QUIT; do
	begin --checks=history --time=60s
	kill "-$signal" -- "-$verify"
	status=0
	wait "$verify" 2>/dev/null || status=$?
	((status == 128 + $(kill -l "$signal"))) || fail "SIG$signal: status $status"
	left "SIG$signal"
	blamed "SIG$signal"
	jq -e '.interrupted and .interruption != ""' findings.json >/dev/null || fail "SIG$signal is not told"
	grep -q '^Interrupted (.' out || fail "the table does not say that SIG$signal has interrupted it"
done

# One process alone
begin --checks=history --time=60s
kill -TERM "$verify"
wait "$verify" 2>/dev/null && fail "status 0 after SIGTERM"
left "its parent was terminated"
begin --checks=history --time=10s
kill -KILL "$(pgrep -of "qbench check .*$name")"
wait "$verify" || fail "a check that is killed is held against the queue: status $?"
blamed "SIGKILL"
jq -e '.queues[0].checks[0] | .verdict == "skipped" and (.reason | contains("Killed"))' findings.json >/dev/null ||
	fail "a check that is killed is not skipped with that reason"
begin --checks=history --time=60s
kill -KILL "$verify"
wait "$verify" 2>/dev/null && fail "status 0 after SIGKILL"
left "its parent was killed"

# Longer than the time that a thread may take for a step, and than a check may be late
begin --checks=stress,history,model,waiting --time=8s
for seconds in 4 15; do
	sleep 1
	kill -STOP -- "-$verify"
	sleep "$seconds"
	kill -CONT -- "-$verify"
done
wait "$verify" || fail "status $? after it was stopped: $(grep -A 5 ' fails ' out)"
blamed "time in which it was stopped"
! grep -q ' late: ' out || fail "time in which it was stopped makes a check late: $(grep ' late: ' out)"

# A reader that leaves, and a terminal that is closed
rm -f findings.json
"$program" verify --queues=vyukov --checks=model,history --time=2s -o findings.json 2>err </dev/null | true || true
jq -e '[.queues[].checks[]] | length == 2' findings.json >/dev/null || fail "findings are lost with the reader"
for signal in HUP TERM; do
	setsid env --default-signal=HUP,TERM "$program" run --queues="$queue" --repeats=0 --time=1m -o run.json \
		>out 2>err </dev/null &
	measure=$!
	await_sample "$name"
	await_sample "$name" "$sample"
	kill "-$signal" -- "-$measure"
	status=0
	wait "$measure" 2>/dev/null || status=$?
	((status == 128 + $(kill -l "$signal"))) || fail "SIG$signal to a run: status $status"
	jq -e '.interrupted and ([.cells[].samples[]] | length > 0)' run.json >/dev/null || fail "samples are lost on SIG$signal"
	[[ $(jq -r '[.cells[].samples[].verdict] | unique | join(" ")' run.json) == ok ]] ||
		fail "SIG$signal is held against a sample"
done
echo "4 signals, 3 kills, 2 stops, a closed pipe and 2 ended runs are told as what they are"
