#!/usr/bin/env bash
# If workers cannot have a table of descriptors each, as in many containers, they share one. Many workers
# still walk everything with few descriptors.
# not-under: asan tsan (its runtime must be the first library that is loaded)

source "$(dirname "$0")/lib.sh"

command -v cc >/dev/null || exit 77

cc -shared -fPIC -o "$scratch/deny.so" -x c - <<-'END'
	#include <errno.h>
	int unshare(int flags);
	int unshare(int flags)
	{
		(void)flags;
		errno = EPERM;
		return -1;
	}
END

make_tree tree
dirs=(tree tree/wide tree)
wanted="$(count_files "${dirs[@]}") $(count_directories "${dirs[@]}") 0"
few='ulimit -n "$1"; LD_PRELOAD=$2; export LD_PRELOAD; shift 2; exec "$@" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-'
for descriptors in 8 16 64; do
	for workers in 1 12 16 64 300; do
		expect_status 0 bash -c "$few" bash "$descriptors" "$scratch/deny.so" "$program" --json \
			-j"$workers" "${dirs[@]}"
		expect_equal "totals of $workers workers with $descriptors descriptors" \
			"$(totals "$out")" "$wanted"
		expect_empty "$err"
	done
done
