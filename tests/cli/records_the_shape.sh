#!/usr/bin/env bash
# --record=FILE writes the shape of the walk. It counts what the walk and find count, does not depend on the
# queue or the workers, and holds no names. A file that cannot be written is reported before the walk, or the
# older file stays. An interrupted walk is not recorded.

source "$(dirname "$0")/lib.sh"

make_tree tree
mkdir small
touch small/{a,b}
mkdir -p small/{second/{x,y},first/deeper}
touch small/second/file small/first/deeper/{1,2,3}

# counts FILE: prints "FILES DIRECTORIES" of a shape; checks its number of lines against its header
counts() {
	awk 'NR == 1 { expected = $3; next }
		{ files += $2; directories += $3 + ($1 == "-") }
		END {
			if (NR - 1 != expected) { print NR - 1 " lines of " expected; exit }
			print files + 0, directories + 0
		}' "$1"
}

# records "FILES DIRECTORIES" ARGUMENT...: fails unless a walk with these arguments records that
records() {
	local wanted=$1
	shift
	expect_totals 0 "$wanted 0" --record=shape "$@"
	expect_equal "what is recorded of $*" "$(counts shape)" "$wanted"
	expect_empty "$err"
}

# Siblings are in the order of their names
records "6 6" small
printf '%s\n' 'qbench-shape 1 6' '- 2 2' '0 0 1' '0 1 2' '1 3 0' '2 0 0' '2 0 0' >wanted
expect_same_file "the shape of a small tree" shape wanted

records "$(count_files tree) $(count_directories tree)" tree
! grep -q '[^-0-9 ]' <(tail -n +2 shape) || fail "something in the shape is no number"
mv shape wanted
while read -r queue; do
	expect_status 0 "$program" --queue="$queue" -j1 --record=shape tree
	expect_same_file "the shape with queue $queue" shape wanted
done < <(limited "$program" --queue=help | awk -v most="${sanitizer:+3}" 'NR > 1 && !(most && NR > most) { print $1 }')
for options in -j2 "-j64 -c1" "--print -j3" "--stats -j3" "--per-directory"; do
	read -ra options <<<"$options"
	expect_status 0 "$program" "${options[@]}" --record=shape tree
	expect_same_file "the shape with ${options[*]}" shape wanted
done

# Several roots, one of them twice. Directories that are too deep are counted, and have no line
records "$(count_files tree small small) $(count_directories tree small small)" tree small small
for ((depth = 0; depth < 5; ++depth)); do
	records "$(find -H tree -mindepth 1 -maxdepth "$depth" ! -type d -printf x | wc -c) $(
		find -H tree -maxdepth "$depth" -type d -printf x | wc -c
	)" --max-depth="$depth" tree
done
records "0 1" --max-depth=0 small
expect_equal "a root alone" "$(<shape)" $'qbench-shape 1 1\n- 0 0'

# A missing DIR is left out, and the rest is recorded
expect_status 1 "$program" --record=shape missing small
expect_equal "what is recorded without the one that is missing" "$(counts shape)" "6 6"
printf 'older\n' >shape
expect_status 1 "$program" --record=shape missing
expect_says "$err" "'shape' is not written: no directory was walked"
expect_equal "the older file" "$(<shape)" older

# refused TEXT ARGUMENT...
refused() {
	local text=$1
	shift
	expect_status 2 "$program" "$@" small
	expect_empty "$out"
	expect_says "$err" "$text"
}
refused "--record needs --items=dir" --record=shape --items=root
refused "cannot record the walk to 'nowhere/shape': No such file or directory" \
	--record=nowhere/shape
refused "cannot record the walk to 'small': Is a directory" --record=small
refused "cannot record the walk to 'shape/shape': Not a directory" --record=shape/shape
refused "cannot record the walk to '': No such file or directory" --record=
expect_equal "the older file" "$(<shape)" older

# A full disk is found at the end
expect_status 1 "$program" --record=/dev/full small
expect_says "$err" "cannot record the walk to '/dev/full': No space left on device"
expect_status 1 bash -c 'ulimit -f 0; trap "" XFSZ; exec "$@" >/dev/null' bash "$program" \
	--record=shape tree
expect_equal "the older file" "$(<shape)" older

# An interrupted walk records nothing
expect_status 1 bash -c 'exec "$@" >/dev/full' bash "$program" --print --record=shape tree tree tree
expect_equal "the older file" "$(<shape)" older
dirs=()
for ((i = 0; i < 300; ++i)); do
	dirs+=(tree)
done
until
	stand_still env --default-signal=INT,TERM "$program" --print -j2 --record=shape "${dirs[@]}"
	began=$EPOCHREALTIME
	kill -INT "${started[0]}"
	exec 4<pipe
	limited cat <&4 >/dev/null 3>&- &
	exec 3>&- 4<&-
	await "${started[0]}"
	had_time "$began" grep "not written" "$err"
do
	:
done
expect_equal "the status of a walk that is interrupted" "$status" 130
expect_says "$err" "'shape' is not written: the walk did not come to its end"
expect_equal "the older file" "$(<shape)" older

# No temporary file is left
expect_equal "files" "$(find . -maxdepth 1 -name '.*' ! -name . | wc -l)" 0
