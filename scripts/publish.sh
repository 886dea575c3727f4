#!/usr/bin/env bash
# Puts the results of a run into the repository: what others can use, and nothing that is private.

set -euo pipefail
export LC_ALL=C.UTF-8
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=$root/build/release/qbench
source "$root/scripts/steps.sh"

usage() {
	cat <<-END
		Usage: scripts/publish.sh [--force] [--measure [--quick] [--queues=LIST] [--time=TIME]] RESULTS NAME

		Puts the folder RESULTS, which scripts/bench.sh made below results/local/, into the
		repository as results/NAME/, with a row in results/README.md. If results of this machine
		are there, it is added as another run, NAME-2.json and so on up to 9, and the report is
		made of all. Histograms of latencies, which are nine tenths of the size, are left out; their
		percentiles stay. Paths of this checkout are left out as well.

		  --measure     before that, measure all workloads and verify the queues, into RESULTS; the
		                options are those of scripts/bench.sh --publish, which calls this
		  --check NAME  in place of all: may the results have this name, and these sources and,
		                after --measure, this machine measure them?
		  --force       publish what changed sources, or a busy machine, measured: the report says so

		Status 1: something failed, or was measured so, or NAME is another machine's. 2: wrong usage.
	END
}

refuse_another_machine() { # REPORT: the folder of a report
	! grep -q '"m2-machine"' "$1/REPORT.md" ||
		die 1 "results/$name has results of another machine, so nothing is published: give this one another name"
}

measuring=false quick=false force=false queues='' time='' status=0
while [[ ${1-} == -* ]]; do
	case $1 in
	--measure) measuring=true ;;
	--check) break ;;
	--quick) quick=true ;;
	--force) force=true ;;
	--queues=* | --time=*)
		name=${1%%=*}
		printf -v "${name#--}" '%s' "${1#*=}"
		;;
	-h | --help) show_usage ;;
	*) set -- ;;
	esac
	shift || break
