#!/usr/bin/env bash
# More threads than a control group leaves processors are oversubscribed, and a message says so.
# not-under: tsan (qbench itself has one thread; other tests run samples and checks there)

source "$(dirname "$0")/lib.sh"

[[ $(nproc) -ge 2 ]] || exit 77
unshare -m true 2>/dev/null || exit 77

cat >limited.sh <<'S'
mount -t tmpfs none /sys/fs/cgroup && echo "$1 100000" >/sys/fs/cgroup/cpu.max || exit 77
shift
exec "$@"
S
quick=(run -q vyukov --workloads=pairwise --rounds=1 --duration=5 --warm-up=0)
for limit in 50000 100000 150000; do
	status=0
	unshare -m sh limited.sh $limit "$program" "${quick[@]}" --threads=1,2 >out 2>err </dev/null || status=$?
	((status != 77)) || exit 77
	((status == 0)) || fail "status $status"
	case $limit in
	150000) ! grep -q oversubscribed out || fail "two threads are oversubscribed with the time of 1.5" ;;
	*)
		grep -q '^pairwise: 2 threads (oversubscribed)' out || fail "two threads are not oversubscribed"
		grep -q '^pairwise: 1 thread,' out || fail "one thread is oversubscribed"
		(($(nproc) < 2)) || grep -qE 'control group leaves the time of (0.50|1.00) of' err ||
			fail "the limit is not told"
		;;
	esac
done
