#!/usr/bin/env bash
# --stats says what the queue did, in words on standard error or inside the JSON. All counts are there, and
# they add up: one item is one enqueue and one dequeue. The pool counts for every queue alike, so in a sanitizer
# build some queues of each kind are enough.

source "$(dirname "$0")/lib.sh"

make_tree tree
mkdir -p tree/wider/{1..256}
files=$(count_files tree)
directories=$(count_directories tree)
expect_status 0 "$program" --queue=help
table=$(tail -n +2 "$out")

# In words, on standard error only
expect_status 0 "$program" -j3 tree
cp "$out" without
expect_status 0 "$program" -j3 --stats tree
expect_same_file "standard output" "$out" without
for word in enqueued dequeued full empty busy park wake overflow "peak depth" "time in queue" p50 \
	p99 max waited "work queue" "result queue"; do
	expect_says "$err" "$word"
done
grep -qE "^work queue .*: $directories enqueued, $directories dequeued;" "$err" ||
	fail "not $directories enqueued and dequeued"
grep -qE '[^0-9.]1 (park|wake|worker|item)s' "$err" && fail "one is counted as several"
expect_status 0 "$program" -j1 --stats tree
expect_says "$err" "1 worker by --threads"
grep -qE '[^0-9.]1 (park|wake|worker|item)s' "$err" && fail "one is counted as several"
expect_status 0 "$program" --stats --print0 tree
expect_equal "files listed" "$(tr -cd '\0' <"$out" | wc -c)" "$files"
expect_says "$err" "p99"

# Without --stats, the JSON has no counts
expect_status 0 "$program" --json tree
expect_equal "stats in the JSON" "$(jq 'has("stats")' "$out")" false
expect_equal "keys of the JSON" "$(jq -r 'keys | join(" ")' "$out")" "capacity directories dirs errors\
 failures files format interrupted items processors queue result_queue seconds threads wait wind_down_seconds workers"

# holds FILTER: the filter must be true of the JSON of the last walk. One jq tries all filters of a queue
filters=''
whats=()
holds() {
	filters+="(.[$walks] | if [$1] == [true] then empty else \$ARGS.positional[${#whats[@]}] + \", in \\(.stats)\" end), "
	whats+=("of $what, not true: $1")
}
check() {
	local wrong
	wrong=$(jq -rs "$filters empty" walks --args "${whats[@]}") || fail "jq does not take it: $filters"
	[[ ! $wrong ]] || fail "in the JSON $wrong"
	filters=''
	whats=()
}

while read -r name kind consumers waits _; do
	[[ ! $sanitizer || $name == @(mutex_ring|ms_queue|wfcqueue_mpsc) ]] || continue
	IFS=, read -ra waits <<<"$waits"
	: >walks
	walks=0
	for wait in "${waits[@]}"; do
		# A wait matters only when the queue is full or empty
		choices=("-j3 -c1")
		[[ $wait != "${waits[0]}" ]] || choices+=("-j1" "-j3" "-j3 --items=root")
		for options in "${choices[@]}"; do
			read -ra options <<<"$options"
			if [[ $consumers != any && ${options[0]} != -j1 ]]; then
				continue
			fi
			what="--queue=$name --wait=$wait ${options[*]}"
			expect_status 0 "$program" --json --stats --queue="$name" --wait="$wait" \
				"${options[@]}" tree
			expect_empty "$err"
			items=$directories
			[[ ${options[*]} != *root* ]] || items=1

			holds '.stats | [.work, .results] | map(keys) | unique |
				. == [["busy", "dequeued", "empty", "enqueued", "full", "parks", "wakes"]]'
			holds ".queue == \"$name\" and .result_queue == \"$name\" and .wait == \"$wait\""
			holds ".stats.work | .enqueued == $items and .dequeued == $items"
			holds ".stats.results | .enqueued == $items and .dequeued == $items"
			holds '.stats | .overflow >= 0 and .unqueued == 0'
			holds ".stats.peak_depth >= 1 and .stats.peak_depth <= $items"
			holds '.stats.time_in_queue_ns | .p50 > 0 and .p50 <= .p99 and .p99 <= .max'
			holds '.stats.time_in_queue_ns.max <= .seconds * 1e9'
			holds '.stats.waited_seconds >= 0'
			holds '.stats.waited_seconds <= .threads * (.seconds + .wind_down_seconds)'
			if [[ $wait == spin || $wait == yield ]]; then
				holds '[.stats | .work, .results | .parks, .wakes] == [0, 0, 0, 0]'
			elif [[ $wait == native ]]; then
				holds '.stats.work.wakes == null'
			fi
			# With room, items overflow only because a peer is in the way
			if [[ $kind == unbounded ]]; then
				holds '.stats | .work.full == 0 and .overflow <= .work.busy'
			elif [[ ${options[*]} == *-c1* ]]; then
				# 256 directories in one do not fit: a queue with a capacity of 1 holds 64 at most
				holds '.stats | .work.full > 0 and .overflow > 0'
			else
				holds '.stats | .overflow <= .work.busy'
			fi
			cat "$out" >>walks
			walks=$((walks + 1))
		done
	done
	check
done <<<"$table"
