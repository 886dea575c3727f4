#!/usr/bin/env bash
# Without a DIR, the current directory is walked. A DIR that is given twice is walked twice. A DIR inside
# another is counted in both.

source "$(dirname "$0")/lib.sh"

make_tree tree
files=$(count_files tree)
directories=$(count_directories tree)

cd tree
expect_totals 0 "$files $directories 0"
expect_status 0 "$program" -j 3
expect_equal "what is said" "$(<"$out")" "Assigned 1 dir to 3 workers
$files files found in dir ."
expect_status 0 "$program" --print0
find . ! -type d -print0 | sort -z >../wanted
sort -z "$out" >../found
expect_same_file "names below ." ../found ../wanted
cd ..

for items in dir root; do
	expect_totals 0 "$((2 * files)) $((2 * directories)) 0" -j3 --items="$items" tree tree
	expect_status 0 "$program" -j3 --items="$items" tree tree tree/wide
	expect_equal "DIRs in the order given" \
		"$(sed 's/^From thread worker-[123]: //' "$out")" "Assigned 3 dirs to 3 workers
$files files found in dir tree
$files files found in dir tree
$(count_files tree/wide) files found in dir tree/wide"
done
