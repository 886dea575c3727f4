#!/usr/bin/env bash
# Which queue should the pool use? Sets up, builds, times walks of a real tree with each queue, measures
# the queues without the walk, and reports.

set -euo pipefail
export LC_ALL=C.UTF-8 # a point in numbers, whatever the user's language
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=$root/build/release/qbench
source "$root/scripts/steps.sh"

usage() {
	cat <<-END
		Usage: scripts/bench.sh [--quick] [--threads LIST] [--queues LIST] [--time TIME]
		                        [--publish NAME] [--without PACKAGE] [DIR]...

		Compares the queues on DIR (default: /usr), then without the walk, and leaves tables, raw
		samples and a report in a new folder below results/local/.

		  --quick            within a minute on 2 processors: fewer rounds, fewer numbers of threads
		  --threads LIST     such as 1,4,16 (default: 1, 2, 4 ... up to twice the processors)
		  --queues LIST      such as scq,./mine.so or all, which dirwalk --queue=help lists
		                     (default: a headline, one of each kind, and the one that dirwalk
		                     uses; to publish: all)
		  --time TIME        for what follows the walk, such as 20m (default: 90s); to publish, for
		                     what the answer does not need (default: 30m)
		  --publish NAME     measure all workloads, verify the queues, and put what belongs into the
		                     repository under results/NAME/: an hour, or half of it with --quick, on
		                     a machine that does nothing else
		  --without PACKAGE  do not install it, such as libdpdk-dev (scripts/setup.sh --help)

		On a terminal it asks before it installs packages. Status 1: a row counted wrong, or failed;
		the table is still written. 2: wrong usage.
	END
}

# --- what is asked for ---------------------------------------------------------------------------

quick=false threads='' queues='' publish='' time='' directories=() setup=(build libraries measure)
command=scripts/bench.sh
(($# == 0)) || command+=$(printf ' %q' "$@")
while (($# > 0)); do
	case $1 in
	--quick) quick=true ;;
	--threads | --queues | --publish | --time | --without)
		set -- "$1=${2-}" "${@:3}"
		continue
		;;
	--threads=?* | --queues=?* | --publish=?* | --time=?*)
		name=${1%%=*}
		printf -v "${name#--}" '%s' "${1#*=}"
		;;
	--without=?*) setup+=("$1") ;;
	--*=) die 2 "${1%=} needs a value" ;;
	-h | --help)
		usage
		exit 0
		;;
	--)
		directories+=("${@:2}")
		break
		;;
	-*)
		say "bench.sh: unknown option: $1"
		usage >&2
		exit 2
		;;
	*) directories+=("$1") ;;
	esac
	shift
