#!/usr/bin/env bash
# Simulated results are marked, the same for a seed, and withheld where the model knows nothing. Bad machine files
# are refused by name.
# not-under: tsan (qbench itself has one thread; other tests run samples and checks there)

source "$(dirname "$0")/lib.sh"

machine=$(dirname "$program")/machines/zen3-5950x.machine

# refused PATTERN SED: a machine file, changed by sed
refused() {
	sed "$2" "$machine" >bad.machine
	expect 2 "--machine: ./bad.machine: .*$1" simulate --machine=./bad.machine -q vyukov
}
refused 'hold is missing' '/^hold/d'
refused "hold is '-4', and must be a number from 0" 's/^hold = 4/hold = -4/'
refused "take-l3 is '1e9', and must be" 's/^take-l3 = 17/take-l3 = 1e9/'
refused "update is 'nan', and must be" 's/^update = 4/update = nan/'
refused "update is 'four', and must be" 's/^update = 4/update = four/'
refused "no key 'held'" 's/^hold/held/'
refused 'hold is there twice' '/^hold/p'
refused 'topology is there twice' '/^topology/p'
refused 'validated is there twice' '/^validated/p'
refused 'hold has no source' '/^hold/s/#.*//'
refused 'topology is missing' '/^topology/d'
refused "hwloc does not understand topology 'pack:0'" 's/^topology = [^#]*/topology = pack:0 /'
refused 'more than 512 processors' 's/core:8/core:800/'
refused 'validated is missing' '/^validated/d'
expect 2 '--machine: nowhere: there is no such machine: give the path of a file, or one of .*xeon-6132x2' \
	simulate --machine=nowhere -q vyukov
expect 2 '--machine: ./nowhere: No such file' simulate --machine=./nowhere -q vyukov
run simulate --no-self-check --machine="$machine,$machine" --workloads=mixed,mixed -q vyukov,scq -t 4,04 --time=50 --seeds=1 \
	-o twice.json
((status == 0)) || fail "status $status"
jq -e '.rows | length == 2' twice.json >/dev/null || fail "what is named twice is simulated twice"
expect 2 "workload idle is not simulated" simulate --workloads=idle -q vyukov
expect 2 "no queue 'vyukow'" simulate -q vyukow
expect 2 "threads is 'x'" simulate -q vyukov --threads=2,x
expect 2 "threads is '4x'" simulate -q vyukov --threads=4,4x
for word in 3: :3 0:1 1:0 1:2:3 1:512 512:1; do
	expect 2 "threads is '$word', and must be .*, or P:C" simulate -q vyukov --threads=4,$word
done
for list in --threads=4,,8 --machine=zen3-5950x, --workloads=; do
	expect 2 "${list%%=*} has an empty part" simulate -q vyukov "$list"
done

head='machine,workload,threads,queue,items_per_second'
for figure in zen3-5950x,pairwise,4,vyukov zen3-5950x,pairwise,4,vyukov,-1 zen3-5950x,pairwise,0,vyukov,1 \
	zen3-5950x,pairwise,4,vyukov,1e6,1; do
	printf '%s\n' "$head" "$figure" >figures.csv
	expect 2 'figures.csv: line 2 is not machine,' simulate --validate=figures.csv
done
printf '%s\n' "$head" >figures.csv
expect 2 '--validate: figures.csv: there are no figures' simulate --validate=figures.csv
expect 2 'redirect that instead of --output' simulate --validate=figures.csv -o none.json
expect 2 'redirect that instead of --output' simulate --fit=figures.csv -o none.json

# Here too where there is no module: nothing may leak
run simulate --no-self-check --machine=zen3-5950x -q vyukov --threads=2 --time=10 -o none.json
((status == 0)) || fail "status $status"
printf '%s\n' "$head" zen3-5950x,pairwise,2,vyukov,1e6 >figures.csv
run simulate --validate=figures.csv --time=10
((status == 0)) || fail "status $status"

if [[ $sanitizer ]]; then
	exit 0
fi

