#!/usr/bin/env bash
# Without their libraries, queues that are made of libraries are left out, with a message each. All queues
# from papers are built and listed, in a program that needs none of these libraries. It is made by the commands that
# made qbench in this build, so it is not made again. A C library without argp is refused.
# seconds: 15

source "$(dirname "$0")/lib.sh"

need cmake ninja cc
build=${2:?usage: ${0##*/} SOURCES BUILD}
[[ -f $build/build.ninja ]] || skip "this is no build of ninja's"
same='CMAKE_(BUILD_TYPE|COMPILE_WARNING_AS_ERROR|C(XX)?_(COMPILER|COMPILER_LAUNCHER|FLAGS)|EXE_LINKER_FLAGS)'
mapfile -t settings < <(sed -nE "s/^$same:[A-Z]+=/-D&/p" "$build/CMakeCache.txt")
cmake -S "$source_dir" -B "$scratch/build" -G Ninja "${settings[@]}" -DBUILD_TESTING=OFF -DQBENCH_LIBRARIES=OFF \
	>"$scratch/log" 2>&1 || fail "the tree cannot be configured without libraries"
! cmake -S "$source_dir" -B "$scratch/refused" -G Ninja -DHAVE_ARGP=OFF >"$scratch/refusal" 2>&1 ||
	fail "a C library without argp is not refused"
grep -q 'argp_parse() cannot be linked' "$scratch/refusal" || fail "it is not said that argp is missing"

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

commands() { # BUILD: prints what makes qbench there
	ninja -C "$1" -t commands qbench | sed "s|$1|BUILD|g" | sort
}
commands "$build" >"$scratch/with"
commands "$scratch/build" >"$scratch/without"
diff "$scratch/with" "$scratch/without" >"$scratch/log" || fail "qbench is made in another way without libraries"

# Away from the modules of this build
mkdir "$scratch/alone"
cp "$build/qbench" "$scratch/alone"
table=$("$scratch/alone/qbench" list)
for queue in "${papers[@]}"; do
	grep -q "^$queue " <<<"$table" || fail "qbench list has no $queue"
done
for queue in "${libraries[@]}"; do
	! grep -q "^$queue " <<<"$table" || fail "qbench list has $queue"
done

# qbench itself needs hwloc and jansson
needs=$(ldd "$build/qbench")
! grep -E 'urcu|libck|librte|glib|tbb|libstdc' <<<"$needs" || fail "qbench is linked with the above"

echo "without ${#libraries[@]} queues of libraries: ${#papers[@]} others, built and listed"
