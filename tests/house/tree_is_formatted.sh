#!/usr/bin/env bash
# clang-format would change no file in C or C++. No text file has blanks at the end of a line, carriage returns,
# or a last line without an end.
# seconds: 30

set -euo pipefail
export LC_ALL=C
cd "${1:?usage: ${0##*/} SOURCE_DIR}"

if ! git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
	echo "skipped: this is no git checkout, so nobody knows which files are the tree's"
	exit 77
fi

# Also files that are not committed yet, and no removed files
mapfile -d '' files < <(
	git ls-files -z --cached --others --exclude-standard | sort -zu |
		while IFS= read -r -d '' file; do
			if [[ -f $file && ! -L $file ]]; then
				printf '%s\0' "$file"
			fi
		done
)
((${#files[@]} > 0)) || { echo "FAILED: there are no files" >&2; exit 1; }

failed=0
complain() {
	printf '%s\n' "$@" >&2
	failed=1
}

# Patches keep the blanks of what they change. One process reads all files
mapfile -d '' text < <(printf '%s\0' "${files[@]}" | grep -zvE '\.(patch|diff)$' | xargs -0 grep -lIZ '' --)
while IFS=: read -r file line _; do
	complain "$file:$line: ends in a blank or a carriage return"
done < <(grep -HnE $'[ \t\r]+$' -- "${text[@]}" || true)
while IFS= read -r file; do
	complain "$file: its last line does not end"
done < <(grep -LzP '\n\z' -- "${text[@]}" || true)

if ! command -v clang-format >/dev/null; then
	((failed == 0)) || exit 1
	echo "skipped: no clang-format here; what it does not decide is right"
	exit 77
fi
sources=()
for file in "${files[@]}"; do
	if [[ $file == *.@(c|h|cpp) ]]; then
		sources+=("$file")
	fi
done
clang-format --dry-run -Werror -- "${sources[@]}" || failed=1
((failed == 0)) || exit 1
echo "checked ${#files[@]} files, ${#sources[@]} of them C or C++"
