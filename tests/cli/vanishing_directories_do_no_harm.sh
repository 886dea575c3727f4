#!/usr/bin/env bash
# Directories that are removed, made again and swapped for files and links during a walk do no harm. The other
# directories are counted right, those that vanished are named, and the walk ends. WALKS is the number of
# walks.

source "$(dirname "$0")/lib.sh"

walks=25
if [[ $sanitizer ]]; then
	walks=10
fi
walks=${WALKS:-$walks}

make_tree tree/still
make_tree outside
for i in {1..40}; do
	mkdir -p tree/busy/"$i"/{a,b}/c
done

# Not in a subshell, so that $! is its process
bash -c '
	while :; do
		rm -rf tree/busy/1? tree/busy/2?/a
		mkdir -p tree/busy/1{0..9}/{a,b}/c tree/busy/2{0..9}/a/c
		for i in 30 31 32 33; do
			mv tree/busy/$i tree/busy/$i.away
			ln -s ../../outside tree/busy/$i
			rm tree/busy/$i
			: >tree/busy/$i
			rm tree/busy/$i
			mv tree/busy/$i.away tree/busy/$i
		done
	done
' 2>/dev/null &
started=($!)

files=$(count_files tree/still)
directories=$(count_directories tree/still)
for ((i = 0; i < walks; ++i)); do
	run "$program" --json -j8 --capacity=$((1 + i % 9 * 100)) tree/still tree/busy tree/still
	expect_equal "untouched files, directories, errors" \
		"$(jq -r '.dirs[0, 2] | "\(.files) \(.directories) \(.errors)"' "$out" | sort -u)" \
		"$files $directories 0"
	expect_equal status "$status" "$(($(jq .errors "$out") > 0))"
	# The only files are those that stand in for directories, a few at a time
	(($(jq '.dirs[1].files' "$out") <= 4)) || fail "followed a link: $(jq -c '.dirs[1]' "$out")"
	expect_equal "lines on standard error" "$(wc -l <"$err")" "$(jq .errors "$out")"
	causes='No such file or directory|Not a directory|Too many levels of symbolic links'
	if grep -vE "^dirwalk: tree/busy/[^:]*: ($causes)\$" "$err"; then
		fail "a message of another kind"
	fi
	# These DIRs are removed completely, and made again under the same name
	run "$program" --items=root tree/still tree/busy/1{0..9} tree/still
	expect_equal "untouched files" "$(grep -cE ": $files files found in dir tree/still\$" "$out")" 2
done
