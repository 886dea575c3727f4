#!/usr/bin/env bash
# A browser shows the report: every section is there, the console has no message, and the page makes no
# request. With D3 one can work with it: filter, highlight, sort, see values, follow a row to its
# samples; without D3 the plots are pictures.
# not-under: asan tsan (the page is the same as that of the release)

source "$(dirname "$0")/lib.sh"

browser=$(command -v chromium || command -v chromium-browser || true)
if [[ -z $browser ]]; then
	echo "skipped: chromium is missing (scripts/setup.sh installs it)"
	exit 77
fi

run run --queues=mutex_ring,vyukov --threads=2 --workloads=pairwise,producers_consumers,replay --rounds=1 \
	--duration=2 --warm-up=1 -o results.json
((status == 0)) || fail "qbench run: status $status"
# Walks with counts of what their queues did
for queue in mutex_ring vyukov; do
	"${program%/*}/dirwalk" -j2 -q "$queue" --json --stats "$sources/scripts" || fail "dirwalk: status $?"
done | jq -n '{format: "qbench-walk/1", rows: [inputs | {program: "dirwalk", label: .queue, queue, threads,
	seconds: [.seconds], with_stats: [.]}]}' >walk.json
run report -o report results.json walk.json
((status == 0)) || fail "qbench report: status $status"

# load FILE FLAG...: keeps the document as the browser has it, its console, and its requests
load() {
	timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
		--user-data-dir="$work/profile" --disable-background-networking --disable-component-update \
		--disable-sync --disable-extensions --disable-default-apps --enable-logging=stderr \
		--virtual-time-budget=20000 --log-net-log="$work/net.json" --dump-dom "${@:2}" "file://$work/$1" >dom 2>err ||
		fail "$browser cannot load $1"
	grep -F 'CONSOLE' err >console || true
	jq -e '.events | length > 0' net.json >/dev/null || fail "$browser kept no log of requests for $1"
	jq -r '.events[].params? | objects | .url? // empty | strings' net.json | sort -u |
		grep -vE "^(data:|about:|chrome|devtools:|file://$work/$1(#.*)?\$)" >asked || true
}

# The page says nothing on the console, and asks for nothing
is_quiet() {
	[[ ! -s console ]] || fail "$1: the console says: $(head -n 3 console)"
	if grep -E 'https?://' asked | grep -vE '//([a-z0-9-]+\.)*(google(apis)?|gstatic|gvt1|chromium)\.(com|org)(/|$)'; then
		fail "$1: the page asks for something"
	fi
	grep -E '^file://' asked && fail "$1: the page asks for a file"
	return 0
}

# The test sees a page that does everything wrong
printf '<!DOCTYPE html><p id="here"><img src="http://localhost:9/i.png"><script>throw 1</script>' >wrong.html
load wrong.html
grep -q 'localhost:9' asked || fail "a request is not seen"
[[ -s console ]] || fail "an error on the console is not seen"

# Without D3
XDG_DATA_DIRS=/nowhere run report -o still results.json walk.json
((status == 0)) || fail "qbench report without D3: status $status"
grep -q 'apt-get install node-d3' err || fail "it does not say what to install"
load still/report.html
is_quiet "without D3"
for section in answer throughput latency slept costs crossover queue correlations claims floors states sources; do
	grep -q "id=\"m1-$section\"" dom || fail "the browser has no section $section"
done
if command -v gnuplot >/dev/null; then
	[[ $(grep -o '<svg' dom | wc -l) -ge 5 ]] || fail "the browser has no plots"
	grep -q '<figure id="m1-queue-plot">' dom || fail "the browser does not show what queues did"
	grep -q '<title>Which queue is fastest where' dom || fail "a plot has no question as its title"
	grep -q '<title>vyukov' dom || fail "a plot does not name its queues"
	grep -E '<title>(gnuplot|Gnuplot|\$)' dom && fail "a plot has names of variables"
	# Each shape that is used is defined, with the same name
	for used in $(grep -oE 'href="#m1[^"]*"' dom | sed 's/href="#//; s/"//' | sort -u); do
		grep -q "id=\"$used\"" dom || fail "nothing is named $used"
	done
fi
if grep -q 'apt-get install node-d3' <("$program" report -o report results.json 2>&1); then
	echo "skipped: node-d3 is missing (scripts/setup.sh installs it)"
	exit 77
fi

grep -q "largest memory beyond the harness's, MiB" report/report.html || fail "memory is with that of the harness"

