#!/usr/bin/env bash
# A directory that the system gives slowly, in small pieces, takes several steps: its entries are listed,
# shared out and walked by others meanwhile, and a signal ends the walk between two pieces.

source "$(dirname "$0")/lib.sh"

need_shim
# Directories are made last: some file systems list the newest entries first
mkdir big
touch big/file-{1..400}
mkdir big/{1..400}
touch big/{1..400}/file

# All entries are found, whatever the size of the pieces
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
# In the middle of the directory, others have walked some of its sub-directories
env --default-signal=INT "$shim" PIECES=320 SLOW=50000 "$program" --json -j3 big >"$out" 2>"$err" &
started=($!)
wait_until "signals are waited for" blocks_signals "${started[0]}"
sleep 2
kill -INT "${started[0]}"
await "${started[0]}"
(($(jq .directories "$out") > 1)) || fail "nothing was shared out"
