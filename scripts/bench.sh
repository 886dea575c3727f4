#!/usr/bin/env bash
# Which queue should the pool use? Walks a real tree with every queue at several numbers of threads,
# times whole processes with hyperfine, checks every count against find, and leaves a table.
#
# Every row has its turn in each of a few rounds, forwards and backwards in turn: machines drift by
# more than queues differ, and a slow minute must not fall on one row alone.

set -euo pipefail
export LC_ALL=C.UTF-8 # a point in numbers, whatever the user's language

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
dirwalk=$root/build/release/dirwalk

say() {
	printf '%s\n' "$*" >&2
}

die() {
	local status=$1
	shift
	say "bench.sh: $*"
	exit "$status"
}

usage() {
	cat <<-END
		Usage: scripts/bench.sh [--quick] [--threads LIST] [--queues LIST] [--time TIME]
		                        [--publish NAME] [DIR]...

		Compares the queues on DIR (default: /usr), then without the walk, and leaves tables, raw
		samples and a report in a new folder below results/local/.

		  --quick         within a minute on 2 processors: fewer rounds and fewer numbers of threads
		  --threads LIST  such as 1,4,16 (default: 1, 2, 4 ... up to twice the processors)
		  --queues LIST   such as scq,./mine.so or all, which dirwalk --queue=help lists
		                  (default: a headline, one of each kind, and the one that dirwalk uses;
		                  to publish: all)
		  --time TIME     for what follows the walk, such as 20m (default: 90s); to publish, for what
		                  the answer does not need (default: 30m)
		  --publish NAME  measure all workloads, verify the queues, and put what belongs into the
		                  repository under results/NAME/: an hour, or half of it with --quick, on a
		                  machine that does nothing else

		Status 1: a row counted wrong, or failed; the table is still written. 2: wrong usage.
	END
}

# --- what is asked for ---------------------------------------------------------------------------

quick=false
threads_asked=
queues_asked=
publish_asked=
time_asked=
directories=()
arguments=("$@")

value_of() { # OPTION [VALUE]: what follows an option, which must not be empty
	if [[ -z ${2-} ]]; then
		die 2 "$1 needs a value"
	fi
	printf '%s' "$2"
}

while (($# > 0)); do
	case $1 in
	--quick) quick=true ;;
	--threads | --queues | --publish | --time)
		value=$(value_of "$@")
		printf -v "${1#--}_asked" '%s' "$value"
		shift
		;;
	--threads=*) threads_asked=$(value_of --threads "${1#*=}") ;;
	--queues=*) queues_asked=$(value_of --queues "${1#*=}") ;;
	--time=*) time_asked=$(value_of --time "${1#*=}") ;;
	--publish=*) publish_asked=$(value_of --publish "${1#*=}") ;;
	-h | --help)
		usage
		exit 0
		;;
	--)
		shift
		directories+=("$@")
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

if [[ -n $time_asked ]] && { $quick || [[ ! $time_asked =~ ^[1-9][0-9]*[smh]$ ]]; }; then
	die 2 "--time: '$time_asked' is not a time such as 90s or 20m, or --quick leaves none to choose"
fi
published=$root/results/$publish_asked
if [[ -n $publish_asked ]]; then
	if [[ ! $publish_asked =~ ^[a-z0-9][a-z0-9._-]*$ || $publish_asked == local ]]; then
		die 2 "--publish: '$publish_asked' is no name of lower-case letters, digits, dots and hyphens"
	elif [[ -e $published ]]; then
		die 2 "--publish: results/$publish_asked is there already; remove it first"
	fi
fi

for i in "${!directories[@]}"; do
	directory=${directories[i]}
	if [[ ! -d $directory ]]; then
		die 2 "$directory: not a directory"
	fi
	if ! printf '%s' "$directory" | iconv -f UTF-8 -t UTF-8 >/dev/null 2>&1; then
		die 2 "$directory: not UTF-8, which hyperfine cannot pass on;" \
			"give a symbolic link to it instead"
	fi
	# find and bfs would take -x or ( for an expression
	if [[ $directory != [/.]* ]]; then
		directories[i]=./$directory
	fi
done

# what the process may use, whatever OpenMP is told
processors=$(env -u OMP_NUM_THREADS -u OMP_THREAD_LIMIT nproc)

if [[ -n $threads_asked ]]; then
	IFS=, read -ra thread_counts <<<"$threads_asked"
	for count in "${thread_counts[@]}"; do
		if [[ ! $count =~ ^[1-9][0-9]{0,3}$ ]] || ((count > 4096)); then
			die 2 "--threads: '$count' is not a number from 1 to 4096"
		fi
	done
elif $quick; then
	thread_counts=(1 "$processors" $((2 * processors)))
else
	thread_counts=("$processors" $((2 * processors)))
	for ((count = 1; count < 2 * processors; count *= 2)); do
		thread_counts+=("$count")
	done
fi
mapfile -t thread_counts < <(printf '%s\n' "${thread_counts[@]}" | sort -nu)