# faa_array hashes addresses, which differ from process to process
run simulate --no-self-check --machine=zen3-5950x -q vyukov,spsc_ring,faa_array --threads=1,4,64 --time=500 --seeds=2 -o one.json
((status == 0)) || fail "status $status"
grep -q '^Simulated: producers_consumers on zen3-5950x.*No result of this machine' out || fail 'nothing says simulated'
grep -q '^Validated: ' out || fail 'nothing says what was validated'
grep -q 'vyukov  *1  -  one thread is measured' out || fail 'one thread has a number'
grep -q 'vyukov  *64  -  more threads than processors' out || fail 'too many threads have a number'
grep -q 'spsc_ring  *4  -  the queue allows fewer threads' out || fail 'a queue has more threads than it allows'
run simulate --no-self-check --machine=zen3-5950x -q vyukov,spsc_ring,faa_array --threads=1,4,64 --time=500 --seeds=2 -o two.json
cmp one.json two.json || fail 'the same seeds have two results'
# Who leads and from where on, and how the cost grows, follow from the rows; floors and relaxed queues do not lead
run simulate --no-self-check --machine=zen3-5950x -q vyukov,spsc_ring,faa_array,sharded,floor_faa --threads=16,2,4 --time=100 -o led.json
((status == 0)) || fail "status $status"
/usr/bin/python3 - <<'PY' || fail 'leaders, crossovers or growth do not follow from the rows'
import json, math
found = json.load(open("led.json"))
rate = {(row["queue"], row["threads"]): row.get("items_per_second") for row in found["rows"]}
fifo = ["vyukov", "spsc_ring", "faa_array"]
assert [leader["threads"] for leader in found["leaders"]] == [2, 4, 16]
for leader in found["leaders"]:
    order = sorted((rate[queue, leader["threads"]] or 0, queue) for queue in fifo)
    assert leader["queue"] == order[-1][1] and leader["second"] == order[-2][1]
    assert math.isclose(leader["ahead"], order[-1][0] / order[-2][0])
    assert all(rate[queue, leader["threads"]] * 1.5 > order[-1][0] for queue in leader["near"])
assert [(c["queue"], c["threads"]) for c in found["crossovers"]] == [("spsc_ring", 2), ("faa_array", 4)]
growth = {row["queue"]: row["per_doubling"] for row in found["growth"]}
assert set(growth) == {"vyukov", "faa_array", "sharded"}
assert math.isclose(growth["vyukov"], (rate["vyukov", 2] / rate["vyukov", 16]) ** (1 / 3))
PY
grep -q '^Leads until another can be told from it: spsc_ring from 2 on, faa_array from 4 on' out || fail 'no crossovers are told'
grep -qE '^vyukov( +[0-9]+){3}  x [0-9.]+$' out || fail 'the growth of the cost is not told'

# Producers and consumers of any number, as qbench run has them: they are cells of their own
run simulate --no-self-check --machine=zen3-5950x -q jiffy,vyukov --threads=8,4:4,7:1,1:7,4 --workloads=producers_consumers,mixed \
	--time=100 --seeds=2 -o shapes.json
((status == 0)) || fail "status $status"
/usr/bin/python3 - <<'PY' || fail 'producers and consumers are not as many as they were told to be'
import json
found = json.load(open("shapes.json"))
def shape(of):
    return "{producers}:{consumers}".format(**of) if "producers" in of else str(of["threads"])
