#!/usr/bin/env bash
# On a terminal tables, and what is said below them, are no wider than it is, and coloured by verdict unless
# NO_COLOR is set; in a pipe they are plain, and names are whole.
# not-under: asan tsan (tables are the same as those of the release)

source "$(dirname "$0")/lib.sh"

shown() { # COLUMNS VARIABLE=VALUE...: writes what such a terminal shows to "lines"
	(export "${@:2}" && terminal 1 "$1" "$program" "${asked[@]}") >shown 2>err || fail "status $? on a terminal"
	tr -d '\r' <shown >lines
}

escape=$'\x1b'
# One that naps is slower on the busiest machine
asked=(run --workloads=pairwise --threads=1 --rounds=12 --queues="vyukov,$fakes/naps.so" --duration=1 --warm-up=0)
shown 80 TERM=xterm NO_COLOR=
grep -q "^$escape\[1;32mbest " lines || fail "the best is not bold"
grep -q "^$escape\[31mslower " lines || fail "what is slower is not red"
asked=(run --workloads=pairwise,replay --work=0 --threads=1 --rounds=2 --queues=vyukov,mutex_ring
	--duration=1 --warm-up=0)
for columns in 80 60 40; do
	shown "$columns" TERM=xterm NO_COLOR=1
	grep -q "$escape" lines && fail "colours in spite of NO_COLOR"
	grep -nE ".{$((columns + 1))}" lines && fail "a line is wider than $columns columns"
	grep -q 'A wider terminal' lines || fail "it does not say that columns are left out"
done
shown 80 TERM=dumb NO_COLOR=
grep -q "$escape" lines && fail "colours on a terminal that has none"
TERM=xterm run "${asked[@]}"
((status == 0)) || fail "status $status"
grep -q "$escape" out && fail "colours in a pipe"
grep -qE '^.{100}' out || fail "a pipe is as narrow as a terminal"
grep -q 'min/max' out || fail "columns are missing in a pipe"
run run --workloads=idle --wait=park --threads=2 --rounds=1 --queues=gasync_queue,mutex_ring --duration=10 --warm-up=1
((status == 0)) || fail "status $status"
grep -qE '(^| )gasync_queue +park' out || fail "a name is cut where there is room"
exit 0