# runs in each round, after one that is not timed; the others are far off, and slow
if $quick; then
	rounds=2 runs_dirwalk=5 runs_floor=2 runs_other=2
elif [[ -n $publish_asked ]]; then
	# ratios to the floor are those of rounds: of these there must be enough for a median
	rounds=10 runs_dirwalk=3 runs_floor=3 runs_other=2
else
	rounds=4 runs_dirwalk=5 runs_floor=3 runs_other=2
fi

# --- what must be there --------------------------------------------------------------------------

if ! "$root/scripts/setup.sh" >&2; then
	for tool in cmake ninja hyperfine jq awk find; do
		command -v "$tool" >/dev/null || die 1 "$tool is missing, and must be there"
	done
	say "bench.sh: something is missing (above); going on with what there is"
fi

mkdir -p "$root/results/local"
# On the file system of the results, so that they appear whole or not at all.
work=$(mktemp -d "$root/results/local/.unfinished-XXXXXX")
trap 'rm -rf "$work"' EXIT
trap 'say; say "bench.sh: interrupted"; exit 130' INT
trap 'exit 143' TERM
mkdir "$work/out" "$work/out/hyperfine" "$work/out/stats" "$work/empty"
log=$work/log

say "building $root/build/release"
if ! (
	cd "$root"
	cmake --preset release && cmake --build --preset release
) >"$log" 2>&1 </dev/null; then
	tail -n 40 "$log" >&2
	die 1 "the build failed (above)"
fi

# The walk of an empty directory tells the default queue.
default_queue=$("$dirwalk" --json "$work/empty" | jq -er .queue) ||
	die 1 "$dirwalk --json does not work"

declare -A marks # of each queue, as qbench run has them: * called through a pointer, ^ less than FIFO
while read -r name mark; do
	marks[$name]=$mark
done < <("$root/build/release/qbench" list --json | jq -r '.[] | .name + " " +
	if .calls == "inlined" then "" else "*" end + if .order == "FIFO" then "" else "^" end')

declare -A consumers # of each queue: "any", or how many threads may take from it
while read -r name many; do
	consumers[$name]=$many
done < <("$dirwalk" --queue=help | awk -F '  +' 'NR > 1 && $1 != "" { print $1, $3 }')

if [[ -n $queues_asked && $queues_asked != all ]]; then
	IFS=, read -ra queues <<<"$queues_asked"
	for queue in "${queues[@]}"; do
		# a path is a module that dirwalk loads; it is the one to complain
		if [[ $queue != */* && -z ${consumers[$queue]-} ]]; then
			die 2 "--queues: no queue is named '$queue'; there are: ${!consumers[*]}"
		fi
	done
elif [[ $queues_asked == all || -n $publish_asked ]]; then
	mapfile -t queues < <(printf '%s\n' "${!consumers[@]}" | sort)
else
	mapfile -t queues < <("$root/build/release/qbench" list --json |
		jq -r --arg default "$default_queue" '.[] | select(.headline or .name == $default) | .name')
fi
if ((${#queues[@]} == 0)); then
	die 1 "$dirwalk --queue=help lists no queue"
fi

# the interpreter itself: a wrapper in its place would be timed with it
python=
if command -v python3 >/dev/null; then
	python=$(python3 -c 'import sys; print(sys.executable)' 2>/dev/null || true)
fi
fd=$(command -v fdfind || true)
if [[ -z $fd ]] && fd --version 2>/dev/null | grep -q '^fd '; then
	fd=$(command -v fd)
fi

# --- the rows ------------------------------------------------------------------------------------

row_program=() row_queue=() row_result=() row_threads=() row_label=() row_runs=()

add_row() { # PROGRAM LABEL THREADS RUNS-A-ROUND [QUEUE RESULT-QUEUE]
	row_program+=("$1")
	row_label+=("$2")
	row_threads+=("$3")
	row_runs+=("$4")
	row_queue+=("${5-}")
	row_result+=("${6-}")
}

for count in "${thread_counts[@]}"; do
	row_queues=("${queues[@]}")
	# one thread is the slowest, and tells queues apart least: here it only shows what threads gain
	if $quick && [[ -z $threads_asked ]] && ((count == 1 && processors > 1)); then
		row_queues=("$default_queue")
	fi
	for queue in "${row_queues[@]}"; do
		many=${consumers[$queue]-any}
		# N workers take from the work queue, and one thread from the result queue
		if [[ $many =~ ^[0-9]+$ ]] && ((many < count)); then
			label="$default_queue${marks[$default_queue]-} + $queue${marks[$queue]-} results"
			add_row dirwalk "$label" "$count" "$runs_dirwalk" "$default_queue" "$queue"
		else
			add_row dirwalk "$queue${marks[$queue]-}" "$count" "$runs_dirwalk" "$queue"
		fi
	done
done
# the floor: as many raw walks at once as there are workers, if each has a processor
floors=("$processors")
if ! $quick || [[ -n $threads_asked ]]; then
	floors+=("${thread_counts[@]}")
fi
mapfile -t floors < <(printf '%s\n' "${floors[@]}" | sort -nu)
for count in "${floors[@]}"; do
	if ((count <= processors)); then
		add_row rawwalk "floor: rawwalk -c$count, by $count" "$count" "$runs_floor"
	fi
done
if [[ -n $python ]]; then
	add_row original 'original.py -j2' 2 "$runs_other"
fi
add_row find 'find -H ! -type d' 1 "$runs_other"
if command -v bfs >/dev/null; then
	add_row bfs 'bfs -H ! -type d' '' "$runs_other"
fi
if [[ -n $fd ]]; then
	add_row fd "${fd##*/} -u -j$processors" "$processors" "$runs_other"
fi
rows=${#row_label[@]}

row_failure=() # why a row must not be believed; empty: nothing against it
row_counts=()  # of files, each time that they were counted
for ((row = 0; row < rows; row++)); do
	row_failure[row]='' row_counts[row]=''
done

# Sets command to what row ROW runs, with further options.
make_command() { # ROW [OPTION]...
	local row=$1
	local count=${row_threads[row]}
	shift
	case ${row_program[row]} in
	dirwalk)
		command=("$dirwalk" -q "${row_queue[row]}")
		if [[ -n ${row_result[row]} ]]; then
			command+=("--result-queue=${row_result[row]}")
		fi
		command+=(-j "$count" "$@" "${directories[@]}")
		;;
	rawwalk) command=("$root/build/release/rawwalk" -c "$count" "${directories[@]}") ;;
	original) command=("$python" "$root/scripts/original.py" -j "$count" "${directories[@]}") ;;
	find) command=(find -H "${directories[@]}" '!' -type d "$@") ;;
	bfs) command=(bfs -H "${directories[@]}" '!' -type d "$@") ;;
	fd) command=("$fd" -u -j "$count" "$@" . "${directories[@]}") ;;
	esac
}

