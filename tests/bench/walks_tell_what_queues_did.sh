#!/usr/bin/env bash
# scripts/walks.py records what the queues did in its walks. The report shows medians over the walks with
# their range, and the time of the walk relative to its floor.
# not-under: tsan (qbench itself has one thread; other tests run samples and checks there)
# waits: for walks of tiny trees
# seconds: 40

source "$(dirname "$0")/lib.sh"

for tool in hyperfine gnuplot find; do
	command -v "$tool" >/dev/null || {
		echo "skipped: $tool is missing (scripts/setup.sh installs it)"
		exit 77
	}
done
/usr/bin/python3 -c 'import jsonschema' 2>/dev/null || {
	echo "skipped: python3-jsonschema is missing"
	exit 77
}

# The programs of this build
mkdir -p root/build walks walked/{a,b}/{c,d}
cp -r "$sources/scripts" root
ln -s "${program%/*}" root/build/release
touch walked/{1,2} walked/a/c/3
folder=$work/walks
root/scripts/walks.py real --effort=quick --threads=1,2 --queues=mutex_ring,vyukov --output=walks "$work/walked" \
	>out 2>err || fail "walks.py: status $?"
run report -o walks walks/walk.json
grep -qE '^\| 1 \| vyukov \| park \| .* \| [0-9]+\.[0-9]{2}( \([^|]*\))? \| [^|]* \| 2 \|$' walks/REPORT.md ||
	fail "the report does not say what queues did"

validate() {
	/usr/bin/python3 "$sources/tests/validate.py" "$sources/bench/results/walk_schema.json" "$1" 2>err
}
cp "$folder/walk.json" walk.json
expect 2 'it has the same samples as ' report -o twice walk.json walk.json
validate walk.json || fail "walk.json does not fit its schema"
jq -e '[.rows[] | select(.program == "dirwalk") | .with_stats | length] == [2, 2, 2, 2]' walk.json >/dev/null ||
	fail "not two walks with --stats of each row"
jq -e '.walk.rounds as $rounds | $rounds >= 10 and all(.rows[];
	(if .program == "find" then 2 else $rounds end) as $own | .seconds, .user_seconds, .system_seconds | length == $own)' \
	walk.json >/dev/null || fail "not one time a round, and fewer of other programs"
(($(ls "$folder/hyperfine" | wc -l) == $(jq .walk.rounds walk.json))) || fail "the times of hyperfine are not kept"
[[ $(jq -c '[.results[].command]' "$folder/hyperfine/round01.json") != $(jq -c '[.results[].command]' "$folder/hyperfine/round02.json") ]] ||
	fail "two rounds have the same order"
jq -e '.rows | all(.failure == null and .files == 3)' walk.json >/dev/null || fail "a row is void, or counted wrong"
# All are those that a pool of workers can have
if [[ ! $sanitizer ]]; then
	mkdir all
	root/scripts/walks.py real --effort=quick --threads=2 --queues=all --output=all "$work/walked" >out 2>err ||
		fail "not all queues walk: $(grep -E 'FAILED|WRONG' out)"
	"${program%/*}/dirwalk" --queue=help | awk 'NR > 1 { print $1 }' | sort >listed
	jq -r '.rows[].result_queue // empty' all/walk.json | sort | cmp - listed ||
		fail "all queues are not those of dirwalk --queue=help"
fi
# The name of a folder is private
jq '(.rows[] | select(.program == "dirwalk") | .with_stats[0].dirs) = []' walk.json >private.json
validate private.json && fail "the schema lets names of folders pass"

