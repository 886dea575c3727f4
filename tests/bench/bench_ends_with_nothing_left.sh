#!/usr/bin/env bash
# A signal to scripts/bench.sh ends it and all that it runs: each signal, and at every step. No process or temporary folder
# is left, and the caller sees the signal. A run that ends says the answer. Names of DIRs may have any bytes.
# not-under: asan tsan (the scripts are the same in each build)
# waits: for the steps of scripts/bench.sh, which begin and are ended
# seconds: 150

source "$(dirname "$0")/lib.sh"

for tool in hyperfine find; do
	command -v "$tool" >/dev/null || {
		echo "skipped: $tool is missing (scripts/setup.sh installs it)"
		exit 77
	}
done

[[ -w /dev/shm ]] || {
	echo "skipped: there is no /dev/shm, and trees on a disk take minutes"
	exit 77
}
memory=$(mktemp -d /dev/shm/qbench-test-XXXXXX)
trap 'rm -rf "$work" "$memory"' EXIT

# The programs of this build, so that bench.sh builds nothing
mkdir -p root/build stand_ins
cp -r "$sources/scripts" root
ln -s "${program%/*}" root/build/release
printf '#!/bin/sh\n' | tee stand_ins/cmake >stand_ins/ninja
chmod +x stand_ins/*
dir=$work/$'walked \xff\n\e[1m\'"'
mkdir -p "$dir/a/b"
touch "$dir"/{1,2,a/b/3}

PATH=$work/stand_ins:$PATH

# start ARGUMENT...: starts bench.sh as a shell does, with interrupts not ignored
start() {
	QBENCH_TEST=$work TMPDIR=$memory env --default-signal=INT,TERM,HUP root/scripts/bench.sh "$@" "$dir" >out 2>err </dev/null &
	pid=$!
}

# left: prints processes that bench.sh started, and temporary folders
left() {
	grep -lzsxF "QBENCH_TEST=$work" /proc/[0-9]*/environ | while IFS=/ read -r _ _ pid _; do
		tr '\0' ' ' <"/proc/$pid/cmdline"
	done
	find "$memory" root/results/local -mindepth 1 -maxdepth 1 \( -path "$memory/*" -o -name '.*' \)
}

# all_ended: true once nothing is left. What was just killed may take a moment to go
all_ended() {
	local look
	for ((look = 0; look < 600; ++look)); do
		[[ $(left) ]] || return 0
		sleep 0.05
	done
	return 1
}

# ends SIGNAL PATTERN ARGUMENT...: bench.sh gets the signal after it has printed PATTERN
ends() {
	local signal=$1 pattern=$2 status=0
	shift 2
	start "$@"
	for ((i = 0; ; ++i)); do
		! grep -qE -- "$pattern" err || break
		((i < 6000)) || fail "it does not come to '$pattern'"
		sleep 0.05
	done
	sleep 0.3 # into the middle of the step
	kill -s "$signal" "$pid"
	wait "$pid" || status=$?
	((status == 128 + $(kill -l "$signal"))) || fail "status $status after SIG$signal at '$pattern'"
	all_ended || fail "after SIG$signal at '$pattern' there is still: $(left)"
}
quick=(--quick --queues=vyukov)
ends INT 'round 2' "${quick[@]}"
ends TERM '^run: ' "${quick[@]}"
ends HUP '^trees: .*rounds' --publish=test --force --queues=vyukov,scq

status=0
start --quick --queues=mutex_ring,vyukov --threads=2
wait "$pid" || status=$?
((status == 0)) || fail "status $status with a DIR whose name has any bytes"
all_ended || fail "at the end there is still: $(left)"
# The answer ends what is said: each situation, and what others cost
grep -A1 '^Worker pool, items of 1 µs ' out | tail -n 1 | grep -qE '^    .*(slower|undecided): ' || fail "it does not end with the answer"
folder=$(sed -n 's/^results: //p' out)
/usr/bin/python3 - "$folder/walk.json" <<-'END' || fail "walk.json does not tell the DIR"
	import json, sys
	walk = json.load(open(sys.argv[1], encoding="utf-8"))
	assert walk["walk"]["trees"][0]["dir"].endswith("walked \ufffd??[1m'\""), walk["walk"]["trees"]
	assert all(row["files"] == 3 and not row["failure"] for row in walk["rows"])
END
! grep -qP '[\x01-\x08\x0b-\x1f]' out err || fail "a name reaches the terminal as it is"

# A signal while a process is started ends that process, too
cat >starts.py <<-'END'
	import sys
	sys.dont_write_bytecode = True
	sys.path.insert(0, sys.argv[1])
	import rounds
	rounds.end_on_signals()
	print("started", flush=True)
	while True:
	    try:
	        rounds.run(["sleep", "60"], 0.001)
	    except TimeoutError:
	        pass
END
for ((i = 0; i < 20; ++i)); do
	QBENCH_TEST=$work /usr/bin/python3 starts.py "$sources/scripts" >started &
	pid=$! status=0
	until [[ -s started ]]; do
		sleep 0.01
	done
	sleep "0.0$((RANDOM % 90 + 10))"
	kill "$pid"
	wait "$pid" || status=$?
	((status == 143)) || fail "status $status of a script that starts processes, after SIGTERM"
	all_ended || fail "a process that was just started is left: $(left)"
	: >started
done
