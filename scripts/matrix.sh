#!/usr/bin/env bash
# Builds with other compilers, standards and C libraries than the presets do, and runs tests. A line for each.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/steps.sh"

rows=(gcc-{11..14} clang-{13..19} c23-gcc c23-clang lto musl)

usage() {
	cat <<-END
		Usage: scripts/matrix.sh [--units] [ROW]...

		Installs what is missing, then configures, builds and tests each ROW without the queues that are
		made of libraries. Default: all of

		$(fold -s -w 90 <<<"${rows[*]}" | sed 's/ *$//; s/^/  /')

		A row is a compiler, or: -std=gnu23 (c23-*), -O3 -flto (lto), musl-gcc (musl). Each row builds
		dirwalk and the tests of the contract, with warnings as errors, and runs these tests.
		scripts/test.sh clang builds the whole tree as c23-clang does.

		  --units  builds and runs the unit tests too; links with lto take long then

		Prints the outcome of each row: passed; refused when configured, as musl must be; FAILED; or
		skipped, because its compiler is not installed. Status 1 if a row FAILED, or if all were skipped;
		with the variable CI set, if any was skipped.
	END
}

targets=(dirwalk each_queue)
chosen=()
for argument; do
	case $argument in
	-h | --help) show_usage ;;
	--units)
		# Without the two whose modules have hooks
		for file in "$root"/tests/test_*.c; do
			[[ $file == */test_@(explore|simulate).c ]] || targets+=("$(basename "$file" .c)")
		done
		;;
	*)
		[[ " ${rows[*]} " == *" $argument "* ]] || wrong_usage "neither an option nor a row: $argument"
		chosen+=("$argument")
		;;
	esac
done
((${#chosen[@]} == 0)) || rows=("${chosen[@]}")

"$root/scripts/setup.sh" build compilers || say "matrix.sh: going on with the compilers that are here"
scratch=$(mktemp -d)

# try ROW COMPILER CMAKE-ARGUMENT...: sets `outcome` to what came of it
try() {
	local row=$1 compiler=$2 build=$scratch/build log=$scratch/log configure
	shift 2
	if ! command -v "$compiler" >/dev/null; then
		outcome="skipped: no $compiler here"
		return
	fi
	rm -rf -- "$build"
	configure=(cmake -S "$root" -B "$build" -G Ninja -DCMAKE_C_COMPILER="$compiler"
		-DCMAKE_COMPILE_WARNING_AS_ERROR=ON -DQBENCH_LIBRARIES=OFF "$@")
	# A refusal that is expected is no failing step
	if [[ $row == musl ]] && ! attend "${configure[@]}" >"$log" 2>&1 && grep -q 'argp_parse() cannot' "$log"; then
		outcome="refused when configured: this C library has no argp"
		return
	fi
	outcome=FAILED
	if step "$row: configuring" "$log" "${configure[@]}" &&
		step "$row: building" "$log" cmake --build "$build" --target "${targets[@]}" &&
		step "$row: testing" "$log" ctest --test-dir "$build" --no-tests=error -j7 --output-on-failure \
			-R "^($(IFS='|' && echo "${targets[*]:1}"))(\$|\.)"; then
		outcome="passed: $(grep -oE '[0-9]+$' <(grep -oE 'out of [0-9]+' "$log")) tests, $("$compiler" --version | sed q)"
	fi
}

failures=0
skipped=()
for row in "${rows[@]}"; do
	case $row in
	c23-*) try "$row" "${row#c23-}" -DCMAKE_C_STANDARD=23 ;;
	lto) try lto gcc -DCMAKE_BUILD_TYPE=Lto -DCMAKE_C_FLAGS_LTO="-O3 -g1" -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON ;;
	musl) try musl musl-gcc ;;
	*) try "$row" "$row" ;;
	esac
	printf '%-10s %s\n' "$row" "$outcome"
	[[ $outcome != FAILED ]] || failures=$((failures + 1))
	[[ $outcome != skipped:* ]] || skipped+=("$row")
done
((${#skipped[@]} < ${#rows[@]})) || die 1 "nothing was built: the compiler of each row is missing"
if [[ ${CI-} ]] && ((${#skipped[@]} > 0)); then
	die 1 "CI is set, so no row may be skipped: ${skipped[*]}"
fi
exit $((failures > 0))
