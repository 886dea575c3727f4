#!/usr/bin/env bash
# A worker that is interrupted in the middle of a DIR leaves it open in a table of descriptors that all
# share: another worker may be on its way through it, and its number must not come to mean something
# else.

source "$(dirname "$0")/lib.sh"

need_shim
# One of the two is found early, whatever the order of the file system
mkdir -p tree/watched.first
touch tree/{1..400}
mkdir tree/watched.last
for ((i = 0; i < 3; ++i)); do
	rm -f begun closed
	env --default-signal=INT "$shim" WATCH=1 NO_TABLES=1 PIECES=48 SLOW=5000 "$program" --json -j2 \
		-q mutex_ring tree </dev/null >"$out" 2>"$err" &
	started=($!)
	wait_until "a worker is on its way" test -e begun
	kill -INT "${started[0]}"
	await "${started[0]}"
	expect_equal "status" "$status" 130
	[[ ! -e closed ]] || fail "the DIR was closed under way"
done
