#!/usr/bin/env bash
# A reader that takes nothing makes the walk wait. Output that is not written yet stays below a bound in
# bytes, with long paths and any queue of results, and the walk goes on when the reader does. The same holds
# for messages about directories that cannot be read.
# not-under: asan tsan (it measures memory, and a sanitizer has its own)
# seconds: 30

source "$(dirname "$0")/lib.sh"

# 120,000 files with paths of some 2,000 bytes: 240 MB
name=$(printf 'n%.0s' {1..220})
path=tree
for i in {1..8}; do
	path+=/$name
done
mkdir -p "$path"
for i in {1..60}; do
	mkdir "$path/$i"
	(cd "$path/$i" && touch file-{1..2000})
done

# resident PROCESS: prints its peak memory in KiB
resident() {
	sed -n 's/^VmHWM:\s*\([0-9]*\) kB/\1/p' "/proc/$1/status"
}

most=$((48 * 1024))
for options in "-j2" "-j2 -q mutex_list" "-j4 -q mutex_ring" "-j2 --items=root" \
	"-j8 -q scq -c 100000 --result-queue=mutex_list"; do
	read -ra options <<<"$options"
	# Both listings with the first options; they differ in what ends a name
	listings=(--print0 --print)
	[[ ${options[*]} == -j2 ]] || listings=(--print0)
	for listing in "${listings[@]}"; do
		rm -f pipe
		mkfifo pipe
		exec 3<>pipe
		"$program" "$listing" "${options[@]}" tree tree >pipe 2>"$err" 3>&- &
		started=($!)
		wait_until "the walk has begun" has_a_worker "${started[0]}"
		# Until the memory stops growing
		before=-1
		now=$(awk '{ print $14 + $15 }' "/proc/${started[0]}/stat")
		while ((now > before)); do
			sleep 0.4
			before=$now
			now=$(awk '{ print $14 + $15 }' "/proc/${started[0]}/stat")
		done
		size=$(resident "${started[0]}")
		((size < most)) || fail "$size KiB, with ${options[*]} $listing"
		# No reader holds the end that writes too: it would wait for its own end
		exec 4<pipe
		{ limited cat <&4 | tr -cd '\0\n' | wc -c >counted; } 3>&- &
		reader=$!
		exec 3>&- 4<&-
		await "${started[0]}"
		expect_equal "status" "$status" 0
		wait "$reader"
		expect_equal "files listed, ${options[*]} $listing" "$(<counted)" 240000
	done
done
