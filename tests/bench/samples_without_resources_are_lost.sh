#!/usr/bin/env bash
# A sample for which the system refuses threads or memory is lost: nothing is held against the queue.
# not-under: asan tsan (a sanitizer needs memory that is limited here)

source "$(dirname "$0")/lib.sh"

# lost PATTERN WORKLOAD CAPACITY COMMAND...: a sample of 8 threads under a limit is lost, for a reason of this PATTERN
lost() {
	local pattern=$1 request
	request='{"queue":"vyukov","workload":"'$2'","threads":8,"producers":0,"consumers":0,"wait":1,
		"capacity":'$3',"work":0,"batch":1,"load":0.0,"indirect":false,"seed":1,"warm_up":1000000,
		"duration":20000000,"stretch":0,"shape":"'$(dirname "$program")'/shapes/small.shape"}'
	shift 3
	timeout 60 "$@" "$program" sample "$request" >out 2>err </dev/null || true
	jq -e --arg pattern "$pattern" '.verdict == "lost" and (.reason | test($pattern))' out >/dev/null ||
		fail "$*: $(cut -c1-300 out)"
	printf '%s: %s\n' "$*" "$(jq -r .reason out)"
}

lost 'memory' pairwise $((1 << 30)) prlimit --data=100000000
# After twelve of them the cell gets no more
status=0
prlimit --data=100000000 "$program" run --queues=vyukov --workloads=pairwise --threads=1 --capacity=$((1 << 30)) \
	--rounds=14 --duration=1 --warm-up=1 -o run.json >out 2>err </dev/null || status=$?
((status == 1)) || fail "status $status where a cell has no number"
jq -e 'all(.cells[]; (.samples | length) == if .floor then 14 else 12 end)' run.json >/dev/null ||
	fail "a cell that loses all its samples gets more than twelve, or a floor fewer than all"
grep -q '^qbench: vyukov under pairwise lost its last samples, and got no more: .*memory' err || fail "that is not said"
# Root has as many processes as it likes
limits=(prlimit --nproc=4)
if ((EUID == 0)); then
	command -v setpriv >/dev/null || exit 0
	# The processes of a user count together, so nobody else is this one
	limits=(setpriv --reuid=$((20000 + $$ % 40000)) --clear-groups "${limits[@]}")
fi
if "${limits[@]}" test -x "$program"; then
	lost 'cannot start 8 threads' pairwise 64 "${limits[@]}"
	lost 'worker|Resource' replay 64 "${limits[@]}"
fi
