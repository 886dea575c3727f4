#!/usr/bin/env bash
# A DIR is opened once, and all workers walk what was opened, even if the system gives it another inode number
# each time, or none, or if its name leads elsewhere meanwhile, and with more DIRs than can be open at once. If
# workers cannot reach each other's descriptors, they share a table.

source "$(dirname "$0")/lib.sh"

make_tree tree
mkdir many
for i in {1..700}; do
	mkdir -p "many/$i/a/b"
	: >"many/$i/a/file"
	: >"many/$i/a/b/file"
done
options=(-j1 "-j1 -q mutex_ring" "-j4 -q mutex_ring" "-j4 -q mutex_ring -c 1" "-j3 --items=root")

# all_there ENVIRONMENT...: fails unless the walk finds everything in a few DIRs, and in many
all_there() {
	local option
	for option in "${options[@]}"; do
		read -ra option <<<"$option"
		expect_status 0 env "$@" "$program" --json "${option[@]}" tree tree/wide tree/deep tree
		expect_equal "totals of ${option[*]}, $*" "$(totals "$out")" "$wanted"
		expect_status 0 env "$@" "$program" --json "${option[@]}" many/*
		expect_equal "totals of many DIRs, ${option[*]}, $*" "$(totals "$out")" "1400 2100 0"
	done
}
dirs=(tree tree/wide tree/deep tree)
wanted="$(count_files "${dirs[@]}") $(count_directories "${dirs[@]}") 0"
all_there A=

# This name leads to another directory for every thread, or nowhere after the first look
expect_totals 0 "$(count_files /proc/self/net/stat/) $(count_directories /proc/self/net/stat/) 0" \
	-j4 /proc/thread-self/net/stat/

need_cc
cc -shared -fPIC -o "$scratch/shim.so" -x c - -ldl <<-'END'
	#define _GNU_SOURCE
	#include <dlfcn.h>
	#include <errno.h>
	#include <fcntl.h>
	#include <linux/sched.h>
	#include <stdio.h>
	#include <stdlib.h>
	#include <string.h>
	#include <sys/stat.h>
	#include <sys/syscall.h>
	#include <unistd.h>

	static int fake(struct stat *status)
	{
		static _Atomic unsigned int calls;
		if (S_ISDIR(status->st_mode)) {
			status->st_ino = getenv("NO_NUMBERS") ? 0 : 1000000 + ++calls;
			status->st_dev += getenv("NO_NUMBERS") ? 0 : calls;
		}
		return 0;
	}

	int fstat(int fd, struct stat *status)
	{
		static int (*next)(int, struct stat *);
		if (!next) {
			next = (int (*)(int, struct stat *))dlsym(RTLD_NEXT, "fstat");
		}
		int result = next(fd, status);
		return result || !getenv("FAKE") ? result : fake(status);
	}

	int unshare(int flags)
	{
		if (getenv("NO_TABLES")) {
			errno = EPERM;
			return -1;
		}
		return (int)syscall(SYS_unshare, flags);
	}

	long syscall(long number, ...)
	{
		static long (*next)(long, ...);
		if (!next) {
			next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
		}
		long a[6];
		__builtin_va_list arguments;
		__builtin_va_start(arguments, number);
		for (int i = 0; i < 6; ++i) {
			a[i] = __builtin_va_arg(arguments, long);
		}
		__builtin_va_end(arguments);
		if (number == SYS_openat && getenv("NO_PROC") &&
		    strncmp((const char *)a[1], "/proc/", 6) == 0) {
			errno = ENOENT;
			return -1;
		}
		long result = next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
		// The first name of a DIR is good for one look alone
		if (number == SYS_openat && getenv("GONE") && (int)a[0] == AT_FDCWD &&
		    strcmp((const char *)a[1], getenv("GONE")) == 0) {
			int error = errno;
			unlink((const char *)a[1]);
			symlink("nowhere", (const char *)a[1]);
			errno = error;
		}
		return result;
	}
END
shim=LD_PRELOAD=$scratch/shim.so
for how in FAKE=1 "FAKE=1 NO_NUMBERS=1" NO_TABLES=1 NO_PROC=1 "NO_PROC=1 FAKE=1"; do
	read -ra how <<<"$how"
	all_there "$shim" "${how[@]}"
done

# The DIR is a link that is switched after it has been opened
for option in "${options[@]}"; do
	read -ra option <<<"$option"
	ln -sfn tree link
	expect_status 0 env "$shim" GONE=link "$program" --json "${option[@]}" link
	expect_equal "totals of a link that was switched, ${option[*]}" "$(totals "$out")" \
		"$(count_files tree) $(count_directories tree) 0"
done
