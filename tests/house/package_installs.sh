#!/usr/bin/env bash
# cpack makes a Debian package that lintian finds no error in, and that is installed into a bare root, runs there and is
# removed; and an archive of the sources, which can be configured.
# seconds: 30

set -euo pipefail
source "$(dirname "$0")/lib.sh"

need dpkg-deb dpkg-shlibdeps lintian
build=${2:?}
cd "$scratch"
cpack --config "$build/CPackConfig.cmake" -B package >log 2>&1 || fail "cpack fails"
package=$(ls package/qbench_*.deb)
dpkg-deb --field "$package" Depends | grep -q 'libc6 .*libjansson4' || fail "it does not name the libraries"
lintian --allow-root --fail-on error "$package" >log 2>&1 || fail "lintian finds errors"

# with_libraries PROGRAM...: copies into the bare root the libraries that the programs find here
with_libraries() {
	ldd "$@" | grep -o '/[^ ]*' | grep -v ':$' | sort -u | xargs cp --parents -Lt root
}

# A root with the package, and a shell for its scripts. Without the rights to that it is unpacked
bare=false
((EUID != 0)) || ! chroot / true 2>/dev/null || bare=true
mkdir -p root/var/lib/dpkg/{info,updates} root/{bin,sbin,etc} tree
touch root/var/lib/dpkg/{status,available} tree/one
if $bare; then
	cp /bin/sh root/bin
	cp /sbin/ldconfig root/sbin
	with_libraries /bin/sh
	dpkg --root="$PWD/root" --force-depends --install "$package" >log 2>&1 || fail "it cannot be installed"
else
	dpkg-deb --extract "$package" root
fi
root/usr/bin/dirwalk tree | grep -q '^1 file' || fail "the unpacked dirwalk does not walk"
root/usr/bin/qbench run --queues=scq --workloads=pairwise --threads=1 --rounds=1 --duration=1 --warm-up=0 >log 2>&1 ||
	fail "the unpacked qbench does not measure"

if $bare; then
	with_libraries root/usr/bin/{dirwalk,qbench}
	cp -r tree root
	chroot root /usr/bin/dirwalk /tree | grep -q '^1 file' || fail "dirwalk does not walk in the bare root"
	chroot root /usr/bin/qbench list >log 2>&1 || fail "qbench does not run in the bare root"
	dpkg --root="$PWD/root" --remove qbench >log 2>&1 || fail "it cannot be removed"
	left=$(find root ! -path '*/dpkg/*' \( -name '*qbench*' -o -name '*dirwalk*' \))
	[[ ! $left ]] || fail "removing it leaves $left"
else
	echo "skipped, because only root may: into a bare root, and out of it"
fi

cpack --config "$build/CPackSourceConfig.cmake" -B archive >log 2>&1 || fail "cpack makes no archive"
tar -xf archive/qbench-*.tar.gz
[[ -f $(echo qbench-*/queues/vyukov.c) && ! -e $(echo qbench-*/build) && ! -e $(echo qbench-*/.git) ]] ||
	fail "the archive does not have the sources alone: $(ls -A qbench-*)"
cmake -S qbench-* -B again -DBUILD_TESTING=OFF >log 2>&1 || fail "the archive cannot be configured"
