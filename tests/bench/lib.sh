# Shared by the tests of qbench: a temporary folder, and ways to fail.
# shellcheck shell=bash

set -euo pipefail

program=$(realpath -- "${1:?usage: ${0##*/} QBENCH FAKES}")
fakes=$(realpath -- "${2:?usage: ${0##*/} QBENCH FAKES}")
sources=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
# asan, tsan, or empty
sanitizer=$(ldd "$program" | grep -oE 'lib[at]san' | sed 's/lib//' | sort -u || true)
# Milliseconds in which a fake makes several times 100,000 operations
long=300
# Seconds after which a program hangs. A process of a sanitizer takes up to half a second to start
limit=300
if [[ $sanitizer ]]; then
	long=700 limit=900
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

# run ARGUMENT...: runs qbench; standard output and error go to files, the status to $status. Other tests run beside
# this one, so they disturb each sample, and the last try would be no better
run() {
	status=0
	[[ ${1-} != run ]] || set -- run --repeats=0 "${@:2}"
	timeout "$limit" "$program" "$@" >out 2>err </dev/null || status=$?
	((status != 124)) || fail "hangs: qbench $*"
}

# run_long ARGUMENT...: runs qbench with samples of $long; and of ten times that if nothing went wrong, since on
# a busy machine a fake takes that to come to its fault
run_long() {
	run "$@" --duration="$long"
	((status != 0)) || run "$@" --duration=$((10 * long))
}

# expect STATUS PATTERN ARGUMENT...: fails unless a run has that status, and PATTERN in standard error
expect() {
	local wanted=$1 pattern=$2
	shift 2
	run "$@"
	((status == wanted)) || fail "status $status instead of $wanted: qbench $*"
	grep -qE -- "$pattern" err || fail "standard error does not say '$pattern': qbench $*"
}

# verify_patiently FILTER ARGUMENT...: verifies in some seconds, and again in ten times as many and in a hundred times:
# a busy machine leaves a check no turn in its time. True as soon as FILTER holds of findings.json
verify_patiently() {
	local filter=$1 seconds
	shift
	for seconds in 2 20 200; do
		rm -f findings.json
		run verify "$@" --time="${seconds}s" -o findings.json
		! jq -e "$filter" findings.json >/dev/null || return 0
	done
	return 1
}

# await_sample NAME [PROCESS]: waits for a sample with NAME on its command line, in another process than the one that is
# named; its process goes to $sample. With a second sample, a run without repeats has kept the first
await_sample() {
	local look
	for ((look = 0; look < 50 * limit; ++look)); do
		for sample in $(pgrep -f "qbench sample .*$1"); do
			[[ $sample == "${2-}" ]] || return 0
		done
		sleep 0.02
	done
	fail "no sample was begun${2:+ after the first}"
}

# said FAKE WHAT: prints the line WHAT of the fake's head; nothing if there is none
said() {
	sed -n "s|^// $2: *||p" "$sources/tests/fakes/$1.c"
}

# terminal FD COLUMNS COMMAND...: runs a command whose standard output (1) or error (2) is a terminal of that
# width; what it shows there goes to the same output
terminal() {
	timeout 300 /usr/bin/python3 -c '
import fcntl, os, pty, struct, sys, termios
fd, columns, command = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
other = os.dup(3 - fd)
child, shown = pty.fork()
if child == 0:
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    os.dup2(other, 3 - fd)
    os.execvp(command[0], command)
try:
    while part := os.read(shown, 65536):
        os.write(fd, part)
except OSError:
    pass
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))' "$@"
}
