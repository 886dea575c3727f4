#!/usr/bin/env bash
# A/A: does qbench run call equal things different? Measures queues against themselves, and counts.

set -euo pipefail
export LC_ALL=C.UTF-8

usage() {
	cat <<-END
		Usage: scripts/aa.sh [--copies] [QBENCH-RUN-OPTION]...

		Measures vyukov, scq and mutex_ring, each by eight names, and counts the names that
		qbench run calls slower than the best: at most 1 of 200 should be. About five minutes.

		  --copies  eight copies of the file in place of eight names, each compiled by itself:
		            what differs is where the compiler and the linker put it, which is called
		            layout noise. At most 10 of 200 should be called slower.

		Status 1: there were more.
	END
}

copies=false
if [[ ${1-} == --copies ]]; then
	copies=true
	shift
elif [[ ${1-} == -h || ${1-} == --help ]]; then
	usage
	exit 0
fi

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
source=$root
build=$root/build/release
names=8
queues=(vyukov scq mutex_ring)

if $copies; then
	source=$work/source build=$work/build
	mkdir "$source"
	(cd "$root" && cp -r CMakeLists.txt bench queues src "$source")
	for queue in "${queues[@]}"; do
		for ((i = 1; i < names; i++)); do
			sed "s/\\.name = \"$queue\"/.name = \"${queue}_$i\"/
				s/QUEUE_EXPORT($queue)/QUEUE_EXPORT(${queue}_$i)/" \
				"$source/queues/$queue.c" >"$source/queues/${queue}_$i.c"
		done
	done
fi
cmake -S "$source" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF >"$work/log" &&
	cmake --build "$build" --target qbench >>"$work/log" || {
	tail -n 40 "$work/log" >&2
	exit 1
}

slower=0 compared=0
for queue in "${queues[@]}"; do
	list=$queue
	for ((i = 1; i < names; i++)); do
		if $copies; then
			list+=,${queue}_$i
		else
			list+=,${queue}_$i=$queue
		fi
	done
	"$build/qbench" run "--queues=$list" \
		--workloads=pairwise,mixed,producers_consumers --threads=1,2,4,1:1,1:2,2:1,2:2 \
		--rounds=10 --duration=60 --warm-up=15 -o "$work/$queue.json" "$@" >"$work/table"
	cat "$work/table"
	read -r s c < <(jq -r '[.cells[] | select(.floor | not) | .summary.verdict] |
		"\(map(select(. == "slower")) | length) \(map(select(. == "slower" or . == "ties")) | length)"' \
		"$work/$queue.json")
	slower=$((slower + s)) compared=$((compared + c))
done
allowed=$((compared * ($(if $copies; then echo 10; else echo 1; fi)) / 200))
echo "A/A: $slower of $compared comparisons called equal things different (at most $allowed should be)"
exit $((slower > allowed))
