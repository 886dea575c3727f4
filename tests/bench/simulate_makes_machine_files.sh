#!/usr/bin/env bash
# A table of latencies, or this machine, becomes a machine file that simulate reads, with a source for each number.
# What of the table was left out is told, and a file that would be refused is not written.
# not-under: tsan (qbench itself has one thread; other tests run samples and checks there)

source "$(dirname "$0")/lib.sh"

# Two sockets of two L3 caches of four cores of two threads: processors i and i + 16 are of one core
/usr/bin/python3 - <<'PY'
import random
random.seed(1)
def latency(i, j):
    a, b = i % 16, j % 16
    near = 8 if a == b else 20 if a // 4 == b // 4 else 85 if a // 8 == b // 8 else 190
    return near * random.uniform(0.95, 1.08)
with open("half.csv", "w") as file:
    for i in range(32):
        print(",".join("" if j >= i else f"{latency(i, j):.1f}" for j in range(32)), file=file)
PY
run simulate --fit=half.csv
((status == 0)) || fail "status $status"
grep -q '^topology = pack:2 l3:2 core:4 pu:2  # half.csv' out || fail 'not the topology of the table'
# near KEY LEAST MOST
near() {
	awk -v key="$1" -v least="$2" -v most="$3" '$1 == key { exit !($3 >= least && $3 <= most) }' out ||
		fail "$(grep "^$1 " out) is not from $2 to $3"
}
near take-core 7.6 8.7
near take-l3 19 21.6
near take-socket 80 92
near take-other 180 206
near read-other 160 190
grep -q '^hold = 4  # as in zen3-5950x: fitted to' out || fail 'other numbers have lost their source'
cp out half.machine
run simulate --fit=half.csv --machine=xeon-6132x2
grep -q '^hold = 8  # as in xeon-6132x2: ' out || fail 'the base is not that of --machine'
printf '0,20,20\n20,0,20\n20,20,0\n' >flat.csv
run simulate --fit=flat.csv
grep -q '^topology = pack:1 l3:1 core:3 pu:1 ' out || fail 'one L3 cache is not one'

for table in '1,2' $'1,2\n3' $'0,x\n1,0' $'0,0\n0,0' $'0,1e9\n1e9,0' $'0,inf\ninf,0' $'0,-5\n5,0'; do
	printf '%s\n' "$table" >bad.csv
	expect 2 'bad.csv: (it is no table|no two processors)' simulate --fit=bad.csv
done
expect 2 '--fit: nowhere.csv: No such file' simulate --fit=nowhere.csv
for table in half.csv this; do
	expect 2 '^qbench: --machine: nowhere: there is no such machine' simulate --fit="$table" --machine=nowhere
done
expect 2 "^qbench: --machine: --fit takes one machine, and 'epyc-milan-x2' is one more" \
	simulate --fit=half.csv --machine=xeon-6132x2,epyc-milan-x2

run simulate --no-self-check --machine=./half.machine -q vyukov --threads=2 --time=10
((status == 0)) || fail "status $status: the file is refused"

# Both directions count, also where one alone is there
printf '0,10,25\n30,0,\n,15,0\n' >directions.csv
run simulate --fit=directions.csv
near take-l3 20 20
grep -q '^validated = nothing: latencies are measured, the rest' out || fail 'a whole table is told to lack pairs'
printf '0,20,\n20,0,20\n,20,0\n' >lacking.csv
run simulate --fit=lacking.csv
grep -q '^validated = .* measured, without 1 of 3 pairs, the rest' out || fail 'a missing pair is not told'
# A fifth distance is that of the fourth, in the tables too
/usr/bin/python3 - <<'PY'
with open("five.csv", "w") as file:
    for i in range(32):
        print(",".join(str(next(ns for size, ns in ((1, 0), (2, 8), (4, 20), (8, 80), (16, 200), (32, 400))
                                if i // size == j // size)) for j in range(32)), file=file)
PY
run simulate --fit=five.csv
grep -q '^topology = pack:4 l3:2 core:2 pu:2 ' out || fail 'not the topology of the nearer distances'
near take-other 400 400
cp out five.machine
run simulate --no-self-check --machine=./five.machine -q vyukov --threads=2 --time=10
grep -q '^Validated: .*200 to 400 ns are taken for one distance' out || fail 'no table tells of a distance that is left out'

printf '0,0.5\n0.5,0\n' >near.csv
expect 2 "near.csv: its machine file would be refused: line .*take-l3 is '0.5', and must be" simulate --fit=near.csv
[[ ! -s out ]] || fail 'a file was written that is refused'
odd=$'./odd\nhold = 1.machine'
sed 's/^hold/  hold/' half.machine >"$odd"
run simulate --fit=half.csv --machine="$odd"
grep -qF 'hold = 4  # as in ./odd\nhold = 1.machine: ' out || fail 'the name of the base is not quoted'

for attempt in 1 2 3; do
	run simulate --fit=this
	if ! grep -q 'the machine is busy' err; then
		((status != 0)) || break
		((attempt < 3)) || fail "status $status"
	fi
	((attempt < 3)) || { echo 'skipped: other programs take the processors'; exit 77; }
done
for key in take-l3 update pause fence allocation system-call; do
	grep -qE "^$key = [0-9.e+]+  # measured on this machine" out || fail "$key was not measured"
done
cp out this.machine
run simulate --no-self-check --machine=./this.machine -q vyukov --threads=2 --time=10
((status == 0)) || fail "status $status"
run simulate --no-self-check --machine=this -q vyukov --threads=2 --time=10
((status == 0)) || grep -q 'the machine is busy' err || fail "status $status"
