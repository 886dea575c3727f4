#!/usr/bin/env bash
# Each worker's thread has a name that debuggers and top show: worker-1 and so on.

source "$(dirname "$0")/lib.sh"

make_tree tree
dirs=()
for i in {1..300}; do
	dirs+=(tree)
done

stand_still "$program" --print -j5 "${dirs[@]}"
names_are_there() {
	[[ $(cat "/proc/$1/task/"*/comm 2>/dev/null | grep '^worker-' | sort | tr '\n' ' ') == \
		"worker-1 worker-2 worker-3 worker-4 worker-5 " ]]
}
wait_until "five threads have names" names_are_there "${started[0]}"

# The process itself keeps the program's name
expect_equal "name of the process" "$(<"/proc/${started[0]}/comm")" "$(basename "$program")"
