#!/usr/bin/env bash
# The report says on which trees the queues differ, from the files of scripts/bench.sh. An incomplete
# file is refused.
# not-under: tsan (reports_are_the_same_on_one_processor has the threads of a report)

source "$(dirname "$0")/lib.sh"

# row NAME RATIO LOW HIGH
row() {
	printf '{"name": "%s", "wall_ms": {"median": 50}, "ratio": {"median": %s, "low": %s, "high": %s}}' "$@"
}
# tree NAME ROW...
tree() {
	local name=$1 IFS=,
	shift
	printf '{"name": "%s", "shape": "of a shape", "rounds": {"rounds": 15, "commands": [%s]}}' "$name" "$*"
}
# trees TREE...
trees() {
	local IFS=,
	printf '{"format": "qbench-trees/1", "machine": {}, "trees": [%s]}' "$*"
}
first=$(row mutex_lifo 1 1 1)
trees "$(tree tiny "$first" "$(row scq 1.2 1.1 1.3)" "$(row vyukov 0.9 0.85 0.95)" "$(row find 3 2.9 3.1)")" \
	"$(tree wide "$first" "$(row scq 1.04 1.02 1.06)" "$(row find 1.5 1.4 1.6)")" >trees.json
run report -o . trees.json
((status == 0)) || fail "status $status"
says() {
	grep -qF -- "$1" REPORT.md || fail "the report does not say '$1'"
}
says 'tiny (of a shape): 1 of 2 queues is slower than mutex_lifo by more than 3 %, and 1 is faster.'
says 'wide (of a shape): no queue differs from mutex_lifo.'
says '| mutex_lifo | 1 = 50.0 ms | 1 = 50.0 ms |'
says '| vyukov | **0.90 (0.85, 0.95)** | – |'
says '| find | 3.00 (2.90, 3.10) | 1.50 (1.40, 1.60) |'
grep -q 'id="m1-trees"' report.html || fail "the page has no such section"

head -c 100 trees.json >truncated.json
expect 2 'truncated.json: not JSON' report -o . truncated.json
jq 'del(.trees[1].rounds.commands[0].ratio)' trees.json >lacking.json
expect 2 'lacking.json: .*not whole' report -o . lacking.json
jq '.trees = []' trees.json >none.json
expect 2 'none.json: .*not whole' report -o . none.json

# The report reads the file that walks.py writes. Its trees are removed, however deep they are
if [[ ! $sanitizer && -w /dev/shm ]] && command -v hyperfine >/dev/null; then
	mkdir -p root/build made
	# In memory, because a busy disk takes minutes for such trees
	memory=$(mktemp -d /dev/shm/qbench-test-XXXXXX)
	trap 'rm -rf "$work" "$memory"' EXIT
	cp -r "$sources/scripts" root
	ln -s "${program%/*}" root/build/release
	TMPDIR=$memory root/scripts/walks.py trees --rounds=2 --queues=scq --output=made >out 2>err || fail "walks.py: status $?"
	[[ ! $(ls "$memory") ]] || fail "walks.py leaves $(ls "$memory")"
	run report -o made made/trees.json
	((status == 0)) || fail "status $status with what walks.py leaves"
	for tree in tiny wide deep; do
		grep -q "$tree (" made/REPORT.md || fail "the report does not tell of $tree"
	done
fi
