#!/usr/bin/env bash
# A browser shows the report: every section is there, the console has no message, and the page makes no
# request.
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

# Loads a page, and keeps its document as the browser has it, its console, and its requests
load() {
	timeout 120 "$browser" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
		--user-data-dir="$work/profile" --disable-background-networking --disable-component-update \
		--disable-sync --disable-extensions --disable-default-apps --enable-logging=stderr \
		--log-net-log="$work/net.json" --dump-dom "file://$work/$1" >dom 2>err ||
		fail "$browser cannot load $1"
	grep -F 'CONSOLE' err >console || true
	jq -e '.events | length > 0' net.json >/dev/null || fail "$browser kept no log of requests for $1"
	jq -r '.events[].params? | objects | .url? // empty | strings' net.json | sort -u |
		grep -vE "^(data:|about:|chrome|devtools:|file://$work/$1\$)" >asked || true
}

# The test sees a page that does everything wrong
printf '<!DOCTYPE html><p id="here"><img src="http://localhost:9/i.png"><script>throw 1</script>' >wrong.html
load wrong.html
grep -q 'localhost:9' asked || fail "a request is not seen"
[[ -s console ]] || fail "an error on the console is not seen"

load report/report.html
[[ ! -s console ]] || fail "the console says: $(head -n 3 console)"
if grep -E 'https?://' asked | grep -vE '//([a-z0-9-]+\.)*(google(apis)?|gstatic|gvt1|chromium)\.(com|org)(/|$)'; then
	fail "the page asks for something"
fi
grep -E '^file://' asked && fail "the page asks for a file"
for section in answer throughput latency slept costs crossover queue correlations claims floors states sources; do
	grep -q "id=\"m1-$section\"" dom || fail "the browser has no section $section"
done
if command -v gnuplot >/dev/null; then
	[[ $(grep -o '<svg' dom | wc -l) -ge 5 ]] || fail "the browser has no plots"
	grep -q '<figure id="m1-queue-plot">' dom || fail "the browser does not show what queues did"
	# Each shape that is used is defined, with the same name
	for used in $(grep -oE 'href="#m1[^"]*"' dom | sed 's/href="#//; s/"//' | sort -u); do
		grep -q "id=\"$used\"" dom || fail "nothing is named $used"
	done
fi
