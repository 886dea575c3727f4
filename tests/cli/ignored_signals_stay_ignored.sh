#!/usr/bin/env bash
# A signal that the parent ignores, such as SIGINT in background jobs, does not interrupt a walk. The
# other signal does.

source "$(dirname "$0")/lib.sh"

make_tree tree
files=$(count_files tree)
dirs=()
for i in {1..300}; do
	dirs+=(tree)
done

# Reads the rest of the listing into $out
finish() {
	exec 4<pipe
	limited cat <&4 >"$out" 3>&- &
	local reader=$!
	exec 3>&- 4<&-
	await "${started[0]}"
	wait "$reader" || fail "the listing has no end"
}

for ignored in INT TERM; do
	other=INT
	[[ $ignored == TERM ]] || other=TERM
	stand_still env --ignore-signal="$ignored" --default-signal="$other" \
		"$program" --print0 -j2 "${dirs[@]}"
	for i in {1..5}; do
		kill -"$ignored" "${started[0]}" || fail "SIG$ignored was not ignored"
		sleep 0.02
	done
	finish
	expect_equal "status after SIG$ignored" "$status" 0
	expect_equal "files listed" "$(tr -cd '\0' <"$out" | wc -c)" "$((300 * files))"
	expect_empty "$err"

	until
		stand_still env --ignore-signal="$ignored" --default-signal="$other" \
			"$program" --print0 -j2 "${dirs[@]}"
		kill -"$ignored" "${started[0]}"
		began=$EPOCHREALTIME
		kill -"$other" "${started[0]}" || fail "SIG$ignored was not ignored"
		sleep 0.1
		finish
		had_time "$began" grep "^dirwalk: interrupted after" "$err"
	do
		:
	done
	expect_equal "status after SIG$other" "$status" $((128 + $(kill -l "$other")))
	expect_says "$err" "dirwalk: interrupted after"
done