done
(($# == 2)) || wrong_usage
results=$1 name=$2
if [[ ! $name =~ ^[a-z0-9][a-z0-9._-]*$ || $name == local ]]; then
	die 2 "'$name' is no name of lower-case letters, digits, dots and hyphens"
elif [[ -e $root/results/$name && ! -f $root/results/$name/machine.txt ]]; then
	die 2 "results/$name is there, and is no folder of published results"
elif [[ -e $root/results/$name/machine-9.txt ]]; then
	die 2 "results/$name has nine runs; give this one another name"
elif [[ $results == --check ]]; then
	$force || ! git -C "$root" status --porcelain --untracked-files=no | grep -q . ||
		die 1 "nothing is published from changed sources: commit them, or give --force"
	if $measuring && [[ -f $root/results/$name/qbench.json ]]; then
		# A report of those results and of a run here, both without cells
		scratch=$(mktemp -d)
		jq -c '.cells = []' "$root/results/$name/qbench.json" >"$scratch/qbench.json"
		"$program" machine --json | jq -c --slurpfile there "$scratch/qbench.json" '$there[0] + {machine: .}' \
			>"$scratch/qbench-2.json"
		"$program" report -o "$scratch" "$scratch"/qbench*.json >"$scratch/log" 2>&1 || die 1 "$(<"$scratch/log")"
		refuse_another_machine "$scratch"
	fi
	exit 0
fi
[[ -f $results/walk.json || -f $results/qbench.json ]] || die 2 "$results: no results of scripts/bench.sh are there"

if $measuring; then
	many=$(nproc) several=$((many > 1 ? many : 2)) chosen=() verify=() samples=(--duration=50)
	times=(20m 8m 10m 12m) few=(--rounds=4)
	if [[ $queues && $queues != all ]]; then
		chosen=("--queues=$queues")
	fi
	if $quick; then
		verify=(--time=30s) samples=(--duration=30 --warm-up=10) times=(8m 4m 4m 2m) few=(--rounds=2)
	fi
	[[ ! $time ]] || times=("$time" "$time" "$time" "$time")
	samples+=("${chosen[@]:---queues=*}")
	# First what the answer has a row for, each with as many rounds as verdicts take
	measure "$results" situations run --workloads=pingpong,producers_consumers "${samples[@]}" \
		"--threads=1:1,$several:1,$several:$several" "--time=${times[0]}" || status=1
	measure "$results" qbench run --workloads=replay "${samples[@]}" "--threads=$many" "--time=${times[1]}" || status=1
	# By one wait and in short samples, so that there are rounds enough: a tail is mostly the machine's own
	measure "$results" tail run --workloads=open_loop --load=50 --threads=1:1 --wait=spin "${samples[@]}" \
		--duration=30 --warm-up=10 "--time=${times[2]}" || status=1
	# What polls is not ranked, and would be the best of all
	idle=(--workloads=idle --threads=2 "${samples[@]}" --duration=150)
	measure "$results" idle run "${idle[@]}" --wait=park,native "--time=${times[3]}" || status=1
	# Then what plots show beside it, of which nothing is decided
	others=$("$program" list --workloads |
		awk '$1 !~ /^(pingpong|producers_consumers|replay|open_loop|idle)$/ { print $1 }' | paste -sd ,)
	measure "$results" others run "--workloads=$others" "${samples[@]}" "${few[@]}" || status=1
	measure "$results" polls run "${idle[@]}" --wait=spin,yield "${few[@]}" || status=1
	measure "$results" loads run --workloads=open_loop --load=10,80,95 --threads=1:1 "${samples[@]}" "${few[@]}" || status=1
	measure "$results" threads run --workloads=producers_consumers "--threads=1:$several" "${samples[@]}" "${few[@]}" || status=1
	measure "$results" verify verify "${chosen[@]}" "${verify[@]}" || {
		say "publish.sh: qbench verify failed, as $results/verify.txt says"
		status=1
	}
	# What larger machines may make of it; a queue that has no module, or that does not fit, is said so there
	measure "$results" simulate simulate "${chosen[@]:---queues=*}" || status=1
fi

# What was measured so is refused where nobody asked for it; the results stay where they are
if ! $force; then
	for file in walk "${runs[@]}"; do
		[[ -f $results/$file.json ]] || continue
		if jq -e '[.machine.software.commit, .walk.commit] | any(. // "" | endswith("-dirty"))' "$results/$file.json" >/dev/null; then
			die 1 "$results/$file.json was measured by a build of changed sources: measure again, or give --force"
		elif grep -q '^The machine was busy' "$results/$file.txt" 2>/dev/null; then
			die 1 "$results/$file.json was measured on a busy machine: measure again, or give --force"
		fi
	done
fi

# A folder beside its place, so that it appears whole or not at all
scratch=$(mktemp -d "$root/results/local/.unfinished-XXXXXX")
out=$scratch/out
mkdir "$out"
suffix=''
if [[ -e $root/results/$name ]]; then
	cp "$root/results/$name"/{*.json,machine*.txt} "$out"
	machines=("$out"/machine*.txt)
	suffix=-$((${#machines[@]} + 1))
fi
for file in walk trees "${runs[@]}" verify simulate; do
	if [[ -f $results/$file.json ]]; then
		jq -c 'del(.cells[]?.samples[].latency_ns.histogram?)
			| (.. | objects | .command? | strings) |= (gsub("-o /[^ ]*/"; "-o ") | gsub("/[^ ]*/python3"; "python3"))' \
			"$results/$file.json" >"$out/$file$suffix.json"
	fi
done
if [[ -f $results/machine.txt ]]; then
	cp "$results/machine.txt" "$out/machine$suffix.txt"
else
	attend "$program" machine >"$out/machine$suffix.txt"
fi
write_report "$out" >"$scratch/log"
refuse_another_machine "$out"
rm "$out/report.html" "$out/samples.csv"
# Without gnuplot there are no plots
find "$out" \( -name '*.svg' -o -name 'machine*.txt' \) -exec sed -i 's/[[:blank:]]*$//' {} +
# In place of the runs before, which are in it as well
before=$root/results/local/.before-$$
[[ ! $suffix ]] || mv "$root/results/$name" "$before"
mv "$out" "$root/results/$name"
rm -rf "$before"
"$root/scripts/tables.sh" "$program"
say "published: $root/results/$name, and its row in results/README.md"
exit "$status"
