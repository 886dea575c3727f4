#!/usr/bin/env bash
# A directory of 100,000 files, and one of 20,000 directories, are counted and listed like any other.

source "$(dirname "$0")/lib.sh"

mkdir -p huge/files huge/directories
(
	cd huge/files
	seq -f 'file number %.0f' 100000 | tr '\n' '\0' | xargs -0 touch
	cd ../directories
	seq 20000 | xargs mkdir
)
expect_equal "the tree of the test" "$(count_files huge) $(count_directories huge)" "100000 20003"

# Under tsan, only walks in which threads meet
all=(-j1 -j2 "-j8 -c1" "-j2 -c7 --items=root")
if [[ $sanitizer == libtsan ]]; then
	all=("-j8 -c1")
fi
for options in "${all[@]}"; do
	read -ra options <<<"$options"
	expect_totals 0 "100000 20003 0" "${options[@]}" huge
done
expect_totals 0 "100000 1 0" -j2 huge/files
find huge ! -type d | sort >wanted
for options in "${all[@]}"; do
	read -ra options <<<"$options"
	expect_status 0 "$program" --print "${options[@]}" huge
	sort "$out" >found
	expect_same_file "listing with ${options[*]}" found wanted
done
