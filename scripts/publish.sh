#!/usr/bin/env bash
# Puts the results of a run into the repository: what others can use, and nothing that is private.

set -euo pipefail
export LC_ALL=C.UTF-8
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=$root/build/release/qbench
source "$root/scripts/steps.sh"

usage() {
	cat <<-END
		Usage: scripts/publish.sh RESULTS NAME

		Puts the folder RESULTS, which scripts/bench.sh made below results/local/, into the
		repository as results/NAME/, with a row in results/README.md. Histograms of latencies,
		which are nine tenths of the size, are left out; their percentiles stay. Paths of this
		checkout are left out as well.

		  --check NAME  in place of all: may the results have this name?

		Status 2: wrong usage, or NAME is there already.
	END
}

case $#:${1-} in
1:-h | 1:--help)
	usage
	exit 0
	;;
2:*) ;;
*)
	usage >&2
	exit 2
	;;
esac
if [[ ! $2 =~ ^[a-z0-9][a-z0-9._-]*$ || $2 == local ]]; then
	die 2 "'$2' is no name of lower-case letters, digits, dots and hyphens"
elif [[ -e $root/results/$2 ]]; then
	die 2 "results/$2 is there already; remove it first"
elif [[ $1 == --check ]]; then
	exit 0
fi
[[ -f $1/walk.json || -f $1/qbench.json ]] || die 2 "$1: no results of scripts/bench.sh are there"

# A folder beside its place, so that it appears whole or not at all
scratch=$(mktemp -d "$root/results/local/.unfinished-XXXXXX")
out=$scratch/out
mkdir "$out"
for name in walk trees situations qbench idle verify; do
	if [[ -f $1/$name.json ]]; then
		jq -c --arg root "$root/" 'del(.cells[]?.samples[].latency_ns.histogram?)
			| if .command then .command |= (split($root) | join("")) else . end' \
			"$1/$name.json" >"$out/$name.json"
	fi
done
attend "$program" machine >"$out/machine.txt"
write_report "$out" "$scratch/log"
rm "$out/report.html" "$out/samples.csv"
# Without gnuplot there are no plots
find "$out" \( -name '*.svg' -o -name machine.txt \) -exec sed -i 's/[[:blank:]]*$//' {} +
mv "$out" "$root/results/$2"
"$root/scripts/tables.sh" "$program"
say "published: $root/results/$2, and its row in results/README.md"