# Prints words so that a shell, and hyperfine, which splits its commands like one but knows no
# $'...', take them for the same words again.
quote() {
	local word separator=
	for word; do
		if [[ ! $word =~ ^[A-Za-z0-9_./=:,+-]+$ ]]; then
			word="'${word//\'/\'\\\'\'}'"
		fi
		printf '%s%s' "$separator" "$word"
		separator=' '
	done
}

# What row ROW is called where its group is not to be seen.
title() {
	local title=${row_label[$1]}
	if [[ ${row_program[$1]} == dirwalk ]]; then
		title+=" -j${row_threads[$1]}"
	fi
	printf '%s' "$title"
}

# The file that row ROW is kept in, without its ending.
row_file() {
	local name
	name=$(title "$1" | tr -cs 'A-Za-z0-9_.' -)
	printf '%02d-%s' $(($1 + 1)) "${name%-}"
}

# --- counting and timing -------------------------------------------------------------------------

# Sets reference_files and reference_directories: what find counts below the directories now.
reference_incomplete=false
count_reference() {
	local counts=$work/reference
	if ! find -H "${directories[@]}" -type d -printf 'd\n' -o -printf 'x\n' \
		>"$counts" 2>>"$log"; then
		reference_incomplete=true
	fi
	read -r reference_files reference_directories < <(
		awk '{ n[$1]++ } END { print n["x"] + 0, n["d"] + 0 }' "$counts"
	)
}

# Sets others_seconds: the processor time that all but this script and what it ran have used, ever.
# Differences of it tell whether the machine was quiet.
count_others() {
	local busy ours
	busy=$(awk -v ticks="$(getconf CLK_TCK)" '
		$1 == "cpu" { printf "%.2f", ($2 + $3 + $4 + $7 + $8 + $9) / ticks; exit }' /proc/stat)
	times >"$work/times"
	# minutes and seconds of this shell and of its children, user and system: 0m1.234s
	ours=$(tr ms '  ' <"$work/times" | awk '{ n += 60 * ($1 + $3) + $2 + $4 } END { print n }')
	others_seconds=$(awk -v busy="$busy" -v ours="$ours" 'BEGIN { print busy - ours }')
}

# A queue that hangs must not hang this script: far more than any walk can take, in seconds.
patience=0

# Runs row ROW once in round ROUND, outside the timing: how many files does it count, and what did
# its queue do? Adds to row_counts, or sets row_failure.
count_row() {
	local row=$1 round=$2 status=0 files=
	local stats
	stats=$work/out/stats/$(row_file "$row").round$round.json
	case ${row_program[row]} in
	dirwalk)
		make_command "$row" --json --stats
		# in the foreground: Ctrl-C is for the walk as well
		timeout --foreground -k 5 "$patience" "${command[@]}" >"$stats" 2>"$work/said" || status=$?
		if ((status == 124 || status == 137)); then
			row_failure[row]="did not end within $patience s"
		elif ((status > 1)); then
			row_failure[row]="ended with status $status: $(tail -n 1 "$work/said")"
		else
			files=$(jq -e .files "$stats" 2>>"$log") ||
				row_failure[row]="printed no JSON with a number of files"
		fi
		;;
	rawwalk)
		make_command "$row"
		read -r files _ < <("${command[@]}" 2>>"$log") || true
		;;
	original)
		make_command "$row"
		files=$("${command[@]}" 2>>"$log" |
			awk '/^From thread [^ ]+: [0-9]+ files/ { n += $4 } END { print n + 0 }') || true
		;;
	find | bfs)
		# a name may hold a new line: NULs are counted
		make_command "$row" -print0
		files=$("${command[@]}" 2>>"$log" | tr -cd '\0' | wc -c) || true
		;;
	fd)
		# it lists directories as well, with a slash at the end
		make_command "$row" -0
		files=$("${command[@]}" 2>>"$log" | tr '\n\0' ' \n' | LC_ALL=C awk '
			!/\/$/ { n++ } END { print n + 0 }') || true
		;;
	esac
	if [[ -n ${row_failure[row]} ]]; then
		rm -f "$stats"
	else
		row_counts[row]+=" ${files:-0}"
	fi
}

