#!/usr/bin/env bash
# Two runs of one build show no change. A run made slower by hand is found, and fails. Runs that cannot
# be compared are refused with the reason.
# not-under: tsan (qbench itself has one thread; other tests run samples and checks there)

source "$(dirname "$0")/lib.sh"

run run --queues=mutex_ring,vyukov,a=vyukov,b=vyukov,scq --workloads=pairwise --threads=1,2 --rounds=8 \
	--duration=5 --warm-up=1 -o one.json
((status == 0)) || fail "qbench run: status $status"

# The same samples in another order: no change, on a busy machine either
jq '.cells[].samples |= reverse' one.json >same.json
run compare one.json same.json
((status == 0)) || fail "status $status for a run compared with itself"
grep -qE '^cells: 0 slower, 0 faster, [0-9]+ as good, [0-9]+ undecided, 0 not comparable' out || fail "there is a difference"
run compare one.json same.json --json
jq -e '.verdicts["as good"] + .verdicts.undecided == 10
	and ([.cells[] | select(.verdict == "as good") | .low > 1 / 1.05 and .high < 1.05] | all)
	and ([.cells[] | select(.floor | not) | (.p_as_good <= 0.05) == (.verdict == "as good")] | all)
	and ([.cells[] | select(.verdict == "as good") | .rounds_needed == 8] | all)
	and ([.cells[] | select(.verdict == "undecided") | .rounds_needed == null or .rounds_needed > 8] | all)
	and ([.cells[] | select(.floor) | .rounds_needed == null] | all)' out >/dev/null ||
	fail "not 10 cells are as good where a change by 5 % is excluded, and else undecided"

# Samples that hardly differ, of a machine that does not drift
jq '.cells[].samples |= [range(length) as $i | .[$i] | .value = 1000000 + $i | .bounce_before_ns = 100
	| .bounce_after_ns = 100 | .add_before_ns = 10 | .add_after_ns = 10]' one.json >steady.json
run compare steady.json steady.json
grep -q '^cells: 0 slower, 0 faster, 10 as good, 0 undecided, 0 not comparable' out || fail "equal cells are not as good"
jq '.cells[].samples |= [range(length) as $i | .[$i] | .value *= 1 + 0.1 * ($i % 2)]' steady.json >rough.json
run compare rough.json rough.json
grep -qE '  undecided: about [0-9]+ rounds$' out || fail "it is not told how many rounds would decide"

jq '(.cells[] | select(.floor | not) | .samples[] | .value) *= 0.02' steady.json >slow.json
run compare steady.json slow.json --json
((status == 1)) || fail "status $status where all cells are 50 times as slow"
jq -e '.format == "qbench-compare/2" and .verdicts.slower == 10 and .failures == 15
	and ([.queues[] | .verdict == "slower" and .ratio_in_time > 49 and .ratio_in_time < 51
		and .low < .ratio_in_time and .ratio_in_time < .high] | length == 5 and all)
	and ([.cells[] | select(.verdict == "slower") | .ratio < 0.021 and .ratio > 0.019
		and .low <= .ratio and .ratio <= .high] | length == 10 and all)' out >/dev/null ||
	fail "the JSON does not tell of 10 cells at a fiftieth of the speed"
run compare steady.json slow.json --tolerance=5000
((status == 0)) || fail "status $status within the tolerance"
run compare slow.json steady.json --markdown --changes
((status == 0)) || fail "status $status where all is faster"
[[ $(grep -c '| \*\*faster\*\* |$' out) == 15 ]] || fail "the Markdown has not 10 cells and 5 queues that are faster"

# A failed sample is worse than a slow one
jq '.cells[0].samples[0] = {verdict: "void", reason: "item 17 was lost"}' one.json >void.json
run compare one.json void.json
((status == 1)) || fail "status $status where a cell became void"
grep -q 'not comparable: void in NEW: item 17 was lost' out || fail "the void cell is not told"

# Not comparable
jq '.machine.processor.model = "another"' one.json >machine.json
expect 2 'no cell could be compared: another machine: processor model was .*, and is another' compare one.json machine.json
jq '.settings.duration_ns = 7' one.json >settings.json
expect 2 'other settings: duration_ns was 5000000, and is 7: give qbench run --duration=5$' compare one.json settings.json
run compare one.json settings.json
[[ $(grep -c 'duration_ns was' out) == 1 ]] || fail "settings that differ are not told once"
jq '.cells[].capacity = 7' one.json >capacity.json
expect 2 'no queue in common under the same settings' compare one.json capacity.json
grep -q 'only in NEW, whose capacity is 7 and was 4096: give qbench run --capacity=4096' out || fail "no way out of another capacity"
# Another setting as well is no reason by itself
jq '.settings.duration_ns = 7' capacity.json >both.json
expect 2 'no queue in common under the same settings' compare one.json both.json
jq '.machine.processor.model = "another"' capacity.json >both.json
expect 2 'no cell could be compared: another machine: ' compare one.json both.json
jq '.cells[].place = "package"' one.json >place.json
expect 2 'no queue in common under the same settings' compare one.json place.json
grep -q 'whose place is package and was none: give qbench run --place=none' out || fail "no way out of another place"
run compare one.json one.json
grep -qE '^probes beside the samples of [0-9]+ cells moved by 0.0 % at most' out || fail "nothing is told of probes"

# Cells that one run has alone are counted
jq '.cells |= map(select(.threads == 1))' one.json >fewer.json
run compare one.json fewer.json
grep -q '^pairwise: 8 cells only in OLD, 0 only in NEW' out || fail "lone cells are not counted"
! grep -q 'not in NEW' out || fail "lone cells are listed"

# No results at all
expect 2 'missing.json: No such file' compare one.json missing.json
expect 2 'folder|Is a directory' compare one.json .
echo '{' >broken.json
expect 2 'broken.json: not JSON: line' compare one.json broken.json
echo '{}' >empty.json
expect 2 'empty.json: not results of qbench' compare one.json empty.json
jq '.format = "qbench-results/2"' one.json >newer.json
expect 2 'newer.json: its format is "qbench-results/2", and what is read here is' compare newer.json one.json
expect 2 'two files are compared' compare one.json
expect 2 "'more' is one more" compare one.json one.json more
expect 2 "'-1' is not a percentage" compare --tolerance=-1 one.json one.json
run compare one.json slow.json --markdown
grep -q '^| queue | wait |' out || fail "no table"
