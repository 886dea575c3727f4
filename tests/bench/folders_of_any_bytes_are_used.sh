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

# A machine whose name is not UTF-8, nor what was validated, which is cut in a letter besides
LC_ALL=C sed "s/^validated = [^#]*/validated = $(printf 'x\xe9%.0s' {1..80})$(printf 'é%.0s' {1..60}) /" \
	"$(dirname "$program")/machines/zen3-5950x.machine" >"$folder/a.machine"
run simulate --no-self-check --machine="./$folder/a.machine" -q "vyukov,./$folder/queue.so" -t 2,4 --time=20 --seeds=1 \
	-o "$folder/simulated.json"
((status == 0)) || fail "status $status of simulate"
jq -e '(.rows | length) == 4 and (.rows[2] | (.queue | test("xff/queue.so$")) and (.reason | test("no simulating"))) and
	(.machines[0] | (.name | test("xff/a.machine$")) and (.validated | startswith("x\\xe9"))) and
	(.leaders | length) == 2 and (.crossovers | length) == 1 and (.growth | length) == 1' \
	"$folder/simulated.json" >/dev/null || fail "simulate loses rows: $(cat "$folder/simulated.json")"

# A name of which a plot has room for the first 255 bytes, and of its last letter for one of two
name=$(printf 'a%.0s' {1..254})é.so
jq --arg name "$name" '(.cells[] | select(.floor | not) | .queue) = $name |
	.queues |= with_entries(if .key | endswith("queue.so") then .key = $name else . end)' "$folder/run.json" >long.json
mkdir page
run report -o page long.json
((status == 0)) || fail "status $status of a report"
/usr/bin/python3 - <<'PY' || fail 'a plot loses a name'
import json, re
page = open("page/report.html", encoding="utf-8", errors="replace").read()
data = [json.loads(text) for text in re.findall('<script type="application/json"[^>]*>(.*?)</script>', page)]
# Without D3 there is no data
assert not data or any("a" * 254 + "\\\\xc3" in json.dumps(plot) for plot in data)
PY
