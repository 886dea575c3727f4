#!/usr/bin/env bash
# One worker lists a directory in the order in which the system gives it, however slow the reader is. Later
# results do not overtake earlier ones, though the work queue promises no order.

source "$(dirname "$0")/lib.sh"

# Names for many parts of a listing; they wait in the queue while nobody reads
long=$(printf 'n%.0s' {1..200})
mkdir tree
printf "tree/$long%d\0" {1..5000} | xargs -0 touch
ls -U tree | sed 's|^|tree/|' >wanted
expect_equal "files in the tree" "$(wc -l <wanted)" 5000

limited "$program" -j1 --print tree 2>"$err" | {
	sleep 0.5
	cat
} >"$out"
expect_same_file "the order" "$out" wanted
