#!/usr/bin/env bash
# The report of runs, walks and checks has all its sections, an answer that follows from the samples, and
# a page that needs no other file.
# not-under: tsan (reports_are_the_same_on_one_processor has the threads of a report)

source "$(dirname "$0")/lib.sh"

run run --seed=1 --queues=mutex_ring,vyukov,scq,ms_queue,two_lock,mutex_lifo --threads=1,2 \
	--workloads=pairwise,pingpong,rank --rounds=1 --duration=2 --warm-up=1 -o measured.json
((status == 0)) || fail "qbench run: status $status"
run run --seed=1 --queues=mutex_ring,vyukov,scq,ms_queue,two_lock --workloads=producers_consumers,replay,open_loop \
	--wait=park,native --threads=2 --rounds=1 --duration=2 --warm-up=1 -o more.json
((status == 0)) || fail "qbench run: status $status"
run run --seed=1 --queues=mutex_ring,vyukov --workloads=idle --wait=park --threads=2 --rounds=1 --duration=2 --warm-up=1 \
	-o idle.json
((status == 0)) || fail "qbench run: status $status"
run verify --queues=vyukov,mutex_lifo --checks=model,order --time=2s -o verify.json
((status == 0)) || fail "qbench verify: status $status"

# Clear samples: vyukov is best, ms_queue is as good, the others take 1.5 to 4 times as long
shape() {
	jq --argjson rounds 14 '
		{vyukov: 1, ms_queue: 1.001, two_lock: 1.5, scq: 2, mutex_ring: 4} as $cost
		| (.cells[] | select(.floor | not)) |= (. as $cell
			| ($cost[.queue] // 0.5) as $cost
			| .samples = [range($rounds) as $i | $cell.samples[0]
				| .round = $i | .value = (1 + $i / 1000) * (if $cell.unit == "ns" then 100 * $cost else 1e7 / $cost end)])' "$1"
}
shape measured.json | jq '(.cells[] | select(.workload == "rank" and (.floor | not))) |= (
	(if .queue == "mutex_lifo" then {mean: 12, p99: 76, worst: 300} else {mean: 0, p99: 0, worst: 0} end) as $error
	| .samples[].rank_error = $error + {items: 1000})' >sure.json
shape more.json >sure_more.json
# The quiet of a busy machine is no matter here
shape idle.json | jq '.cells[].samples[].quiet_cpu_ns = 1000' >sure_idle.json
# Two files with the same labels
for i in 1 2; do
	jq -n --argjson i "$i" '{results: [
		({vyukov: 1, ms_queue: 1.1, two_lock: 1.5, scq: 2, mutex_ring: 3} | to_entries[]
			| .value as $time
			| {command: "\(.key) -j2", times: [range(14) | $time + $i / 100 + . / 1000]}),
		{command: "fdfind -u -j2", times: [0.1, 0.2]}]}' >hyperfine$i.json
done

expect 2 'hyperfine1\.json: it has the same samples as hyperfine1\.json' report -o twice hyperfine1.json hyperfine1.json
run report -o rep sure.json sure_more.json sure_idle.json verify.json hyperfine1.json hyperfine2.json
((status == 0)) || fail "status $status"
for file in REPORT.md report.html cells.csv samples.csv walks.csv; do
	[[ -s rep/$file ]] || fail "no $file"
done

# The page has the samples, one click away. The Markdown has none, because it must stay short
grep -q 'samples, M/s' rep/REPORT.md && fail "REPORT.md has samples"
grep -q 'samples, M/s' rep/report.html || fail "the page has no samples"

