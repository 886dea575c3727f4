#!/usr/bin/env bash
# Exploring finds each memory order of vyukov and scq that is weakened, except those that do no harm by
# doc/mutants.md. PARTS names others.
# not-under: asan tsan (there are no exploring modules)

source "$(dirname "$0")/lib.sh"

read -ra parts <<<"${PARTS:-vyukov scq}"
/usr/bin/python3 "$sources/tests/explore/weaken.py" run --build="${program%/*}" --kept=results.jsonl --unexplained \
	"${parts[@]}" >out 2>err || fail "$(<out)"
cat out
grep -q 'killed: ' out || fail "nothing was tried"
