#!/usr/bin/env bash
# If a listing or the totals cannot be written, the program ends at once, with status 1 and one message
# that names standard output and the cause.

source "$(dirname "$0")/lib.sh"

make_tree tree
mkdir -p big/{1..20}
touch big/{1..20}/"a long name of a file, number "{1..500}

# told CAUSE SHELL-REDIRECTION OPTION...
told() {
	local cause=$1 redirection=$2
	shift 2
	expect_status 1 bash -c 'exec "$@" '"$redirection" bash "$program" "$@"
	expect_equal "standard error of $* $redirection" "$(<"$err")" "dirwalk: standard output: $cause"
}

for dir in tree big; do
	for options in "" --print --print0 --per-directory --json "--print -j64 -c1" \
		"--print --items=root" "--json --items=root" "--print --wait=spin"; do
		read -ra options <<<"$options"
		told "No space left on device" ">/dev/full" "${options[@]}" "$dir"
		told "Bad file descriptor" ">&-" "${options[@]}" "$dir"
		told "Bad file descriptor" "<&- >&-" "${options[@]}" "$dir"
		told "Bad file descriptor" "1<&0" "${options[@]}" "$dir"
	done
done
# An empty listing needs no space
expect_status 0 bash -c 'exec "$@" >/dev/full' bash "$program" --print tree/empty
expect_empty "$err"
# A full disk and an unreadable DIR each have their message
expect_status 1 bash -c 'exec "$@" >/dev/full' bash "$program" missing tree
expect_says "$err" "dirwalk: missing: No such file or directory"
expect_says "$err" "dirwalk: standard output: No space left on device"
# Messages that cannot be written change nothing
expect_status 1 bash -c 'exec "$@" 2>&-' bash "$program" -j1 missing tree
expect_equal "lines on standard output" "$(wc -l <"$out")" 3
expect_status 1 bash -c 'exec "$@" 2>/dev/full' bash "$program" -j1 --stats missing tree

# A disk with room for a part of the output
if ((EUID != 0)) || ! unshare -m true 2>/dev/null; then
	skip "the rest: no way to mount a small disk"
fi
mkdir disk
expect_status 1 unshare -m bash -c '
	mount -t tmpfs -o size=64k none disk || exit 77
	shift
	status=0
	"$1" --print big >disk/listing || status=$?
	cat disk/listing
	exit "$status"' bash - "$program"
expect_equal "standard error" "$(<"$err")" "dirwalk: standard output: No space left on device"
(($(wc -c <"$out") == 65536)) || fail "$(wc -c <"$out") bytes on a disk of 65536"
# The output is the beginning of a listing
find big ! -type d | sort >wanted
head -n -1 "$out" | sort >found
expect_equal "lines that should not be there" "$(comm -23 found wanted)" ""

# The same for the output of argp
for option in --help --usage --version -V -? --queue=help; do
	run bash -c '"$@" >/dev/full' bash "$program" "$option"
	expect_equal "status of $option >/dev/full" "$status" 1
	expect_says "$err" "dirwalk: standard output: No space left on device"
	expect_equal "messages about $option >/dev/full" "$(wc -l <"$err")" 1
done