# The answer
has() {
	grep -qF -- "$1" rep/REPORT.md || fail "the report does not say: $1"
}
has '| Worker pool on directories: the walk itself | **vyukov** | none | none | up to +25 %: ms_queue +10 %. up to 2 ×: two_lock +49 %; scq +98 %. from 2 ×: mutex_ring 3.0 × | 1.02 s |'
has '| Hand-off between two threads: throughput | **vyukov, park** | ms_queue, park | none | up to 2 ×: two_lock, park +50 %. from 2 ×: scq, park 2.0 ×; mutex_ring, park 4.0 × | 99.4 ns |'
has '| Bounded memory | **vyukov, park** | none | none | from 2 ×: scq, park 2.0 ×; mutex_ring, park 4.0 × | 99.4 ns |'
has '| vyukov | **1.00** |'
has 'another order than FIFO'
# The answer is also what is printed, no wider than a terminal, on which a number keeps its unit
grep -A1 '^Hand-off between two threads: throughput  *vyukov, park  *99\.4 ns$' out |
	grep -qFx '    as good: ms_queue, park; slower: up to 2 ×: two_lock, park +50 %. from 2 ×: scq, park 2.0 ×; mutex_ring, park 4.0 ×' ||
	fail "the answer is not said: $(<out)"
grep -q '\^ promises less order' out && fail "a mark is explained that no queue has"
for width in 45 77; do
	terminal 1 "$width" "$program" report -o rep sure.json sure_more.json sure_idle.json verify.json hyperfine1.json hyperfine2.json |
		tr -d '\r' >narrow
	diff <(tr -s '\n ' ' ' <out) <(tr -s '\n ' ' ' <narrow) >&2 || fail "a terminal of $width columns has another answer"
	LC_ALL=C.UTF-8 grep -E "^.{$((width + 1))}|^ *([%×]|[mnµ]?s\$)| \$" narrow >&2 &&
		fail "a terminal of $width columns has wide lines, blanks at an end, or a unit apart from its number"
done
# Names do nothing to a terminal
jq '(.cells[] | select(.queue == "vyukov").queue) = "\u001b[31m\u0007red\n*" | .machine.processor.model = "\u009bEvil\u0007"' \
	sure_idle.json >names.json
run report -o names names.json sure.json
((status == 0)) || fail "status $status with odd names"
grep -qP '[\x01-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]' out && fail "a name reaches the terminal as it is: $(cat -v out)"
grep -q '\* is called through a pointer' out || fail "a mark is not explained"

# The micro-workloads rank the queues as the walk does
grep -qE '^\| pairwise: 2 threads, .* \| 5 \| 1\.00 \| 0\.[0-9]+ \| 1\.00 \| 0\.0[0-9]+ \| correlated \|$' rep/REPORT.md ||
	fail "the same order is not seen"
grep -qE '^\| mutex_lifo \|.*\| (best|as good|slower|undecided|hidden) \|$' rep/REPORT.md && fail "a queue without FIFO order is ranked"
has 'With 10.0 µs of work per item, the most that was measured, an item still takes 300 % longer with mutex_ring than with vyukov.'
[[ $(grep -c '"vyukov".*"pairwise"' rep/samples.csv) == 28 ]] || fail "not all samples are in the CSV"
[[ $(awk -F, '{ print NF }' rep/cells.csv | sort -u | wc -l) == 1 ]] || fail "the CSV has ragged lines"
for section in 'Which queue to use' 'Throughput over threads' 'Latency under load' 'Processor time, memory' \
	'How much work per item' 'What the queue did in the walk' 'Micro-workloads against the real walk' 'Claimed against found' 'Floors' \
	'Where the numbers are from'; do
	grep -qE "^###? $section" rep/REPORT.md || fail "no section: $section"
	grep -q "<h3 id=\"m1-[a-z]*\">$section" rep/report.html || fail "no section on the page: $section"
done

