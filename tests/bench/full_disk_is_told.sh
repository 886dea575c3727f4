#!/usr/bin/env bash
# A full disk is reported: with status 1, whatever a command prints. Of a file beyond a limit nothing is left.
# Closed standard descriptors do no harm.
# not-under: tsan (qbench itself has one thread; other tests run samples and checks there)

source "$(dirname "$0")/lib.sh"

quick=(--queues=mutex_ring --workloads=pairwise --threads=1 --rounds=1 --duration=5 --warm-up=0)
run run "${quick[@]}" -o run.json
((status == 0)) || fail "status $status"

while read -r words; do
	read -ra words <<<"$words"
	status=0
	"$program" "${words[@]}" >/dev/full 2>err </dev/null || status=$?
	((status == 1)) || fail "status $status on a full disk: qbench ${words[*]}"
	[[ $(grep -c 'standard output: No space left on device' err) == 1 ]] ||
		fail "a full disk is not told once: qbench ${words[*]}"
done <<-END
	--help
	--version
	list
	list --json
	list --help
	run --help
	run --usage
	verify --help
	report --help
	compare --help
	machine
	machine --json
	run ${quick[*]}
END

mkdir small
status=0
(ulimit -f 1 && "$program" run "${quick[@]}" --threads=1,2,3,4 -o small/run.json >/dev/null 2>err </dev/null) || status=$?
((status == 1)) || fail "status $status where no file may be large"
grep -q 'cannot write results to small/run.json: File too large' err || fail "it is not said why no file is written"
[[ -z $(ls -A small) ]] || fail "something is left of it: $(ls -A small)"

status=0
"$program" run "${quick[@]}" -o closed.json <&- >&- 2>&- || status=$?
((status == 1)) || fail "status $status without descriptors"
jq -e '.cells | length > 1 and all(.[].samples[]; .verdict == "ok")' closed.json >/dev/null ||
	fail "a run without descriptors has no results"
