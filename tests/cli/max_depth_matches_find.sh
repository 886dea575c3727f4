#!/usr/bin/env bash
# --max-depth=N counts and lists what find -maxdepth N does. Deeper directories are not opened.

source "$(dirname "$0")/lib.sh"

make_tree tree
for depth in {0..5} 41 42 1000; do
	find -H tree -maxdepth "$depth" ! -type d -print0 | sort -z >wanted
	totals="$(tr -cd '\0' <wanted | wc -c) $(find -H tree -maxdepth "$depth" -type d -printf x | wc -c) 0"
	for options in -j1 "-j3 -c1" --items=root; do
		read -ra options <<<"$options"
		expect_totals 0 "$totals" --max-depth="$depth" "${options[@]}" tree
		expect_status 0 "$program" -d "$depth" -0 "${options[@]}" tree
		sort -z "$out" >found
		expect_same_file "listing to depth $depth, ${options[*]}" found wanted
	done
done

need_nobody
mkdir -p top/{open,closed}/below
touch top/{open,closed}/file
chmod 000 top/closed
run "${as_nobody[@]}" "$program" --json -d 1 top
expect_equal "status and totals" "$status $(totals "$out")" "0 0 3 0"
run "${as_nobody[@]}" "$program" --json -d 2 top
expect_equal "status and totals" "$status $(totals "$out")" "1 1 4 1"