# Times row ROW in round ROUND, and prints the mean. Sets row_failure when that does not work.
time_row() {
	local row=$1 round=$2
	local samples status warmup=1
	# the walk that was counted right before has warmed up
	if [[ ${row_program[row]} == *walk ]]; then
		warmup=0
	fi
	samples=$work/out/hyperfine/$(row_file "$row").round$round.json
	make_command "$row"
	# its status is looked at below: 1 says that something could not be read, and is no failure
	if ! hyperfine --shell=none --ignore-failure --style=none --warmup "$warmup" \
		--runs "${row_runs[row]}" --export-json "$samples" \
		--command-name "$(title "$row")" "$(quote "${command[@]}")" >>"$log" 2>&1; then
		row_failure[row]="hyperfine failed: $(tail -n 1 "$log")"
		return
	fi
	read -r mean status < <(jq -r '.results[0] | "\(.mean * 1e3) \(.exit_codes | max)"' "$samples")
	printf -v mean '%.1f ms' "$mean"
	if ((status > 1)); then
		row_failure[row]="ended with status $status while it was timed"
	fi
}

say "counting with find"
count_start=$SECONDS
count_reference
files_before=$reference_files directories_before=$reference_directories
patience=$((60 + 20 * (SECONDS - count_start)))
say "$files_before files in $directories_before directories; default queue: $default_queue"

started=$(date +%Y-%m-%dT%H:%M:%S%z)
count_others
others_before=$others_seconds
clock_before=$EPOCHREALTIME

