#!/usr/bin/env bash
# Under timeout, which sends its signal twice, to the process and at once to its group, a walk still
# ends with status 130 and the totals so far.

source "$(dirname "$0")/lib.sh"

runs=60
if [[ $sanitizer ]]; then
	runs=10
fi
make_tree tree
dirs=()
for i in {1..20000}; do
	dirs+=(tree)
done

interrupted=0
for ((i = 0; i < runs; ++i)); do
	signal=TERM
	((i % 2)) || signal=INT
	seconds=0.0$((2 + i % 7))
	if [[ $sanitizer ]]; then
		seconds=0.$((3 + i % 6))
	fi
	run timeout --preserve-status --signal="$signal" "$seconds" "$program" --json "${dirs[@]}"
	case $status in
	0) ;; # done before
	130)
		jq -e .interrupted "$out" >/dev/null || fail "no JSON that says so, after SIG$signal"
		interrupted=$((interrupted + 1))
		;;
	*) fail "status $status, and $(wc -c <"$out") bytes of output, after SIG$signal" ;;
	esac
done
((interrupted > runs / 2)) || fail "only $interrupted of $runs walks were interrupted"
