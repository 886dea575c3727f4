#!/usr/bin/env bash
# Exploring finds each single fault in liburcu's own code, or in the hooked primitives: these hide no
# fault. MUTANTS is a pattern that chooses.
# not-under: asan tsan (there are no exploring modules)
# seconds: 20

source "$(dirname "$0")/lib.sh"

build=${program%/*}
queue=wfcqueue
[[ -f $build/explore/$queue.so ]] || {
	echo "no exploring module of $queue in this build"
	exit 77
}
liburcu=$build/bench/explore/liburcu

flags=(-std=gnu17 -D_GNU_SOURCE -fPIC -fvisibility=hidden -w -O1 -gdwarf-4 -fsanitize=thread)
if [[ $(uname -m) == x86_64 ]]; then
	flags+=(-mcx16)
fi

# mutant NAME FILE SED-SCRIPT: makes an exploring module with that change in the primitives or the library
mutant() {
	rm -rf include
	cp -r "$liburcu" include
	cp "$sources/bench/hooked/liburcu.h" include/urcu/static/
	sed -i.before -E "$3" "include/urcu/static/$2"
	! cmp -s "include/urcu/static/$2"{,.before} || fail "$1: nothing was changed in $2"
	"${CC:-cc}" "${flags[@]}" -Iinclude -I"$sources/bench" -I"$sources/src" -I"$sources/queues" \
		-include include/urcu/static/liburcu.h \
		-DQUEUE_ID="$queue" -DQUEUE_FILE="\"$sources/queues/$queue.c\"" \
		-c "$sources/bench/explore/instance.c" -o instance.o
	"${CC:-cc}" -shared instance.o -Wl,--whole-archive "$build/bench/explore/libexplorer.a" \
		-Wl,--no-whole-archive "$build/bench/explore/libexplored_waiting.a" \
		"$build/src/base/libbase.a" -Wl,-z,defs -ldl -o "explore/$queue.so"
}

mkdir explore
cp "$build/queues/$queue.so" .
tried=0

# try NAME FILE SED-SCRIPT: fails unless exploring rejects that mutant
try() {
	local name=$1 began=$SECONDS
	# shellcheck disable=SC2053
	[[ $name == ${MUTANTS:-*} ]] || return 0
	mutant "$@"
	# A finding ends the search at once, unless the machine is busy
	run verify --queues="./$queue.so" --checks=explore --time=120s
	((status == 1)) || fail "$name is not found: status $status"
	! grep -q 'was killed' out || fail "$name: the check did not end, which is not a finding"
	printf '%-36s %2d s  %s\n' "$name" $((SECONDS - began)) \
		"$(sed -n '/fails explore/{n;s/^ *//p;}' out | cut -c 1-120)"
	tried=$((tried + 1))
}

run verify --queues=$queue --checks=explore --time=5s
((status == 0)) || fail "the queue as it is: status $status: $(sed -n '/fails/,$p' out)"

exchange='/define uatomic_xchg/,/^$/'
swap='/define uatomic_cmpxchg/,/^$/'
try "no barrier around the exchange" liburcu.h "$exchange{/thread_fence/d}"
try "no barrier before the exchange" liburcu.h \
	"$exchange{/thread_fence/{N;/__typeof__/s/^[^\n]*\n//}}"
try "no barrier after the exchange" liburcu.h \
	"$exchange{/thread_fence/{N;/was_;/s/^[^\n]*\n//}}"
try "no barrier around the swap" liburcu.h "$swap{/thread_fence/d}"
try "loads order nothing" liburcu.h 's/CONSUME/RELAXED/'
try "stores order nothing" liburcu.h 's/RELEASE\)$/RELAXED)/'
try "linked before the exchange" wfcqueue.h \
	's/(old_tail = )uatomic_xchg.*/\1CMM_LOAD_SHARED(tail->p);/
	s/CMM_STORE_SHARED\(old_tail->next, new_head\);/& uatomic_xchg(\&tail->p, new_tail);/'
try "empty without a look at the tail" wfcqueue.h \
	's/== NULL$/== NULL;/; /&& CMM_LOAD_SHARED\(tail->p\)/d'
try "the head is not put back at a gap" wfcqueue.h '/explore_store_exclusive.*next, node\)/d'
try "the head's next is stored plainly" wfcqueue.h \
	's/explore_store_exclusive\(&head->node.next, (\w+)\)/head->node.next = \1/'

((tried > 0)) || fail "nothing was tried"
echo "$tried mutants"
