#!/usr/bin/env bash
# Every queue keeps its claims, as far as a short run can tell, and the findings fit their schema.
# seconds: 60

source "$(dirname "$0")/lib.sh"

# A sanitizer's processes take long to start, so there is none for checks that it skips for every queue
choice=(--time=20s)
if [[ $sanitizer ]]; then
	checks=$("$program" verify --help | sed -n '/^The checks:/,/^$/s/^  \([a-z_]*\) .*/\1/p' |
		grep -vxE 'explore|explore_waiting|progress' | paste -sd ,)
	choice=(--time=10s "--checks=$checks")
fi
run verify "${choice[@]}" -o findings.json
((status == 0)) || fail "status $status: $(grep -A 12 ' fails ' out)"
if /usr/bin/python3 -c 'import jsonschema' 2>/dev/null; then
	/usr/bin/python3 "$sources/tests/validate.py" "$sources/bench/verify/schema.json" \
		findings.json 2>err || fail "the findings do not fit the schema"
fi

# No check is left out, and each check ran for some queue
"$program" list --json | jq -r '.[] | select(.name | startswith("floor") | not) | .name' |
	sort >queues
jq -r '.queues[].queue' findings.json | sort >verified
diff queues verified >&2 || fail "not every queue was verified"
jq -e '[.queues[].checks | length] | min == max and min >= 5' findings.json >/dev/null ||
	fail "not every check was made for every queue"
while read -r queue; do
	grep -q "^$queue " out || fail "the table has no row of $queue"
done <queues
claims=$(sed -n 's/.*\.refutes = "\([^"]*\)".*/\1/p' "$sources"/bench/verify/checks/*.c)
for claim in ${claims:-none}; do
	grep -q "^	{\"$claim\", " "$sources/bench/verify/verify_table.c" || fail "a check refutes $claim, which is no claim"
done
idle=$(jq -r '[.queues[].checks[]] | group_by(.check)[]
	| select(all(.verdict == "skipped")) | .[0].check' findings.json)
for check in $idle; do
	# A sanitizer's allocator replaces the one that these need to pass; a fault fails them all the same
	[[ $check != order ]] || continue
	[[ ! $sanitizer || $check != @(model|memory) ]] || continue
	# A busy machine leaves some no turn in their share of the time
	run verify --queues=vyukov --checks="$check" --time=60s -o again.json
	jq -e '.queues[0].checks[0].verdict != "skipped"' again.json >/dev/null || fail "$check is skipped for every queue, and for vyukov with 60 s"
done
echo "$(wc -l <queues) queues, $(jq '[.queues[].checks[]] | length' findings.json) findings"
