#!/usr/bin/env bash
# An idle worker uses no processor time. 64 parked workers on a tree of one directory take less than 20 ms,
# all of it for starting and ending; where that takes longer with every queue, less than four times as long as with
# the fastest. While a walk stands still, they take none.
# not-under: asan tsan (processor time of a sanitizer build says nothing)

source "$(dirname "$0")/lib.sh"

mkdir tree
# The machine is noisy, so the best of some runs counts
TIMEFORMAT='%3U %3S'
expect_status 0 "$program" --queue=help
declare -A best
least=1000000
while read -r name _ consumers waits _; do
	[[ $consumers == any && ,$waits, == *,park,* ]] || continue
	best[$name]=1000000
	for run in {1..9}; do
		{ time "$program" --queue="$name" --wait=park -j64 tree >/dev/null 2>"$err"; } 2>times
		read -r user system <times
		milliseconds=$((10#${user/./} + 10#${system/./}))
		((milliseconds >= best[$name])) || best[$name]=$milliseconds
		((best[$name] >= 20)) || break
	done
	((best[$name] >= least)) || least=${best[$name]}
done < <(tail -n +2 "$out")
for name in "${!best[@]}"; do
	((best[$name] < 20 || best[$name] < 4 * least)) ||
		fail "${best[$name]} ms of processor time with $name, and $least with another"
done

# 15 of 16 workers have nothing to do, and nobody reads what the last one lists
mkdir big
name=$(printf 'n%.0s' {1..200})
touch big/{1..9}"$name"{1..900}
ticks() {
	local stat
	read -r stat <"/proc/$1/stat"
	read -ra stat <<<"${stat##*) }"
	echo $((stat[11] + stat[12]))
}
for wait in park native; do
	bounded=$(limited "$program" --queue=help | awk -v wait=",$wait," \
		'$2 == "bounded" && $3 == "any" && "," $4 "," ~ wait && !found++ { print $1 }')
	[[ $bounded ]] || fail "no queue offers to wait by $wait"
	stand_still "$program" --wait="$wait" --print -j16 big
	before=$(ticks "${started[0]}")
	sleep 1
	after=$(ticks "${started[0]}")
	# A tick is 10 ms
	((after - before <= 1)) || fail "$((after - before)) ticks in a second of standing still, $wait"
	exec 3<&-
	await "${started[0]}"
done
