#!/usr/bin/env bash
# A check that lacks what it needs (its allocator, memory, threads, descriptors) is skipped with a reason:
# it does not pass, and does not fail the queue. A blank or a colon in the path of the program does no harm.
# not-under: asan tsan (a sanitizer has an allocator of its own, and needs memory that is limited here)
# seconds: 60

source "$(dirname "$0")/lib.sh"

[[ -f $(dirname "$program")/preload/allocator.so ]] || {
	echo "there is no allocator.so in this build"
	exit 77
}

# verdicts QUEUE CHECKS ARGUMENT...: verifies, and prints "CHECK VERDICT REASON" for each check
verdicts() {
	local queue=$1 checks=$2
	shift 2
	rm -f findings.json
	run verify --queues="$queue" --checks="$checks" --time=2s -o findings.json "$@"
	jq -r '.queues[].checks[] | "\(.check) \(.verdict) \(.reason)"' findings.json
}

# A path that the dynamic linker would split
original=$program
program="$work/a b:c/qbench"
mkdir -p "$work/a b:c/preload"
cp "$original" "$program"
cp "$(dirname "$original")/preload/allocator.so" "$work/a b:c/preload"
for pair in 'leaks memory' 'hoards memory' 'ignores_nomem model'; do
	read -r fake check <<<"$pair"
	verify_patiently '.queues[].checks[].verdict == "failed"' --queues="$fakes/$fake.so" --checks="$check" ||
		fail "with a blank in the path: $fake: $(<out)"
done
rm -r "$work/a b:c/preload"
for fake in leaks hoards; do
	verdicts "$fakes/$fake.so" memory,model >found
	((status == 0)) || grep -q ' failed' found || fail "status $status without an allocator"
	grep -q '^memory skipped .*allocator' found || fail "without an allocator: $fake: $(cat found)"
	grep -q ' passed' found && fail "without an allocator a check passes: $(cat found)"
	grep -q 'memory skipped, .*allocator.*: '"$fake" out || fail "the table does not say why"
done
# The reason says whether a module is not built, or a queue cannot be explored
if [[ -d $(dirname "$original")/explore ]]; then
	verdicts vyukov explore >found
	grep -q '^explore skipped its exploring module is not built: ' found || fail "no module: $(cat found)"
	verdicts pipe explore >found
	grep -q '^explore skipped .* cannot be explored$' found || fail "of the system: $(cat found)"
	verdicts "$fakes/leaks.so" explore >found
	grep -q '^explore skipped .*: qbench-module makes one' found || fail "of one's own: $(cat found)"
fi
program=$original

# A module in a folder whose name is not UTF-8, and has control characters
folder=$'odd\xff\a'
mkdir "$folder"
cp "$fakes/leaks.so" "$folder"
verify_patiently '.queues[].checks[].verdict == "failed"' --queues="./$folder/leaks.so" --checks=memory ||
	fail "a module in a folder of any bytes: status $status: $(<out)"
grep -q $'\a' out && fail "the table writes what a name would tell a terminal"

# Threads that go on and on are no fault, and no success
for check in memory progress; do
	verdicts "$fakes/naps.so" "$check" >found
	grep -q "^$check skipped its threads went on, but were " found ||
		fail "a slow queue: status $status: $(cat found)"
done

# limited PATTERN QUEUE CHECKS COMMAND...: fails unless no check rejects the queue under a limit, and one is skipped for
# a reason of this PATTERN
limited() {
	local pattern=$1 queue=$2 checks=$3
	shift 3
	rm -f findings.json
	status=0
	timeout 300 "$@" "$program" verify --queues="$queue" --checks="$checks" --time="$time" -o findings.json \
		>out 2>err </dev/null || status=$?
	((status == 0)) || fail "$*: status $status: $(grep -A 3 ' fails ' out)"
	jq -r '.queues[].checks[] | "\(.check) \(.verdict) \(.summary) \(.reason)"' findings.json >found
	grep -qE "skipped skipped .*$pattern" found || fail "$*: nothing was skipped for '$pattern': $(cat found)"
	printf '%s: ' "$*"
	grep -E "skipped skipped .*($pattern)" found | head -n 1
}
all='[!e]*'
time=2s
limited 'memory' vyukov "$all" prlimit --data=8000000
limited 'before the check began' vyukov model prlimit --data=2000000
timeout "$limit" prlimit --nofile=9 "$program" verify --queues=pipe --checks="$all" --time=2s >out 2>err </dev/null ||
	fail "pipe is blamed for want of descriptors: $(grep -A 3 ' fails ' out)"
# It ends where a channel lacks a pipe, which a busy machine comes to late
time=100s limited 'memory|descriptors|open files' pipe waiting prlimit --nofile=9
# The limit of processes does not hold for root
limits=(prlimit --nproc=6)
if ((EUID == 0)) && command -v setpriv >/dev/null; then
	chmod a+rwx "$work"
	# The processes of a user count together, so nobody else is this one
	limits=(setpriv --reuid=$((20000 + $$ % 40000)) --clear-groups "${limits[@]}")
	rm -f findings.json
fi
if "${limits[@]}" test -x "$program" && ((EUID != 0 || ${#limits[@]} > 2)); then
	limited 'cannot start' vyukov "$all" "${limits[@]}"
fi
