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
		       scripts/aa.sh --answers FIRST SECOND

		Measures vyukov, scq and mutex_ring, each by eight names, and counts the names that
		qbench run calls slower than the best: at most 1 of 200 should be. About six minutes.

		  --copies  eight copies of the file in place of eight names, each compiled by itself: the
		            difference is where the compiler and the linker put it, called layout noise.
		            At most 10 of 200 should be called slower.
		  --builds  the same cells with the qbench of two folders, such as build/release of two
		            commits: both once a round, in random order, for ten rounds. Prints AFTER's
		            throughput by BEFORE's inside rounds, floors included. A cell differs where all
		            ten ratios are on one side of 1 and their median is more than 3 % away from it;
		            of equal builds, at most 1 cell in 200 should.
		  --answers the answers of FIRST, a folder that scripts/bench.sh wrote: how many does SECOND,
		            of the same machine, contradict? None should be. It does if the best queue is
		            slower there, or, where most queues are undecided, the best and each of these.
		            Counts what is undecided, and what is as good and costs over 5 % more there.

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
--answers)
	mode=answers
	(($# == 3)) || die 2 "--answers needs two folders"
	folders=("${@:2}")
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

if [[ $mode == answers ]]; then
	for i in 0 1; do
		mkdir "$scratch/$i"
		"$root/build/release/qbench" report -o "$scratch/$i" "${folders[i]}"/*.json >"$scratch/log" 2>&1 ||
			die 1 "no report of ${folders[i]@Q} can be made: $(<"$scratch/log")"
	done
	# A queue has the verdict of its first row, which costs least, or of one that is as good. The first queue is the best,
	# or the one that the others are held against where none is
	awk -F ' *\\| *' '
		FNR == 1 { ++run }
		/^<details>/ {
			situation = $0
			if (!sub(/: all queues<.*/, "", situation) || !sub(/.*<summary>/, "", situation))
				situation = ""
		}
		situation && /^\|/ && $10 ~ /^(best|as good|slower|undecided|hidden)$/ {
			gsub(/\\/, "", $2)
			key = situation SUBSEP $2
			if (!((run, key) in verdicts) || ($10 == "as good" && verdicts[run, key] != "best")) {
				verdicts[run, key] = $10
				lows[run, key] = $6 + 0
			}
			if (!((run, situation) in best)) {
				best[run, situation] = $2
				several[run, situation] = $10 != "best"
			}
		}
		END {
			for (key in verdicts) {
				split(key, parts, SUBSEP)
				++entries[parts[1]]
				++counts[parts[1], verdicts[key]]
				if (parts[1] == 1 && verdicts[key] == "as good") {
					++good
					worse += lows[2, parts[2], parts[3]] >= 1.05
				}
				# What the first says is not slower, and the second has measured, too
				if (parts[1] == 1 && (2, parts[2], parts[3]) in verdicts &&
					(verdicts[key] == "best" || (several[1, parts[2]] && verdicts[key] ~ /undecided|hidden/)))
					held[parts[2]] += verdicts[2, parts[2], parts[3]] != "slower"
			}
			for (run = 1; run <= 2; ++run)
				printf "%s: %d of %d entries undecided, %d hidden\n", run == 1 ? "first" : "second",
					counts[run, "undecided"], entries[run], counts[run, "hidden"]
			for (key in best) {
				split(key, parts, SUBSEP)
				situation = parts[2]
				first = situation SUBSEP best[1, situation]
				# Both must have measured the best of both
				if (parts[1] == 2 || !((2, first) in verdicts) || !((1, situation, best[2, situation]) in verdicts))
					continue
				++compared
				none += several[1, situation]
				wrong += !held[situation]
				printf "%s: %s%s, in the second: %s\n", situation, best[1, situation],
					several[1, situation] ? " or an undecided one" : "", verdicts[2, first]
			}
			printf "as good in the first: %d, of which %d cost over 5 %% more for sure in the second\n", good, worse
			printf "answers: the second contradicts %d of the first, of %d, of which %d name no best queue\n",
				wrong, compared, none
			exit wrong > 0 || compared == 0
		}' "$scratch"/{0,1}/REPORT.md
	exit
fi

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
		"\(map(select(. == "slower")) | length) \(map(select(. == "slower" or . == "as good" or . == "undecided" or . == "hidden")) | length)"' \
		"$scratch/$queue.json")
	slower=$((slower + s)) compared=$((compared + c))
done
verdict "$slower" "$compared" "$([[ $mode == copies ]] && echo 10 || echo 1)"
