#!/usr/bin/env bash
# A walk through this queue finds what find finds: with every wait that it offers, with 1 to 64 threads, with
# any capacity, as the queue of results too, and with whole roots as items.
#
# The default queues are tried with all settings together; of another one, each wait meets each number of
# threads and each capacity, and these meet each other. What is made of all three is the pool's, the same for all.
#
# On two processors, 64 spinning threads give main one turn in a tenth of a second, in which main makes room
# for as many results as the capacity. So they walk only a tree of a dozen directories.
#
# In a sanitizer build, where every start of the program takes a tenth of a second, a wait is tried only with
# 3 and 64 threads (64 do not spin there), and with a capacity of 1 and the default; results and roots with 3 threads.
# Under an emulator 64 walk only with results on the queue.
# default-queues-under: asan tsan emulator (each_pool runs there with each queue, and the walk above it is the same for all)
# seconds: 10

source "$(dirname "$0")/../cli/lib.sh"
queue=${2:?usage: ${0##*/} DIRWALK QUEUE}

# A walk has at least two producers: a worker and main
refusal=$("$program" --queue="$queue" --threads=1 . 2>&1 || true)
if [[ $refusal == *"serves 1 producer at once"* ]]; then
	echo "$queue is refused, as it must be"
	exit 0
fi

# column NAME NUMBER: prints a column of the queue's row in the table of --queue=help
column() {
	limited "$program" --queue=help | awk -F '  +' -v name="$1" -v column="$2" \
		'$1 == name { print $column }'
}

threads=(1 2 3 8 64)
capacities=(1 2 7 65536)
of_results=(1 3 64)
of_roots=(1 3 8)
if [[ $sanitizer ]]; then
	threads=(3 64)
	of_results=(3)
	of_roots=(3)
	capacities=(1 65536)
fi
if [[ $sanitizer == emulator ]]; then
	threads=(1 3)
	of_results=(1 3 64)
	of_roots=(1 3 8)
fi

consumers=$(column "$queue" 3)
[[ $consumers ]] || fail "--queue=help does not list $queue"
IFS=, read -ra waits <<<"$(column "$queue" 4)"

make_tree tree
make_tree "other tree"
mkdir -p "small tree"/{1..5}/{a,b}
touch "small tree"/{file,{1..3}/{file,.file,a/file}}
declare -A wanted
for dir in tree "small tree"; do
	wanted[$dir]="$(count_files "$dir") $(count_directories "$dir") 0"
done

# check DIR OPTION...: compares one walk
check() {
	local dir=$1
	shift
	run "$program" --json "$@" "$dir"
	local found
	found=$(totals "$out")
	if [[ $status != 0 || $found != "${wanted[$dir]}" ]]; then
		fail "status $status, files, directories and errors $found instead of ${wanted[$dir]}:" \
			"$* $dir"
	fi
}

together=
if [[ $sanitizer ]] || is_default "$queue"; then
	together=yes
fi
walks=0
for w in "${!waits[@]}"; do
	wait=${waits[w]}
	for t in "${!threads[@]}"; do
		count=${threads[t]}
		if [[ $sanitizer && $wait == spin ]] && ((count == 64)); then
			continue
		fi
		if [[ $consumers == any ]] || ((count <= consumers)); then
			choice=(--queue="$queue")
		else
			choice=(--result-queue="$queue")
		fi
		dir=tree
		if [[ $wait == spin ]] && ((count == 64)); then
			dir="small tree"
		fi
		for c in "${!capacities[@]}"; do
			if [[ $together ]] || (((t + c) % ${#waits[@]} == w)); then
				check "$dir" "${choice[@]}" --wait="$wait" --threads="$count" --capacity="${capacities[c]}"
				walks=$((walks + 1))
			fi
		done
	done
done
least=$((${#threads[@]} * ${#capacities[@]}))
if [[ $together ]]; then
	least=$(((${#waits[@]} * ${#threads[@]} - 1) * ${#capacities[@]}))
fi
((walks >= least)) || fail "only $walks walks"

# Results on this queue, and work on the default one, which fills up
for count in "${of_results[@]}"; do
	for capacity in 1 65536; do
		check tree --result-queue="$queue" --threads="$count" --capacity="$capacity"
	done
done

# Many whole roots, one of them missing
roots=(tree "other tree" tree/wide tree/empty tree/deep tree "other tree/.hidden")
sums="$(count_files "${roots[@]}") $(count_directories "${roots[@]}") 1"
for count in "${of_roots[@]}"; do
	if [[ $consumers == any ]] || ((count <= consumers)); then
		choice=(--queue="$queue")
	else
		choice=(--result-queue="$queue")
	fi
	for capacity in 1 65536; do
		for items in root dir; do
			expect_totals 1 "$sums" "${choice[@]}" --items="$items" --threads="$count" \
				--capacity="$capacity" missing "${roots[@]}"
			expect_says "$err" "missing: No such file or directory"
		done
	done
done
