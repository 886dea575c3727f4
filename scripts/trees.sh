#!/usr/bin/env bash
# Does the tree decide which queue is best? Walks trees of extreme shapes in memory with each queue, and
# compares it with the default one, by the ratios inside rounds.

set -euo pipefail
export LC_ALL=C.UTF-8

usage() {
	cat <<-END
		Usage: scripts/trees.sh [--queues LIST] [--rounds N] [--output DIR]

		Walks with two workers, from memory: 20,000 directories of 10 files (tiny), one of 200,000
		files (wide), and 5,000 inside each other (deep). Prints the time of each queue relative to
		the default one, and says which trees tell queues apart. Needs the release build.

		  --queues LIST  such as scq,vyukov (default: a headline, one of each kind)
		  --rounds N     each queue walks once a round (default: 15)
		  --output DIR   leave every sample there in trees.json, which qbench report takes
	END
}

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
programs=$root/build/release
rounds=15 queues='' output=''
while (($# > 0)); do
	case $1 in
	--queues | --rounds | --output)
		if [[ -z ${2-} ]]; then
			echo "trees.sh: $1 needs a value" >&2
			exit 2
		fi
		printf -v "${1#--}" '%s' "$2"
		shift
		;;
	-h | --help)
		usage
		exit 0
		;;
	*)
		echo "trees.sh: unknown option: $1" >&2
		usage >&2
		exit 2
		;;
	esac
	shift
done
if [[ ! -x $programs/rounds || ! -x $programs/dirwalk ]]; then
	echo "trees.sh: no $programs/dirwalk: cmake --preset release && cmake --build --preset release" >&2
	exit 1
fi

folder=${TMPDIR:-/tmp}
if [[ -w /dev/shm ]] && (($(df --output=avail -B1M /dev/shm | tail -n 1) >= 1024)); then
	folder=/dev/shm
fi
work=$(mktemp -d "$folder/qbench-trees.XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

default=$("$programs/dirwalk" --json --max-depth=0 "$work" | jq -er .queue)
if [[ $queues ]]; then
	IFS=, read -ra names <<<"$queues"
else
	mapfile -t names < <("$programs/qbench" list --json | jq -r '.[] | select(.headline) | .name')
fi
others=()
mkdir "$work/empty"
for name in "${names[@]}"; do
	if ! refusal=$("$programs/dirwalk" -j2 -q "$name" "$work/empty" 2>&1 >/dev/null); then
		echo "trees.sh: without $name: $refusal" >&2
	elif [[ $name != "$default" ]]; then
		others+=("$name")
	fi
done

declare -A shape=([tiny]='20000 10' [wide]='200000' [deep]='5000 1')
declare -A meaning=([tiny]='20,000 directories of 10 files' [wide]='one directory of 200,000 files'
	[deep]='5,000 directories inside each other')
status=0
for tree in tiny wide deep; do
	echo "making the $tree tree" >&2
	# shellcheck disable=SC2086
	"$root/scripts/make_tree.py" "$tree" "$work/$tree" ${shape[$tree]}
	commands=("$default" "$programs/dirwalk -j2 -q $default $work/$tree")
	for name in "${others[@]}"; do
		commands+=("$name" "$programs/dirwalk -j2 -q $name $work/$tree")
	done
	commands+=(find "find $work/$tree ! -type d -printf x")
	"$programs/rounds" -r "$rounds" -o "$work/$tree.json" "${commands[@]}" >/dev/null || status=1
	rm -rf "${work:?}/$tree"
	if [[ ! -s $work/$tree.json ]]; then
		continue
	fi
	# Apart: all of the interval is more than 3 % away from the default
	printf '\n%s: %s, relative to %s\n' "$tree" "${meaning[$tree]}" "$default"
	jq -r '.commands[] | [.name, .wall_ms.median, .ratio.median, .ratio.low, .ratio.high] | @tsv' \
		"$work/$tree.json" | awk -F '\t' '
		{
			apart = NR > 1 && $1 != "find" && ($4 > 1.03 || $5 < 0.97)
			count += apart
			printf "  %-16s %8.1f ms  %5.2f [%.2f %.2f]%s\n", $1, $2, $3, $4, $5, apart ? "  apart" : ""
		}
		END {
			if (count) {
				print "  This tree tells " count " of the queues from the first."
			} else {
				print "  This tree tells no queue from the first."
			}
		}'
	# Whose folders they were is private
	jq --arg name "$tree" --arg shape "${meaning[$tree]}" \
		'del(.commands[].command) | { name: $name, shape: $shape, rounds: . }' \
		"$work/$tree.json" >>"$work/trees"
done
if [[ $output && -s $work/trees ]]; then
	"$programs/qbench" machine --json >"$work/facts.json"
	jq -s '{ format: "qbench-trees/1", machine: .[0], trees: .[1:] }' "$work/facts.json" "$work/trees" \
		>"$output/trees.json"
fi
exit "$status"
