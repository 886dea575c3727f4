#!/usr/bin/env bash
# The wall clock is set while a replay ends: nothing waits by it.

source "$(dirname "$0")/lib.sh"
[[ -z $sanitizer ]] || exit 77

# The wall clock, as it was set far ahead or back: what waits until a time of it sees another time
cat >clock.c <<'C'
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now)
{
	int result = (int)syscall(SYS_clock_gettime, clock, now);
	if (clock == CLOCK_REALTIME) {
		now->tv_sec -= 3600;
	}
	return result;
}
C
${CC:-cc} -shared -fPIC -o clock.so clock.c || exit 77
export LD_PRELOAD=$work/clock.so
run run --queues=mutex_ring --workloads=replay --threads=2 --work=0 --rounds=1 --duration=5 --warm-up=0
((status == 0)) || fail "status $status"
grep -q VOID out && fail "$(grep VOID out)"
exit 0
