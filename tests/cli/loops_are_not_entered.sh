#!/usr/bin/env bash
# A directory with the device and inode number of one above it is a loop: it is an error that is named, and
# is not entered. If the system gives no numbers, no directory is taken for a loop.

source "$(dirname "$0")/lib.sh"

# looping COMMAND...: walks tree with COMMAND; fails unless the errors are $loops, and the rest is as in find
looping() {
	local options path files
	files=$(find tree ! -type d -printf x 2>/dev/null | wc -c) || true
	for options in -j1 "-j3 -q mutex_ring" --items=root "-j2 -x"; do
		read -ra options <<<"$options"
		run "$@" "$program" --json "${options[@]}" tree
		expect_equal "status of ${options[*]}" "$status" 1
		expect_equal "errors of ${options[*]}" "$(jq -c '[.failures[].path] | sort' "$out")" "$loops"
		expect_equal "files of ${options[*]}" "$(jq .files "$out")" "$files"
		expect_says "$err" "File system loop"
	done
}

# A directory that is mounted below itself; also where directories come entry by entry, so that their
# first piece has no directory in it
need_shim
mkdir -p tree/a/b/c tree/d
touch tree/{1,2} tree/a/3 tree/a/b/4 tree/d/5
if unshare --mount --map-root-user true 2>/dev/null; then
	export -f looping run limited expect_equal expect_says fail
	export program out err limit shim
	loops='["tree/a/b/c"]' unshare --mount --map-root-user bash -c '
		mount --bind tree/a tree/a/b/c && find tree >found 2>told
		grep -q "loop" told || exit 76
		looping env
		looping env "$shim" PIECES=24' || {
		status=$?
		((status == 76)) || fail "a directory that is mounted below itself"
	}
else
	echo "no mounts here"
fi

need_cc
cc -shared -fPIC -o "$scratch/numbers.so" -x c - -ldl <<-'END'
	#define _GNU_SOURCE
	#include <dlfcn.h>
	#include <fcntl.h>
	#include <stdio.h>
	#include <stdlib.h>
	#include <string.h>
	#include <sys/stat.h>
	#include <sys/vfs.h>
	#include <unistd.h>

	/* Directories called "again" have the number of the one that they are in; or none has any. */
	/* A kind of which nothing is known */
	int fstatfs(int fd, struct statfs *status)
	{
		status->f_type = 0x65735546;
		return 0;
	}

	int fstat(int fd, struct stat *status)
	{
		static int (*next)(int, struct stat *);
		if (!next) {
			next = (int (*)(int, struct stat *))dlsym(RTLD_NEXT, "fstat");
		}
		int result = next(fd, status);
		if (result == 0 && S_ISDIR(status->st_mode)) {
			char link[64], path[4096];
			snprintf(link, sizeof(link), "/proc/self/task/%d/fd/%d", (int)gettid(), fd);
			ssize_t length = readlink(link, path, sizeof(path) - 1);
			path[length > 0 ? length : 0] = '\0';
			const char *name = strrchr(path, '/');
			struct stat above;
			if (getenv("NO_NUMBERS")) {
				status->st_ino = 0;
			} else if (name && strcmp(name, "/again") == 0 &&
				   fstatat(fd, "..", &above, 0) == 0) {
				status->st_ino = above.st_ino;
			}
		}
		return result;
	}
END
rm -r tree
mkdir -p tree/a/b/again/{again/x,y} tree/a/again/x tree/c/again
touch tree/a/b/1 tree/a/2 tree/c/3
loops='["tree/a/again","tree/a/b/again"]' looping env LD_PRELOAD="$scratch/numbers.so"
# tree/c/again is no error: a directory without sub-directories cannot be a loop

expect_status 0 env LD_PRELOAD="$scratch/numbers.so" NO_NUMBERS=1 "$program" --json -j2 tree
expect_equal "totals without numbers" "$(totals "$out")" "3 $(count_directories tree) 0"
