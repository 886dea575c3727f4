#!/usr/bin/env bash
# --files0-from reads any number of DIRs from a file or from standard input, and walks them like arguments.
# An empty list is no error; an unreadable list or an empty name is.

source "$(dirname "$0")/lib.sh"

make_tree tree
make_tree $'a tree\nwith a line'
printf '%s\0' tree $'a tree\nwith a line' tree/wide >list
# The last name needs no zero byte
printf 'tree\0tree/deep' >open
dirs=(tree $'a tree\nwith a line' tree/wide)
wanted="$(count_files "${dirs[@]}") $(count_directories "${dirs[@]}") 0"
for options in -j1 "-j8 -c1" --items=root; do
	read -ra options <<<"$options"
	expect_totals 0 "$wanted" "${options[@]}" --files0-from=list
done
expect_equal "DIRs in the JSON" "$(jq -c '[.dirs[].dir]' "$out")" \
	"$(jq -nc '$ARGS.positional' --args "${dirs[@]}")"
status=0
limited "$program" --json --files0-from=- <list >"$out" 2>"$err" || status=$?
expect_equal "status and totals from standard input" "$status $(totals "$out")" "0 $wanted"
expect_totals 0 "$(count_files tree tree/deep) $(count_directories tree tree/deep) 0" --files0-from=open

# Nothing to walk is no error
: >nothing
expect_totals 0 "0 0 0" --files0-from=nothing
for options in -j1 "-j8 --items=root" --print; do
	read -ra options <<<"$options"
	expect_status 0 "$program" "${options[@]}" --files0-from=nothing
	expect_empty "$err"
done

# More DIRs than a queue holds, one of them missing
copies=20000
if [[ $sanitizer ]]; then
	copies=2000
fi
{
	for ((i = 0; i < copies; ++i)); do
		printf 'tree/empty\0'
	done
	printf 'missing\0'
} >many
expect_totals 1 "0 $copies 1" --capacity=7 -j4 --files0-from=many
expect_says "$err" "missing: No such file or directory"

printf 'tree\0\0tree\0' >hole
expect_status 2 "$program" --files0-from=hole
expect_says "$err" "--files0-from: name 2 of 'hole' is empty"
expect_status 2 "$program" --files0-from=nowhere
expect_says "$err" "--files0-from: cannot read 'nowhere': No such file or directory"
expect_status 2 "$program" --files0-from=tree
expect_says "$err" "--files0-from: cannot read 'tree': Is a directory"
expect_status 2 "$program" tree --files0-from=list
expect_says "$err" "--files0-from excludes 'tree'"
