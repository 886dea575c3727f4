#!/usr/bin/env bash
# A/A: does qbench run call equal things different? Measures queues against themselves, or the same cells
# with two builds, and counts.

set -euo pipefail
export LC_ALL=C.UTF-8
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/steps.sh"

usage() {
	cat <<-END
		Usage: scripts/aa.sh [--copies] [QBENCH-RUN-OPTION]...
		       scripts/aa.sh --builds BEFORE AFTER [QBENCH-RUN-OPTION]...

		Measures vyukov, scq and mutex_ring, each by eight names, and counts the names that
		qbench run calls slower than the best: at most 1 of 200 should be. About five minutes.

		  --copies  eight copies of the file in place of eight names, each compiled by itself: the
		            difference is where the compiler and the linker put it, called layout noise.
		            At most 10 of 200 should be called slower.
		  --builds  the same cells with the qbench of two folders, such as build/release of two
		            commits: both once a round, in random order, for ten rounds. Prints AFTER's
		            throughput by BEFORE's inside rounds, floors included. A cell differs where all
		            ten ratios are on one side of 1 and their median is more than 3 % away from it;
		            of equal builds, at most 1 cell in 200 should.

		Status 1: there were more.
	END
}

mode=names
case ${1-} in
-h | --help) show_usage ;;
--copies)
	mode=copies
	shift
	;;
--builds)
	mode=builds
	(($# >= 3)) || die 2 "--builds needs two folders"
	before=$(realpath -- "$2") after=$(realpath -- "$3")
	[[ -x $before/qbench && -x $after/qbench ]] || die 2 "--builds: no qbench is in $2, or in $3"
	shift 3
	;;
esac

scratch=$(mktemp -d)
queues=(vyukov scq mutex_ring)
# shellcheck disable=SC2054
cells=(--workloads=pairwise,mixed,producers_consumers --threads=1,2,4,1:1,1:2,2:1,2:2
	--duration=60 --warm-up=15)

verdict() { # DIFFERENT COMPARED ALLOWED-OF-200
	local allowed=$(($2 * $3 / 200))
	echo "A/A: $1 of $2 comparisons called equal things different (at most $allowed should be)"
	exit $(($1 > allowed))
}

if [[ $mode == builds ]]; then
	rounds=10
	for ((round = 1; round <= rounds; round++)); do
		show "round $round of $rounds"
		for build in $(shuf -e before after); do
			attend "${!build}/qbench" run "--queues=$(IFS=, && echo "${queues[*]}")" "${cells[@]}" \
				--rounds=1 "--seed=$round" -o "$scratch/$build$round.json" "$@" >/dev/null 2>"$scratch/log" || {
				cat "$scratch/log" >&2
				die 1 "${!build}/qbench run failed (above)"
			}
			jq --arg build "$build" '.cells[] | select(.summary.median) | {build: $build, value: .summary.median,
				cell: "\(.queue), \(.wait), \(.workload), \(.threads) (\(.producers):\(.consumers))"}' \
				"$scratch/$build$round.json" >>"$scratch/samples"
		done
	done
	shown
	# The samples of a cell stand in the order of the rounds
	jq -rs 'group_by(.cell)[] | .[0].cell as $cell
		| [map(select(.build == "before").value), map(select(.build == "after").value)]
		| select((.[0] | length) == (.[1] | length)) | transpose | map(.[1] / .[0]) | sort
		| [$cell, .[0], .[length / 2 | floor] / 2 + .[(length - 1) / 2 | floor] / 2, .[-1]] | @tsv' "$scratch/samples" |
		awk -F '\t' '{
				differs = ($2 > 1 || $4 < 1) && ($3 > 1.03 || $3 < 0.97)
				different += differs
				printf "%s %.3f (%.3f, %.3f)  %s\n", differs ? "!" : " ", $3, $2, $4, $1
			}
			END { print different + 0, NR >"'"$scratch/count"'" }'
	read -r different compared <"$scratch/count"
	((compared > 0)) || die 1 "the two builds have no cell in common"
	verdict "$different" "$compared" 1
fi

names=8
source=$root build=$root/build/release
if [[ $mode == copies ]]; then
	source=$scratch/source build=$scratch/build
	mkdir "$source"
	(cd "$root" && cp -r CMakeLists.txt bench completion doc queues src "$source")
	for queue in "${queues[@]}"; do
		for ((i = 1; i < names; i++)); do
			sed "s/\\.name = \"$queue\"/.name = \"${queue}_$i\"/
				s/QUEUE_EXPORT($queue)/QUEUE_EXPORT(${queue}_$i)/" \
				"$source/queues/$queue.c" >"$source/queues/${queue}_$i.c"
		done
	done
	step configure "$scratch/log" cmake -S "$source" -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF
else
	step configure "$scratch/log" env -C "$root" cmake --preset release
fi
step build "$scratch/log" ninja -C "$build" qbench

slower=0 compared=0
for queue in "${queues[@]}"; do
	list=$queue
	for ((i = 1; i < names; i++)); do
		list+=,${queue}_$i
		[[ $mode == copies ]] || list+="=$queue"
	done
	attend "$build/qbench" run "--queues=$list" "${cells[@]}" --rounds=12 -o "$scratch/$queue.json" "$@"
	read -r s c < <(jq -r '[.cells[] | select(.floor | not) | .summary.verdict] |
		"\(map(select(. == "slower")) | length) \(map(select(. == "slower" or . == "as good" or . == "undecided")) | length)"' \
		"$scratch/$queue.json")
	slower=$((slower + s)) compared=$((compared + c))
done
verdict "$slower" "$compared" "$([[ $mode == copies ]] && echo 10 || echo 1)"
