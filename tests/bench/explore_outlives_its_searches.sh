#!/usr/bin/env bash
# A search is a process. If it dies or does not end, a finding says so. No search is left when the check
# is killed or interrupted.
# not-under: asan tsan (there are no exploring modules)

source "$(dirname "$0")/lib.sh"

build=$(dirname "$program")
# try NAME WHAT SED-SCRIPT: fails unless exploring rejects vyukov with that change, and says WHAT
try() {
	mkdir "$1"
	sed -E '/^#include/{x;s/^/x/;/^x$/{x;s/^/#include <stdio.h>\n/;b};x};'"$3" "$sources/queues/vyukov.c" >"$1/vyukov.c"
	cmp -s "$1/vyukov.c" "$sources/queues/vyukov.c" && fail "$1: nothing is changed"
	(cd "$1" && BUILD=$build "$sources/scripts/module.sh" --no-loops vyukov.c -w) >out 2>err || fail "$1 cannot be made"
	run verify --queues="./$1/vyukov.so" --checks=explore --time=120s -o findings.json
	((status == 1)) || fail "$1: status $status"
	jq -r '.queues[].checks[].detail' findings.json >detail
	grep -qE -- "$2" detail || fail "$1: it does not say '$2' but: $(head -c 300 detail)"
	printf '%-10s %s\n' "$1" "$(grep -E -- "$2" detail | head -n 1)"
}

taken='/\*item = slot->item;/'
try dies 'kills its process: Aborted' "$taken"'s/^/fputs("last words\\n", stderr); abort();/'
grep -q '^last words$' detail || fail "what the process said is lost"
try spins 'execution [0-9]+ does not come to an end' "$taken"'s/^/for (;;) { __asm__ volatile(""); }/'
# Loops only if something was enqueued, because the verifying program makes a queue, too
try lingers 'a loop without end: [0-9]+ accesses without a step, the last at ' \
	'/^static void vyukov_destroy/,/^}/s/^\{/{ while (atomic_load_explicit(\&queue->enqueue_ticket, memory_order_relaxed) == 1) { }/'
try reads 'a loop without end: [0-9]+ accesses without a step, the last at ' "$taken"'s/^/for (void *volatile *at = (void *volatile *)\&slot->item; *at != (void *)1;) { }/'

# A search has the command line of its check, and so the same alias
name=searched_$$
count_processes() {
	pgrep -cf "check .*$name=scq" || true
}
# Waits until the check and its searches run
wait_for_searches() {
	local i
	for ((i = 0; i < 1000; ++i)); do
		(($(count_processes) > 3)) && return
		sleep 0.05
	done
	fail "there are no searches"
}
wait_for_none() {
	local i
	for ((i = 0; i < 300; ++i)); do
		(($(count_processes) == 0)) && return
		sleep 0.1
	done
	fail "$(count_processes) processes are left: $1"
}

"$program" verify --queues="$name=scq" --checks=explore --time=60s >out 2>err &
verify=$!
wait_for_searches
kill -KILL "$(pgrep -P $verify)"
wait $verify || fail "a check that is killed from outside is held against the queue"
wait_for_none "the check was killed"
grep -q 'explore skipped, .*Killed' out || fail "it does not say how the check died"

# Ctrl-C of a terminal: a signal for the whole group, which a background process would ignore
setsid env --default-signal=INT "$program" verify --queues="$name=scq" --checks=explore --time=60s >out 2>err &
verify=$!
wait_for_searches
kill -INT -- -$verify
status=0
wait $verify || status=$?
((status == 130)) || fail "interrupted: status $status"
wait_for_none "it was interrupted"
