#!/usr/bin/env bash
# Each directory that may not be read is named once on standard error, and the status is 1. The rest is
# what find finds as the same user.

source "$(dirname "$0")/lib.sh"
need_nobody

make_tree tree
mkdir -p tree/wide/{1..64}/{closed,passed}/below tree/wide/{1..64}/listed
touch tree/wide/{1..64}/{closed,listed,passed}/file
chmod 000 tree/wide/*/closed
chmod 444 tree/wide/*/listed # names can be read, but entries cannot be reached
chmod 111 tree/wide/*/passed # entries can be reached, but not listed
chmod 000 tree/deep tree/$'new\nline\n' tree/$'not UTF-8 \xff\xc3('

{ "${as_nobody[@]}" find -H tree ! -type d -print0 2>wanted.messages || true; } | sort -z >wanted
directories=$({ "${as_nobody[@]}" find -H tree -type d -printf x 2>/dev/null || true; } | wc -c)
errors=$(grep -c 'Permission denied$' wanted.messages)
((errors == 64 * 2 + 3)) || skip "this user is denied $errors directories instead of 131"
expect_equal "find's messages" "$(wc -l <wanted.messages)" "$errors"
files=$(tr -cd '\0' <wanted | wc -c)

for options in -j1 -j3 -j64 "-j8 --capacity=1"; do
	read -ra options <<<"$options"
	for items in dir root; do
		run "${as_nobody[@]}" "$program" --json --items="$items" "${options[@]}" tree
		expect_equal "status and totals of ${options[*]}, items $items" \
			"$status $(totals "$out")" "1 $files $directories $errors"
		sort "$err" >messages
		expect_equal messages "$(wc -l <messages)" "$errors"
		expect_equal "messages that are there twice" "$(uniq -d messages)" ""
		grep -v '^dirwalk: tree.*: Permission denied$' messages &&
			fail "a message of another kind"
		for path in tree/wide/{1,33,64}/{closed,passed} tree/deep \
			'tree/new\nline\n' 'tree/not UTF-8 \xff\xc3('; do
			grep -qxF -e "dirwalk: $path: Permission denied" messages ||
				fail "no message about $path"
		done
		expect_equal "failures in the JSON" "$(jq '.failures | length' "$out")" "$errors"
		expect_equal "directory that is not UTF-8, in the JSON" \
			"$(jq -r '.failures[] | .path_hex // empty' "$out")" \
			"$(printf 'tree/not UTF-8 \xff\xc3(' | od -An -v -tx1 | tr -d ' \n')"
	done
	run "${as_nobody[@]}" "$program" --print0 "${options[@]}" tree
	expect_equal status "$status" 1
	sort -z "$out" >found
	expect_same_file "the rest, ${options[*]}" found wanted
	expect_equal messages "$(wc -l <"$err")" "$errors"
done

# Below a directory whose entries cannot be reached, find takes directories for files; dirwalk does not
mkdir -p listed/below
touch listed/file
chmod 444 listed
run "${as_nobody[@]}" "$program" --json listed
expect_equal "status and totals" "$status $(totals "$out")" "1 1 2 1"
expect_equal "standard error" "$(<"$err")" "dirwalk: listed/below: Permission denied"
