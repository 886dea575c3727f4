#!/usr/bin/env bash
# The pool replays a recorded walk under every queue, with every wait and both dispatches, with one worker
# and with more workers than processors, and also through a queue that is far too small. Each sample proves
# that every node came once. A queue that loses, repeats, reorders or hangs gets no number; one that is slow does. A
# file that is no shape is refused before anything is measured.
# seconds: 80

source "$(dirname "$0")/lib.sh"

# A chain, in which each directory is in the one before it; and a root with 1,000 directories
{
	echo "qbench-shape 1 300"
	echo "- 0 1"
	for ((i = 0; i < 298; ++i)); do
		echo "$i 0 1"
	done
	echo "298 0 0"
} >chain
{
	echo "qbench-shape 1 1002"
	echo "- 0 1000"
	echo "- 5 0"
	for ((i = 0; i < 1000; ++i)); do
		echo "0 $i 0"
	done
} >fan

# measured ARGUMENT...: fails unless every sample is good, and counts its replays
measured() {
	run run --workloads=replay --rounds=1 --duration=60 --warm-up=5 -o results.json "$@"
	((status == 0)) || fail "status $status: $*"
	jq -e '[.cells[].samples[] | .verdict == "ok" and .replays > 0 and .delivered > 0] | all' \
		results.json >/dev/null || fail "a sample is not good: $*"
}

# Under a sanitizer, the tests of the pool cover the other queues, and one run below all of them
queues='*'
if [[ $sanitizer ]]; then
	queues=mutex_ring,scq,ms_queue
fi

# Main spins if workers do. On few processors the workers would get no turn in a short window
measured --queues="$queues" --threads=1,2 --work=0 --wait=yield,park,native
measured --queues="$queues" --threads=1 --wait=spin --work=0 --duration=200
# Two producers: main hands out the roots, and the worker the rest
count=3
if [[ $queues == '*' ]]; then
	count=$("$program" list --json | jq '[.[] | select(.max_producers == 0)] | length')
fi
replayed=$(jq '[.cells[].queue] | unique | length' results.json)
((replayed == count)) || fail "$replayed of $count queues replay"
jq -e '[.cells[] | select(.floor)] == []' results.json >/dev/null || fail "a floor replays"
jq -e '.settings.shape | .file == "small.shape" and .directories > 2000' results.json >/dev/null ||
	fail "the results do not say what was replayed"
measured --queues="$queues" --threads=2 --work=0 --dispatch=indirect
measured --queues="$queues" --threads=1 --wait=park --work=0 --capacity=4 --duration=100
# All queues under asan, too: with few slots, nodes are freed and used again most often
[[ $sanitizer == tsan ]] || queues='*'
measured --queues="$queues" --threads=5 --wait=park,yield --work=0 --capacity=4 --duration=150
[[ ! $sanitizer ]] || queues=mutex_ring,scq,ms_queue
for shape in chain fan; do
	measured --queues="$queues" --threads=3 --wait=park --work=0 --shape="$shape" --duration=100
	jq -e --arg shape "$shape" '.settings.shape.file == $shape' results.json >/dev/null ||
		fail "the results do not name the shape"
done

# The last replay may take longer than a lost node is waited for, as long as others come
head -n 101 chain | sed '1s/300/100/; $s/ 1$/ 0/' >short
measured --queues="$fakes/naps.so" --threads=1 --wait=yield --work=0 --shape=short

# Without --work the run sweeps the work; and the work takes the time that it should
measured --queues=mutex_ring --threads=1
[[ $(jq -c '[.cells[].work_ns] | sort' results.json) == '[0,100,1000,10000]' ]] ||
	fail "the work is not swept"
jq -e '.cells[] | select(.work_ns == 10000) | .samples[0].value < 1e5' results.json >/dev/null ||
	fail "10 us of work cost less"

# fakes_rejected: fails unless no fake gets a number, and the fault of one is named
fakes_rejected() {
	local fake
	for fake in loses repeats reorders always_empty crashes; do
		run_long run --workloads=replay --queues="$fakes/$fake.so" --threads=2 --work=0 --rounds=1 \
			--warm-up=5 -o results.json
		((status == 1)) || fail "status $status instead of 1 with the fake $fake"
		jq -e '[.cells[].samples[].verdict] | length > 0 and all(. != "ok")' results.json \
			>/dev/null || fail "a sample of $fake is good"
	done
	run_long run --workloads=replay --queues="$fakes/repeats.so" --threads=2 --work=0 --rounds=1 --warm-up=5
	grep -q "a node of the walk came twice" err || fail "it is not said that a node came twice"
}

# Under a sanitizer, fakes are left to verify
[[ $sanitizer ]] || fakes_rejected

expect 2 "nowhere: No such file" run --workloads=replay --shape=nowhere
head -c 200 chain >truncated
expect 2 "truncated, line [0-9]+: .*truncated; record it again" run --workloads=replay \
	--shape=truncated
printf 'something else\n' >other
expect 2 "other: is no shape of a walk" run --workloads=replay --shape=other
expect 2 "other: is no shape of a walk" run --workloads=pairwise --shape=other
[[ ! -s out ]] || fail "something was measured"
