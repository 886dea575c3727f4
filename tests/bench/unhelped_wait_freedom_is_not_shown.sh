#!/usr/bin/env bash
# A claim of wait-freedom that rests on helping is shown where a check saw help given: a queue whose path of
# helping nobody enters is "not shown", the same queue is "ok" where the path is entered.
# not-under: asan tsan (there, progress is not checked)

source "$(dirname "$0")/lib.sh"

# verify_path NAME ENTERING: verifies a ring that is wait-free by itself, and says that it rests on a path
verify_path() {
	mkdir "$1"
	sed -E '/^QUEUE_EXPORT/i static struct queue_slow_path slow_paths[] = {{"help a peer", true, 0}, {NULL, false, 0}};
		/^QUEUE_EXPORT/a .slow_paths = slow_paths,' "$sources/queues/spsc_ring.c" |
		sed -E "/^QUEUE_OP enum queue_status spsc_ring_enqueue\(/i static struct queue_slow_path slow_paths[2];
			/^\tqueue->slots\[put & queue->mask\] = item;/i $2" >"$1/spsc_ring.c"
	(cd "$1" && BUILD=$(dirname "$program") "$sources/scripts/module.sh" --no-loops spsc_ring.c) >out 2>err ||
		fail "$1 cannot be made"
	verify_patiently 'all(.queues[].checks[]; .verdict != "skipped")' --queues="./$1/spsc_ring.so" \
		--checks=model,stress,progress || fail "$1: a check is skipped"
	((status == 0)) || fail "$1: status $status"
	grep -E '^spsc_ring +' out >claims || true
}

verify_path never '(void)0;'
grep -qE 'wait-free not shown +wait-free not shown' claims || fail "nobody helped, and it says: $(cat out)"
grep -q 'no check entered these slow paths: help a peer' out || fail "it does not say which path was not entered"
verify_path always 'queue_slow_path(slow_paths);'
grep -qE 'wait-free ok +wait-free ok' claims || fail "help was given, and it says: $(cat out)"
echo "a path of helping that no check enters shows no wait-freedom"
