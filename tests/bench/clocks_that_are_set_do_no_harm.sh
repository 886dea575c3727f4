#!/usr/bin/env bash
# Setting the wall clock while a replay ends does no harm: nothing waits by that clock.
# not-under: asan tsan (its runtime must be the first library that is loaded)

source "$(dirname "$0")/lib.sh"

# The program sees a wall clock that is an hour behind: a wait until one of its times would end at once
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
