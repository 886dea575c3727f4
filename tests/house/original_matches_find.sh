#!/usr/bin/env bash
# The original program, scripts/original.py, counts as many files as find, with any number of workers.

set -euo pipefail
export LC_ALL=C
original=$(realpath -- "${1:?usage: ${0##*/} SOURCE_DIR}")/scripts/original.py

if ! /usr/bin/python3 -c '' 2>/dev/null; then
	echo "skipped: no python3 here"
	exit 77
fi
[[ -e $original ]] || { echo "FAILED: there is no scripts/original.py" >&2; exit 1; }

scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
cd "$scratch"
mkdir -p tree/{wide/{1..30},deep/a/b/c/d/e,.hidden/.more,empty,$'not UTF-8 \xff',"with  spaces"}
touch tree/{file,wide/{1..30}/{1..3},deep/a/b/c/d/e/file,.hidden/{.file,.more/file}} \
	tree/$'not UTF-8 \xff/\xff' "tree/with  spaces/ a file " tree/$'new\nline'
mkfifo tree/fifo
ln -s wide "tree/link to a directory"
ln -s .. tree/deep/up
ln -s nowhere "tree/link to nowhere"
ln -s self tree/self
ln -s tree link

dirs=(tree tree/wide tree/empty tree/deep tree/.hidden link tree/$'not UTF-8 \xff')
for dir in "${dirs[@]}"; do
	printf '%s files found in dir %s\n' "$(find -H "$dir" ! -type d -printf x | wc -c)" "$dir"
done | sort >wanted
for threads in 1 3 16; do
	timeout 60 /usr/bin/python3 "$original" -j "$threads" "${dirs[@]}" >said
	if [[ $(head -n 1 said) != "Assigned ${#dirs[@]} dirs to $threads worker$( ((threads == 1)) || echo s)" ]]; then
		echo "FAILED: the first line is $(head -n 1 said)" >&2
		exit 1
	fi
	sed -n 's/^From thread [^:]*: //p' said | sort >found
	if ! diff -a wanted found >&2; then
		echo "FAILED: not what find finds, with $threads workers" >&2
		exit 1
	fi
done
