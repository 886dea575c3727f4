#!/usr/bin/env bash
# One SIGINT or SIGTERM ends dirwalk within a second, with the totals so far, even if its reader takes nothing
# or little, or a worker hangs in a call that no signal ends. The listing ends at the end of a name. dirwalk
# dies of the signal, so that a loop of a shell stops.
# waits: for what hangs

source "$(dirname "$0")/lib.sh"

make_tree tree
dirs=()
for i in {1..400}; do
	dirs+=("tree")
done

# ends_in_time SIGNAL COMMAND...: fails unless ${started[0]} ends by the signal in time; allows for a busy machine. False
# if it is to be tried again, as had_time says
ends_in_time() {
	local began=$EPOCHREALTIME took
	kill -"$1" "${started[0]}"
	await "${started[0]}"
	took=$(((${EPOCHREALTIME/./} - ${began/./}) / 1000))
	expect_equal "status after SIG$1" "$status" $((128 + $(kill -l "$1")))
	((took < 5000)) || fail "it took $took ms after SIG$1"
	had_time "$began" "${@:2}"
}
said=(grep "^dirwalk: interrupted after " "$err")

# read_little SIGNAL: sends the signal to a walk of which somebody reads little
read_little() {
	rm -f pipe listed
	mkfifo pipe
	/usr/bin/python3 -c '
import os, sys, time
sys.stdout.flush()
pipe = os.open("pipe", os.O_RDONLY)
with open("listed", "wb", buffering=0) as listed:
    while piece := os.read(pipe, 1000):
        listed.write(piece)
        time.sleep(0.005)
' &
	local reader=$! ended=0
	env --default-signal=INT,TERM "$program" --print0 -j2 "${dirs[@]}" >pipe 2>"$err" &
	started=($!)
	wait_until "something is listed" test -s listed
	sleep 0.2
	ends_in_time "$1" "${said[@]}" || ended=$?
	wait "$reader"
	return "$ended"
}

for signal in INT TERM; do
	# Nobody reads
	until
		stand_still env --default-signal=INT,TERM "$program" --print0 -j2 "${dirs[@]}"
		ends_in_time "$signal" "${said[@]}"
	do
		:
	done
	expect_says "$err" "dirwalk: interrupted after "
	exec 3>&-

	until read_little "$signal"; do
		:
	done
	[[ $(tail -c 1 listed | od -An -tx1) == " 00" ]] || fail "the listing ends in the middle of a name"
	find tree ! -type d -print0 | sort -z >all
	sort -zu listed | comm -z -13 all - >other
	expect_empty other
	rm -f listed
done

# A shell that runs dirwalk in a loop stops, because it sees that SIGINT ended dirwalk
rm -f pipe
mkfifo pipe
exec 3<>pipe
env --default-signal=INT setsid bash -c \
	'for i in 1 2 3; do "$@" >pipe 3>&-; done; echo went on' bash "$program" --print0 "${dirs[@]}" \
	>"$out" 2>"$err" &
started=($!)
shell_runs_it() {
	local child
	child=$(pgrep -P "${started[0]}") && has_a_worker "$child"
}
wait_until "the shell runs it" shell_runs_it
sleep 0.2
kill -INT -- -"${started[0]}"
await "${started[0]}"
expect_empty "$out"
exec 3>&-

need_cc
cc -shared -fPIC -o "$scratch/hang.so" -x c - -ldl <<-'END'
	#define _GNU_SOURCE
	#include <dlfcn.h>
	#include <fcntl.h>
	#include <signal.h>
	#include <stdlib.h>
	#include <string.h>
	#include <sys/syscall.h>
	#include <unistd.h>

	/* Opening a directory with this name never returns, and no signal interrupts it. The others are counted. */
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
		if (number == SYS_openat2 && strstr((const char *)a[1], "hangs")) {
			close(open("hung", O_CREAT | O_WRONLY, 0600));
			sigset_t all;
			sigfillset(&all);
			sigprocmask(SIG_BLOCK, &all, NULL);
			for (;;) {
				pause();
			}
		}
		long result = next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
		if (number == SYS_openat2) {
			int opened = open("opened", O_CREAT | O_WRONLY | O_APPEND, 0600);
			write(opened, "x", 1);
			close(opened);
		}
		return result;
	}
END
mkdir -p tree/hangs
files=$(count_files tree)
# Without the one that hangs, and the root, which is opened in another way
others=$(($(count_directories tree) - 2))
all_opened() {
	[[ -e hung ]] && (($(wc -c <opened) >= others))
}
for signal in INT TERM; do
	for options in "-j2" "-j1 -q mutex_ring" "-j3 -w yield" "-j3 -w spin -q vyukov"; do
		read -ra options <<<"$options"
		until
			rm -f hung opened
			env --default-signal=INT,TERM LD_PRELOAD="$scratch/hang.so" "$program" --json \
				"${options[@]}" tree </dev/null >"$out" 2>"$err" &
			started=($!)
			if [[ ${options[0]} == -j1 ]]; then
				wait_until "the worker hangs" test -e hung
			else
				wait_until "a worker hangs, and others have opened the rest" all_opened
			fi
			# They end meanwhile
			sleep 0.5
			ends_in_time "$signal" is_json
		do
			:
		done
		is_json >/dev/null && jq -e ".interrupted and .files <= $files" "$out" >/dev/null ||
			fail "no JSON after SIG$signal, ${options[*]}"
		if [[ ${options[0]} != -j1 ]]; then
			expect_equal "files of the other workers" "$(jq .files "$out")" "$files"
		fi
		expect_says "$err" "left in a call that did not return"
	done
done