done
if ((${#directories[@]} == 0)); then
	directories=(/usr)
fi
for directory in "${directories[@]}"; do
	[[ -d $directory ]] || die 2 "${directory@Q}: not a directory"
done
if [[ $threads && ! $threads =~ ^[1-9][0-9]{0,3}(,[1-9][0-9]{0,3})*$ ]]; then
	die 2 "--threads: '$threads' is not a list of numbers such as 1,4,16"
fi
if [[ $time ]] && { $quick || [[ ! $time =~ ^[1-9][0-9]*[smh]$ ]]; }; then
	die 2 "--time: '$time' is not a time such as 90s or 20m, or --quick leaves none to choose"
fi
if [[ $publish ]]; then
	"$root/scripts/publish.sh" --check "$publish" || exit
fi

# --- set up and build ----------------------------------------------------------------------------

if ! "$root/scripts/setup.sh" "${setup[@]}"; then
	for tool in cmake ninja cc hyperfine python3 find; do
		command -v "$tool" >/dev/null || die 1 "$tool is missing, and must be there"
	done
	say "bench.sh: something is missing (above); going on with what there is"
fi

mkdir -p "$root/results/local"
# On the file system of the results, so that they appear whole or not at all
scratch=$(mktemp -d "$root/results/local/.unfinished-XXXXXX")
log=$scratch/log
mkdir "$scratch/out"
targets=(programs)
[[ ! $publish ]] || targets+=(exploring)
step "configure" "$log" env -C "$root" cmake --preset release
step "build" "$log" ninja -C "$root/build/release" "${targets[@]}"

# --- walk ----------------------------------------------------------------------------------------

failures=0
failed() {
	say "bench.sh: $1 failed (above)"
	failures=$((failures + 1))
}

effort=default
if $quick; then
	effort=quick
elif [[ $publish ]]; then
	effort=thorough
fi
chosen=()
[[ ! $queues ]] || chosen=("--queues=$queues")
status=0
attend "$root/scripts/walks.py" real --effort "$effort" "${chosen[@]}" ${threads:+"--threads=$threads"} \
	--command "$command" --output "$scratch/out" -- "${directories[@]}" || status=$?
[[ -f $scratch/out/walk.json ]] || exit "$status"
((status == 0)) || failed "a walk"

base=$root/results/local/$(date +%Y%m%d-%H%M%S)
for ((n = 1; ; n++)); do
	results=$base$( ((n == 1)) || printf -- '-%d' "$n")
	[[ -e $results ]] || break
done
mv "$scratch/out" "$results"

if ! $quick && [[ ! $threads ]]; then
	[[ ! $publish || $queues ]] || chosen=(--queues=all)
	attend "$root/scripts/walks.py" trees "${chosen[@]}" --output "$results" || failed "a walk of a made-up tree"
fi

# --- run -----------------------------------------------------------------------------------------

measure() { # NAME ARGUMENT...: qbench run, whose samples go to NAME.json
	say "run: qbench run ${*:2}"
	attend "$program" run -o "$results/$1.json" "${@:2}" >"$results/$1.txt" || failed "qbench run"
}

chosen=()
[[ -z $queues || $queues == all ]] || chosen=("--queues=$queues")
budget=("--time=${time:-90s}")
if [[ $publish ]]; then
	verify=("${chosen[@]}") samples=(--duration=50) budget=("--time=${time:-30m}")
	[[ $queues ]] || chosen=('--queues=*')
	if $quick; then
		verify+=(--time=30s) samples=(--duration=30 --warm-up=10) budget=(--rounds=3)
	fi
	# What the answer is made of has as many rounds as verdicts take, the rest what time there is
	answering=producers_consumers,pingpong,replay
	others=$("$program" list --workloads |
		awk -v apart="idle,$answering" '!index("," apart ",", "," $1 ",") { print $1 }' | paste -sd ,)
	measure situations "${chosen[@]}" "--workloads=$answering" "${samples[@]}" --rounds=10
	measure qbench "${chosen[@]}" "--workloads=$others" "${samples[@]}" "${budget[@]}"
	# A sample takes more than a second, and tells waits apart rather than queues: the headline does
	measure idle --workloads=idle --threads=2 --rounds=9
	say "verify: qbench verify ${verify[*]}"
	attend "$program" verify "${verify[@]}" -o "$results/verify.json" >"$results/verify.txt" ||
		failed "qbench verify, as verify.txt says,"
else
	if $quick; then
		budget=(--workloads=pairwise "--threads=1,$(nproc)" --rounds=8 --duration=30 --warm-up=10)
	fi
	measure qbench "${chosen[@]}" "${budget[@]}"
	cat "$results/qbench.txt"
fi

# --- report --------------------------------------------------------------------------------------

write_report "$results" "$log" || failed "qbench report"
if [[ $publish ]]; then
	"$root/scripts/publish.sh" "$results" "$publish" || failed "publish.sh"
fi
# The first table of the report is the answer
awk -F ' *\\| *' '
	/^\|/ && $2 !~ /^---/ && !/not measured/ {
		gsub(/\*\*|\\/, "")
		printf "%s%-52s %-22s %s\n", rows++ ? "" : "\n", $2, $3, $5
	}
	rows && !/^\|/ { exit }' "$results/REPORT.md"
printf '\nreport:  %s\nresults: %s\n' "$results/report.html" "$results"
exit $((failures > 0))
