#!/usr/bin/env bash
# With 8 or 16 descriptors for the whole process, 64 workers walk everything, including several DIRs and
# paths beyond PATH_MAX.

source "$(dirname "$0")/lib.sh"

make_tree tree
make_deep deep 40 200
dirs=(tree deep tree/wide tree deep)
wanted="$(count_files "${dirs[@]}") $(count_directories "${dirs[@]}") 0"
find -H "${dirs[@]}" ! -type d -print0 | sort -z >wanted

# Closes the descriptors that this test inherited
few='ulimit -n "$1"; shift; exec "$@" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-'
for descriptors in 16 8; do
	for options in -j1 -j64 "-j64 -c1" "-j64 --items=root"; do
		read -ra options <<<"$options"
		expect_status 0 bash -c "$few" bash "$descriptors" "$program" --json "${options[@]}" \
			"${dirs[@]}"
		expect_equal "totals of ${options[*]} with $descriptors descriptors" "$(totals "$out")" \
			"$wanted"
		expect_empty "$err"
	done
	expect_status 0 bash -c "$few" bash "$descriptors" "$program" -0 -j64 "${dirs[@]}"
	sort -z "$out" >found
	expect_same_file "listing with $descriptors descriptors" found wanted
done

# 40 of 64 descriptors are inherited, in a table that all workers may share
need_shim
mkdir many
for i in {1..60}; do
	mkdir -p "many/$i/a/b"
	: >"many/$i/a/b/file"
done
inherit='for ((fd = 10; fd < 50; ++fd)); do eval "exec $fd</dev/null"; done; ulimit -n 64; exec "$@"'
for how in NO_TABLES=1 NO_PROC=1 A=; do
	for options in -j1 -j8 -j64 "-j64 -q mutex_ring" "-j64 --items=root"; do
		read -ra options <<<"$options"
		expect_status 0 bash -c "$inherit" bash env "$shim" "$how" "$program" --json "${options[@]}" \
			"${dirs[@]}"
		expect_equal "totals of ${options[*]} with 40 inherited, $how" "$(totals "$out")" "$wanted"
		expect_status 0 bash -c "$inherit" bash env "$shim" "$how" "$program" --json "${options[@]}" \
			many/*
		expect_equal "totals of many DIRs, ${options[*]}, $how" "$(totals "$out")" "60 180 0"
	done
done
