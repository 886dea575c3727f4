#!/usr/bin/env bash
# cpack makes a Debian package that lintian finds no error in, and that runs where it is unpacked; and an archive of
# the sources, which can be configured.
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
dpkg-deb --extract "$package" root
mkdir tree && touch tree/one
root/usr/bin/dirwalk tree | grep -q '^1 file' || fail "the unpacked dirwalk does not walk"
root/usr/bin/qbench run --queues=scq --workloads=pairwise --threads=1 --rounds=1 --duration=1 --warm-up=0 >log 2>&1 ||
	fail "the unpacked qbench does not measure"

cpack --config "$build/CPackSourceConfig.cmake" -B archive >log 2>&1 || fail "cpack makes no archive"
tar -xf archive/qbench-*.tar.gz
[[ -f $(echo qbench-*/queues/vyukov.c) && ! -e $(echo qbench-*/build) && ! -e $(echo qbench-*/.git) ]] ||
	fail "the archive does not have the sources alone: $(ls -A qbench-*)"
cmake -S qbench-* -B again -DBUILD_TESTING=OFF >log 2>&1 || fail "the archive cannot be configured"
