#!/usr/bin/env bash
# A DIR that is a symbolic link is followed. Links below it are entries, even if they lead to directories,
# upwards, or to themselves.

source "$(dirname "$0")/lib.sh"

make_tree tree
mkdir loops
ln -s . loops/here
ln -s .. loops/up
ln -s ../loops loops/again
ln -s "$PWD" loops/absolute
ln -s one loops/other
ln -s other loops/one
ln -s self loops/self
mkdir loops/real
ln -s ../here/here/here loops/real/there
ln -s tree "link to tree"
ln -s "link to tree" "link to link"
ln -s loops/here/here/real "link through links"

for dir in loops loops/here loops/again/up/loops tree "link to tree" "link to tree/" "link to link" \
	"link to link/." "link through links"; do
	for items in dir root; do
		for threads in 1 3; do
			expect_totals 0 "$(count_files "$dir") $(count_directories "$dir") 0" \
				-j"$threads" --items="$items" "$dir"
		done
	done
	find -H "$dir" ! -type d -print0 | sort -z >wanted
	expect_status 0 "$program" -0 "$dir"
	sort -z "$out" >found
	expect_same_file "listing of $dir" found wanted
done
expect_equal "the links are entries" "$("$program" loops | tail -n 1)" "8 files found in dir loops"
