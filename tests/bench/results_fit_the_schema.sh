#!/usr/bin/env bash
# The file of a run fits bench/results/schema.json, and that of a simulation bench/simulate/schema.json. On a full
# disk the older file stays. Ctrl-C keeps the results until then.
# seconds: 50

source "$(dirname "$0")/lib.sh"

# validate FILE [FOLDER]
validate() {
	/usr/bin/python3 "$sources/tests/validate.py" "$sources/bench/${2:-results}/schema.json" "$1" 2>err ||
		fail "$1 does not fit the schema"
}

/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || {
	echo "python3-jsonschema is missing"
	exit 77
}

run run --workloads='*' --queues=mutex_ring --threads=2 --rounds=1 --duration=60 --warm-up=20 \
	-o results.json
((status == 0)) || fail "status $status"
validate results.json
jq -e '[.cells[].samples[].verdict] | all(. == "ok")' results.json >/dev/null ||
	fail "not every sample is ok"

# Rows with a number and without one; and self-checks that are made, where there are modules, and skipped
run simulate --machine=zen3-5950x,graviton2 --queues=vyukov,spsc_ring,pipe,floor_faa --threads=1,4,64,3:1 --time=50 --seeds=2 \
	-o simulated.json
((status == 0)) || fail "status $status"
validate simulated.json simulate
run simulate --no-self-check --machine=zen3-5950x --queues=mutex_ring --threads=2 --time=10 -o unchecked.json
validate unchecked.json simulate
# Files that were published are older
for file in "$sources"/results/*/simulate.json; do
	[[ ! -e $file ]] || validate "$file" simulate
done

# The older file stays if a new one cannot be written completely
cp results.json older.json
(ulimit -f 1 && trap '' XFSZ && timeout 100 "$program" run --queues=vyukov --workloads=pairwise \
	--threads=1 --rounds=2 --duration=5 -o results.json >out 2>err </dev/null) && fail "no failure on a full disk"
cmp -s results.json older.json || fail "an older result was destroyed"

# Interrupted: status 130, and a complete file
name=interrupted_$$
env --default-signal=INT "$program" run --repeats=0 --time=1m --queues=$name=vyukov -o interrupted.json \
	>out 2>err </dev/null &
measure=$!
await_sample $name
await_sample $name "$sample"
kill -INT $measure
status=0
wait $measure || status=$?
((status == 130)) || fail "an interrupted run says $status"
validate interrupted.json
jq -e '.interrupted and ([.cells[].samples[]] | length > 0)' interrupted.json >/dev/null ||
	fail "what was measured was not kept"

# The memory of a sample is its own, not that of the process that holds all samples of a run
[[ ! $sanitizer ]] || exit 0 # most of the memory there is the sanitizer's
run run --queues=vyukov --workloads=open_loop --threads=2 --wait=spin --load=10 --rounds=25 \
	--duration=2 --warm-up=0 -o memory.json
((status == 0)) || fail "status $status"
jq -e '[.cells[] | select(.load == 0.1 and .wait == "spin") | .samples[].peak_kib]
	| .[20:] as $last | .[:5] as $first | ($last | add / length) < 1.2 * ($first | add / length)' memory.json >/dev/null ||
	fail "the memory of samples grows with the run"
