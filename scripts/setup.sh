#!/usr/bin/env bash
# Installs what qbench needs to be built, tested and measured, on a Debian 12 machine that has
# nothing but git and apt. Does nothing, and needs no rights, when nothing is missing.

set -euo pipefail

packages=(
	# building
	build-essential clang cmake git ninja-build pkg-config
	# libraries: JSON for the results, the topology, and those that queues are made of
	libatomic-queue-dev libboost-dev libck-dev libconcurrentqueue-dev libdpdk-dev libglib2.0-dev
	libhwloc-dev libjansson-dev libtbb-dev liburcu-dev
	# testing: unit tests, the format of the tree, sanitizers for clang, an unprivileged user, a browser
	# for the report
	chromium clang-format libclang-rt-dev libcmocka-dev procps python3-jsonschema util-linux
	# measuring: the clock, the table, the plots, and the programs to compare with
	bfs fd-find findutils gnuplot-nox hyperfine jq python3
)

usage() {
	cat <<-END
		Usage: scripts/setup.sh [--help]

		Installs the Debian packages that qbench needs and that are missing here, with apt-get:

		$(printf '%s\n' "${packages[*]}" | fold -s -w 90 | sed 's/^/  /; s/ *$//')

		Asks for root, through sudo, only when something is missing.
	END
}

case $#:${1-} in
0:) ;;
1:-h | 1:--help)
	usage
	exit 0
	;;
*)
	printf 'setup.sh: unknown argument: %s\n\n' "$1" >&2
	usage >&2
	exit 2
	;;
esac

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	{
		echo "setup.sh: no dpkg and apt-get here: this installs Debian packages and nothing else."
		echo "Install what corresponds to these by hand: ${packages[*]}"
	} >&2
	exit 1
fi

missing=()
for package in "${packages[@]}"; do
	# a package that was removed, but whose configuration stayed, is known and not installed
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
	if [[ $status != installed ]]; then
		missing+=("$package")
	fi
done

if ((${#missing[@]} == 0)); then
	echo "setup: all ${#packages[@]} packages are installed"
	exit 0
fi

# a lock held by another apt is waited for, not failed on
apt_get=(env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120)
install=("${apt_get[@]}" install --no-install-recommends -y "${missing[@]}")

echo "setup: installing ${#missing[@]} missing packages: ${missing[*]}"

as_root=()
if ((EUID != 0)); then
	if ! command -v sudo >/dev/null; then
		{
			echo "setup.sh: this needs root, and there is no sudo. As root, run:"
			echo "  apt-get update && apt-get install --no-install-recommends -y ${missing[*]}"
		} >&2
		exit 1
	fi
	as_root=(sudo)
	# without a terminal nobody can type a password: fail at once, not after a prompt
	if ! (: </dev/tty) 2>/dev/null; then
		as_root=(sudo -n)
	fi
	echo "setup: using sudo for apt-get"
fi

run_as_root() {
	if ! "${as_root[@]}" "$@"; then
		{
			echo "setup.sh: this failed: $*"
			echo "As root, run:"
			echo "  apt-get update && apt-get install --no-install-recommends -y ${missing[*]}"
		} >&2
		exit 1
	fi
}

run_as_root "${apt_get[@]}" update -q
run_as_root "${install[@]}" -q </dev/null
echo "setup: installed ${missing[*]}"