# If in doubt: the queue whose worst cost is least, and those that may be taken as well, such as one that is now
# better and now worse
doubt() { # FACTORS PATTERN: what the report says if ms_queue costs so many times more in turn
	for file in sure sure_more; do
		jq --argjson factors "$1" 'del(.cells[] | select(.workload == "open_loop"))
			| (.cells[] | select(.queue == "ms_queue") | .samples[]) |= (.value *= $factors[.round % 2])' \
			$file.json >doubt${file#sure}.json
	done
	run report -o doubt doubt.json doubt_more.json
	grep -qE "^If in doubt: vyukov, which costs at most [^.]*[.0-9]* ?[%×] in each situation [^.]*\\. $2" doubt/REPORT.md ||
		fail "'$(grep 'If in doubt' doubt/REPORT.md)' instead of '$2'"
	tr -s '\n ' ' ' <out | grep -qF "$(grep '^If in doubt' doubt/REPORT.md)" || fail "what to take is not said: $(<out)"
}
doubt '[1.3, 1.3]' 'For the'
doubt '[1.2, 0.84]' 'The worst cost of these may be as small: ms_queue\. For the'

# How late the producer of idle was woken, where its consumer slept
jq '(.cells[] | select(.floor | not) | .samples[]) |= (.nap_late_ns = 5e4 + 1000 * .round
	| .slept_ns = .latency_ns)' sure_idle.json >paced.json
run report -o paced paced.json
grep -qF "The producer's own sleeps ended 51.0 µs to 62.0 µs late" paced/REPORT.md ||
	fail "it does not say how late: $(grep 'own sleeps' paced/REPORT.md)"
head -n 1 paced/samples.csv | grep -q ',nap_late_ns' || fail "samples.csv lacks how late"

# A section without data says which command measures it
run report -o little hyperfine1.json
((status == 0)) || fail "status $status for hyperfine alone"
grep -q 'to measure it: qbench run --workloads=idle' little/REPORT.md || fail "a gap does not say what fills it"

# The opposite order, and no order
jq '(.cells[] | select(.floor | not) | .samples[] | .value) |= 1e14 / .' sure.json >opposite.json
run report -o opposite opposite.json hyperfine1.json
grep -qE '^\| pairwise: 2 threads, .* \| 5 \| -1\.00 \| .* \| correlated \|$' opposite/REPORT.md ||
	fail "the opposite order is not seen"
jq '(.cells[] | select(.floor | not) | .samples) |= map(.value = 1e7)' sure.json >none.json
run report -o none none.json hyperfine1.json
grep -qE '^\| pairwise: 2 threads, .* \| 5 \| – .* \| chance or noise \|$' none/REPORT.md ||
	fail "an order is seen where there is none"

# Results that do not matter, and results that decide nothing
grep -qF '| Hand-off between two threads: time | ' none/REPORT.md || fail "no row for the hand-off"
grep -F '| Hand-off between two threads: time | ' none/REPORT.md | grep -F '| none | none |' \
	>/dev/null || fail "equal queues are not said to be so"
jq '(.cells[] | select(.queue == "mutex_ring") | .samples) |= [to_entries[]
	| .value.value *= (if .key < 4 then 0.01 else 10 end) | .value]' none.json >noisy.json
run report -o noisy noisy.json
grep -F '| Hand-off between two threads: time | ' noisy/REPORT.md | grep -E '\| mutex_ring, [a-z]+ 10\.0 × \| none \|' \
	>/dev/null || fail "noise is taken for equality"

# Two machines
jq '.machine.processor.model = "Another <b>|`_"' sure.json >another.json
run report -o two sure.json another.json
((status == 0)) || fail "status $status for two machines"
[[ $(grep -c '^## ' two/REPORT.md) == 3 ]] || fail "two machines are not two parts and a comparison"
grep -qF '| Hand-off between two threads: time | vyukov, yield (1 as good) | vyukov, yield (1 as good) |' two/REPORT.md ||
	fail "the machines are not compared"
# Scripts are no markup, except what they unpack
sed 's|<script|\n&|g; s|</script>|&\n|g' two/report.html | sed '/^<script\( type="application\|>\)/,/<\/script>$/d' | grep -qE '<b(>|&gt;)' && fail "a name is taken for markup"

