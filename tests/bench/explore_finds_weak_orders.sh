#!/usr/bin/env bash
# Exploring finds each memory order of vyukov and scq that is weakened, except those that do no harm by
# doc/mutants.md. PARTS names others. A queue that is wrong without that has no mutants.
# not-under: asan tsan (there are no exploring modules)
# seconds: 40

source "$(dirname "$0")/lib.sh"

read -ra parts <<<"${PARTS:-vyukov scq}"

# weaken TREE PART...: explores the mutants that are not explained; the status goes to $status
weaken() {
	status=0
	/usr/bin/python3 "$1/tests/explore/weaken.py" run --build="${program%/*}" --kept=results.jsonl --unexplained \
		"${@:2}" >out 2>err || status=$?
}

weaken "$sources" "${parts[@]}"
((status == 0)) || fail "$(<out)"
cat out
grep -q 'killed: ' out || fail "nothing was tried"

mkdir -p tree/tests
cp -r "$sources"/{bench,doc,queues,scripts,src} tree
cp -r "$sources/tests/explore" tree/tests
sed -i 's/slot->item = item/(void)item/' tree/queues/vyukov.c
! cmp -s tree/queues/vyukov.c "$sources/queues/vyukov.c" || fail "vyukov has no such line"
weaken tree vyukov
((status == 1)) || fail "mutants of a queue that is wrong are explored: status $status"
grep -q '^vyukov: killed as it is, so its mutants say nothing: ' err || fail "it is not said that the queue is wrong"
