#!/usr/bin/env bash
# If the system does not tell which processors the process may use, the machine is still described and
# measured: hwloc by itself would ask for ever.
# not-under: asan tsan (its runtime must be the first library that is loaded)

source "$(dirname "$0")/lib.sh"

cat >refuse.c <<'C'
#include <errno.h>
#include <sched.h>
#include <sys/types.h>

int sched_getaffinity(pid_t process, size_t size, cpu_set_t *set)
{
	(void)process;
	(void)size;
	(void)set;
	errno = EPERM;
	return -1;
}
C
${CC:-cc} -D_GNU_SOURCE -shared -fPIC -o refuse.so refuse.c || exit 77
export LD_PRELOAD=$work/refuse.so
status=0
timeout "$limit" "$program" machine --json >out 2>err </dev/null || status=$?
((status == 0)) || fail "status $status of machine"
jq -e '.processor.available >= 1' out >/dev/null || fail "no processor is available"
status=0
timeout "$limit" "$program" run -q vyukov --workloads=pairwise --threads=1 --rounds=1 --duration=5 --warm-up=0 \
	>out 2>err </dev/null || status=$?
((status == 0)) || fail "status $status of run"
