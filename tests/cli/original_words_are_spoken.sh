#!/usr/bin/env bash
# Without a listing, dirwalk prints the original's lines: the number of DIRs and workers, then a line for
# each DIR in the order given. With whole roots as items, the line names the worker.

source "$(dirname "$0")/lib.sh"

make_tree tree
mkdir empty
expect_status 0 "$program" -j4 tree empty
expect_equal "what is said" "$(<"$out")" "Assigned 2 dirs to 4 workers
$(count_files tree) files found in dir tree
0 files found in dir empty"
expect_empty "$err"

# Many different DIRs, which workers finish in any order
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
			# The worker in the line exists
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

# One worker walks the whole DIR, so one DIR needs one worker
expect_status 0 "$program" --json --items=root -j8 tree
expect_equal "workers that found something" "$(jq '[.workers[] | select(.directories > 0)] | length' \
	"$out")" 1
expect_equal "the worker of the DIR is the one who found it" "$(jq -r '.dirs[0].worker' "$out")" \
	"$(jq -r '.workers[] | select(.directories > 0) | .name' "$out")"
expect_equal items "$(jq -r .items "$out")" root
# By default there are as many workers as usable processors
expect_status 0 taskset -c "$(taskset -cp $$ | sed 's/.*: //; s/[,-].*//')" "$program" tree
expect_equal "the first line" "$(head -n 1 "$out")" "Assigned 1 dir to 1 worker"
expect_status 0 "$program" tree
expect_says "$out" "Assigned 1 dir to $(nproc) worker"

# A missing DIR or a DIR that is no directory is not counted; an unreadable one is
: >file
for items in dir root; do
	expect_status 1 "$program" -j4 --items="$items" tree missing empty
	expect_equal "the first line" "$(head -n 1 "$out")" "Assigned 2 dirs to 4 workers"
	expect_status 1 "$program" -j4 --items="$items" tree file
	expect_equal "the first line" "$(head -n 1 "$out")" "Assigned 1 dir to 4 workers"
done
expect_status 1 "$program" -j4 --per-directory tree missing
expect_equal "the first line" "$(head -n 1 "$out")" "Assigned 1 dir to 4 workers"