rows = {(row["workload"], row["queue"], shape(row)): row for row in found["rows"]}
split = {key[1:]: row for key, row in rows.items() if key[0] == "producers_consumers"}
assert len(rows) == 20 and all(split["vyukov", many]["threads"] == 8 for many in ("8", "4:4", "7:1", "1:7"))
# Of one consumer the slowest is the fastest; as many of both are what a number stands for
assert split["vyukov", "7:1"]["fairness"] == 1 != split["vyukov", "1:7"]["fairness"]
assert split["vyukov", "4:4"]["runs"] == split["vyukov", "8"]["runs"] != split["vyukov", "1:7"]["runs"]
assert {many for (queue, many), row in split.items() if queue == "jiffy" and row["reason"] is None} == {"7:1"}
assert rows["mixed", "vyukov", "7:1"]["reason"] == "all its threads do both"
leaders = [shape(leader) for leader in found["leaders"] if leader["workload"] == "producers_consumers"]
assert leaders == ["4", "8", "1:7", "4:4", "7:1"]
assert all(queue["queue"] == "vyukov" for queue in found["growth"])
assert [c["threads"] for c in found["crossovers"] if c["workload"] == "producers_consumers"] == [4]
PY
grep -qE '^jiffy +7:1 +[0-9]+\.' out || fail 'the table does not tell how many producers there are'
grep -qE '^7:1 threads: [a-z]+ leads' out || fail 'the leader among one consumer is not told'
# However many these are, they stand under their title
run simulate --no-self-check --machine=epyc-milan-x2 -q vyukov --threads=4,127:1 --time=10 --seeds=1
awk '/^QUEUE/ { end = index($0, "THR ") + 3 }
	/^vyukov .*%/ { good += index($0, " " $2 " ") + 1 + length($2) == end }
	END { exit good != 2 }' out || fail 'threads do not stand under their title'

run compare one.json two.json
((status == 2)) || fail 'simulated results are compared with measured ones'

run simulate --no-self-check --machine=zen3-5950x --explain=vyukov --threads=4 --time=50
grep -q '% *vyukov.c:[0-9]* ' out || fail 'the explanation names no source line'
[[ ! $(awk '/transfers an item/ { delete seen } /%/ && seen[$NF $(NF - 1)]++' out) ]] || fail 'a line of the code is named twice'

# Figures that are the simulator's own, and one that is ten times its own
run simulate --no-self-check --machine=zen3-5950x --queues=vyukov,scq --workloads=mixed --threads=4 --time=50 -o own.json
own() {
	/usr/bin/python3 -c 'import json, sys
rows = json.load(open("own.json"))["rows"]
print(*(row["items_per_second"] for row in rows if row["queue"] == sys.argv[1]))' "$1"
}
printf '%s\n' "$head" "zen3-5950x,mixed,4,vyukov,$(own vyukov)" "zen3-5950x,mixed,4,scq,$(own scq)" >figures.csv
run simulate --validate=figures.csv --time=50
grep -q '^all: 2 of 2 figures: geometric error x 1.00; 2 within x 1.5, 2 within x 2; ' out || fail 'own figures differ'
ten=$(own vyukov)e1
printf '%s\n' "$head" "zen3-5950x,mixed,4,vyukov,${ten}" "zen3-5950x,mixed,1,scq,1" >figures.csv
run simulate --validate=figures.csv --time=50
grep -q '^zen3-5950x: 1 of 2 figures: geometric error x 10.00; 0 within x 1.5, 0 within x 2; ' out || fail 'an error is not told'

# Code of libraries that has hooks is simulated too
build=$(dirname "$program")
for queue in wfcqueue mcs_ring rte_ring atomic_queue boost_lockfree moodycamel tbb; do
	if [[ -e $build/queues/$queue.so && ($queue != wfcqueue || -e $build/explore/wfcqueue.so) ]]; then
		run simulate --no-self-check --machine=zen3-5950x --queues=$queue --threads=4 --time=50
		grep -qE "^$queue +4 +[0-9]+\." out || fail "$queue has no number"
	fi
done
# Luck decides too where dequeue alone has a lock
if [[ -e $build/simulate/wfcqueue.so ]]; then
	run simulate --no-self-check --machine=epyc-milan-x2 --queues=wfcqueue --threads=64 --workloads=mixed --time=100 --seeds=1
	grep -qE '^wfcqueue +64 .* - +unfair ' out || fail 'a throughput is told that luck decides'
fi

run simulate --no-self-check --machine=zen3-5950x --queues=pipe --threads=4 --time=50
grep -qE '^pipe +4 +- +no simulating module: it calls compiled code of a library or of the system' out ||
	fail 'nothing says why pipe has no number'
