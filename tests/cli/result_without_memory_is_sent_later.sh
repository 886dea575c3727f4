#!/usr/bin/env bash
# A result that found no memory is sent again before its worker sleeps: main may wait for it, to offer
# the DIRs that did not fit.

source "$(dirname "$0")/lib.sh"

module=$(dirname "$program")/fakes/short_of_memory.so
[[ -f $module ]] || {
	echo "the fakes are not built"
	exit 77
}
make_tree tree
dirs=(tree/wide tree tree/wide)
wanted="$(count_files "${dirs[@]}") $(count_directories "${dirs[@]}") 0"
for wait in spin yield park native; do
	for workers in 1 2; do
		expect_status 0 "$program" --json -q mutex_ring --result-queue="$module" -w "$wait" \
			-j"$workers" -c1 "${dirs[@]}"
		expect_equal "totals of $workers workers, wait $wait" "$(totals "$out")" "$wanted"
	done
done
