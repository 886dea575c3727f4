#!/usr/bin/env bash
# On the figures that its parameters were fitted to, and on those that they were not, simulate is not worse than the
# prototype was: x 1.43, 138 of 155 within x 2, order right in 236 of 263 pairs; and x 1.79, 17 of 25, 22 of 31.
# not-under: asan tsan (there are no simulating modules)

source "$(dirname "$0")/lib.sh"

# bounds ERROR WITHIN OF ORDER PAIRS: reads lines of sums
bounds() {
	awk -v error="$1" -v within="$2" -v of="$3" -v order="$4" -v pairs="$5" '
		{
			match($0, /error x [0-9.]+/); wrong += $4 * log(substr($0, RSTART + 8, RLENGTH - 8))
			match($0, /[0-9]+ within x 2;/); inside += substr($0, RSTART, RLENGTH - 12)
			match($0, /right in [0-9]+ of [0-9]+/); split(substr($0, RSTART + 9, RLENGTH - 9), part, " ")
			right += part[1]; all += part[3]; figures += $4
		}
		END {
			printf "x %.2f, %d of %d within x 2, %d of %d pairs\n", exp(wrong / figures), inside, figures, right, all
			exit !(figures && exp(wrong / figures) <= error && inside / figures >= within / of && right / all >= order / pairs)
		}'
}
# Of those that were fitted, half take long enough
awk -F, '/^[#m]/ || $1 == "zen3-5825u" || $3 % 4 == 0' "$sources/doc/published-throughput.csv" >figures.csv
run simulate --validate=figures.csv --seeds=1
((status == 0)) || fail "status $status"
grep -qE '^all: ([0-9]+) of \1 figures' out || fail 'not all figures are simulated'
grep -E '^(xeon|zen3-5950x|coffee).*: [0-9]+ of' out | bounds 1.43 138 155 236 263 || fail 'worse on what was fitted'
grep -E '^zen3-5825u: [0-9]+ of' out | bounds 1.79 17 25 22 31 || fail 'worse on what was not fitted'
grep -q 'its file says: nothing was fitted to this machine' out || fail 'what was fitted is not told'
