#!/usr/bin/env bash
# --progress prints a live line on standard error when that is a terminal, and takes it away again;
# it prints nothing of it anywhere else.

source "$(dirname "$0")/lib.sh"

make_tree tree
dirs=()
for i in {1..500}; do
	dirs+=(tree)
done

for option in --threads=2 --print --json; do
	expect_status 0 "$program" --progress "$option" "${dirs[@]}"
	expect_empty "$err"
done
expect_status 1 "$program" --progress missing tree
expect_equal "standard error" "$(<"$err")" "dirwalk: missing: No such file or directory"

if ! script -qec true /dev/null </dev/null >/dev/null 2>&1; then
	skip "the rest: no script, which makes terminals"
fi
# Its own output goes elsewhere, so the terminal sees standard error alone. There is an error at the
# end, for which the line makes room.
printf '"%s" --progress -j2 $(for i in {1..500}; do echo tree; done) missing >out' "$program" >command
status=0
SHELL=$(command -v bash) limited script -qec "$(<command)" /dev/null </dev/null >"$err" || status=$?
expect_equal status "$status" 1
tr '\r' '\n' <"$err" >lines
grep -qaE $'^\e\\[K[0-9]+ files, [0-9]+ directories, [01] errors' lines || fail "no live line"
last=$(tail -c 200 "$err" | tr -d '\n')
[[ $last == *$'\e[K'* ]] || fail "the live line is still there at the end: ${last@Q}"
[[ ${last##*$'\e[K'} != *files* ]] || fail "the live line is still there at the end: ${last@Q}"
# The message stands on a line of its own
grep -qaE $'^(\e\\[K)?dirwalk: missing: No such file or directory$' lines ||
	fail "the message is mixed up with the live line"
expect_equal "lines of the totals" "$(wc -l <out)" 502