# Known numbers: three rounds, the second twice as slow, and 5 to 20 % above the floor
jq '.walk.rounds = 3
	| (.rows[] | select(.program == "rawwalk")) |= (.seconds = [1, 2, 1]
		| (.threads // 1) as $walks
		| .system_seconds = ([0.7, 1.6, 0.8] | map(. * $walks))
		| .user_seconds = ([0.1, 0.2, 0.1] | map(. * $walks)))
	| (.rows[] | select(.program == "dirwalk")) |= (.threads as $threads
		| .oversubscribed = ($threads == 2)
		| .seconds = [1.1, 2.4, 1.05]
		| .system_seconds = [0.9, 1.9, 0.85]
		| .user_seconds = [0.15, 0.4, 0.1]
		| .with_stats = [range(3) as $i | .with_stats[0]
			| .seconds = 0.9 | .wind_down_seconds = 0.1
			| .stats.waited_seconds = 0.1 * $threads
			| .stats.time_in_queue_ns = {p50: [1000, 9000, 2000][$i], p99: 30000, max: 40000}
			| .stats.overflow = [7, 5, 6][$i]
			| .stats.work.parks = 8
			| .stats.work.wakes = (if $threads == 2 then null else 4 end)])' walk.json >known.json
run report -o known known.json
((status == 0)) || fail "status $status"
[[ ! -s err ]] || fail "it complains"
has() {
	grep -qF -- "$1" "$2" || fail "$2 does not say: $1"
}
has '| 1 | vyukov | park | 2.00 µs (1.00 µs, 9.00 µs) | 30.0 µs | 10 % | 1.10 (1.05, 1.20) | 0.90 | 0.15 | 17 % | 3 |' known/REPORT.md
# With more workers than processors, the floor has as many raw walks as there are processors
has '| 2 † | vyukov | park | 2.00 µs (1.00 µs, 9.00 µs) | 30.0 µs | 10 % | 1.10 (1.05, 1.20) | 0.45 | 0.07 | 17 % | 3 |' known/REPORT.md
grep -qE '^\| 1 \| vyukov \| 6 \(5, 7\) \|.* \| 8 \| 4 \| ' known/REPORT.md || fail "overflow, parks and wakes are not said"
grep -qE '^\| 2 † \| vyukov \| 6 \(5, 7\) \|.* \| 8 \| – \| ' known/REPORT.md || fail "a number of wakes is invented"
has 'With 1 worker, the most that have a processor each, the walk takes 1.10 times as long as its floor' known/REPORT.md
has 'share of the wall time is below 17 % for 2 of 2 queues' known/REPORT.md
has '](m1-queue-plot.svg)' known/REPORT.md
has '<figure id="m1-queue-plot">' known/report.html
[[ $(awk -F, '{ print NF }' known/walks.csv | sort -u | wc -l) == 1 ]] || fail "the CSV has ragged lines"
grep -qE '^1,"vyukov","vyukov","park",1,false,3,2000,1000,9000,30000,.*,1\.1,1\.05,1\.2,0\.9,0\.15$' known/walks.csv ||
	fail "the CSV does not have the numbers"

grep -q 'more than 1.25 times their floor' known/REPORT.md && fail "none takes that long"

# A row that was timed in the first rounds alone is held against the floor of these
jq '(.rows[] | select(.queue == "vyukov" and .threads == 1))
	|= with_entries(if .key | endswith("seconds") then .value |= .[:2] else . end)' known.json >first.json
run report -o first first.json
has '| 1 | vyukov | park | 2.00 µs (1.00 µs, 9.00 µs) | 30.0 µs | 10 % | 1.15 (1.10, 1.20) | 0.9' first/REPORT.md

# For queues far from the floor, the report says where the time goes, if that is known
jq '(.rows[] | select(.queue == "vyukov") | .seconds) = [1.3, 2.6, 1.3]' known.json >far.json
run report -o far far.json
has 'more than 1.25 times their floor' far/REPORT.md
has '| the floor itself | 1.00 | 0.80 | 0.10 | 0.10 | – | – |' far/REPORT.md
has '| vyukov | 1.30 | 0.90 | 0.15 | 0.25 | 8 | 4 |' far/REPORT.md
[[ $(grep -cE '^\| mutex_ring \| [0-9.]+ \| [0-9.]+ \| [0-9.]+ \| [0-9.]+ \| ' far/REPORT.md) == 0 ]] ||
	fail "mutex_ring is not far from the floor"
jq 'del(.rows[] | select(.queue == "vyukov") | .user_seconds)' far.json >part_known.json
run report -o part_known part_known.json
((status == 0)) || fail "status $status without the time of processors"
has '| 1 | vyukov | park | 2.00 µs (1.00 µs, 9.00 µs) | 30.0 µs | 10 % | 1.30 | 0.90 | – | 23 % | 3 |' part_known/REPORT.md
grep -q 'more than 1.25 times their floor' part_known/REPORT.md && fail "what is not known is told"

# A queue whose walks all were faster than the floor has no bound
jq '(.rows[] | select(.queue == "vyukov") | .seconds) = [0.9, 1.8, 0.9]' known.json >faster.json
run report -o faster faster.json
has '| 1 | vyukov | park | 2.00 µs (1.00 µs, 9.00 µs) | 30.0 µs | 10 % | 0.90 | 0.90 | 0.15 | – | 3 |' faster/REPORT.md
has 'below 17 % for 1 of 2 queues' faster/REPORT.md
has 'Some walks are faster than their floor' faster/REPORT.md

# With fewer workers than processors, the answer is for the largest number of workers
jq 'del(.rows[] | select(.program == "dirwalk" and .threads == 2))' known.json >one.json
run report -o one one.json
grep -qF '| Worker pool on directories: the walk itself | not measured' one/REPORT.md &&
	fail "walks with one worker are no answer, since other programs had more"

# Missing data give no numbers
jq 'del(.rows[] | select(.program == "rawwalk"))' known.json >no_floor.json
run report -o no_floor no_floor.json
((status == 0)) && [[ ! -s err ]] || fail "status $status without a floor"
has '| 1 | vyukov | park | 2.00 µs (1.00 µs, 9.00 µs) | 30.0 µs | 10 % | – | – | – | – | 3 |' no_floor/REPORT.md
grep -q 'times as long as its floor' no_floor/REPORT.md && fail "a floor is made up"
jq 'del(.rows[].with_stats)' known.json >no_stats.json
run report -o no_stats no_stats.json
((status == 0)) || fail "status $status without --stats"
grep -A 2 '^### What the queue did in the walk' no_stats/REPORT.md | grep -q '^Not measured. To measure it: scripts/bench.sh' ||
	fail "it does not say what measures it"

# An incomplete file
jq 'del(.rows[] | select(.queue == "vyukov") | .with_stats[1].stats.results.busy)' known.json >part.json
expect 2 'part.json: .*not whole' report part.json
jq '(.rows[] | select(.queue == "vyukov") | .with_stats) = "none"' known.json >other.json
expect 2 'other.json: .*not whole' report other.json
jq '(.rows[] | select(.queue == "vyukov") | .with_stats[0]) |= (.seconds = 0 | .wind_down_seconds = 0)' known.json >never.json
expect 2 'never.json: .*not whole' report never.json
head -c 3000 known.json >cut.json
expect 2 'cut.json: not JSON: line' report cut.json
