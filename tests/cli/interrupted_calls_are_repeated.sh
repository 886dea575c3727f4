#!/usr/bin/env bash
# An interrupted system call is repeated, without loss or error. A directory whose calls are interrupted
# for ever is an error, and no hang.
# not-under: asan tsan (a sanitizer and strace)

source "$(dirname "$0")/lib.sh"

command -v strace >/dev/null || skip "no strace"
strace -o /dev/null -e inject=getdents64:error=EINTR:when=1 true 2>/dev/null ||
	skip "strace cannot inject errors here"

make_tree tree
wanted="$(count_files tree) $(count_directories tree) 0"
for call in openat2 getdents64; do
	for when in 2+2 1+3; do
		expect_status 0 strace -f -o /dev/null -e "inject=$call:error=EINTR:when=$when" \
			"$program" --json -j2 tree
		expect_equal "totals with $call interrupted, $when" "$(totals "$out")" "$wanted"
		expect_empty "$err"
	done
done
# From the 40th on: before that, they are those of the loader
expect_status 0 strace -f -o /dev/null -e inject=newfstatat,statx,fstat:error=EINTR:when=40+2 \
	"$program" --json -x -j2 tree
expect_equal "totals with the status of entries interrupted" "$(totals "$out")" "$wanted"
expect_empty "$err"
run strace -f -o /dev/null -e inject=openat2:error=EINTR "$program" --json -j2 tree/wide
expect_equal "status of calls that are always interrupted" "$status" 1
expect_says "$err" "tree/wide/1: Interrupted system call"

# The same for a list of names
printf 'tree\0' >list
expect_status 0 strace -f -o /dev/null -e inject=read:error=EINTR:when=4+5 "$program" --json --files0-from=list
