#!/usr/bin/env bash
# The backlog of burst is larger than the nodes that queues keep, so the figure includes the allocator. A
# capacity that is asked for is kept.

source "$(dirname "$0")/lib.sh"

# The first definition of each is the one that is measured
constant() {
	sed -n "s/^#define $1 //p" "$sources/queues/reclaim/magazine.h" | head -n 1
}
kept=$(($(constant MAGAZINE_ROUNDS) * $(constant DEPOT_MAGAZINES)))

# capacities ARGUMENT...: of the cells of a short run
capacities() {
	run run --queues=vyukov,ms_queue --workloads=burst,pairwise --threads=2 --rounds=1 -o run.json "$@"
	((status == 0)) || fail "status $status"
	jq -r '.cells[] | "\(.workload) \(.capacity)"' run.json | sort -u | tr '\n' ' '
}

found=$(capacities)
[[ $found =~ ^burst\ ([0-9]+)\ pairwise\ 4096\ $ ]] || fail "the capacities are $found"
((BASH_REMATCH[1] > kept)) || fail "a burst is ${BASH_REMATCH[1]} items, and queues keep $kept nodes"
[[ $(capacities --capacity=100) == 'burst 100 pairwise 100 ' ]] || fail "a capacity that is asked for is not kept"
echo "a burst is ${BASH_REMATCH[1]} items, and queues keep $kept nodes"
