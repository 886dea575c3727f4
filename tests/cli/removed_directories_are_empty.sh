#!/usr/bin/env bash
# A directory that is removed while a process is in it is empty, and no error.

source "$(dirname "$0")/lib.sh"

mkdir gone
cd gone
rmdir ../gone
for options in -j1 -j2 --items=root; do
	expect_totals 0 "0 1 0" "$options" .
	expect_empty "$err"
done
cd ..
