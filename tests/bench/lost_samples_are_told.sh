#!/usr/bin/env bash
# A run that a signal ends leaves its results until then, and dies of the signal. A sample that is killed from
# outside is reported as lost, with the reason in the file, and does not count against the queue.
# not-under: tsan (qbench itself has one thread; other tests run samples and checks there)
# waits: for samples, of one thread each
# seconds: 35

source "$(dirname "$0")/lib.sh"

# A name on the command line of no other process
name=lost_$$
begin() { # ARGUMENT...: starts a run in a group of its own, as from a terminal; its process in $measure
	rm -f run.json
	setsid env --default-signal=INT,QUIT,HUP,TERM "$program" run --queues="$name=vyukov,mutex_ring" \
		--workloads=pairwise --threads=1 --duration=300 --repeats=0 -o run.json "$@" >out 2>err </dev/null &
	measure=$!
	await_sample "$name"
}

for signal in INT TERM HUP QUIT; do
	begin --time=1m
	await_sample "$name" "$sample"
	# Twice: a terminal that closes sends two signals
	kill "-$signal" -- "-$measure"
	kill "-$signal" -- "-$measure" 2>/dev/null || true
	status=0
	wait "$measure" 2>/dev/null || status=$?
	((status == 128 + $(kill -l "$signal"))) || fail "SIG$signal: status $status"
	jq -e '.interrupted and ([.cells[].samples[]] | length > 0) and all(.cells[].samples[]; .verdict == "ok")' \
		run.json >/dev/null || fail "SIG$signal loses samples, or is held against a queue"
done

# The sample that is killed may just have ended by itself: then another one is
for ((try = 0; try < 20; ++try)); do
	begin --rounds=4
	# The sample that begin() saw may have ended, and not be reaped
	until kill -KILL "$(pgrep -r R,S,D -of "qbench sample .*$name")" 2>/dev/null; do
		kill -0 "$measure" || fail "no sample could be killed"
	done
	status=0
	wait "$measure" || status=$?
	((status == 0)) || fail "status $status when one of four samples was killed"
	! grep -q "$name=vyukov under pairwise lacks a sample: .*Killed" err || break
done
((try < 20)) || fail "it is not said that a sample was killed"
jq -e --arg queue "$name=vyukov" '.cells[] | select(.queue == $queue) |
	([.samples[].verdict] | sort) == ["lost", "ok", "ok", "ok"] and .summary.rounds == 3 and
	.summary.verdict != "void"' run.json >/dev/null || fail "the file tells of no lost sample, or of another one"
grep -q VOID out && fail "a sample that was killed makes its cell void"
echo "4 signals leave their results, and a sample that was killed is lost"
