#!/usr/bin/env bash
# The measured loops are compiled into each queue: they have no indirect call, and no call of an
# operation of the contract. The indirect form has both; otherwise the test would prove nothing.
# not-under: asan tsan (a sanitizer puts calls into everything)

source "$(dirname "$0")/lib.sh"

command -v objdump >/dev/null || exit 77
checked=0
while read -r object; do
	queue=$(basename "$(dirname "$(dirname "$(dirname "$object")")")" .dir)
	objdump -d --no-show-raw-insn "$object" >code
	while read -r loop; do
		awk -v loop="<${loop}_direct>:" '$0 ~ /^[0-9a-f]+ <.*>:$/ { on = ($2 == loop) } on' code >body
		[[ -s body ]] || fail "$queue has no ${loop}_direct"
		if grep -E 'call +\*' body >calls; then
			fail "$queue, $loop: an indirect call is left: $(head -n 1 calls)"
		fi
		if grep -E 'call .*<[a-z_]*_(enqueue|dequeue)(_batch)?(@plt)?>' body >calls; then
			fail "$queue, $loop: an operation is called: $(head -n 1 calls)"
		fi
		awk -v loop="<${loop}_indirect>:" '$0 ~ /^[0-9a-f]+ <.*>:$/ { on = ($2 == loop) } on' code >body
		grep -qE 'call +\*' body || fail "$queue, ${loop}_indirect calls nothing through the table"
		checked=$((checked + 1))
	done < <(grep -oE '<[a-z_]+_direct>:' code | sed 's/<//; s/_direct>://' | sort -u)
done < <(find "$(dirname "$program")/queues" -path '*bench_*' -name 'instantiate.c.o')
((checked > 20)) || fail "only $checked loops were found"
echo "$checked loops looked at"
