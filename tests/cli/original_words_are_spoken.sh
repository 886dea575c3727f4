#!/usr/bin/env bash
# Without a listing, dirwalk speaks the original's words: what was assigned to how many workers, then
# a line for each DIR in the order given; with whole roots as items, with the worker that walked it.

source "$(dirname "$0")/lib.sh"

make_tree tree
mkdir empty
expect_status 0 "$program" -j4 tree empty
expect_equal "what is said" "$(<"$out")" "Assigned 2 dirs to 4 workers
$(count_files tree) files found in dir tree
0 files found in dir empty"
expect_empty "$err"

# Many, as different as they are, in every order that workers finish them in
dirs=()
wanted=
for i in {1..64} 7 3 3 1; do
	dirs+=("tree/wide/$i")
	wanted+="$(count_files "tree/wide/$i") files found in dir tree/wide/$i"$'\n'
done
for options in -j1 -j3 -j64 "-j8 -c1"; do
	read -ra options <<<"$options"
	for items in dir root; do
		expect_status 0 "$program" "${options[@]}" --items="$items" tree "${dirs[@]}" tree/deep
		expect_equal "the first line" "$(head -n 1 "$out")" \
			"$(assigned $((${#dirs[@]} + 2)) "$(tr -dc '0-9' <<<"${options[0]}")")"
		if [[ $items == root ]]; then
			workers=${options[0]#-j}
			# Who walked it is a worker that there is
			while read -r number; do
				((1 <= number && number <= workers)) || fail "worker-$number of $workers"
			done < <(sed -n 's/^From thread worker-\([0-9]*\): .*/\1/p' "$out")
			expect_equal "lines that name a worker" \
				"$(grep -c '^From thread worker-' "$out")" "$((${#dirs[@]} + 2))"
			sed -i 's/^From thread worker-[0-9]*: //' "$out"
		fi
		expect_equal "a line for each DIR, ${options[*]}, $items" "$(tail -n +2 "$out")" \
			"$(count_files tree) files found in dir tree
$wanted$(count_files tree/deep) files found in dir tree/deep"
	done
done

# One worker walks all of a DIR, so one DIR keeps one busy
expect_status 0 "$program" --json --items=root -j8 tree
expect_equal "workers that found something" "$(jq '[.workers[] | select(.directories > 0)] | length' \
	"$out")" 1
expect_equal "the worker of the DIR is the one who found it" "$(jq -r '.dirs[0].worker' "$out")" \
	"$(jq -r '.workers[] | select(.directories > 0) | .name' "$out")"
expect_equal items "$(jq -r .items "$out")" root
# By default there are as many workers as processors that the process may use
expect_status 0 taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')" "$program" tree
expect_equal "the first line" "$(head -n 1 "$out")" "Assigned 1 dir to 1 worker"
expect_status 0 "$program" tree
expect_says "$out" "Assigned 1 dir to $(nproc) worker"

# A DIR that is not there is not counted, nor is what is no directory; one that cannot be read is
: >file
for items in dir root; do
	expect_status 1 "$program" -j4 --items="$items" tree missing empty
	expect_equal "the first line" "$(head -n 1 "$out")" "Assigned 2 dirs to 4 workers"
	expect_status 1 "$program" -j4 --items="$items" tree file
	expect_equal "the first line" "$(head -n 1 "$out")" "Assigned 1 dir to 4 workers"
done
expect_status 1 "$program" -j4 --per-directory tree missing
expect_equal "the first line" "$(head -n 1 "$out")" "Assigned 1 dir to 4 workers"
