#!/usr/bin/env bash
# timeout sends its signal twice at once, to the process and to its group. That ends a walk like a single
# signal: with the totals so far, by the signal, with bounded and unbounded queues.

source "$(dirname "$0")/lib.sh"

runs=60
if [[ $sanitizer ]]; then
	runs=15
fi
make_tree tree
dirs=()
for i in {1..1000}; do
	dirs+=(tree)
done

queues=(mutex_lifo mutex_ring mutex_list scq)
all=$((1000 * $(count_directories tree)))
interrupted=0
partial=0
for ((i = 0; i < runs; ++i)); do
	signal=TERM
	((i % 2)) || signal=INT
	until
		env --default-signal=INT,TERM "$program" --queue="${queues[i % 4]}" --json "${dirs[@]}" </dev/null >"$out" 2>"$err" &
		started=($!)
		wait_until "signals are waited for" blocks_signals "${started[0]}"
		sleep 0.0$((RANDOM % 5))
		began=$EPOCHREALTIME
		kill -"$signal" "${started[0]}" "${started[0]}" 2>/dev/null || true
		await "${started[0]}"
		had_time "$began" is_json
	do
		:
	done
	case $status in
	0) ;; # the walk ended before the signal
	130 | 143)
		directories=$(jq 'select(.interrupted).directories' "$out")
		[[ $directories ]] || fail "no JSON that says so, after SIG$signal"
		interrupted=$((interrupted + 1))
		partial=$((partial + (directories < all)))
		;;
	*) fail "status $status, and $(wc -c <"$out") bytes of output, after SIG$signal" ;;
	esac
done
((interrupted > runs / 2)) || fail "only $interrupted of $runs walks were interrupted"
((partial > runs / 2)) || fail "only $partial of $runs walks were cut short"
