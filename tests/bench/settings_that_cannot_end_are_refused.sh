#!/usr/bin/env bash
# Work that a sample could not end in time is refused. A run that is accepted ends, with a number.
# not-under: tsan (qbench itself has one thread; other tests run samples and checks there)

source "$(dirname "$0")/lib.sh"

quick=(--rounds=1 --duration=5 --warm-up=0 --queues=mutex_ring)

expect 2 '--work=10000000: .* 2 threads and a capacity of 4096, a sample of open_loop .* smaller --capacity' \
	run "${quick[@]}" --workloads=open_loop --work=10000000 --threads=2
expect 2 '--work=1000000000: .* a sample of empty' run "${quick[@]}" --workloads=empty --work=1000000000

# One loop counts something only after 64 times the work; the other has the work as a backlog
run run "${quick[@]}" --workloads=empty --work=2000000 --threads=1
((status == 0)) || fail "status $status with a long work"
run run "${quick[@]}" --workloads=open_loop --work=300000 --capacity=64 --threads=2 --wait=yield
((status == 0)) || fail "status $status with a backlog of work"
grep -q 'HUNG\|VOID' out && fail "a sample without a number: $(grep 'HUNG\|VOID' out)"
run run "${quick[@]}" --workloads=pairwise --threads=400 --wait=spin
((status == 0)) || fail "status $status with many threads that spin"
