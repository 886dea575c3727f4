#!/usr/bin/env bash
# A request that cannot be measured is refused at once: status 2, and a message that names it.
# not-under: tsan (qbench itself has one thread; other tests run samples and checks there)

source "$(dirname "$0")/lib.sh"

expect 2 "no command 'rnu'; the nearest name is 'run'" rnu
expect 2 "no queue 'vyukow'.*nearest name is 'vyukov'" run --queues=vyukow
expect 2 "no queue is named like 'x\*'" run --queues='x*'
expect 2 "^qbench: --queues: 'vyukov,,scq' has an empty part" run --queues=vyukov,,scq
for option in queues workloads threads wait place work load dispatch; do
	expect 2 "^qbench: --$option: '.*' has an empty part" run --"$option"=,
done
# Also where no workload uses the list
expect 2 "^qbench: --load: '0' is not a whole number" run --workloads=pairwise --load=50,0
expect 2 "^qbench: --threads: 'abc' is not a whole number" run --workloads=pingpong --threads=abc
for words in "place=nowhere is not none" "work=abc is not a whole number" "dispatch=never is not direct"; do
	read -r option message <<<"$words"
	expect 2 "^qbench: --${option%=*}: '${option#*=}' $message" run --workloads=pairwise --wait=native --"$option"
done
expect 2 "no workload 'pairwize'; the nearest name is 'pairwise'. There are: .*pairwise" run --workloads=pairwize
expect 2 "no workload 'zzzz'\. There are: " run --workloads=zzzz
expect 2 "no command 'rum'; the nearest name is 'run'$" rum
expect 2 "no command 'zzzz'$" zzzz
expect 2 "machine has no option '--x'" machine --x
run --help run
((status == 0)) || fail "status $status of --help with a command"
expect 2 "'sleep' is not spin, yield, park or native" run --wait=sleep
for place in nowhere cores Core non smt; do
	expect 2 "'$place' is not none, core, package or across" run --place="$place"
done
for threads in 0 4097 abc -1 1:0 4000:97 ''; do
	expect 2 "threads|empty part" run --threads="$threads"
done
expect 2 "'never' is not direct or indirect" run --dispatch=never
expect 2 "--time: 'soon'" run --time=soon
expect 2 "--rounds: '0'" run --rounds=0
expect 2 "--time=TIME takes as many .*--rounds=N takes N" run --time=5s --rounds=3
# Floors alone answer nothing
expect 2 "nothing to measure: pairwise is measured with spin, yield$" run --queues=vyukov --wait=native --workloads=pairwise
expect 2 "nothing to measure: vyukov offers to wait by spin, yield, park; scq offers to wait by spin, yield, park$" \
	run --queues=vyukov,scq --wait=native --workloads=pingpong
expect 2 "nothing to measure: spsc_ring serves 1 producer and 1 consumer at once$" \
	run --queues=spsc_ring --workloads=pairwise --threads=4,8
expect 2 "nothing to measure: no queue offers these numbers" run --queues=vyukov --workloads=pairwise --threads=1:1
expect 2 "cannot write results to /nowhere/r.json: No such file" run -o /nowhere/r.json
mkdir folder
expect 2 "cannot write results to folder: Is a directory" run -o folder
expect 2 "cannot open shared object|no such file" run --queues=./missing.so
touch not.so
expect 2 "not.so" run --queues=./not.so
if [[ ! $sanitizer ]]; then
	sed 's/\bspsc_ring\b/mine/g' "$sources/queues/spsc_ring.c" >mine.c
	BUILD=$(dirname "$program") "$sources/scripts/module.sh" --no-loops mine.c >out 2>err || fail "no module is made"
	expect 2 "mine.so: the module has no workloads in it.*scripts/module.sh" run --queues=./mine.so
fi

expect 2 "no queue 'vyukow'.*nearest name is 'vyukov'" verify --queues=vyukow
expect 2 "no check 'stres'; the nearest name is 'stress'" verify --checks=stres
expect 2 "^qbench: --checks: 'model,' has an empty part" verify --checks=model,
expect 2 "--time: 'soon'" verify --time=soon
expect 2 "--seed: '-1'" verify --seed=-1
expect 2 "cannot write findings to /nowhere/f.json: No such file" verify -o /nowhere/f.json
expect 2 "cannot write findings to folder: Is a directory" verify -o folder
expect 2 "not.so" verify --queues=./not.so
expect 2 "--json and --markdown exclude each other" compare --json --markdown x y
expect 2 "see qbench verify" check '{"queue":"vyukov"}'

# Control characters in a name are escaped
for words in "run --queues=x" "run --wait=x" "run --time=x" "run --rounds=x" "run --shape=x --workloads=replay" \
	"run -o /nowhere/x" "verify -o /nowhere/x" "run --queues=x*" "compare x y" x; do
	read -ra words <<<"$words"
	run "${words[@]//x/$'x\ec\u202e'}"
	((status == 2)) || fail "status $status: qbench ${words[*]}"
	if grep -q $'\e' err || ! grep -qF 'x\x1bc\xe2\x80\xae' err; then
		fail "a name is shown as it is, or not at all: qbench ${words[*]}: $(cat -v err)"
	fi
done
