#!/usr/bin/env bash
# 2,000 nested directories and the entries beside them are walked and listed completely, even if the path
# is a hundred times longer than the system allows. So are 10,000 with the longest names, also with few
# descriptors.

source "$(dirname "$0")/lib.sh"

make_deep short 2000 1
make_deep long 2000 200
make_deep middle 200 200
# Paths of each length near PATH_MAX, 4096 bytes. Threads do not meet there
lengths=({240..255})
if [[ $sanitizer == libtsan ]]; then
	lengths=(255)
fi
for length in "${lengths[@]}"; do
	make_deep "edge $length" 20 "$length"
done

for top in short long middle edge*; do
	wanted="$(count_files "$top") $(count_directories "$top") 0"
	if [[ $top == short || $top == long ]]; then
		expect_equal "the tree of the test" "$wanted" "2000 2001 0"
	fi
	all=(-j2 "-j2 --items=root")
	if [[ $top != edge* ]]; then
		all+=(-j1 "-j8 -c1")
	fi
	for options in "${all[@]}"; do
		read -ra options <<<"$options"
		expect_totals 0 "$wanted" "${options[@]}" "$top"
		expect_empty "$err"
	done
	if [[ $top != long ]]; then # the listing would have half a gigabyte
		find "$top" ! -type d -print0 | sort -z >wanted
		expect_status 0 "$program" -j2 --print0 "$top"
		sort -z "$out" >found
		expect_same_file "listing of $top" found wanted
	fi
done

# $limit seconds are the test: opening each directory from the root would take minutes
"$sources/scripts/make_tree.py" deep deepest 10000 255
find deepest ! -type d >wanted
for options in -j1 -j2 "-j8 -c1" "-j2 --items=root"; do
	read -ra options <<<"$options"
	expect_totals 0 "1 10001 0" "${options[@]}" deepest
	expect_empty "$err"
done
expect_status 0 "$program" --print deepest
expect_same_file "listing of deepest" "$out" wanted
expect_status 0 bash -c 'ulimit -n 10; exec "$@" 3>&- 4>&-' bash "$program" --json -j2 deepest
expect_equal "totals with 10 descriptors" "$(totals "$out")" "1 10001 0"

# A denied directory at the bottom is named in full
need_nobody
path=$(find long -depth -type d -print -quit)
((${#path} > 400000)) || fail "the deepest path has only ${#path} bytes"
find long -depth -type d -execdir chmod 000 {} \; -quit
run "${as_nobody[@]}" "$program" --json -j2 long
expect_equal "status and totals" "$status $(totals "$out")" "1 1999 2001 1"
expect_equal "standard error" "$(<"$err")" "dirwalk: $path: Permission denied"
expect_equal "path in the JSON" "$(jq -r '.failures[0].path' "$out")" "$path"
