# What the tests of qbench share: a folder that goes away, and ways to fail.
# shellcheck shell=bash

set -euo pipefail

program=$(realpath -- "${1:?usage: ${0##*/} QBENCH FAKES}")
fakes=$(realpath -- "${2:?usage: ${0##*/} QBENCH FAKES}")
sources=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# asan or tsan, or nothing
sanitizer=$(ldd "$program" | grep -oE 'lib[at]san' | sed 's/lib//' | sort -u || true)
# Milliseconds in which a fake has its hundred thousand operations several times over
long=300
if [[ $sanitizer ]]; then
	long=700
fi
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

fail() {
	printf 'FAILED: %s\n' "$*" >&2
	if [[ -s err ]]; then
		printf 'standard error began with:\n' >&2
		head -n 5 err >&2
	fi
	exit 1
}

# run ARGUMENT...: runs qbench, standard output and error in files, the status in $status
run() {
	status=0
	timeout 300 "$program" "$@" >out 2>err </dev/null || status=$?
	((status != 124)) || fail "hangs: qbench $*"
}

# expect STATUS PATTERN ARGUMENT...: a run with that status, whose standard error says that
expect() {
	local wanted=$1 pattern=$2
	shift 2
	run "$@"
	((status == wanted)) || fail "status $status instead of $wanted: qbench $*"
	grep -qE -- "$pattern" err || fail "standard error does not say '$pattern': qbench $*"
}

# said FAKE WHAT: what the fake's file says of itself in that line; nothing if it has none
said() {
	sed -n "s|^// $2: *||p" "$sources/tests/fakes/$1.c"
}