for ((round = 1; round <= rounds; round++)); do
	say "round $round of $rounds"
	round_start=$SECONDS
	for ((turn = 0; turn < rows; turn++)); do
		row=$((round % 2 ? turn : rows - 1 - turn))
		if [[ -n ${row_failure[row]} ]]; then
			continue
		fi
		printf '[%*d/%d] %-44s' ${#rows} $((turn + 1)) "$rows" "$(title "$row") ..." >&2
		mean=
		if ((round == 1)) || [[ ${row_program[row]} == *walk ]]; then
			count_row "$row" "$round"
		fi
		if [[ -z ${row_failure[row]} ]]; then
			time_row "$row" "$round"
		fi
		if [[ -n ${row_failure[row]} ]]; then
			say "FAILED: ${row_failure[row]}"
		else
			printf '%12s\n' "$mean" >&2
		fi
	done
	if ((round < rounds)); then
		say "about $(((SECONDS - round_start) * (rounds - round))) s to go"
	fi
done

# processors that others kept busy, on average
count_others
others=$(awk -v used="$others_seconds" -v before="$others_before" -v end="$EPOCHREALTIME" \
	-v start="$clock_before" 'BEGIN {
		n = (used - before) / (end - start)
		printf "%.2f", (n > 0) ? n : 0
	}')

count_reference
files_after=$reference_files

# --- what it was measured on ---------------------------------------------------------------------

version_of() { # the first line that a program says of itself; null without the program
	if [[ -n $1 ]] && command -v "$1" >/dev/null; then
		{ "$1" --version 2>/dev/null || true; } | sed -n 1p | jq -R .
	else
		echo null
	fi
}

file_systems=()
for directory in "${directories[@]}"; do
	file_systems+=("$(findmnt -no FSTYPE -T "$directory" 2>/dev/null ||
		stat -f -c %T "$directory")")
done
compiler=$(sed -n 's/^CMAKE_C_COMPILER:[A-Z]*=//p' "$root/build/release/CMakeCache.txt" \
	2>/dev/null || true)
commit=$(git -C "$root" rev-parse -q --verify HEAD 2>/dev/null || true)
if [[ -n $commit && -n $(git -C "$root" status --porcelain 2>/dev/null) ]]; then
	commit+='-dirty'
fi
model=$(sed -n '/^model name/{s/.*: *//p;q}' /proc/cpuinfo)

jq -n \
	--arg date "$started" \
	--arg commit "$commit" \
	--arg model "${model:-$(uname -m)}" \
	--argjson processors "$processors" \
	--argjson online "$(getconf _NPROCESSORS_ONLN)" \
	--arg kernel "$(uname -sr)" \
	--argjson others "$others" \
	--argjson compiler "$(version_of "$compiler")" \
	--argjson hyperfine "$(version_of hyperfine)" \
	--argjson python "$(version_of "$python")" \
	--argjson find "$(version_of find)" \
	--argjson bfs "$(version_of bfs)" \
	--argjson fd "$(version_of "$fd")" \
	--arg command "$(quote scripts/bench.sh "${arguments[@]}")" \
	--arg default_queue "$default_queue" \
	--argjson rounds "$rounds" \
	--argjson files "[$files_before, $files_after]" \
	--argjson directories "$directories_before" \
	--args '
	($ARGS.positional | length / 2) as $n
	| {
		date: $date,
		command: $command,
		commit: (if $commit == "" then null else $commit end),
		processor: $model,
		processors_available: $processors,
		processors_online: $online,
		kernel: $kernel,
		processors_used_by_others: $others,
		compiler: $compiler,
		versions: { hyperfine: $hyperfine, python: $python, find: $find, bfs: $bfs, fd: $fd },
		default_queue: $default_queue,
		rounds: $rounds,
		trees: [range($n) as $i | {
			dir: $ARGS.positional[$i],
			file_system: $ARGS.positional[$n + $i]
		}],
		files_before_and_after: $files,
		directories: $directories
	}' "${directories[@]}" "${file_systems[@]}" >"$work/out/machine.json"

# --- the table -----------------------------------------------------------------------------------

# The tree may have changed meanwhile: what lies between the two counts is right.
files_least=$((files_before < files_after ? files_before : files_after))
files_most=$((files_before < files_after ? files_after : files_before))

print_rounds() { # FOLDER NAME: what there is of a row, round by round
	local round
	for ((round = 1; round <= rounds; round++)); do
		if [[ -f $work/out/$1/$2.round$round.json ]]; then
			cat "$work/out/$1/$2.round$round.json"
		fi
	done
}

for ((row = 0; row < rows; row++)); do
	name=$(row_file "$row")
	files=null
	for count in ${row_counts[row]}; do
		files=$count
		if [[ -z ${row_failure[row]} ]] && ((files < files_least || files > files_most)); then
			row_failure[row]="counted $files files, find counted $files_before"
			if ((files_after != files_before)); then
				row_failure[row]+=" before and $files_after after"
			fi
			break
		fi
	done
	print_rounds stats "$name" >"$work/with_stats"
	copies=1 # walks at once, of which each is one
	if [[ ${row_program[row]} == rawwalk ]]; then
		copies=${row_threads[row]}
	fi
	make_command "$row"
	text=$(quote "${command[@]}")
	print_rounds hyperfine "$name" |
		jq -s \
			--arg program "${row_program[row]}" \
			--arg title "${row_label[row]}" \
			--arg queue "${row_queue[row]}" \
			--arg result_queue "${row_result[row]}" \
			--arg threads "${row_threads[row]}" \
			--argjson processors "$processors" \
			--arg command "${text//"$root/"/}" \
			--argjson files "$files" \
			--argjson copies "$copies" \
			--argjson directories "$directories_before" \
			--arg failure "${row_failure[row]}" \
			--slurpfile stats "$work/with_stats" '
			def median:
				sort | length as $n
				| if $n == 0 then null else (.[($n - 1) / 2 | floor] + .[$n / 2 | floor]) / 2 end;
			def stddev:
				length as $n
				| if $n < 2 then null
					else (add / $n) as $mean | map((. - $mean) * (. - $mean)) | add / ($n - 1) | sqrt
					end;
			def absent: if . == "" then null else . end;
			map(.results[]) as $parts
			| [$parts[].times[] / $copies] as $times
			| ($times | length) as $runs
			| ($times | median) as $median
			| {
				program: $program,
				label: $title,
				queue: ($queue | absent),
				result_queue: (($result_queue | absent) // ($queue | absent)),
				threads: ($threads | absent | if . then tonumber else null end),
				oversubscribed:
					($program == "dirwalk" and ($threads | tonumber) > $processors),
				command: $command,
				runs: $runs,
				median_seconds: $median,
				stddev_seconds: ($times | stddev),
				directories_per_second: (if $median then $directories / $median else null end),
				processor_seconds: (if $runs == 0 then null else
					([$parts[] | (.user + .system) * (.times | length)] | add) / $runs / $copies end),
				queue_p50_ns: ([$stats[].stats.time_in_queue_ns.p50] | median),
				queue_p99_ns: ([$stats[].stats.time_in_queue_ns.p99] | median),
				files: $files,
				failure: ($failure | absent),
				unread: (([$parts[].exit_codes[]] | max) == 1),
				seconds: $times,
				# of a round, the mean of its runs
				user_seconds: [$parts[].user / $copies],
				system_seconds: [$parts[].system / $copies],
				# without what names users and folders
				with_stats: [$stats[] | del(.dirs, .workers, .failures)]
			}' >"$work/row-$row.json"
done

# Adds what a row is among the others, and sorts: by threads, then by time; other programs last.
for ((row = 0; row < rows; row++)); do
	cat "$work/row-$row.json"
done | jq -s '
	def believed: .failure == null;
	def group: if .program == "dirwalk" then .threads else 1e9 end;
	([.[] | select(believed and .program != "rawwalk") | .median_seconds] | min) as $fastest
	| group_by(group)
	| map(
		sort_by(.median_seconds == null, .median_seconds)
		| (map(select(believed)) | first) as $best
		| map(
			. + {
				relative: (if .median_seconds and $fastest
					then .median_seconds / $fastest else null end),
				# like the best of its group, as far as this run can tell
				tie: (.program == "dirwalk" and believed and .command != $best.command and
					(.median_seconds - $best.median_seconds <=
						([0.05 * $best.median_seconds,
							(.stddev_seconds // 0) + ($best.stddev_seconds // 0)] | max)))
			}
		)
	)
	| add' >"$work/out/rows.json"

jq -r '
	["program", "queue", "result_queue", "threads", "oversubscribed", "label", "median_ms",
		"stddev_ms", "tie", "relative", "directories_per_second", "processor_ms", "queue_p50_ns",
		"queue_p99_ns", "files", "check", "runs"],
	(.[] | [
		.program, .queue, .result_queue, .threads, .oversubscribed, .label,
		(.median_seconds, .stddev_seconds | if . then . * 1000 else . end),
		.tie, .relative, .directories_per_second,
		(.processor_seconds | if . then . * 1000 else . end),
		.queue_p50_ns, .queue_p99_ns, .files, (.failure // "ok"), .runs
	]) | @csv' "$work/out/rows.json" >"$work/out/table.csv"

# What must be known to read the table: one paragraph a line.
{
	jq -r '
		"\(.trees | map("\(.dir) (\(.file_system))") | join(", ")
			| gsub("[[:cntrl:]]"; "?")): " +
		"\(.files_before_and_after[0]) files in \(.directories) directories. " +
		"\(.processors_available) processors, \(.processor), \(.kernel), \(.compiler), " +
		"commit \(.commit // "none" | .[:12] + (if endswith("-dirty") then "-dirty" else "" end))."
		' "$work/out/machine.json"
	echo "Time: median ± standard deviation of whole processes, in milliseconds." \
		"Each command was run several times in a row, in each of $rounds rounds:" \
		"the order of near rows is noise."
	echo "~ no difference from the best of its group that this run can show: within 5 %, or" \
		"within both standard deviations together."
	echo "Processor: user and system time of all threads. In queue: how long directories waited" \
		"for a worker, medians of one walk a round with --stats, outside the timing."
	echo "Floor: N walks at once that do nothing but open, read and close directories, by N."
	if jq -e 'any(.[]; .oversubscribed)' "$work/out/rows.json" >/dev/null; then
		echo "Oversubscribed: more workers than processors."
	fi
	if jq -e 'any(.[]; .program == "dirwalk" and .queue != .result_queue)' \
		"$work/out/rows.json" >/dev/null; then
		echo "\"A + B results\": directories travel on A, results on B, which allows fewer" \
			"consumers than there are workers."
	fi
	if jq -e 'any(.[]; .program == "dirwalk" and (.label | test("[*]")))' \
		"$work/out/rows.json" >/dev/null; then
		echo "A name with *: made of a C++ library, and called through a pointer, not inlined."
	fi
	if jq -e 'any(.[]; .program == "dirwalk" and (.label | test("\\^")))' \
		"$work/out/rows.json" >/dev/null; then
		echo "A name with ^: promises less order than FIFO, which a walk does not ask for."
	fi
	echo "The other programs list names where dirwalk counts, and were run less often (column" \
		"runs); fd lists directories too. original.py gives a DIR to one worker."
	if $reference_incomplete || jq -e 'any(.[]; .unread)' "$work/out/rows.json" >/dev/null; then
		echo "Parts of the tree could not be read (status 1), and are in no count."
	fi
	if ((files_after != files_before)); then
		echo "The tree changed meanwhile: find counted $files_before files before and" \
			"$files_after after; what lies between was taken for right."
	fi
	if awk -v others="$others" -v all="$processors" 'BEGIN { exit !(others > 0.05 * all) }'; then
		echo "The machine was not quiet: other processes kept $others of its processors busy, on" \
			"average. Times from a busy machine are rough."
	fi
} >"$work/notes"

# One line a row, fields between tabs, numbers as people read them.
jq -r '
	def digits($n): # that many after the point
		if . == null then "-" else
			pow(10; $n) as $scale
			| (. * $scale | round) as $whole
			| ($whole / $scale | floor | tostring) +
				(if $n == 0 then "" else
					"." + (($whole % $scale) + $scale | tostring | .[1:]) end)
		end;
	def duration:
		if . == null then "-"
		elif . < 1e3 then "\(round) ns"
		elif . < 1e6 then "\(. / 1e3 | digits(1)) µs"
		elif . < 1e9 then "\(. / 1e6 | digits(1)) ms"
		else "\(. / 1e9 | digits(1)) s" end;
	def ms: if . == null then "-" else . * 1e3 | digits(1) end;
	.[] | [
		(if .program != "dirwalk" then "other programs"
			else "\(.threads)" + (if .oversubscribed then " (oversubscribed)" else "" end) end),
		(if .tie then "~" else "" end),
		.label,
		(.median_seconds | ms),
		(if .median_seconds then "± " + (.stddev_seconds | ms) else "" end),
		(.relative | digits(2)),
		(.directories_per_second | digits(0)),
		(.processor_seconds | ms),
		(.queue_p50_ns | duration),
		(.queue_p99_ns | duration),
		(if .failure == null then "\(.files) ok" elif .files then "\(.files) WRONG"
			else "FAILED" end),
		"\(.runs)"
	] | join("\t")' "$work/out/rows.json" >"$work/table"

format_table() { # FORM, which is text or markdown
	# the bytes are counted where awk knows no others: the signs beyond ASCII count as one
	awk -F '\t' -v form="$1" '
		function width(text) {
			gsub(/±|µ/, "#", text)
			return length(text)
		}
		function pad(text, wide, left,    space) {
			space = sprintf("%" wide - width(text) + 1 "s", "")
			space = substr(space, 2)
			return left ? text space : space text
		}
		BEGIN {
			columns = split("threads\t\tqueue\ttime ms\t\trelative\tdirs/s\tprocessor ms\t" \
				"in queue p50\tp99\tfiles\truns", title, "\t")
			for (c = 1; c <= columns; c++) {
				wide[c] = width(title[c])
			}
		}
		{
			for (c = 1; c <= columns; c++) {
				cell[NR, c] = $c
				if (width($c) > wide[c]) {
					wide[c] = width($c)
				}
			}
		}
		function text_line(r,    c, line, text) {
			line = ""
			for (c = 2; c <= columns; c++) {
				text = r ? cell[r, c] : title[c]
				line = line (c == 2 ? "" : c == 5 ? " " : "  ") \
					pad(text, wide[c], c == 2 || c == 3 || c == 5)
			}
			sub(/ +$/, "", line)
			print line
		}
		function markdown_line(r) {
			printf "| %s | %s%s | %s %s | %s | %s | %s | %s | %s | %s | %s |\n", cell[r, 1],
				cell[r, 2] == "" ? "" : cell[r, 2] " ", cell[r, 3], cell[r, 4], cell[r, 5],
				cell[r, 6], cell[r, 7], cell[r, 8], cell[r, 9], cell[r, 10], cell[r, 11],
				cell[r, 12]
		}
		END {
			if (form == "markdown") {
				print "| threads | queue | time ms | relative | directories/s | processor ms |" \
					" in queue p50 | in queue p99 | files | runs |"
				print "| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: |"
				for (r = 1; r <= NR; r++) {
					markdown_line(r)
				}
				exit
			}
			text_line(0)
			for (r = 1; r <= NR; r++) {
				if (cell[r, 1] != cell[r - 1, 1]) {
					print ""
					print heading(cell[r, 1])
				}
				text_line(r)
			}
		}
		function heading(text) {
			sub(/^[0-9]+/, text ~ /^1$/ ? "& thread" : "& threads", text)
			return text
		}' "$work/table"
}

{
	format_table markdown
	printf '\n'
	# a tilde, or two, would strike text out
	sed 's/^~/\\~/; s/$/\n/' "$work/notes" | sed '$d'
} >"$work/out/table.md"

{
	format_table text
	printf '\n'
	fold -s -w 100 "$work/notes" | sed 's/ *$//'
} >"$work/out/table.txt"

# --- the results ---------------------------------------------------------------------------------

base=$root/results/local/$(date +%Y%m%d-%H%M%S)
results=$base
for ((n = 2; ; n++)); do
	if [[ ! -e $results ]]; then
		break
	fi
	results=$base-$n
done
mv "$work/out" "$results"

# all is kept by now: whoever reads this may go away
printf '\n'
cat "$results/table.txt"
failures=0
for ((row = 0; row < rows; row++)); do
	if [[ -n ${row_failure[row]} ]]; then
		say "bench.sh: $(title "$row"): ${row_failure[row]}"
		failures=$((failures + 1))
	fi
done

# One file says all of the walks, for qbench report
"$root/build/release/qbench" machine --json >"$work/facts.json"
jq -s '{ format: "qbench-walk/1", machine: .[0], walk: .[1], rows: .[2] }' \
	"$work/facts.json" "$results/machine.json" "$results/rows.json" >"$results/walk.json"
rm "$results/machine.json" "$results/rows.json"

# --- trees of other shapes -----------------------------------------------------------------------

if ! $quick && [[ -z $threads_asked ]]; then
	shapes=("$root/scripts/trees.sh" "--output" "$results")
	if [[ -n $queues_asked || -n $publish_asked ]]; then
		shapes+=("--queues" "$(IFS=,; printf '%s' "${queues[*]}")")
	fi
	if ! "${shapes[@]}" >"$results/trees.txt"; then
		say "bench.sh: trees.sh failed (above)"
		failures=$((failures + 1))
	fi
	cat "$results/trees.txt"
fi

# --- the queues themselves -----------------------------------------------------------------------

# The walk is over: what its queues cost without the system calls, as far as they tell apart
program=$root/build/release/qbench
printf '\n'
say "measuring the queues themselves (qbench run)"
verify=("$program" verify)
choice=()
if [[ -n $queues_asked ]]; then
	list=$(
		IFS=,
		printf '%s' "${queues[*]}"
	)
	choice=("--queues=$list")
	verify+=("${choice[@]}")
elif [[ -n $publish_asked ]]; then
	choice=('--queues=*')
fi

measure() { # NAME ARGUMENT...: qbench run, whose samples go to NAME.json
	local name=$1
	shift
	if ! "$program" run -o "$results/$name.json" "$@" >"$results/$name.txt"; then
		say "bench.sh: qbench run failed (above)"
		failures=$((failures + 1))
	fi
}

if [[ -n $publish_asked ]]; then
	# What the answer is made of has as many rounds as verdicts take, the rest what time there is
	answering=producers_consumers,pingpong,replay
	workloads=$("$program" list --workloads |
		awk -v apart="idle,$answering" '!index("," apart ",", "," $1 ",") { print $1 }' | paste -sd ,)
	samples=(--duration=50)
	budget=("--time=${time_asked:-30m}")
	if $quick; then
		verify+=(--time=30s)
		samples=(--duration=30 --warm-up=10)
		budget=(--rounds=3)
	fi
	measure situations "${choice[@]}" "--workloads=$answering" "${samples[@]}" --rounds=10
	measure qbench "${choice[@]}" "--workloads=$workloads" "${samples[@]}" "${budget[@]}"
	# A sample takes more than a second, and tells waits apart rather than queues: the headline does
	measure idle --workloads=idle --threads=2 --rounds=9
	say "holding the queues against what they claim (qbench verify)"
	if ! "${verify[@]}" -o "$results/verify.json" >"$results/verify.txt"; then
		say "bench.sh: qbench verify failed; $results/verify.txt says in what"
		failures=$((failures + 1))
	fi
else
	budget=("--time=${time_asked:-90s}")
	if $quick; then
		budget=(--workloads=pairwise "--threads=1,$processors" --rounds=8 --duration=30 --warm-up=10)
	fi
	measure qbench "${choice[@]}" "${budget[@]}"
	cat "$results/qbench.txt"
fi

# --- the report ----------------------------------------------------------------------------------

# What a report is made of, as far as it is there
parts=(walk trees qbench idle situations verify)

# Writes the report of a folder's files into it.
write_report() { # FOLDER
	local file sources=()
	for file in "${parts[@]}"; do
		if [[ -f $1/$file.json ]]; then
			sources+=("$file.json")
		fi
	done
	if ! (cd "$1" && "$program" report -o . "${sources[@]}" >/dev/null); then
		say "bench.sh: qbench report failed (above)"
		failures=$((failures + 1))
	fi
}

say "writing the report (qbench report)"
write_report "$results"

# Puts what belongs into the repository there. Without histograms, which are nine tenths of the
# samples' size; their percentiles stay. How things were made is told, and not on whose disk.
publish() {
	local file
	mkdir "$published"
	for file in "${parts[@]}"; do
		[[ -f $results/$file.json ]] || continue
		jq -c --arg root "$root/" '
			def here: split($root) | join("");
			del(.cells[]?.samples[].latency_ns.histogram?)
			| if .command then .command |= here else . end' \
			"$results/$file.json" >"$published/$file.json"
	done
	"$program" machine >"$published/machine.txt"
	write_report "$published"
	rm "$published/report.html" "$published/samples.csv"
	sed -i 's/[[:blank:]]*$//' "$published"/*.svg "$published/machine.txt"
	"$root/scripts/index.sh" "$program"
	say "published: $published, and its row in results/README.md"
}

if [[ -n $publish_asked ]]; then
	publish
	if ((failures > 0)); then
		say "bench.sh: something failed (above), and the report says in what"
	fi
fi

printf '\nresults: %s\n' "$results"
exit $((failures > 0))
