#!/usr/bin/env bash
# --one-file-system counts and lists what find -xdev does: a mount point is counted, its entries are not.
# Each DIR may be on another file system.

source "$(dirname "$0")/lib.sh"

if ! unshare -m bash -c 'mkdir probe && mount -t tmpfs none probe' 2>/dev/null; then
	skip "no way to mount a file system"
fi

make_tree tree
mkdir tree/wide/7/mount
# In a mount name space of its own, so that no mount is left
export -f $(compgen -A function)
export program out err limit scratch LC_ALL
unshare -m bash -c '
	set -euo pipefail
	started=() status=0
	mount -t tmpfs none tree/empty
	mount -t tmpfs none tree/wide/7/mount
	make_tree tree/empty/inside
	touch tree/wide/7/mount/{1..10}
	mkdir tree/empty/inside/back
	mount --bind tree/wide tree/empty/inside/back

	for dirs in tree tree/empty tree/empty/inside "tree tree/empty tree/wide/7/mount" tree/wide/7; do
		read -ra dirs <<<"$dirs"
		find -H "${dirs[@]}" -xdev ! -type d -print0 | sort -z >"$scratch/wanted"
		files=$(tr -cd "\0" <"$scratch/wanted" | wc -c)
		directories=$(find -H "${dirs[@]}" -xdev -type d -printf x | wc -c)
		for options in -j1 "-j8 -c1" --items=root; do
			read -ra options <<<"$options"
			expect_totals 0 "$files $directories 0" -x "${options[@]}" "${dirs[@]}"
			expect_status 0 "$program" --one-file-system -0 "${options[@]}" "${dirs[@]}"
			sort -z "$out" >"$scratch/found"
			expect_same_file "listing of ${dirs[*]}, ${options[*]}" "$scratch/found" \
				"$scratch/wanted"
			expect_totals 0 "$(count_files "${dirs[@]}") $(count_directories "${dirs[@]}") 0" \
				"${options[@]}" "${dirs[@]}"
		done
	done

	# A mount point that is not walked need not be readable
	chmod 000 tree/wide/7/mount
	need_nobody
	files=$(find -H tree/wide -xdev ! -type d -printf x | wc -c)
	directories=$(find -H tree/wide -xdev -type d -printf x | wc -c)
	run "${as_nobody[@]}" "$program" -x --json tree/wide
	expect_equal "status and totals beside a closed mount point" "$status $(totals "$out")" \
		"0 $files $directories 0"
'
