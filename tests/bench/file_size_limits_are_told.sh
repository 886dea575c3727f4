#!/usr/bin/env bash
# A file that would grow beyond the limit of the shell causes a message and status 1, and is not left.
# not-under: tsan (qbench itself has one thread; other tests run samples and checks there)

source "$(dirname "$0")/lib.sh"

mkdir folder
status=0
(
	ulimit -f 4
	exec "$program" run -q vyukov --workloads=pairwise --threads=1 --rounds=1 --duration=5 --warm-up=0 \
		-o folder/run.json
) 2>err | cat >out || status=$?
((status == 1)) || fail "status $status"
grep -q 'folder/run.json: File too large' err || fail "no message names the file"
[[ -z $(ls -A folder) ]] || fail "left behind: $(ls -A folder)"

# The same for standard output
status=0
(
	ulimit -f 1
	exec "$program" list --json
) 2>err >listed || status=$?
((status == 1 || status == 2)) || fail "status $status of list"
grep -q 'File too large' err || fail "list does not say it"
