#!/usr/bin/env bash
# Which queue should the pool use? Sets up, builds, times walks of a real tree with each queue, measures
# the queues without the walk, and reports.

set -euo pipefail
export LC_ALL=C.UTF-8 # a point in numbers, whatever the user's language
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/steps.sh"

usage() {
	cat <<-END
		Usage: scripts/bench.sh [--quick] [--threads LIST] [--queues LIST] [--time TIME]
		                        [--publish NAME [--force]] [--without PACKAGE] [--wait-quiet[=TIME]]
		                        [DIR]...

		Compares the queues on DIR (default: /usr), then without the walk, and leaves tables, raw
		samples and a report in a new folder below results/local/.

		  --quick            within a minute on 2 processors: fewer rounds, fewer numbers of threads
		  --threads LIST     workers of the walks, such as 1,4,16 (default: 1, 2, 4 ... up to twice the
		                     processors; the default queue alone walks with other numbers than theirs)
		  --queues LIST      such as scq,./mine.so or all, which dirwalk --queue=help lists
		                     (default: a headline, one of each kind, and the one that dirwalk
		                     uses; to publish: all)
		  --time TIME        for each of the four runs after the walk that decide, such as 5m (default:
		                     20s to 95s; to publish: 5m to 20m). A run ends early when more rounds would
		                     decide nothing; the next one has the rest
		  --publish NAME     measure all workloads, verify the queues, and put what belongs into the
		                     repository under results/NAME/, beside the runs that are there: 85 minutes
		                     with two processors, or half of it with --quick, and nothing else may run
		  --force            publish what changed sources, or a busy machine, measured; the report says so
		  --without PACKAGE  do not install it, such as libdpdk-dev (scripts/setup.sh --help)
		  --wait-quiet       wait until other programs leave the processors alone, for at most TIME
		                     (default: 5m), before the walks and before qbench run

		On a terminal it asks before it installs packages. Status 1: a row counted wrong, or failed;
		the table is still written. 2: wrong usage.
	END
}

# --- what is asked for ---------------------------------------------------------------------------

quick='' force='' threads='' queues='' publish='' time='' wait_quiet='' setup=(build libraries measure)
command="scripts/bench.sh$( (($# == 0)) || printf ' %q' "$@")"
parsed=$(getopt -n bench.sh -o h -l help,quick,force,threads:,queues:,time:,publish:,without:,wait-quiet:: -- "$@") || wrong_usage
eval "set -- $parsed"
while [[ $1 != -- ]]; do
	case $1 in
	-h | --help) show_usage ;;
	--quick) quick=quick ;;
	--force) force=--force ;;
	--wait-quiet)
		wait_quiet=${2:-5m}
		shift
		;;
	*)
		[[ $2 ]] || die 2 "$1 needs a value"
		printf -v "${1#--}" '%s' "$2"
		[[ $1 != --without ]] || setup+=("$1=$2")
		shift
		;;
	esac
	shift
