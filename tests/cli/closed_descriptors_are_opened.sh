#!/usr/bin/env bash
# If standard input, output or error is closed, no pipe of a queue, directory or file gets its number.
# Writing to a closed output fails, with a message if standard error is open.

source "$(dirname "$0")/lib.sh"

make_tree tree
files=$(count_files tree)
for queue in mutex_ring pipe; do
	limited "$program" --queue=help | grep "^$queue " >/dev/null || continue
	for closed in '0<&-' '1>&-' '2>&-' '0<&- 1>&-' '0<&- 1>&- 2>&-'; do
		for option in --print --json -j2; do
			run bash -c "\"\$@\" $closed" bash "$program" --result-queue="$queue" "$option" tree
			if [[ $closed == *1* ]]; then
				expect_equal "status with $closed, $option" "$status" 1
				[[ $closed == *2* ]] || expect_says "$err" \
					"dirwalk: standard output: Bad file descriptor"
				expect_empty "$out"
			else
				expect_equal "status with $closed, $option" "$status" 0
				[[ $option != --print ]] || expect_equal "files with $closed" \
					"$(tr -cd '\0\n' <"$out" | wc -c)" "$(find tree ! -type d | wc -l)"
			fi
		done
		run bash -c "\"\$@\" $closed" bash "$program" --record=shape tree
		[[ $closed == *1* ]] || grep -qx "$files files found in dir tree" "$out" ||
			fail "no totals with $closed"
		head -n 1 shape | grep -q '^qbench-shape 1 ' || fail "no shape with $closed"
	done
done
run bash -c '"$@" 0<&-' bash "$program" --files0-from=-
expect_equal "status without standard input" "$status" 2
expect_says "$err" "cannot read '-': Bad file descriptor"
