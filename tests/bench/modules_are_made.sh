#!/usr/bin/env bash
# scripts/module.sh makes a module of a file anywhere, without a warning. dirwalk walks with it; qbench
# measures, verifies and explores it. A file that cannot become a module is refused with a reason.
# not-under: asan tsan (scripts/module.sh compiles without sanitizers)

source "$(dirname "$0")/lib.sh"

build=$(dirname "$program")
make_module() {
	status=0
	BUILD=$build "$sources/scripts/module.sh" "$@" >out 2>err || status=$?
}

mkdir "$work/a folder" "$work/tree"
touch "$work/tree"/{1,2,3}
sed 's/\bvyukov\b/mine/g' "$sources/queues/vyukov.c" >"a folder/mine.c"
make_module "a folder/mine.c"
((status == 0)) || fail "status $status"
[[ ! -s err ]] || fail "it warns"
[[ $("$build/dirwalk" -q ./mine.so "$work/tree") == *"3 files found"* ]] || fail "dirwalk counts wrong"
run run --queues=./mine.so --workloads=pairwise,producers_consumers --threads=2 --rounds=1 --duration=5 -o run.json
((status == 0)) || fail "qbench run ends with status $status"
jq -e '[.cells[] | select(.floor | not) | select(.summary.median > 0)] | length == 2' run.json >/dev/null ||
	fail "qbench run has not measured it"
if [[ -f $build/bench/explore/libexplorer.a ]]; then
	verify_patiently '.queues[0].checks | [.[] | select(.verdict == "passed")] | length == 2' --queues=./mine.so \
		--checks=model,explore || fail "qbench verify has not looked at it"
	((status == 0)) || fail "qbench verify ends with status $status"
fi

make_module --no-loops "a folder/mine.c"
((status == 0)) || fail "status $status without loops"
expect 2 'no workloads in it' run --queues=./mine.so --workloads=pairwise
cp "a folder/mine.c" my-queue.c
make_module my-queue.c
((status == 2)) && grep -q 'no identifier' err || fail "a name that C has not is not refused"
make_module
((status == 2)) && grep -q Usage err || fail "no file is no wrong usage"
