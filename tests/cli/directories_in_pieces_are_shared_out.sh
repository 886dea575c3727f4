#!/usr/bin/env bash
# A directory that the system gives in small pieces, slowly, is no single step: what is found is listed,
# shared out and walked by others meanwhile, and a signal ends it between two pieces.

source "$(dirname "$0")/lib.sh"

need_shim
# Files last: some file systems give what is newest first
mkdir big
mkdir big/{1..400}
touch big/{1..400}/file
touch big/file-{1..400}

# All is found, whatever the pieces
for pieces in 320 4096 32768; do
	for options in -j1 -j4 "-j2 --items=root"; do
		read -ra options <<<"$options"
		expect_status 0 env "$shim" PIECES="$pieces" "$program" --json "${options[@]}" big
		expect_equal "totals in pieces of $pieces" "$(totals "$out")" "800 401 0"
	done
done

# Some 10 entries every 100 ms: 8 s for all
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
# In the middle of it, others have walked some of what is in it
env --default-signal=INT "$shim" PIECES=320 SLOW=50000 "$program" --json -j3 big >"$out" 2>"$err" &
started=($!)
wait_until "signals are waited for" blocks_signals "${started[0]}"
sleep 3
kill -INT "${started[0]}"
await "${started[0]}"
(($(jq .directories "$out") > 1)) || fail "nothing was shared out"
