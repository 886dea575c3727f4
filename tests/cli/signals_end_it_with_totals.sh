#!/usr/bin/env bash
# SIGINT and SIGTERM, at any moment of a walk, end it at once with the totals so far: a complete JSON that
# says so, or the usual lines. After a listing, a message says so. dirwalk dies of the signal, as shells
# expect. MOMENTS is how many moments are tried.

source "$(dirname "$0")/lib.sh"

moments=30
# Workers are 1 to 64
counts=7
if [[ $sanitizer ]]; then
	moments=10
	# 64 take the second that dirwalk has until it dies
	counts=5
fi
moments=${MOMENTS:-$moments}

make_tree tree
files=$(count_files tree)
directories=$(count_directories tree)
copies=600
if [[ $sanitizer ]]; then
	copies=300
fi
dirs=()
for ((i = 0; i < copies; ++i)); do
	dirs+=(tree)
done

# has_totals ARGUMENT...: true if dirwalk with these arguments has written all that it writes.
has_totals() {
	case " $* " in
	*" --json "*) is_json ;;
	*" --print "*) grep '^dirwalk: interrupted' "$err" ;;
	*) (($(wc -l <"$out") > copies)) ;;
	esac
}

# interrupted SIGNAL SECONDS ARGUMENT...: runs dirwalk and sends the signal; the status goes to $status.
# Workers that get no processor for 0.4 s are left, as any that hang: that changes no total here
interrupted() {
	local signal=$1 seconds=$2 began
	shift 2
	until
		# bash starts background processes with SIGINT ignored
		env --default-signal=INT,TERM "$program" "$@" "${dirs[@]}" </dev/null >"$out" 2>"$err" &
		started=($!)
		wait_until "signals are waited for" blocks_signals "${started[0]}"
		sleep "$seconds"
		began=$EPOCHREALTIME
		kill -"$signal" "${started[0]}" 2>/dev/null || true
		await "${started[0]}"
		had_time "$began" has_totals "$@"
	do
		:
	done
	sed -i -E '/^dirwalk: [0-9]+ of [0-9]+ workers? were left in a call that did not return$/d' "$err"
}

start=$EPOCHREALTIME
expect_totals 0 "$((copies * files)) $((copies * directories)) 0" "${dirs[@]}"
whole=$((${EPOCHREALTIME/./} - ${start/./})) # microseconds

middle=0
for ((i = 0; i < moments || (middle < moments / 5 && i < 10 * moments); ++i)); do
	signal=INT
	((i % 2)) || signal=TERM
	options=(--json -j$((1 << i % counts)))
	((i % 3)) || options+=(--stats)
	((i % 5)) || options+=(--items=root)
	moment=$((((RANDOM << 15) + RANDOM) % (whole * 3 / 4)))
	interrupted "$signal" "$(printf '%d.%06d' $((moment / 1000000)) $((moment % 1000000)))" \
		"${options[@]}"
	expect_empty "$err"
	# The sums over DIRs and over workers must be the totals, and no DIR has more than it holds
	found=$(jq -r --argjson files "$files" --argjson directories "$directories" '
		([[.dirs, .workers, [.]] | .[] | [map(.files), map(.directories), map(.errors)]
			| map(add)] | unique | length) as $sums
		| ([.dirs[] | select(.files > $files or .directories > $directories)] | length) as $more
		| "\(.interrupted) \($sums) \($more) \(.files)"' "$out") ||
		fail "no valid JSON after SIG$signal: ${options[*]}"
	[[ $found ]] || fail "no JSON after SIG$signal, status $status: ${options[*]}"
	read -r said sums more sum <<<"$found"
	expect_equal "different sums, DIRs with more than there is" "$sums $more" "1 0"
	case $status in
	0) expect_equal "interrupted, files" "$said $sum" "false $((copies * files))" ;;
	$((128 + $(kill -l "$signal"))))
		# A signal that comes after the walk, while its totals are written, interrupts no walk
		[[ $said == true ]] || expect_equal "interrupted, files" "$said $sum" "false $((copies * files))"
		middle=$((middle + (sum < copies * files)))
		;;
	*) fail "status $status after SIG$signal: ${options[*]}" ;;
	esac
done
((middle >= moments / 5)) || fail "only $middle of $i signals met a walk"
echo "$middle of $i signals came in the middle of a walk"

# These signals must meet a walk: they come after a twentieth of its time
early=$(printf '0.%06d' $((whole / 20 < 999999 ? whole / 20 : 999999)))
tries=0
for signal in INT TERM; do
	for option in --threads=3 --items=root; do
		until interrupted "$signal" "$early" "$option" &&
			((status == 128 + $(kill -l "$signal"))); do
			((++tries < 50)) || fail "never in the middle of a walk"
		done
		expect_empty "$err"
		expect_equal "lines" "$(wc -l <"$out")" "$((copies + 1))"
		expect_equal "lines of another kind" "$(sed '1d' "$out" |
			grep -cvE '^(From thread worker-[0-9]+: )?[0-9]+ files found in dir tree$')" 0
	done
	until interrupted "$signal" "$early" --print && ((status == 128 + $(kill -l "$signal"))); do
		((++tries < 50)) || fail "never in the middle of a walk"
	done
	grep -qxE 'dirwalk: interrupted after [0-9]+ files in [0-9]+ directories' "$err" ||
		fail "no word about the interruption"
done
