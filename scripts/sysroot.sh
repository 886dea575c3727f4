#!/usr/bin/env bash
# Unpacks Debian's arm64 libraries into build/sysroot-aarch64, where the presets aarch64* find them. Needs no root,
# and does not change what this machine has: apt works on a state of its own, as on an arm64 machine with
# nothing installed, so that it brings all that the libraries depend on.

set -euo pipefail
export LC_ALL=C.UTF-8
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/steps.sh"

# What the programs, their tests, and the queues that are made of libraries need. Without DPDK and GLib, which
# bring 250 packages, and Boost, which is 150 MB of headers: their queues are left out
packages=(libc6-dev libck-dev libcmocka-dev libconcurrentqueue-dev libhwloc-dev libjansson-dev libstdc++6 libtbb-dev
	liburcu-dev)
sysroot=$root/build/sysroot-aarch64

if [[ -f $sysroot/complete && $(<"$sysroot/complete") == "${packages[*]}" ]]; then
	say "sysroot: $sysroot is complete"
	exit 0
fi
mkdir -p "$root/build"
scratch=$(mktemp -d "$root/build/.sysroot-XXXXXX") # on the file system of the result, which appears whole or not
state=$scratch/apt
mkdir -p "$state"/{lists,archives}/partial
: >"$state/status"

# The machine's own source of Debian's packages: others need not have this architecture
mapfile -t origins < <(apt-get indextargets --format "\$(REPO_URI) \$(RELEASE) main" 'Origin: Debian' \
	'Created-By: Packages' 'Component: main')
printf 'deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] %s\n' \
	"${origins[@]:-http://deb.debian.org/debian bookworm main}" >"$state/sources.list"

apt=(apt-get -q -y -o APT::Architecture=arm64 -o APT::Architectures=arm64 -o APT::Sandbox::User="$(id -un)"
	-o Dir::State="$state" -o Dir::State::status="$state/status" -o Dir::Cache="$state"
	-o Dir::Etc::sourcelist="$state/sources.list" -o Dir::Etc::sourceparts=/dev/null)
step "sysroot: reading the lists of arm64" "$scratch/log" "${apt[@]}" update
step "sysroot: loading the libraries" "$scratch/log" "${apt[@]}" install --no-install-recommends --download-only \
	"${packages[@]}"

unpack() {
	local package link
	for package in "$state"/archives/*.deb; do
		dpkg-deb --extract "$package" "$scratch/sysroot" || return
	done
	# Some links lead from the root of the file system: the linker would follow them out of this folder
	find "$scratch/sysroot" -type l -lname '/*' | while IFS= read -r link; do
		ln -srfn "$scratch/sysroot$(readlink "$link")" "$link"
	done
}
step "sysroot: unpacking $(find "$state/archives" -name '*.deb' | wc -l) packages" "$scratch/log" unpack
echo "${packages[*]}" >"$scratch/sysroot/complete"
rm -rf -- "$sysroot"
mv -- "$scratch/sysroot" "$sysroot"
say "sysroot: $sysroot is complete"
