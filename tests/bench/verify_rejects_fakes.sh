#!/usr/bin/env bash
# Each check that a fake names rejects it, with a status, a name and a seed. All checks accept the fakes
# that are only unlike other queues. RUNS is how often each is tried (default: 1); one run in 20 may miss,
# so no run may with RUNS below 20. FAKES and CHECKS are patterns that choose.
# Under tsan three fakes are tried, which lose, reorder and hang: all others are in the release and under asan.
# waits: for hangs, which checks believe after seconds
# seconds: 200

source "$(dirname "$0")/lib.sh"

runs=${RUNS:-1}
# A fake must be found in five seconds of checking, unless it says how long it takes; a sanitizer takes ten
# times as long for the same. What is accepted has five seconds in each build, since nothing is to be found
budget=5s
if [[ $sanitizer ]]; then
	budget=15s
fi

# verify FAKE CHECKS ARGUMENT...: writes the findings to findings.json
verify() {
	local fake=$1 checks=$2
	shift 2
	rm -f findings.json
	run verify --queues="$fakes/$fake.so" --checks="$checks" -o findings.json "$@"
}

# seen FAKE CHECK: true if the check can see the fault in this build
seen() {
	[[ ! $sanitizer || $2 != progress && $2 != explore ]] || return 1
	[[ ! $sanitizer || " $(said "$1" unseen-under) " != *" $sanitizer "* ]]
}

# rejected FAKE CHECK [TIMES]: true if the fake was rejected, in TIMES its time; fails if the rejection is incomplete
rejected() {
	local fake=$1 check=$2 seed time
	time=$(said "$fake" takes)
	time=${time:-$budget}
	verify "$fake" "$check" --time="$((${time%s} * ${3:-1}))s"
	((status == 0)) && return 1
	((status == 1)) || fail "status $status instead of 1: $check of $fake"
	seed=$(jq -r --arg check "$check" '.queues[].checks[]
		| select(.check == $check and .verdict == "failed" and .detail != "")
		| .failed_seed' findings.json)
	[[ $seed ]] || fail "the findings do not say that $check of $fake has failed, and why"
	grep -qF "$fakes/$fake.so fails $check" out || fail "it is not said that $fake fails $check"
	grep -qE -- "--checks=$check.* --seed=$seed\$" out ||
		fail "it is not said how to repeat the failure of $fake in $check: seed $seed"
	if [[ $check != explore* ]] && grep -E '(^|[^0-9.])1 (items|blocks|threads|producers|consumers|operations)\>' out; then
		fail "one is counted as several: $check of $fake"
	fi
}

# repeats FAKE: fails unless a fault of one thread is found again, in the first round of its seed
repeats() {
	local fake=$1 seed
	seed=$(jq -r '.queues[].checks[] | .failed_seed' findings.json)
	verify "$fake" model --time="$budget" --seed="$seed"
	((status == 1)) || fail "model accepts $fake with the seed that was to repeat its failure"
	jq -e '.queues[].checks[] | .rounds <= 1' findings.json >/dev/null ||
		fail "model of $fake fails with its seed, but not in the first round"
}

# try FAKE CHECK: RUNS times
try() {
	local fake=$1 check=$2 caught=0 i
	for ((i = 0; i < runs; ++i)); do
		# Beside other tests the same time may be a fraction of the operations
		if rejected "$fake" "$check" ||
			{ ((runs == 1)) && { rejected "$fake" "$check" 4 || rejected "$fake" "$check" 10; }; }; then
			caught=$((caught + 1))
			[[ $check != model || $caught -gt 1 ]] || repeats "$fake"
		fi
	done
	printf '%-18s %-9s %d of %d\n' "$fake" "$check" "$caught" "$runs"
	if ((runs - caught > runs / 20)); then
		missed+=("$fake: $check rejects it $caught times of $runs")
	fi
}

# A pattern as [[ == ]] knows them
if [[ $sanitizer == tsan ]]; then
	FAKES=${FAKES:-@(loses|reorders|hangs)}
fi
missed=()
pairs=0
for source in "$sources"/tests/fakes/*.c; do
	fake=$(basename "$source" .c)
	checks=$(said "$fake" rejected-by)
	# shellcheck disable=SC2053
	[[ $fake == ${FAKES:-*} ]] || continue
	if grep -q '^// accepted' "$source"; then
		checks=$(said "$fake" accepted)
		verify "$fake" "${checks:-*}" --time=5s
		# What is named must end in time, too
		wrong=$(grep -A 3 -e ' fails ' ${checks:+-e ' late: '} out || true)
		((status == 0)) && [[ ! $wrong ]] || missed+=("$fake is right, and not accepted: $wrong")
		pairs=$((pairs + 1))
		continue
	fi
	[[ $checks ]] || fail "$fake.c does not say what is to reject it"
	for check in $checks; do
		# shellcheck disable=SC2053
		[[ $check == ${CHECKS:-*} ]] || continue
		if seen "$fake" "$check"; then
			try "$fake" "$check"
			pairs=$((pairs + 1))
		fi
	done
done
((pairs > 0)) || fail "nothing was tried"
if ((${#missed[@]} > 0)); then
	printf '  %s\n' "${missed[@]}"
	rm -f err
	fail "${#missed[@]} of $pairs are not dealt with as they should be"
fi
echo "$pairs pairs of fake and check are as they should be, each tried $runs times"
