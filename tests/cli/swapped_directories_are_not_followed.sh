#!/usr/bin/env bash
# Directories that are swapped for symbolic links during a walk are not followed, and neither are the
# directories that were found below them before. Each is named.

source "$(dirname "$0")/lib.sh"

mkdir -p tree/{1..40}/{1..10} outside/{1..10}
touch outside/secret outside/{1..10}/secret
long=$(printf 'n%.0s' {1..200})
for dir in tree/{1..40}{,/{1..10}}; do
	printf '%s\0' "$dir/$long"{1..5}
done | xargs -0 touch
files=$(count_files tree)

# Half a megabyte of names, of which the pipe takes an eighth: each worker stops after some directories,
# with their sub-directories still to be read
stand_still "$program" --print0 -j6 tree
for i in {1..40}; do
	mv tree/"$i" away."$i"
	ln -s ../outside tree/"$i"
done
exec 4<pipe
limited cat <&4 >"$out" 3>&- &
reader=$!
exec 3>&- 4<&-
await "${started[0]}"
wait "$reader" || fail "the listing has no end"

expect_equal status "$status" 1
expect_equal "files listed from where the links lead" "$(grep -czF secret "$out" || true)" 0
listed=$(tr -cd '\0' <"$out" | wc -c)
((0 < listed && listed < files)) || fail "$listed of $files files are listed"
below=$(grep -cE '^dirwalk: tree/[0-9]+/[0-9]+: Too many levels of symbolic links$' "$err" || true)
itself=$(grep -cE '^dirwalk: tree/[0-9]+: Too many levels of symbolic links$' "$err" || true)
expect_equal "messages of another kind" "$(($(wc -l <"$err") - below - itself))" 0
# The set depends on how far the workers come before they stop
((itself + below > 0)) || fail "no link was met"
echo "$itself links met, and $below directories behind links"
