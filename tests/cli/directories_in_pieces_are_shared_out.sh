#!/usr/bin/env bash
# A directory that the system gives in small pieces, slowly, is no single step: what is found is listed,
# shared out and walked by others meanwhile, and a signal ends it between two pieces.

source "$(dirname "$0")/lib.sh"

need_shim
# Files first and last: some file systems give what is newest first
mkdir big
touch big/first-{1..400}
mkdir big/{1..400}
touch big/{1..400}/file
touch big/last-{1..400}

# All is found, whatever the pieces
for pieces in 320 4096 32768; do
	for options in -j1 -j4 "-j2 --items=root"; do
		read -ra options <<<"$options"
		expect_status 0 env "$shim" PIECES="$pieces" "$program" --json "${options[@]}" big
		expect_equal "totals in pieces of $pieces" "$(totals "$out")" "1200 401 0"
	done
done

# Some 10 entries every 100 ms: 12 s for all
for options in -j2 "-j2 --items=root"; do
	read -ra options <<<"$options"
	# The started process empties it later, perhaps after it was looked at
	: >"$out"
	env --default-signal=INT,TERM "$shim" PIECES=320 SLOW=100000 "$program" --print -d1 "${options[@]}" \
		big big >"$out" 2>"$err" &
	started=($!)
	wait_until "something is listed" test -s "$out"
	! has_ended "${started[0]}" || fail "nothing is listed before the end, ${options[*]}"
	kill -INT "${started[0]}"
	await "${started[0]}"
	expect_equal "status" "$status" 130
	(($(wc -l <"$out") < 400)) || fail "$(wc -l <"$out") files, ${options[*]}"
done
# In the middle of it, others have walked some of what is in it, and not all its files are found. A busy machine comes there
# late
for seconds in 6 7 8 9 10; do
	env --default-signal=INT "$shim" PIECES=320 SLOW=100000 "$program" --json -j3 big >"$out" 2>"$err" &
	started=($!)
	wait_until "signals are waited for" blocks_signals "${started[0]}"
	sleep "$seconds"
	kill -INT "${started[0]}" 2>/dev/null || true
	await "${started[0]}"
	[[ $(jq '.directories > 1 and .files < 800' "$out") != true ]] || break
	((seconds < 10)) || fail "nothing was shared out: $(head -c 300 "$out")"
done
