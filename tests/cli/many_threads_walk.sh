#!/usr/bin/env bash
# The largest number of threads walks, or as many as the system allows, with a message. The totals are the
# same.
# not-under: asan tsan (thousands of threads are too much for a sanitizer)

source "$(dirname "$0")/lib.sh"

make_tree tree
wanted="$(count_files tree) $(count_directories tree) 0"
expect_totals 0 "$wanted" -j 4096 tree
expect_equal threads "$(jq .threads "$out")" 4096
expect_empty "$err"

# The system counts threads per user, so the test takes a user that nobody else is
if ((EUID == 0)); then
	need_nobody
	run setpriv --reuid=$((3000000000 + $$)) --regid=65534 --clear-groups -- \
		bash -c 'ulimit -u 20; exec "$@"' bash "$program" --json -j 64 tree
	expect_equal "status and totals" "$status $(totals "$out")" "0 $wanted"
	grep -qE '^dirwalk: only [0-9]+ of 64 workers could be started: Resource temporarily unavailable$' \
		"$err" || fail "no message about the missing threads"
fi
