#!/usr/bin/env bash
# By default there are as many workers as the affinity and the limit of the control groups allow, rounded
# up. --json and --stats print both.

source "$(dirname "$0")/lib.sh"

need_shim
make_tree tree
mkdir -p root/proc/self root/sys/fs/cgroup/a/b
processors=$(nproc)

# limited_to QUOTA PERIOD: sets the limit of the group around the process's own
limited_to() {
	printf '0::/a/b\n' >root/proc/self/cgroup
	echo max 100000 >root/sys/fs/cgroup/a/b/cpu.max
	echo "$1 $2" >root/sys/fs/cgroup/a/cpu.max
}

check() {
	expect_status 0 env "$shim" ROOT="$PWD/root" "$program" --json "${@:3}" tree
	expect_equal "workers and limit" "$(jq -c '[.threads, .processors.limit]' "$out")" "[$1,$2]"
	expect_equal "affinity" "$(jq .processors.affinity "$out")" "$processors"
}
limited_to 50000 100000
check 1 0.5
check 3 0.5 -j3
limited_to $((processors * 100000 - 1000)) 100000
check "$processors" "$(jq -n "$processors - 0.01")"
limited_to 100000000 100000
check "$processors" 1000
limited_to max 100000
check "$processors" null
limited_to 50000 100000
expect_status 0 env "$shim" ROOT="$PWD/root" "$program" --stats tree
expect_says "$err" "processors: $processors in the affinity mask, and a limit of 0.50 by control groups; 1 worker by default"
