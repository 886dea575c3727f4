#!/usr/bin/env bash
# Puts the results of a run into the repository: what others can use, and nothing that is private.

set -euo pipefail
export LC_ALL=C.UTF-8
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=$root/build/release/qbench
source "$root/scripts/steps.sh"

usage() {
	cat <<-END
		Usage: scripts/publish.sh [--measure [--quick] [--queues=LIST] [--time=TIME]] RESULTS NAME

		Puts the folder RESULTS, which scripts/bench.sh made below results/local/, into the
		repository as results/NAME/, with a row in results/README.md. Histograms of latencies,
		which are nine tenths of the size, are left out; their percentiles stay. Paths of this
		checkout are left out as well.

		  --measure     before that, measure all workloads and verify the queues, into RESULTS; the
		                options are those of scripts/bench.sh --publish, which calls this
		  --check NAME  in place of all: may the results have this name?

		Status 1: something failed. 2: wrong usage, or NAME is there already.
	END
}

measuring=false quick=false queues='' time='' status=0
while [[ ${1-} == -* ]]; do
	case $1 in
	--measure) measuring=true ;;
	--check) break ;;
	--quick) quick=true ;;
	--queues=* | --time=*)
		name=${1%%=*}
		printf -v "${name#--}" '%s' "${1#*=}"
		;;
	-h | --help)
		usage
		exit 0
		;;
	*) set -- ;;
	esac
	shift || break
done
if (($# != 2)); then
	usage >&2
	exit 2
fi
results=$1 name=$2
if [[ ! $name =~ ^[a-z0-9][a-z0-9._-]*$ || $name == local ]]; then
	die 2 "'$name' is no name of lower-case letters, digits, dots and hyphens"
elif [[ -e $root/results/$name ]]; then
	die 2 "results/$name is there already; remove it first"
elif [[ $results == --check ]]; then
	exit 0
fi
[[ -f $results/walk.json || -f $results/qbench.json ]] || die 2 "$results: no results of scripts/bench.sh are there"

if $measuring; then
	chosen=() verify=() samples=(--duration=50) budget=("--time=${time:-30m}")
	if [[ $queues && $queues != all ]]; then
		chosen=("--queues=$queues")
	fi
	if $quick; then
		verify=(--time=30s) samples=(--duration=30 --warm-up=10) budget=(--rounds=3)
	fi
	samples+=("${chosen[@]:---queues=*}")
	# What the answer is made of has as many rounds as verdicts take, the rest what time there is
	answering=producers_consumers,pingpong,replay
	others=$("$program" list --workloads |
		awk -v apart="idle,$answering" '!index("," apart ",", "," $1 ",") { print $1 }' | paste -sd ,)
	measure "$results" situations run "--workloads=$answering" "${samples[@]}" --rounds=10 || status=1
	measure "$results" qbench run "--workloads=$others" "${samples[@]}" "${budget[@]}" || status=1
	# A sample takes more than a second, and tells waits apart rather than queues: the headline does
	measure "$results" idle run --workloads=idle --threads=2 --rounds=9 || status=1
	measure "$results" verify verify "${chosen[@]}" "${verify[@]}" || {
		say "publish.sh: qbench verify failed, as $results/verify.txt says"
		status=1
	}
fi

# A folder beside its place, so that it appears whole or not at all
scratch=$(mktemp -d "$root/results/local/.unfinished-XXXXXX")
out=$scratch/out
mkdir "$out"
for file in walk trees situations qbench tail idle verify; do
	if [[ -f $results/$file.json ]]; then
		jq -c --arg root "$root/" 'del(.cells[]?.samples[].latency_ns.histogram?)
			| if .command then .command |= (split($root) | join("")) else . end' \
			"$results/$file.json" >"$out/$file.json"
	fi
done
attend "$program" machine >"$out/machine.txt"
write_report "$out" "$scratch/log"
rm "$out/report.html" "$out/samples.csv"
# Without gnuplot there are no plots
find "$out" \( -name '*.svg' -o -name machine.txt \) -exec sed -i 's/[[:blank:]]*$//' {} +
mv "$out" "$root/results/$name"
"$root/scripts/tables.sh" "$program"
say "published: $root/results/$name, and its row in results/README.md"
exit "$status"
