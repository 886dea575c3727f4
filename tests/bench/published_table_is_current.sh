#!/usr/bin/env bash
# The tables in results/README.md and README.md agree with the published results, and
# scripts/tables.sh sees when they do not.
# not-under: asan tsan (there all queues are called through a table, and have a star)

source "$(dirname "$0")/lib.sh"

"$sources/scripts/tables.sh" --check "$program" >out 2>err || fail "a table is not current"

# A tree with a machine that is missing in its table
mkdir -p tree/results/mine
cp -r "$sources"/{queues,scripts} tree
cp "$sources/results/README.md" tree/results
run run --queues=vyukov,mutex_ring --workloads=pairwise,pingpong --threads=2 --rounds=6 --duration=1 --warm-up=1 \
	--wait=spin,yield -o "$PWD/tree/results/mine/qbench.json"
((status == 0)) || fail "qbench run: status $status"
run report -o tree/results/mine tree/results/mine/qbench.json
((status == 0)) || fail "qbench report: status $status"
printf '%s\n' before '<!-- answer of results/mine -->' '<!-- table -->' '<!-- end of table -->' after \
	>tree/README.md
if tree/scripts/tables.sh --check "$program" >out 2>err; then
	fail "a table without its machine is called current"
fi
grep -q 'not current' err || fail "it does not say what is wrong"
tree/scripts/tables.sh "$program" || fail "the table cannot be written"
tree/scripts/tables.sh --check "$program" || fail "the table that was just written is not current"
grep -q '^| \[mine\](mine/REPORT.md) | .* | ....-..-.. |' tree/results/README.md || fail "no row for the machine"
grep -q '^| Hand-off between two threads: time | ' tree/README.md || fail "README has no answer"
[[ $(head -n 1 tree/README.md) == before && $(tail -n 1 tree/README.md) == after ]] ||
	fail "the text around the answer is gone"
sed -i '/Hand-off/d' tree/README.md
if tree/scripts/tables.sh --check "$program" >out 2>err; then
	fail "an answer that lacks a line is called current"
fi
around() {
	sed '/^<!-- table -->$/,/^<!-- end of table -->$/d' "$1"
}
[[ $(around tree/results/README.md) == "$(around "$sources/results/README.md")" ]] ||
	fail "the text around the table is gone"
expect 2 'nothing: there are no results' report --index nothing

[[ ! $sanitizer ]] || exit 0 # the rest is about a script
# publish.sh leaves out histograms, and adds a row
mkdir -p tree/build tree/results/local
ln -s "${program%/*}" tree/build/release
tree/scripts/publish.sh tree/results/mine other >out 2>err || fail "publish.sh ends with status $?"
jq -e '[.. | .histogram? | values] == []' tree/results/other/qbench.json >/dev/null || fail "histograms are published"
[[ -s tree/results/other/REPORT.md && ! -e tree/results/other/report.html ]] || fail "it publishes other files: $(ls tree/results/other)"
grep -q '^| \[other\](other/REPORT.md) | ' tree/results/README.md || fail "no row for what was published"
! grep -r "$PWD" tree/results/other || fail "the folder of this machine is published"
[[ ! $(ls -A tree/results/local) ]] || fail "it leaves $(ls -A tree/results/local)"
# A second run of the machine goes beside the first; that of another machine is refused
jq '.started = "2026-11-25T01:00:00Z"' tree/results/mine/qbench.json >second.json
mv second.json tree/results/mine/qbench.json
tree/scripts/publish.sh tree/results/mine other >out 2>err || fail "publish.sh ends with status $? for a second run"
[[ -s tree/results/other/qbench.json && -s tree/results/other/qbench-2.json && -s tree/results/other/machine-2.txt ]] ||
	fail "a second run leaves $(ls tree/results/other)"
grep -q 'qbench-2.json' tree/results/other/REPORT.md || fail "the report is not made of both runs"
jq '.machine.processor.model = "another"' tree/results/mine/qbench.json >another.json
mkdir tree/results/another && mv another.json tree/results/another/qbench.json
ls tree/results/other >before
status=0
tree/scripts/publish.sh tree/results/another other >out 2>err || status=$?
((status == 1)) && grep -q 'another machine' err || fail "status $status for another machine: $(<err)"
ls tree/results/other | diff before - || fail "another machine changes what was published"
rm -r tree/results/another
for name in mine local ../up 'a b'; do
	status=0
	tree/scripts/publish.sh tree/results/mine "$name" >out 2>err || status=$?
	((status == 2)) || fail "status $status for the name '$name'"
done
