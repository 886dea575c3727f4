#!/usr/bin/env bash
# Modules, shapes and results work in a folder whose name is not UTF-8.
# not-under: asan tsan (names of folders are read by the same code)

source "$(dirname "$0")/lib.sh"

folder=$'caf\xe9 \xff'
mkdir "$folder"
cp "$(dirname "$program")/shapes/small.shape" "$folder/"
# A fake that is correct while no thread sleeps
cp "$fakes/loses_wakeup.so" "$folder/queue.so"

quick=(--rounds=1 --duration=5 --warm-up=0 --threads=1)
run run -q "./$folder/queue.so" --workloads=pairwise "${quick[@]}" -o "$folder/run.json"
((status == 0)) || fail "status $status of a run of a module"
jq -e '.cells[0].samples[0].verdict == "ok" and (.cells[0].queue | test("xff/queue.so$"))' \
	"$folder/run.json" >/dev/null || fail "the results do not name the module: $(cat "$folder/run.json")"
run run -q vyukov --workloads=replay --shape="$folder/small.shape" --work=0 "${quick[@]}"
((status == 0)) || fail "status $status of a replay"
run compare --json "$folder/run.json" "$folder/run.json"
((status == 2)) && grep -q 'allocate' err && fail "compare has no memory for the name"
jq -e '.old | test("xff/run.json$")' out >/dev/null || fail "compare does not name its files"
run verify -q "./$folder/queue.so" --checks=order --time=1s -o "$folder/verify.json"
((status == 0)) || fail "status $status of verify"
jq -e '.queues[0].checks[0].check == "order"' "$folder/verify.json" >/dev/null || fail "findings are lost"
