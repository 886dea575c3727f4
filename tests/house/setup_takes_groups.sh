#!/usr/bin/env bash
# scripts/setup.sh installs the missing packages of its groups, says how much that is, and asks on a terminal. If
# nothing is missing it does nothing. The test replaces apt-get, dpkg-query and sudo.

set -euo pipefail
export LC_ALL=C.UTF-8
setup=$(realpath -- "${1:?usage: ${0##*/} SOURCE_DIR}")/scripts/setup.sh
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
cd "$scratch"
fail() {
	printf 'FAILED: %s\n' "$*" >&2
	cat said >&2
	exit 1
}

mkdir bin
cat >bin/dpkg-query <<-'END'
	#!/bin/bash
	grep -qx "${!#}" installed && echo -n installed
END
cat >bin/apt-get <<-'END'
	#!/bin/bash
	case " $* " in
	*' --assume-no '*)
		echo '0 upgraded, 7 newly installed, 0 to remove and 0 not upgraded.'
		echo 'Need to get 3210 kB/5 MB of archives.'
		echo 'After this operation, 12.3 MB of additional disk space will be used.'
		exit 1
		;;
	*' update '*) echo update >>done ;;
	*' install '*)
		printf '%s\n' "$@" | grep -vx -e '-.*' -e install -e 'DPkg.*' >asked
		echo install >>done
		exit "$(cat broken)"
		;;
	esac
END
printf '#!/bin/bash\n[[ $1 != -n ]] || shift\n[[ $1 == -v ]] || exec "$@"\n' >bin/sudo
chmod +x bin/*
export PATH=$scratch/bin:$PATH
echo 0 >broken

# run STATUS ARGUMENT...: fails unless setup.sh ends with STATUS
run() {
	local status=0
	rm -f done asked
	touch done asked
	"$setup" "${@:2}" >said 2>&1 </dev/null || status=$?
	((status == $1)) || fail "status $status instead of $1: setup.sh ${*:2}"
}
asks_for() {
	grep -qx -- "$1" asked
}
says() {
	grep -qE -- "$1" said || fail "it does not say '$1'"
}

: >installed
run 0 build libraries measure
for package in build-essential cmake ninja-build libjansson-dev liburcu-dev libdpdk-dev hyperfine python3; do
	asks_for "$package" || fail "$package is not installed"
done
for package in chromium clang libcmocka-dev; do
	! asks_for "$package" || fail "$package is installed, which only tests need"
done
says '7 packages in all: 3210 kB to load, 12.3 MB on the disk'
[[ $(paste -sd ' ' done) == 'update install' ]] || fail "it has done: $(cat done)"
run 0
for package in chromium libcmocka-dev cmake; do
	asks_for "$package" || fail "without a group, $package is not installed"
done
for package in qemu-user-static gcc-11; do
	! asks_for "$package" || fail "without a group, $package is installed"
done
run 0 libraries --without=libdpdk-dev
asks_for libck-dev || fail "libck-dev is not installed"
! asks_for libdpdk-dev || fail "--without=libdpdk-dev is installed"
[[ $(wc -l <asked) == 7 ]] || fail "not 7 packages are installed"

# Only missing packages, and nothing if none is missing
sort asked | sed 1d >installed
run 0 libraries --without=libdpdk-dev
[[ $(wc -l <asked) == 1 ]] || fail "not only the missing one is installed: $(cat asked)"
sort -u asked installed >all && mv all installed
run 0 libraries --without=libdpdk-dev
[[ ! -s done ]] || fail "nothing was missing, and it has done: $(cat done)"

# The answer no installs nothing
answer() { # ANSWER: runs setup.sh on a terminal, and answers
	local status=0
	rm -f done
	touch done
	printf '%s\n' "$1" | script -qec "$setup build" said >/dev/null 2>&1 || status=$?
	says 'Install them\? \[Y/n\]'
	return "$status"
}
if command -v script >/dev/null; then
	! answer n || fail "a no ends with status 0"
	! grep -q install done || fail "it installs after a no"
	answer y || fail "a yes ends with a failure"
	grep -q install done || fail "it does not install after a yes"
fi

# Failures
echo 100 >broken
run 1 build
says 'failed; as root, run: apt-get update'
run 2 --without=nothing
says 'no such package'
run 2 browser
says 'neither an option nor a group: browser'
[[ ! -s done ]] || fail "wrong usage, and it has done: $(cat done)"
