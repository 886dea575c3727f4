#!/usr/bin/env bash
# The report says on which trees the queues differ, from the files of scripts/bench.sh. An incomplete
# file is refused.
# not-under: tsan (reports_are_the_same_on_one_processor has the threads of a report)

source "$(dirname "$0")/lib.sh"

# row NAME RATIO [SPREAD]: 15 rounds of 50 ms times the ratio, each of which differs from the others by the spread
row() {
	jq -n --arg name "$1" --argjson ratio "$2" --argjson spread "${3:-0.02}" '{$name, wall_ms: {median: (50 * $ratio)},
		samples: {wall_ms: [range(15) as $i | 50 * $ratio * (1 + $spread * (($i * ($name | length) * 7) % 11 / 5 - 1))]}}'
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
first=$(row mutex_lifo 1)
trees "$(tree tiny "$first" "$(row scq 1.5)" "$(row vyukov 0.7)" "$(row find 0.1)")" \
	"$(tree wide "$first" "$(row scq 1.04 0.2)" "$(row find 1.5)")" >trees.json
run report -o . trees.json
((status == 0)) || fail "status $status"
says() {
	grep -qF -- "$1" REPORT.md || fail "the report does not say '$1'"
}
says 'tiny (of a shape), 15 rounds: the best is vyukov; 2 of 3 queues are slower: mutex_lifo, scq.'
says 'wide (of a shape), 15 rounds: undecided among 2; 0 of 2 queues are slower.'
grep -qE '^\| mutex_lifo \| 1\.4[0-9] \(1\.[34][0-9], 1\.4[0-9]\) \| 1 = 50\.0 ms \|$' REPORT.md || fail 'a queue has no cost'
says '| vyukov | **1 = 35.0 ms** | – |'
says '| find | 5.0 ms | 75.0 ms |'
grep -q 'id="m1-trees"' report.html || fail "the page has no such section"

head -c 100 trees.json >truncated.json
expect 2 'truncated.json: not JSON' report -o . truncated.json
for change in 'del(.samples)' '.samples.wall_ms |= .[1:]' '.samples.wall_ms[14] = 0' '.wall_ms.median = null'; do
	jq ".trees[1].rounds.commands[0] |= ($change)" trees.json >lacking.json
	expect 2 'lacking.json: .*not whole' report -o . lacking.json
done
for change in '.commands += [.commands[0]]' '.rounds = 2000 | .commands[].samples.wall_ms = [range(2000) | 1 + .]'; do
	jq ".trees[1].rounds |= ($change)" trees.json >odd.json
	expect 2 'odd.json: .*not whole' report -o . odd.json
done
jq '.trees = []' trees.json >none.json
expect 2 'none.json: .*not whole' report -o . none.json

# Rounds that are too few for an interval, and queues too few to compare
jq '.trees[].rounds |= (.rounds = 5 | .commands[].samples.wall_ms |= .[:5]) | .trees[1].rounds.commands |= [.[0], .[2]]' \
	trees.json >few.json
run report -o . few.json
says 'tiny (of a shape), 5 rounds: '
grep -qE '\<nan\>|wide \(' REPORT.md && fail "few rounds: $(grep -E '\<nan\>|wide \(' REPORT.md)"

# The report reads the file that walks.py writes. Its trees are removed, however deep they are
if [[ ! $sanitizer && -w /dev/shm ]] && command -v hyperfine >/dev/null; then
	mkdir -p root/build made
	# In memory, because a busy disk takes minutes for such trees
	memory=$(mktemp -d /dev/shm/qbench-test-XXXXXX)
	trap 'rm -rf "$work" "$memory"' EXIT
	cp -r "$sources/scripts" root
	ln -s "${program%/*}" root/build/release
	TMPDIR=$memory root/scripts/walks.py trees --rounds=2 --queues=scq,vyukov --output=made >out 2>err || fail "walks.py: status $?"
	[[ ! $(ls "$memory") ]] || fail "walks.py leaves $(ls "$memory")"
	run report -o made made/trees.json
	((status == 0)) || fail "status $status with what walks.py leaves"
	for tree in tiny wide deep; do
		grep -q "$tree (" made/REPORT.md || fail "the report does not tell of $tree"
	done
fi
