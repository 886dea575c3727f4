#!/usr/bin/env bash
# Names with new lines, spaces, control characters, invalid UTF-8 and leading dashes are listed byte for
# byte. Messages escape what could upset a terminal, and records escape new lines.

source "$(dirname "$0")/lib.sh"

names=('a file' ' ' $'new\nline' $'\n' $'tab\t' $'\e[31m' $'\x01\x7f' $'\xff\xfe' $'cut \xe2\x82'
	-dash --print -- $'quotes \'"`$(\\' '*' '~' 'ü' '...' '.. ' "$(printf 'long%.0s' {1..63})")
mkdir top
for name in "${names[@]}"; do
	mkdir -p -- "top/$name"
	for file in "${names[@]}"; do
		: >"top/$name/$file"
	done
done
files=$((${#names[@]} * ${#names[@]}))
directories=$((${#names[@]} + 1))
expect_equal "files of the test" "$(count_files top)" "$files"
expect_totals 0 "$files $directories 0" top

# As names of entries
find top ! -type d -print0 | sort -z >wanted
expect_status 0 "$program" --print0 top
sort -z "$out" >found
expect_same_file "--print0" found wanted
find top ! -type d | sort >wanted
expect_status 0 "$program" --print top
sort "$out" >found
expect_same_file "--print" found wanted
# A line is a record: bytes that could break it, or look like an escape, are escaped
record() {
	sed -z 's/\\/\\\\/g; s/\n/\\n/g' | tr '\0' '\n'
}
{ echo "Assigned 1 dir to 3 workers" && find top -type d -print0 | record; } | sort >wanted
expect_status 0 "$program" --per-directory -j3 top
sed 's/From thread worker-[0-9]*: [0-9]* files found in dir top/top/' "$out" | sort >found
expect_same_file "paths of --per-directory" found wanted

# As DIRs, some of which need -- before them
cd top
expect_totals 0 "$files ${#names[@]} 0" -- "${names[@]}"
expect_status 0 "$program" -- "${names[@]}"
{
	echo "Assigned ${#names[@]} dirs to $(sed -n '1s/.* to \([0-9]*\) workers/\1/p' "$out") workers"
	for name in "${names[@]}"; do
		printf '%d files found in dir %s\0' "${#names[@]}" "$name" | record
	done
} >"$scratch/wanted"
expect_same_file "what is said of DIRs with such names" "$out" "$scratch/wanted"
for name in "${names[@]}"; do
	expect_status 0 "$program" --print0 -- "$name"
	sort -z "$out" >"$scratch/found"
	for file in "${names[@]}"; do
		printf '%s/%s\0' "$name" "$file"
	done | sort -z >"$scratch/wanted"
	expect_same_file "--print0 of DIR ${name@Q}" "$scratch/found" "$scratch/wanted"
done

# A message is one line, and safe for a terminal
expect_status 1 "$program" -- $'not\n\e[31mthere\x7f'
expect_equal "standard error" "$(<"$err")" \
	'dirwalk: not\n\x1b[31mthere\x7f: No such file or directory'