# Files that are no results
expect 2 'no.json: No such file' report no.json
expect 2 'Is a directory' report rep
echo '{' >broken.json
expect 2 'broken.json: not JSON: line' report broken.json
echo '{"results": []}' >other.json
expect 2 'other.json: this is no file of qbench run, qbench verify' report other.json
jq '.format = "qbench-results/9"' sure.json >newer.json
expect 2 'newer.json: its format is "qbench-results/9"' report newer.json
expect 2 'which files' report
touch file
expect 2 'cannot write to file/below' report -o file/below sure.json

# One page that loads nothing
grep -oE '(src|href)="[^#"][^"]*"' rep/report.html | grep -v '"data:' && fail "the page refers to something else"
grep -qiE '<script[^>]* src' rep/report.html && fail "the page loads a script"
if ! command -v gnuplot >/dev/null; then
	grep -q 'no gnuplot' rep/report.html || fail "without gnuplot the page does not say so"
	echo "skipped the plots: gnuplot is missing (scripts/setup.sh installs it)"
	exit 77
fi
for plot in pairwise producers-consumers order-plot latency-sleeping costs-plot idle-plot crossover-plot; do
	[[ -s rep/m1-$plot.svg ]] || fail "no plot: $plot"
	grep -q "<figure id=\"m1-$plot\">" rep/report.html || fail "the page does not show $plot"
	grep -qF "](m1-$plot.svg)" rep/REPORT.md || fail "REPORT.md does not show $plot"
	# The same colour everywhere: of vyukov, the sixth of all names
	grep -qi '#56b4e9\|86, *180, *233' "rep/m1-$plot.svg" || fail "$plot does not have vyukov in its colour"
done
# A queue that is called through a pointer has a star
jq '(.cells[] | select(.queue == "vyukov") | .calls) = "through a pointer"' sure.json >called.json
run report -o called called.json
grep -q 'vyukov\*' called/m1-pairwise.svg || fail "a plot does not say who is called through a pointer"
grep -qF '| vyukov\*, spin |' called/REPORT.md || grep -qF '**vyukov\*, yield**' called/REPORT.md ||
	fail "the answer does not say who is called through a pointer"
# Where there are samples enough, points have intervals
points() { # PLOT: its points on the page, a line each, as [series, x, y, low, high, samples]
	sed -n "/<figure id=\"m1-$1\">/,/<figcaption>/p" rep/report.html | grep -oE '\[[0-9]+(,[^][,]+){5}\]'
}
if grep -q 'type="application/json"' rep/report.html; then
	points latency-sleeping | grep -q ',14.0\]$' || fail "points of latency are not those of 14 samples"
	points latency-sleeping | grep ',null,14.0\]$' && fail "points of latency have no intervals"
	points costs-plot | grep -q ',14.0\]$' || fail "points of costs are not those of 14 samples"
	points costs-plot | grep ',null,14.0\]$' && fail "points of costs have no intervals"
	# 0 of the FIFO queues; mean, 99 of 100 and worst of mutex_lifo
	for error in 1 13 77 301; do
		points order-plot | grep -qE "^\\[[0-9]+,$error\\.0(,[0-9.]+){3},14\\.0\\]" ||
			fail "the plot of the order does not have the rank error $((error - 1))"
	done
	run report -o fifo sure_more.json
	grep -q order-plot fifo/REPORT.md && fail "there is a plot of the order without the workload rank"
fi
# With D3, and with pictures
XDG_DATA_DIRS=/nowhere run report -o still sure.json
for page in rep/report.html still/report.html; do
	ids=$(grep -oE " id=[\"'][^\"']*" "$page" | tr "'" '"')
	[[ -z $(sort <<<"$ids" | uniq -d) ]] || fail "ids are on $page twice: $(sort <<<"$ids" | uniq -d | head -n 3)"
done
