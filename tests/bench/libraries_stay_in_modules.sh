#!/usr/bin/env bash
# A module exports one symbol, whatever its library has. No program needs the module's libraries. A queue
# in C++, whose operations are called, is marked in the list and in results.
# not-under: asan tsan (a sanitizer shows symbols of its own)

source "$(dirname "$0")/lib.sh"

for tool in jq nm readelf; do
	command -v "$tool" >/dev/null || exit 77
done
folder=$(dirname "$program")
"$program" list --json >contracts
called=()
modules=0
for module in "$folder"/queues/*.so; do
	[[ -e $module ]] || continue
	modules=$((modules + 1))
	name=$(basename "$module" .so)
	shown=$(nm -D --defined-only "$module" | awk '{ print $3 }')
	[[ $shown == registry_module ]] || fail "$name shows ${shown//$'\n'/, }"
	calls=$(jq -r --arg name "$name" '.[] | select(.name == $name) | .calls' contracts)
	expected=inlined
	if [[ -e $sources/queues/$name.cpp ]]; then
		expected="through a pointer"
		called+=("$name")
	fi
	[[ $calls == "$expected" ]] || fail "$name is listed as '$calls', and is $expected"
done
for built in "$folder/dirwalk" "$program"; do
	for library in stdc++ tbb urcu; do
		if readelf -d "$built" | grep -q "NEEDED.*lib$library"; then
			fail "$(basename "$built") needs lib$library"
		fi
	done
done
if ((${#called[@]} > 0)); then
	"$program" run --queues="vyukov,${called[0]}" --workloads=pairwise -j1 --rounds=1 \
		--duration=5 >table || fail "run ends with status $?"
	grep -q " ${called[0]}\* " table || fail "${called[0]} is measured without its mark"
	grep -q " vyukov " table || fail "vyukov has a mark, or is not measured"
fi
echo "$modules modules, ${#called[@]} of them called"
