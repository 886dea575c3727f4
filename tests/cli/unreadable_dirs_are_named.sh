#!/usr/bin/env bash
# A DIR that does not exist, is a file, or may not be read is named on standard error with the cause, and is
# one error. The other DIRs are walked, and the status is 1.

source "$(dirname "$0")/lib.sh"

make_tree tree
touch file
ln -s nowhere broken
ln -s loop loop
files=$(count_files tree)
directories=$(count_directories tree)

# bad DIR CAUSE: tries both kinds of items, with the bad DIR first, last, and alone
bad() {
	local items
	for items in dir root; do
		expect_totals 1 "$files $directories 1" --items="$items" "$1" tree
		expect_equal "standard error" "$(<"$err")" "dirwalk: $1: $2"
		expect_totals 1 "$files $directories 1" --items="$items" tree "$1"
		expect_equal "standard error" "$(<"$err")" "dirwalk: $1: $2"
		expect_totals 1 "0 0 1" --items="$items" "$1"

		expect_status 1 "$program" --items="$items" -j3 "$1" tree
		expect_says "$out" "Assigned 1 dir to 3 workers"
		expect_says "$out" "0 files found in dir $1"
		expect_says "$out" "$files files found in dir tree"
		expect_status 1 "$program" --items="$items" --print "$1" tree
		expect_equal "lines of the rest" "$(tr -cd '\n' <"$out" | wc -c)" \
			"$(find -H tree ! -type d | tr -cd '\n' | wc -c)"
	done
}

bad missing "No such file or directory"
bad tree/missing/below "No such file or directory"
bad broken "No such file or directory"
bad "" "No such file or directory"
bad file "Not a directory"
bad file/ "Not a directory"
bad tree/fifo "Not a directory"
bad loop "Too many levels of symbolic links"
bad "$(printf 'x%.0s' {1..300})" "File name too long"

# All of them at once
expect_totals 1 "$files $directories 4" missing file tree broken loop
expect_equal "messages" "$(wc -l <"$err")" 4
expect_equal "failures in the JSON" "$(jq -r '.failures[] | .path + ": " + .error' "$out" | sort)" \
	"$(sed 's/^dirwalk: //' "$err" | sort)"

need_nobody
mkdir -m 000 closed
mkdir listed
touch listed/{a,b}
chmod 444 listed # names can be read, but entries cannot be reached: enough to count files
run "${as_nobody[@]}" "$program" --json closed tree
expect_equal status "$status" 1
expect_equal "standard error" "$(<"$err")" "dirwalk: closed: Permission denied"
expect_equal "files of the rest" "$(jq .files "$out")" "$files"
expect_equal "errors" "$(jq .errors "$out")" 1
run "${as_nobody[@]}" "$program" --json listed
expect_equal "status, totals" "$status $(totals "$out")" "0 2 1 0"
