#!/usr/bin/env bash
# Without their libraries, queues that are made of libraries are left out, with a message each. All queues
# from papers are built and listed, in a program that needs none of these libraries.
# seconds: 35

source "$(dirname "$0")/lib.sh"

need cmake ninja cc
# Not optimized, since nothing is measured
cmake -S "$source_dir" -B "$scratch/build" -G Ninja -DCMAKE_BUILD_TYPE=Warnings \
	-DBUILD_TESTING=OFF -DQBENCH_LIBRARIES=OFF >"$scratch/log" 2>&1 ||
	fail "the tree cannot be configured without libraries"

papers=()
libraries=()
cd "$source_dir/queues"
for file in *.c *.cpp; do
	[[ -e $file ]] || continue
	queue=${file%.*}
	if [[ $file == *.cpp ]] || grep -qE '^// requires(-header)?: ' "$file"; then
		libraries+=("$queue")
		grep -q "Queue $queue is left out" "$scratch/log" || fail "no message that $queue is left out"
	else
		papers+=("$queue")
	fi
done
((${#papers[@]} > 0 && ${#libraries[@]} > 0)) || fail "there are no queues of one of the kinds"

cmake --build "$scratch/build" --target qbench >"$scratch/log" 2>&1 ||
	fail "qbench cannot be built without libraries"
: >"$scratch/log"

table=$("$scratch/build/qbench" list)
for queue in "${papers[@]}"; do
	grep -q "^$queue " <<<"$table" || fail "qbench list has no $queue"
done
for queue in "${libraries[@]}"; do
	! grep -q "^$queue " <<<"$table" || fail "qbench list has $queue"
done

# qbench itself needs hwloc and jansson
needs=$(ldd "$scratch/build/qbench")
! grep -E 'urcu|libck|librte|glib|tbb|libstdc' <<<"$needs" || fail "qbench is linked with the above"

echo "without ${#libraries[@]} queues of libraries: ${#papers[@]} others, built and listed"