done
directories=("${@:2}")
((${#directories[@]} > 0)) || directories=(/usr)
for directory in "${directories[@]}"; do
	[[ -d $directory ]] || die 2 "${directory@Q}: not a directory"
done
if [[ $threads && ! $threads =~ ^[1-9][0-9]{0,3}(,[1-9][0-9]{0,3})*$ ]]; then
	die 2 "--threads: '$threads' is not a list of numbers such as 1,4,16"
fi
if [[ $time && ( $quick || ! $time =~ ^[1-9][0-9]*[smh]$ ) ]]; then
	die 2 "--time: '$time' is not a time such as 90s or 20m, or --quick leaves none to choose"
fi
if [[ $wait_quiet && ! $wait_quiet =~ ^[1-9][0-9]*[smh]$ ]]; then
	die 2 "--wait-quiet: '$wait_quiet' is not a time such as 90s or 5m"
fi
[[ ! $publish ]] || "$root/scripts/publish.sh" $force --check "$publish" || exit

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
step "configure" "$log" env -C "$root" cmake --preset release
step "build" "$log" ninja -C "$root/build/release" programs ${publish:+exploring simulating}

# --- walk, run, report ---------------------------------------------------------------------------

if [[ $publish ]]; then
	# Now that qbench is there, it may know another machine
	"$root/scripts/publish.sh" $force --measure --check "$publish" || exit
	# What is published describes the machine as it was before it was measured
	attend "$root/build/release/qbench" machine >"$scratch/out/machine.txt"
fi
if ! attend "$root/build/release/qbench" machine --quiet${wait_quiet:+"=$wait_quiet"}; then
	[[ ! $publish || $force ]] || die 1 "nothing is published from a busy machine: stop what runs, wait with" \
		"--wait-quiet, or give --force"
	say "bench.sh: the results will say so. Stop what runs, or wait with --wait-quiet"
fi
status=0
effort=${publish:+thorough}
attend "$root/scripts/walks.py" real --effort "${quick:-${effort:-default}}" \
	${queues:+"--queues=$queues"} ${threads:+"--threads=$threads"} \
	--command "$command" --output "$scratch/out" -- "${directories[@]}" || status=$?
[[ -f $scratch/out/walk.json ]] || exit "$status"
while results=$root/results/local/$(date +%Y%m%d-%H%M%S) && [[ -e $results ]]; do
	sleep 0.2
done
mv "$scratch/out" "$results"

if [[ $publish ]]; then
	if [[ ! $quick && ! $threads ]]; then
		attend "$root/scripts/walks.py" trees "--queues=${queues:-all}" --output "$results" || status=1
	fi
	attend "$root/scripts/publish.sh" $force --measure ${quick:+--quick} ${queues:+"--queues=$queues"} ${time:+"--time=$time"} \
		"$results" "$publish" || status=1
else
	# What the answer has a row for, and nothing else: what decides nothing gets no time
	many=$(nproc) several=$((many > 1 ? many : 2)) chosen=() samples=(--duration=50) times=(20 95 45 65) work=1000,10000
	[[ ! $quick ]] || samples=(--duration=30 --warm-up=10) times=(7 20) work=1000
	s=1 m=60 h=3600
	[[ ! $time ]] || each=$((${time%?} * ${time: -1})) times=("$each" "$each" "$each" "$each")
	# What a run leaves is for those after it
	decide() { # NAME OPTION...
		local end=$((SECONDS + times[0]))
		measure "$results" "$1" run "${@:2}" "${chosen[@]}" "--time=${times[0]}s" || status=1
		times=($((${times[1]-0} + (end > SECONDS ? end - SECONDS : 0))) "${times[@]:2}")
	}
	# Waits that all of the headline offer. The shorter a sample of the tail, the fewer have a stall of the machine
	idle=(--wait=park) tail=(--wait=spin)
	[[ ! $queues ]] || chosen=("--queues=$([[ $queues == all ]] && echo '*' || echo "$queues")") idle=() tail=()
	[[ ! $wait_quiet ]] || chosen+=("--wait-quiet=$wait_quiet")
	shapes=("--threads=1:1,$several:1,$several:$several")
	[[ ! $quick ]] || shapes=(--threads=1:1)
	decide qbench --workloads=replay "--threads=$many" "--work=$work" "${samples[@]}"
	if [[ ! $quick ]]; then
		decide tail --workloads=open_loop --load=50 --threads=1:1 "${tail[@]}" --duration=30 --warm-up=10
		decide idle --workloads=idle "${idle[@]}" --threads=2 --duration=150 --warm-up=10
	fi
	# Last, with what the others have left: most of the answer rests on it
	decide situations --workloads=pingpong,producers_consumers "${samples[@]}" "${shapes[@]}"
fi
write_report "$results" || exit 1
printf 'results: %s\n' "$results"
exit "$status"
