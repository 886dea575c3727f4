#!/usr/bin/env bash
# While the threads of a sample run, main sleeps, and reads what was used and nothing else: whatever it does takes a
# processor from them, and is in the times of all items meanwhile.
# not-under: asan tsan (a sanitizer and strace)

source "$(dirname "$0")/lib.sh"

if ! command -v strace >/dev/null || ! strace -o /dev/null true 2>/dev/null; then
	echo "skipped: strace is not there, or not allowed here"
	exit 77
fi
strace -ff -o trace "$program" run --queues=spsc_ring --workloads=open_loop,idle --load=50 --threads=2 \
	--wait=spin,park --duration=5 --rounds=1 --repeats=0 >out 2>err </dev/null || fail "status $?"
samples=0
for trace in trace.*; do
	sleeps=$(grep -c '^clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME' "$trace") || continue
	((++samples))
	# From the first to the last of them; ioctl() starts and stops hardware counters
	others=$(awk -v last="$sleeps" '/^clock_nanosleep\(CLOCK_MONOTONIC, TIMER_ABSTIME/ { ++seen; next }
		seen > 0 && seen < last && !/^(getrusage|ioctl)\(/' "$trace")
	[[ ! $others ]] || fail "between its sleeps, main calls: $others"
done
# Two waits of the queue and a floor, and idle
((samples >= 4)) || fail "only $samples samples were traced"
