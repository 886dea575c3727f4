#!/usr/bin/env bash
# Installs the Debian packages that qbench needs, on a Debian 12 machine that has nothing but git and
# apt. Does nothing, and needs no rights, when nothing is missing.

set -euo pipefail
export LC_ALL=C.UTF-8
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/steps.sh"

# The groups that are installed unless others are named
groups=(build libraries measure test)
declare -A members=(
	# compilers, the tools that run them, and the libraries of the programs: JSON and the topology
	[build]="build-essential cmake git libhwloc-dev libjansson-dev ninja-build pkg-config"
	# libraries that queues are made of
	[libraries]="libatomic-queue-dev libboost-dev libck-dev libconcurrentqueue-dev libdpdk-dev
		libglib2.0-dev libtbb-dev liburcu-dev"
	# the clock, the plots, on paper and in a browser, and the programs that walks are compared with
	[measure]="bfs fd-find findutils gnuplot-nox hyperfine jq node-d3 python3"
	# unit tests, a second compiler, its sanitizers, the format of the sources, schemas, an
	# unprivileged user, shells that complete, the policy of packages, and a browser for the report
	[test]="chromium clang clang-format fish libclang-rt-dev libcmocka-dev lintian procps
		python3-jsonschema util-linux zsh"
	# a compiler for 64-bit Arm, and what runs its programs. scripts/sysroot.sh brings their libraries
	[aarch64]="g++-aarch64-linux-gnu qemu-user-static"
	# what scripts/matrix.sh builds with, beside the compilers of the other groups, and its unit tests
	[compilers]="clang clang-13 clang-15 clang-16 clang-19 gcc-11 libcmocka-dev musl-tools"
)

list_groups() {
	local group
	for group in "${groups[@]}" aarch64 compilers; do
		printf '%-11s%s\n' "$group" "$(tr -s '[:space:]' ' ' <<<"${members[$group]}")"
	done | fold -s -w 86 | sed 's/ *$//; s/^/  /; /^  \(build\|libraries\|measure\|test\|aarch64\|compilers\) /!s/^/           /'
}

usage() {
	cat <<-END
		Usage: scripts/setup.sh [--yes] [--without=PACKAGE]... [GROUP]...

		Installs the packages of each GROUP (default: the first four) that are missing, with apt-get:

		$(list_groups)

		aarch64 unpacks arm64 libraries into build/sysroot-aarch64 as well: 27 MB to load.

		  --without=PACKAGE  leave this package out. libdpdk-dev, which three queues are made of,
		                     brings 239 others: 32 MB to load, 185 MB on the disk. Queues whose
		                     library is missing are left out of the build, which says so.
		  --yes              do not ask

		On a terminal it says how much will be installed, and asks. It asks for root, through sudo,
		only when something is missing. Status 1: something is missing still. 2: wrong usage.
	END
}

ask=true without=() chosen=()
for argument; do
	case $argument in
	--yes) ask=false ;;
	--without=?*) without+=("${argument#*=}") ;;
	-h | --help) show_usage ;;
	*)
		if [[ $argument == -* || -z ${members[$argument]-} ]]; then
			wrong_usage "neither an option nor a group: $argument"
		fi
		chosen+=("$argument")
		;;
	esac
done
if ((${#chosen[@]} == 0)); then
	chosen=("${groups[@]}")
fi

for package in "${without[@]}"; do
	if [[ " ${members[*]} " != *[[:space:]]"$package"[[:space:]]* ]]; then
		die 2 "--without=$package: no such package is in a group"
	fi
done
packages=()
for group in "${chosen[@]}"; do
	for package in ${members[$group]}; do
		[[ " ${without[*]} " == *" $package "* ]] || packages+=("$package")
	done
done

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
	say "setup.sh: there is no dpkg and no apt-get here, and this installs only Debian packages."
	die 1 "install what corresponds to these by hand: ${packages[*]}"
fi

missing=()
for package in "${packages[@]}"; do
	# a package that was removed, but whose configuration stayed, is known and not installed
	status=$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null || true)
	[[ $status == installed ]] || missing+=("$package")
done
# Brings the libraries of another architecture, if these are asked for
finish() {
	if [[ " ${chosen[*]} " == *" aarch64 "* ]]; then
		"$root/scripts/sysroot.sh"
	fi
}
if ((${#missing[@]} == 0)); then
	say "setup: all ${#packages[@]} packages of ${chosen[*]} are installed"
	finish
	exit
fi
say "setup: ${#missing[@]} of ${#packages[@]} packages are missing: ${missing[*]}"

by_hand="as root, run: apt-get update && apt-get install --no-install-recommends -y ${missing[*]}"
as_root=()
if ((EUID != 0)); then
	if ! command -v sudo >/dev/null; then
		die 1 "this needs root, and there is no sudo; $by_hand"
	fi
	as_root=(sudo)
	# without a terminal nobody can type a password: fail at once, not after a prompt
	if ! (: </dev/tty) 2>/dev/null; then
		as_root=(sudo -n)
	fi
	say "setup: sudo runs apt-get"
	"${as_root[@]}" -v || die 1 "sudo failed; $by_hand"
fi

# a lock held by another apt is waited for, not failed on
apt_get=("${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=120)

# In the foreground, and not attended to: an installation is not to be torn apart by a signal to this
# script. Ctrl-C reaches apt-get itself.
run_apt() { # LABEL ARGUMENT...
	local label=$1 line
	shift
	if ! "${apt_get[@]}" "$@" </dev/null 2>&1 | while IFS= read -r line; do
		show "$label: $line"
		if [[ $line == [EW]:* ]]; then
			shown
			say "$line"
		fi
	done; then
		shown
		die 1 "apt-get $* failed; $by_hand"
	fi
	shown
}

run_apt "setup: reading the lists of packages" update -q
install=(install --no-install-recommends "${missing[@]}")
size=$({ LC_ALL=C apt-get -o Debug::NoLocking=1 --assume-no "${install[@]}" 2>&1 || true; } |
	sed -nE 's/.* ([0-9]+) newly installed.*/\1 packages in all:/p
		s/^Need to get ([^/]*).* of archives\./\1 to load,/p
		s/^After this operation, (.*) of additional disk space will be used\./\1 on the disk/p' | paste -sd ' ')
say "setup: they bring what they need, ${size:-of a size that apt-get does not say}"
if $ask && [[ -t 0 && -t 2 ]]; then
	read -rp "Install them? [Y/n] " answer
	if [[ ${answer:-y} != [Yy]* ]]; then
		die 1 "nothing was installed"
	fi
fi
run_apt "setup: installing" "${install[@]}" -y -q
say "setup: installed ${missing[*]}"
finish
