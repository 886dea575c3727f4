#!/usr/bin/env bash
# --per-directory prints one line for each directory, with the number of files that find counts in it. The
# lines add up to find's total.

source "$(dirname "$0")/lib.sh"

make_tree tree
rm -r tree/$'new\nline\n' # the test reads lines

while IFS= read -r dir; do
	echo "$(find "$dir" -mindepth 1 -maxdepth 1 ! -type d -printf x | wc -c) files found in dir $dir"
done < <(find tree -type d) | sort >wanted
files=$(count_files tree)

for options in -j1 -j3 -j64 "-j8 -c1" "-j3 --items=root"; do
	read -ra options <<<"$options"
	expect_status 0 "$program" --per-directory "${options[@]}" tree
	expect_equal "the first line" "$(head -n 1 "$out")" \
		"$(assigned 1 "$(tr -dc '0-9' <<<"${options[0]}")")"
	tail -n +2 "$out" >lines
	expect_equal "lines of another kind" \
		"$(grep -cvaE '^From thread worker-[0-9]+: [0-9]+ files found in dir tree' lines)" 0
	expect_equal sum "$(awk '{ sum += $4 } END { print sum }' lines)" "$files"
	sed 's/^From thread worker-[0-9]*: //' lines | sort >found
	expect_same_file "lines, ${options[*]}" found wanted
	workers=${options[0]#-j}
	while read -r number; do
		((1 <= number && number <= workers)) || fail "worker-$number of $workers"
	done < <(sed -n 's/^From thread worker-\([0-9]*\): .*/\1/p' lines | sort -u)
done
