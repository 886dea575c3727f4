#!/usr/bin/env bash
# A report is the same, byte by byte, whether one thread makes it or several, which read files and judge situations
# in another order. Of files that are wrong, the first is named.

source "$(dirname "$0")/lib.sh"

# Two runs, whose rounds are judged together, and walks
tries=2
if [[ $sanitizer ]]; then
	tries=1
fi
jq '.started = "2026-11-25T01:00:00Z"' "$sources/results/epyc-kvm-2/idle-2.json" >again.json
# Queues that nobody knows: several threads ask for each by its name, and are told which names there are
jq '.queues = {} | .cells |= map(select(.queue | test("^(vyukov|mutex_ring|pipe)$")))
	| .cells[] |= (.queue = "no_" + .queue | .samples |= .[:4])' \
	"$sources/results/epyc-kvm-2/situations-2.json" >unknown.json
files=("$sources"/results/epyc-kvm-2/{idle-2,verify-2,walk-2}.json again.json unknown.json)
processor=$(taskset -cp $$ | sed 's/.*: //; s/[-,].*//')
taskset -c "$processor" "$program" report -o one "${files[@]}" >/dev/null 2>err || fail "status $? on one processor"
[[ -s one/report.html && -s one/samples.csv ]] || fail "there is no report"
for ((i = 0; i < tries; i++)); do
	run report -o several "${files[@]}"
	((status == 0)) || fail "status $status"
	diff -r one several >differ || fail "another report: $(head -c 1000 differ)"
done

# Walks of hyperfine are joined in the order of the files
for name in a b c; do
	jq -n --arg name "$name" '{results: [{command: "dirwalk -q \($name)", times: [1, 2, 3]}]}' >"$name.json"
	printf '{"format": "none"}' >"wrong_$name.json"
done
run report -o walks c.json a.json b.json
((status == 0)) || fail "walks of hyperfine: status $status"
[[ $(grep -oE '>dirwalk -q [abc]<' walks/report.html | uniq | tr -dc 'abc>') == '>ac>aa>ab' ]] ||
	fail "walks are not in the order of the files"

for ((i = 0; i < 3 * tries; i++)); do
	expect 2 'wrong_b\.json: its format is "none"' report a.json wrong_b.json "${files[1]}" wrong_a.json wrong_c.json
done