# With D3: what somebody does with the page, and what becomes of it
cat >actions.js <<'END'
"use strict";
const said = [];
const say = (what, good) => said.push(`${good ? "ok" : "NOT"} ${what}`);
const all = pattern => [...document.querySelectorAll(pattern)];
// What is not in sight is drawn for print only, and a browser without a head may see nothing in time
const draw = () => dispatchEvent(new Event("beforeprint"));
const pause = () => new Promise(done => setTimeout(done, 100));
const inputOf = name => document.querySelector(`input[aria-label="show ${name}"]`);
const press = (node, key) => node.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
const rowsOf = name => all("tbody tr").filter(row => row.queue === name);
const tip = () => document.getElementById("tip").textContent;
const open = pattern => all("details").filter(fold => pattern.test(fold.querySelector("summary").textContent))
	.forEach(fold => fold.open = true);
async function work() {
	say("folded", !all("tbody tr td").some(cell => cell.closest("details")));
	open(/: all queues$|: the numbers$/);
	await pause();
	const figure = document.getElementById("m1-pairwise");
	draw();
	const svg = figure.querySelector(".panels svg");
	say("plot", svg && figure.querySelectorAll(".panels svg path").length > 2);
	say("question", figure.querySelector("h4").textContent.endsWith("?"));
	say("machine", /\. More is better\.$/.test(figure.querySelector("h4 + p").textContent));

	const circles = () => figure.querySelectorAll(".panels svg g[opacity] path[transform]");
	const box = circles()[0].getBoundingClientRect();
	svg.dispatchEvent(new MouseEvent("mousemove", { clientX: box.x + 2, clientY: box.y + 2, bubbles: true }));
	say(`hover: ${tip()}`, /^(mutex_ring|vyukov).*: [\d.,]+ .*million items a second; 1 sample$/.test(tip()));
	svg.dispatchEvent(new MouseEvent("mouseleave"));
	say("hover ends", tip() === "");

	svg.focus();
	press(svg, "ArrowRight");
	let first = tip();
	press(svg, "ArrowRight");
	let second = tip();
	say("arrow keys", first !== "" && second !== "" && second !== first);
	// On from a floor to a queue
	for (let i = 0; i < 9 && !/^(mutex_ring|vyukov)/.test(second); ++i) {
		first = second;
		press(svg, "ArrowRight");
		second = tip();
	}
	const name = /^\w+/.exec(second)[0];
	press(svg, "Enter");
	draw();
	const drawn = figure.querySelector(".panels svg");
	say("focus stays", document.activeElement === drawn && drawn !== svg);
	say(`place stays: ${tip()}`, tip() === second);
	press(drawn, "ArrowLeft");
	say("arrow keys go on from there", tip() === first);
	say("highlight by key", all("tr.picked").length > 3 && all("[aria-pressed=true]").length > 0);
	say("highlight of rows", rowsOf(name).every(row => row.classList.contains("picked")));
	say("others are pale", figure.querySelector('.panels g[opacity="0.2"]'));
	all("#filter [aria-pressed=true]")[0].click();
	draw();
	say("highlight ends", all("tr.picked").length === 0);

	const before = circles().length;
	inputOf("vyukov").click();
	draw();
	say("switched off in tables", rowsOf("vyukov").length > 3 && rowsOf("vyukov").every(row => row.hidden));
	say("others stay", rowsOf("mutex_ring").some(row => !row.hidden));
	say("switched off in plots", circles().length < before && circles().length > 0);
	say("switched off in texts", all("span.off").some(span => span.textContent === "vyukov"));
	inputOf("vyukov").click();
	const kind = document.querySelector('#filter input[value="blocking"]');
	kind.click();
	say("kinds", rowsOf("mutex_ring").every(row => row.hidden));
	kind.click();
	say("all again", all("tbody tr[hidden]").length === 0);

	const table = all("table").find(table => table.tHead.textContent.includes("would decide"));
	const head = [...table.tHead.rows[0].cells].findIndex(cell => cell.textContent === "cost");
	const costs = () => [...table.tBodies[0].rows].map(row => Number(row.cells[head].textContent));
	const button = table.tHead.rows[0].cells[head].querySelector("button");
	button.click();
	const up = costs();
	button.click();
	const sorted = list => list.every((value, place) => place === 0 || list[place - 1] <= value);
	say("sort", up.length > 1 && sorted(up) && sorted(costs().reverse()) && !sorted(costs()));
	say("sort is told", table.tHead.rows[0].cells[head].getAttribute("aria-sort") === "descending");

	const stop = table.querySelector("tr[tabindex='0']");
	say("one row is a stop", table.querySelectorAll("[tabindex]").length === 1);
	stop.focus();
	press(stop, "Enter");
	say("highlight of a row by key", stop.classList.contains("picked") && document.activeElement === stop);
	press(stop, "Enter");
	press(stop, stop.nextElementSibling ? "ArrowDown" : "ArrowUp");
	const next = document.activeElement;
	say("to the next row by key", next !== stop && next.queue && next.closest("table") === table &&
		table.querySelectorAll("[tabindex]").length === 1);

	const search = document.querySelector("#filter input[type=search]");
	const find = text => {
		search.value = text;
		search.dispatchEvent(new Event("input", { bubbles: true }));
	};
	find(" VYU");
	say("search", rowsOf("mutex_ring").every(row => row.hidden) && rowsOf("vyukov").every(row => !row.hidden));
	find("");

	table.querySelector("a").click();
	await pause();
	const target = document.getElementById(location.hash.slice(1));
	say("row to samples", target && target.closest("details").open && target.parentNode.cells.length === 9);

	const behind = figure.querySelector("details");
	behind.open = true;
	await pause();
	say("table behind", behind.querySelectorAll("tbody tr").length >= before);
	draw();
	say("print", all("figure").every(figure => figure.querySelector(".panels svg")));
}
work().catch(error => say(String(error), false)).then(() => {
	document.body.append(Object.assign(document.createElement("pre"), { textContent: said.join("\n") }));
});
END
sed 's|</body>||; s|</html>||' report/report.html >report/worked.html
{
	echo '<script>'
	cat actions.js
	echo '</script>'
} >>report/worked.html
load report/worked.html --window-size=1280,900
is_quiet "worked with"
grep -E '^(<pre>)?NOT ' dom && fail "the page does not do this"
[[ $(grep -cE '(^|<pre>)ok ' dom) -ge 20 ]] || fail "the actions did not end"

