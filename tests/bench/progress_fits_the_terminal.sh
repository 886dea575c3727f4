#!/usr/bin/env bash
# Progress stays on one line of the terminal, however narrow the terminal is. A terminal that cannot erase
# a line shows no progress.
# not-under: tsan (qbench itself has one thread; other tests run samples and checks there)

source "$(dirname "$0")/lib.sh"

shown() { # TERM COLUMNS: writes what a run shows on such a terminal to "shown"
	TERM=$1 terminal 2 "$2" "$program" run --workloads=pairwise --threads=1 --rounds=1 --duration=5 --warm-up=0 \
		--queues=a_name_of_many_letters_and_more=vyukov >/dev/null 2>shown ||
		fail "status $? on a terminal: $(cat -v shown)"
}

for columns in 10 40 200; do
	shown xterm "$columns"
	# Each text between two erasures on a line of its own; what is said before is no progress
	sed 's/\r\x1b\[K/\n/g' shown | grep -v '^qbench: the machine is busy' >lines || true
	grep -q 'round' lines || fail "no progress on $columns columns"
	((columns < 200)) || grep -q ', 1 thread$' lines || fail "one thread is counted as several"
	if grep -nE ".{$columns}" lines; then
		fail "progress fills or leaves a line of $columns columns"
	fi
done
shown dumb 80
! grep -v '^qbench: the machine is busy' shown || fail "a dumb terminal shows progress: $(cat -v shown)"
echo "progress fits on 3 terminals"
