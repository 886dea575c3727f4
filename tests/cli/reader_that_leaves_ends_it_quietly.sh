#!/usr/bin/env bash
# When the reader of a listing leaves, the program ends at once, with nothing on standard error: by SIGPIPE,
# even if its parent ignored that.

source "$(dirname "$0")/lib.sh"

mkdir big
for i in {1..50}; do
	mkdir big/"$i"
	touch big/"$i"/"a long name of a file, number "{1..200}
done
dirs=()
for i in {1..20}; do
	dirs+=(big)
done

for default in --default-signal=PIPE --ignore-signal=PIPE; do
	for options in --print --print0 --per-directory "--print -j64 -c1" "--print --items=root" \
		"--print --wait=spin"; do
		read -ra options <<<"$options"
		statuses=$(
			limited env "$default" "$program" "${options[@]}" "${dirs[@]}" 2>"$err" |
				head -c 100 >"$out"
			echo "${PIPESTATUS[*]}"
		) || true
		# A listing by directories may fit into the pipe
		case $statuses in
		"141 0") ;;
		"0 0") [[ ${options[0]} == --per-directory ]] || fail "nobody noticed: ${options[*]}" ;;
		*) fail "statuses $statuses: ${options[*]}" ;;
		esac
		expect_equal "bytes that were read" "$(wc -c <"$out")" 100
		expect_empty "$err"
	done
done

# The reader leaves before anything is written
for options in "" --json --print; do
	read -ra options <<<"$options"
	mkfifo pipe
	status=0
	limited bash -c 'exec "$@" 3<>pipe 1>pipe 3<&-' bash env --ignore-signal=PIPE "$program" \
		"${options[@]}" big 2>"$err" || status=$?
	expect_equal "status of dirwalk ${options[*]}" "$status" 141
	expect_empty "$err"
	rm pipe
done
