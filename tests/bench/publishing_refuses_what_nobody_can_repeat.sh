#!/usr/bin/env bash
# What changed sources, or a busy machine, measured is not published, unless with --force; it is not lost
# either. Another machine is refused before it measures.
# not-under: asan tsan (it is about a script)

source "$(dirname "$0")/lib.sh"

command -v git >/dev/null && command -v jq >/dev/null || exit 77
mkdir tree
cp -r "$sources/scripts" tree
mkdir -p tree/results/local/mine tree/build/release
ln -s "$program" tree/build/release/qbench
export GIT_CONFIG_GLOBAL=/dev/null GIT_AUTHOR_NAME=test GIT_AUTHOR_EMAIL=test GIT_COMMITTER_NAME=test \
	GIT_COMMITTER_EMAIL=test
git init -q tree
git -C tree add scripts
git -C tree commit -qm 'All there is'

# publishes STATUS WORDS ARGUMENT...
publishes() {
	local expected=$1 words=$2 status=0
	shift 2
	tree/scripts/publish.sh "$@" >out 2>err </dev/null || status=$?
	((status == expected)) || fail "publish.sh $*: status $status instead of $expected: $(<err)"
	grep -qE "$words" err || [[ ! $words ]] || fail "publish.sh $*: it does not say '$words': $(<err)"
}

publishes 0 '' --check mine
publishes 2 'no name' --check Mine
echo '# changed' >>tree/scripts/tables.sh
publishes 1 'changed sources: commit them' --check mine
publishes 0 '' --force --check mine

run run --queues=vyukov,mutex_ring --workloads=pingpong --wait=yield --rounds=2 --duration=1 --warm-up=1 -o run.json
((status == 0)) || fail "qbench run: status $status"
mkdir -p tree/results/here tree/results/there
cp run.json tree/results/here/qbench.json
jq '.machine.processor.model = "another"' run.json >tree/results/there/qbench.json
touch tree/results/{here,there}/machine.txt
publishes 0 '' --force --measure --check here
publishes 1 'results/there has results of another machine' --force --measure --check there
touch tree/results/here/machine-9.txt
publishes 2 'nine runs' --force --check here

jq '.machine.software.commit = "abc"' run.json >tree/results/local/mine/qbench.json
echo 'The machine was busy: before the run' >tree/results/local/mine/qbench.txt
publishes 1 'qbench.json was measured on a busy machine' tree/results/local/mine mine
rm tree/results/local/mine/qbench.txt
jq '.machine.software.commit = "abc-dirty"' run.json >tree/results/local/mine/qbench.json
publishes 1 'qbench.json was measured by a build of changed sources' tree/results/local/mine mine
[[ -f tree/results/local/mine/qbench.json && ! -e tree/results/mine ]] || fail "something is lost, or published"
run report -o page tree/results/local/mine/qbench.json
grep -q 'build of sources that no commit has (abc-dirty)' page/REPORT.md || fail "the report does not say so"
