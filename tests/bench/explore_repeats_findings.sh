#!/usr/bin/env bash
# The seed of a finding finds the same steps again, at once and whatever --time is. The same seed finds
# nothing in a correct queue.
# not-under: asan tsan (there are no exploring modules)

source "$(dirname "$0")/lib.sh"

# explore QUEUE ARGUMENT...: writes the findings to findings.json
explore() {
	local queue=$1
	shift
	run verify --queues="$queue" --checks=explore -o findings.json "$@"
}

# Faults in the memory order, in the answers, and when another thread stops
for fake in publishes_early overtakes not_lock_free; do
	explore "$fakes/$fake.so" --time=120s
	((status == 1)) || fail "$fake is not found"
	seed=$(jq .queues[].checks[].failed_seed findings.json)
	jq -r .queues[].checks[].detail findings.json >first
	explore "$fakes/$fake.so" --time=60s --seed="$seed"
	((status == 1)) || fail "$fake is not found again with seed $seed"
	jq -r .queues[].checks[].detail findings.json >second
	diff first second >&2 || fail "another schedule is found with seed $seed of $fake"
	explore vyukov --time=20s --seed="$seed"
	((status == 0)) || fail "the seed of $fake finds something in vyukov"
done