# Narrow and dark; nothing is wider than the page. An empty report, and one of a single queue
jq '.cells = []' results.json >empty.json
jq '.cells |= map(select(.queue == "vyukov"))' results.json >one.json
jq '.started = "2020-02-03T04:05:06Z"' results.json >old.json
run report -o report/old old.json
((status == 0)) || fail "qbench report of an old run: status $status"
grep -q '^Measured on 2020-02-03\.' report/old/REPORT.md || fail "the answer has no date"
run report -o report/empty empty.json
((status == 0)) || fail "qbench report of no cells: status $status"
run report -o report/one one.json
((status == 0)) || fail "qbench report of one queue: status $status"
for name in . empty one old; do
	# A window of a browser without a head has at least 500 pixels
	sed 's|</body>||; s|</html>||; s|<html |<html style="width:360px" |' "report/$name/report.html" >report/narrow.html
	cat >>report/narrow.html <<-'END'
		<script>
		dispatchEvent(new Event("beforeprint"));
		const wide = [...document.querySelectorAll("body *")].filter(node => !node.closest(".wide, pre") &&
			node.getBoundingClientRect().right > 361);
		const rows = [...document.querySelectorAll(".cards tbody tr")];
		const cells = [...document.querySelectorAll(".cards td:not(:first-child)")].filter(cell => cell.clientHeight > 0);
		const headed = cells.map(cell => cell.querySelector(".folded") || cell).filter(cell =>
			cell.dataset.heading && getComputedStyle(cell, "::before").content !== "none");
		if (rows.length === 0 || rows.some(row => getComputedStyle(row).display !== "block") || headed.length < cells.length) {
			wide.push({ outerHTML: "no cards" });
		}
		const button = document.querySelector(".cards th button");
		const sorted = () => {
			button.click();
			return [...button.closest("table").tBodies[0].rows].map(row => row.cells[0].textContent);
		};
		const [up, down] = [sorted(), sorted()];
		if (button.clientHeight === 0 || up.join() !== down.slice().reverse().join() || (up[1] && up.join() === down.join())) {
			wide.push({ outerHTML: "cards that do not sort" });
		}
		document.body.append(`ground ${getComputedStyle(document.body).backgroundColor}; ` +
			(wide.length ? `too wide: ${wide[0].outerHTML.slice(0, 200)}` : "fits") +
			([...document.querySelectorAll(".panels")].some(panels => /NaN/.test(panels.innerHTML)) ? "; NaN" : ""));
		</script>
	END
	load report/narrow.html --window-size=500,900 --blink-settings=preferredColorScheme=0
	is_quiet "$name, narrow and dark"
	grep -q 'ground rgb(20, 23, 27); fits$' dom || fail "$name: not narrow or not dark: $(grep -o 'ground rgb.*' dom)"
done
grep -qE '[0-9]+ months ago: the answer may be old' dom || fail "it is not said that the answer is old"
exit 0
