#!/usr/bin/env bash
# /proc and /sys are walked to the end, with processes that come and go, and directories that cannot be
# read.

source "$(dirname "$0")/lib.sh"

for dir in /proc /sys; do
	if [[ ! -d $dir/self && ! -d $dir/kernel ]]; then
		skip "there is no $dir"
	fi
	run "$program" --json -j8 "$dir"
	((status == 0 || status == 1)) || fail "status $status in $dir"
	expect_equal "status and errors of $dir" "$status" "$(($(jq .errors "$out") > 0))"
	expect_equal "lines on standard error" "$(wc -l <"$err")" "$(jq .errors "$out")"
	(($(jq .directories "$out") > 100)) || fail "only $(jq .directories "$out") directories in $dir"
done
