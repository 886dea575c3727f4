#!/usr/bin/env bash
# Without openat2, or if a filter denies it, the walk finds the same, goes as deep, and follows no link in
# the middle of a path.
# not-under: asan tsan (its runtime must be the first library that is loaded)

source "$(dirname "$0")/lib.sh"

command -v cc >/dev/null || exit 77

cc -shared -fPIC -o "$scratch/deny.so" -x c - -ldl <<-'END'
	#define _GNU_SOURCE
	#include <dlfcn.h>
	#include <errno.h>
	#include <stdlib.h>
	#include <sys/syscall.h>
	long syscall(long number, long a, long b, long c, long d, long e, long f);
	long syscall(long number, long a, long b, long c, long d, long e, long f)
	{
		static long (*next)(long, long, long, long, long, long, long);
		if (!next) {
			next = (long (*)(long, long, long, long, long, long, long))dlsym(RTLD_NEXT, "syscall");
		}
		if (number == SYS_openat2) {
			errno = getenv("DENY_EPERM") ? EPERM : ENOSYS;
			return -1;
		}
		return next(number, a, b, c, d, e, f);
	}
END

make_tree tree
make_deep deep 40 200
dirs=(tree deep)
wanted="$(count_files "${dirs[@]}") $(count_directories "${dirs[@]}") 0"
for how in DENY_ENOSYS DENY_EPERM; do
	for workers in 1 8; do
		expect_status 0 env LD_PRELOAD="$scratch/deny.so" "$how=1" "$program" --json -j"$workers" \
			"${dirs[@]}"
		expect_equal "totals with $how" "$(totals "$out")" "$wanted"
		expect_empty "$err"
	done
done
