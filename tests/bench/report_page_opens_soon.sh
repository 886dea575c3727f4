#!/usr/bin/env bash
# A browser opens the page of a whole collection, draws each of its plots and has nothing to complain of.
# It takes less than a second on a quiet machine; the limit here is one that a busy machine keeps. What makes it
# fast is counted: the page begins with few elements.
# not-under: asan tsan (the page is the same as that of the release)

source "$(dirname "$0")/lib.sh"

browser=$(command -v chromium || command -v chromium-browser || true)
if [[ -z $browser ]]; then
	echo "skipped: chromium is missing (scripts/setup.sh installs it)"
	exit 77
fi
run report -o . "$sources"/results/epyc-kvm-2/*.json
((status == 0)) || fail "status $status"
if grep -q 'node-d3' err; then
	echo "skipped: node-d3 is missing (scripts/setup.sh installs it)"
	exit 77
fi

sed 's|</body>||; s|</html>||' report.html >timed.html
cat >>timed.html <<'END'
<script>
const opened = performance.now();
const elements = document.querySelectorAll("*").length;
dispatchEvent(new Event("beforeprint"));
const drawn = performance.now();
const plots = [...document.querySelectorAll("figure")];
const bad = plots.filter(plot => !plot.querySelector(".panels path") || /NaN/.test(plot.innerHTML));
document.body.append(`${plots.length} plots, ${bad.length} bad; ${elements} elements at first; opened in ` +
	`${Math.round(opened)} ms, drawn in ${Math.round(drawn - opened)} ms;`);
</script>
END
timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
	--user-data-dir="$work/profile" --enable-logging=stderr --dump-dom "file://$work/timed.html" >dom 2>err ||
	fail "$browser cannot load the page"
grep -F CONSOLE err && fail "the console has a message"
said=$(grep -oE '[0-9]+ plots, [0-9]+ bad; [0-9]+ elements .* drawn in [0-9]+ ms;' dom) || fail "the page did not open"
echo "$said"
[[ $said =~ ^([0-9]+)\ plots,\ 0\ bad\;\ ([0-9]+).*opened\ in\ ([0-9]+) ]] || fail "a plot is not drawn: $said"
((BASH_REMATCH[1] >= 10 && BASH_REMATCH[3] < 15000)) || fail "$said"
# A row of samples for each of some thousand cells would make ten times as many
((BASH_REMATCH[2] < 15000)) || fail "the page begins with too much: $said"

# Where the page is narrow, the answer is cards, of which long cells show two lines, and all on a click
sed 's|</body>||; s|</html>||' report.html >narrow.html
cat >>narrow.html <<'END'
<script>
const table = document.querySelector(".cards");
const buttons = [...table.querySelectorAll(".more")];
const folded = table.offsetHeight;
const heights = buttons.map(button => button.previousElementSibling.clientHeight);
buttons.forEach(button => button.click());
document.body.append(`${table.tBodies[0].rows.length} cards in ${folded} pixels, ${buttons.length} folds of ` +
	`${Math.max(...heights)}, ${buttons.filter(button => button.getAttribute("aria-expanded") === "true").length} open in ` +
	`${table.offsetHeight};`);
</script>
END
timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run --window-size=500,900 \
	--user-data-dir="$work/profile" --dump-dom "file://$work/narrow.html" >dom 2>err || fail "$browser cannot load the page"
said=$(grep -oE '[0-9]+ cards in .* open in [0-9]+;' dom) || fail "there are no cards"
echo "$said"
[[ $said =~ ^([0-9]+)\ cards\ in\ ([0-9]+)\ pixels,\ ([0-9]+)\ folds\ of\ ([0-9]+),\ ([0-9]+)\ open\ in\ ([0-9]+) ]] ||
	fail "cells do not fold: $said"
((BASH_REMATCH[3] >= 10 && BASH_REMATCH[4] < 60 && BASH_REMATCH[5] == BASH_REMATCH[3])) || fail "cells do not fold: $said"
((BASH_REMATCH[2] < 450 * BASH_REMATCH[1] && BASH_REMATCH[6] > BASH_REMATCH[2])) || fail "the cards are tall: $said"
