#!/usr/bin/env bash
# Exploring finds each queue below that uses a node which may have been reused: it reads the node before
# it protects it, or does not check afterwards that the node is still there. So it finds funnels that overwrite
# a batch too early, or publish it too early, a scan that overlooks a thread, and a slot that hands an item over, but not
# what that points to. The search takes less than a second of processor time. MUTANTS is a pattern that chooses.
# not-under: asan tsan (there are no exploring modules)
# seconds: 20

source "$(dirname "$0")/lib.sh"

build=$(dirname "$program")
tried=0

# try NAME QUEUE SED-SCRIPT [PART]: fails unless exploring rejects the queue with that change, of it or of a part that
# is named from queues/
try() {
	local folder=mutant_$tried changed=${4:-$2.c} seed taken
	# shellcheck disable=SC2053
	[[ $1 == ${MUTANTS:-*} ]] || return 0
	tried=$((tried + 1))
	mkdir "$folder"
	cp "$sources/queues/$2.c" "$folder"
	[[ ! ${4-} ]] || cp -r "$sources/queues/${4%/*}" "$folder"
	sed -E "$3" "$sources/queues/$changed" >"$folder/$changed"
	! cmp -s "$folder/$changed" "$sources/queues/$changed" || fail "$1: nothing is changed"
	# Its guard keeps the other out
	[[ ! ${4-} ]] || sed -i "1i #include \"$4\"" "$folder/$2.c"
	# What is not optimized is the module beside the exploring one: it only says what the queue claims
	(cd "$folder" && BUILD=$build "$sources/scripts/module.sh" --no-loops "$2.c" -w -O0) >out 2>err || fail "$1 cannot be made"
	run verify --queues="./$folder/$2.so" --checks=explore --time=120s -o findings.json
	((status == 1)) || fail "$1 is not found: status $status"
	seed=$(jq .queues[].checks[].failed_seed findings.json)
	run verify --queues="./$folder/$2.so" --checks=explore --seed="$seed" -o findings.json
	((status == 1)) || fail "$1 is not found again with seed $seed"
	taken=$(jq '.queues[].checks[].figures | .orders_s + .states_s' findings.json)
	printf '%-40s %.2f s  %s\n' "$1" "$taken" "$(sed -n '/fails explore/{n;s/^ *//p;}' out | cut -c 1-120)"
	awk -v taken="$taken" 'BEGIN { exit !(taken > 0 && taken < 1) }' || fail "$1: the search takes $taken s of a processor"
}

try "crturn looks before it protects" crturn '/^QUEUE_RARE void give_up/,/^}/{
	/if \(!protect\(.*, dummy, &queue->head, dummy\)/,/^\t}/d
	s/dummy == look\(&queue->tail\)/& || !protect(handle, handle->head_place, dummy, \&queue->head, dummy)/
}'
try "ms_queue does not look at its ends again" ms_queue \
	's/while \(!hazard_protects\((.*)\)\);/while (!(hazard_protects(\1) || true));/'
try "ms_queue does not look at head again" ms_queue \
	's/atomic_load_explicit\(&queue->head, memory_order_seq_cst\) != head\)/false)/'
try "a scan overlooks a thread that has just joined" ms_queue \
	'/^QUEUE_OP unsigned int hazards_used/,/^}/s/seq_cst/acquire/' reclaim/hazard.h
try "a funnel does not see that a batch is read" lcrq_funnel 's/(\.left, 1, memory_order_)release/\1relaxed/' shared/funnel.h
try "a funnel counts no reader of a pair" lcrq_funnel 's/count > 1\)/count > 2)/' shared/funnel.h
try "a funnel does not publish its batch" lcrq_funnel 's/(end \| batch, memory_order_)release/\1relaxed/' shared/funnel.h
try "lprq only looks at head before it fills an unsafe slot" lprq \
	's/consumer_may_have\(ring, ticket\)\)/consumer_has(ring, ticket))/' shared/lprq.h
try "faa_array does not publish what an item points to" faa_array \
	'/E1, release/,/return/s/memory_order_release/memory_order_relaxed/'

((tried > 0)) || fail "nothing was tried"
echo "$tried mutants"
