#!/usr/bin/env bash
# Some file systems do not give the type of an entry. Then dirwalk asks for it, and finds the same.
# not-under: asan tsan (its runtime must be the first library that is loaded)

source "$(dirname "$0")/lib.sh"

command -v cc >/dev/null || skip "no compiler here"

cc -shared -fPIC -o "$scratch/unknown.so" -x c - -ldl <<-'END'
	#define _GNU_SOURCE
	#include <dirent.h>
	#include <dlfcn.h>
	#include <sys/syscall.h>
	long syscall(long number, long a, long b, long c, long d, long e, long f);
	long syscall(long number, long a, long b, long c, long d, long e, long f)
	{
		static long (*next)(long, long, long, long, long, long, long);
		if (!next) {
			next = (long (*)(long, long, long, long, long, long, long))dlsym(RTLD_NEXT, "syscall");
		}
		long filled = next(number, a, b, c, d, e, f);
		if (number == SYS_getdents64) {
			for (long at = 0; at < filled;) {
				struct dirent64 *entry = (void *)(b + at);
				entry->d_type = DT_UNKNOWN;
				at += entry->d_reclen;
			}
		}
		return filled;
	}
END

make_tree tree
ln -s tree tree/link
mkfifo tree/pipe
wanted="$(count_files tree) $(count_directories tree) 0"
for options in -j1 -j8 --items=root; do
	expect_status 0 env LD_PRELOAD="$scratch/unknown.so" "$program" --json "$options" tree
	expect_equal "totals with $options" "$(totals "$out")" "$wanted"
	expect_empty "$err"
done
find tree ! -type d -print0 | sort -z >wanted
expect_status 0 env LD_PRELOAD="$scratch/unknown.so" "$program" --print0 tree
sort -z "$out" >found
expect_same_file listing found wanted
# The types were missing: each entry was asked for its type
strace=$(command -v strace || true)
if [[ $strace ]]; then
	LD_PRELOAD="$scratch/unknown.so" limited "$strace" -f -e trace=newfstatat -o calls \
		"$program" tree >"$out"
	(($(grep -c newfstatat calls) >= $(count_files tree))) || fail "entries were not asked"
fi
