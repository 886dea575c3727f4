#!/usr/bin/env bash
# No name of a file, a DIR or an option reaches a terminal raw: not in listings, totals, JSON or messages. In
# a pipe, a listing of files is raw, and each record stays on one line.
# not-under: tsan (what it is about is done by one thread)

source "$(dirname "$0")/lib.sh"

# C0, DEL, C1 in UTF-8 and as bytes, direction overrides, half a character
names=($'bad\e]0;pwned\a' $'\x01\x08\x7f' $'c1 \xc2\x9b31m' $'raw \x9b31m' $'bidi \xe2\x80\xae\xe2\x81\xa6'
	$'mark \xd8\x9c\xe2\x80\x8f' $'half \xe2\x82' $'two\n9 files found in dir lines' 'back\nslash')
mkdir top
for name in "${names[@]}"; do
	mkdir "top/$name"
	: >"top/$name/$name"
done
mkdir top/fine
: >top/fine/größe

# is_safe FILE WHAT: fails unless there are only printable characters and ends of lines
is_safe() {
	/usr/bin/python3 - "$1" <<-'END' || fail "raw, in $2: $(head -c 600 "$1" | od -c | head -n 20)"
		import sys, unicodedata
		text = open(sys.argv[1], "rb").read().decode("utf-8")
		bad = [c for c in text if c not in "\r\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")]
		sys.exit(bool(bad))
	END
}

# In messages, to a terminal or not
run "$program" "${names[@]/#/missing/}" --
is_safe "$err" "messages about missing DIRs"
expect_equal "lines of messages" "$(wc -l <"$err")" "${#names[@]}"
: >messages
for option in -q -w -j --items --record --files0-from --capacity --max-depth --result-queue; do
	for name in "${names[@]}"; do
		[[ $option != --record ]] || name=nowhere/$name
		run "$program" "$option" "$name" top/fine
		expect_equal "status of $option" "$status" 2
		cat "$err" >>messages
	done
done
is_safe messages "messages about options"
run "$program" $'--\e]0;pwned\a' $'-\x9b'
is_safe "$err" "messages about unknown options"
run "$program" --files0-from=x "${names[0]}"
is_safe "$err" "messages about what excludes each other"

# Records
expect_status 0 "$program" -- top/*
expect_equal "lines of totals" "$(wc -l <"$out")" $((${#names[@]} + 2))
expect_says "$out" '1 files found in dir top/two\n9 files found in dir lines'
expect_says "$out" '1 files found in dir top/back\\nslash'
expect_status 0 "$program" --per-directory top
expect_equal "lines of --per-directory" "$(wc -l <"$out")" $((${#names[@]} + 3))
find top ! -type d -print0 | sort -z >wanted
expect_status 0 "$program" --print0 top
sort -z "$out" >found
expect_same_file "--print0 in a pipe" found wanted

script -qec true /dev/null </dev/null >/dev/null 2>&1 ||
	skip "the rest: no script, which makes terminals"
for option in --print --print0 --per-directory --json --threads=2 --items=root; do
	printf '"%s" %s -- top top/*\n' "$program" "$option" >command
	SHELL=$(command -v bash) limited script -qec "bash command" /dev/null </dev/null >shown ||
		fail "on a terminal: $option"
	tr -d '\0' <shown >safe
	is_safe safe "$option on a terminal"
	grep -q 'größe\|per-directory\|gr\\u00f6\|top/fine' safe || fail "no names: $option"
done
