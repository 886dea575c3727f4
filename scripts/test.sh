#!/usr/bin/env bash
# Builds everything and runs all tests, under every preset that must be clean. If a preset fails, the
# next ones still run, so that one run shows all failures.

set -euo pipefail
exec </dev/null # no command may ask, even on a terminal
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/steps.sh"

usage() {
	cat <<-END
		Usage: scripts/test.sh [PRESET]...

		Installs what is missing, then configures, builds and tests each PRESET of
		CMakePresets.json (default: release asan tsan clang). clang is built only: it is there
		for its warnings, which fail every build here. aarch64 and aarch64-lse are built for
		64-bit Arm and run under QEMU. Status 1 when anything failed.
	END
}

presets=()
for argument; do
	case $argument in
	-h | --help) show_usage ;;
	-*) wrong_usage "unknown option: $argument" ;;
	*) presets+=("$argument") ;;
	esac
done
if ((${#presets[@]} == 0)); then
	presets=(release asan tsan clang)
fi

cd "$root"

groups=(build)
if [[ ${presets[*]} == *aarch64* ]]; then
	groups+=(aarch64)
fi
if [[ ${presets[*]/aarch64*/} == *[a-z]* ]]; then
	groups+=(libraries measure test)
fi
if ! scripts/setup.sh "${groups[@]}"; then
	if ! command -v cmake >/dev/null || ! command -v ninja >/dev/null; then
		exit 1
	fi
	say "test.sh: something is missing (above); going on with what there is"
fi

# gcc 12's thread sanitizer ends with "unexpected memory mapping" where the kernel randomises more
# than 28 bits of an address. Then its tests run without randomisation, if that is allowed.
tsan_prefix=()
randomised=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0)
if ((randomised > 28)) && setarch -R true 2>/dev/null; then
	tsan_prefix=(setarch -R)
fi

# Configures, builds and tests one preset; names each step, and stops at the first that fails. It is
# called as a condition, where set -e has no effect, so each step ends in `|| return`.
check() {
	local preset=$1 prefix=()
	printf '\n== %s: configuring\n' "$preset"
	cmake --preset "$preset" -DCMAKE_COMPILE_WARNING_AS_ERROR=ON || return
	printf '== %s: building\n' "$preset"
	cmake --build --preset "$preset" || return
	if [[ $preset == clang ]]; then
		return
	fi
	if [[ $preset == tsan ]]; then
		prefix=("${tsan_prefix[@]}")
	fi
	printf '== %s: testing\n' "$preset"
	# A test takes two places, or one if it mostly waits (tests/CMakeLists.txt): few keep a processor busy all the time.
	# A tree that lost its tests must not pass
	"${prefix[@]}" ctest --preset "$preset" --no-tests=error -j7 || return
}

summary=()
failures=0
for preset in "${presets[@]}"; do
	start=$SECONDS
	if check "$preset"; then
		outcome=passed
	else
		outcome=FAILED
		failures=$((failures + 1))
	fi
	summary+=("$(printf '%-11s %s  %4d s' "$preset" "$outcome" $((SECONDS - start)))")
done

printf '\n'
printf '%s\n' "${summary[@]}"
exit $((failures > 0))
