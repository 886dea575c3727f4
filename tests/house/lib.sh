# What tests that build the sources share: the sources, a folder that is removed at the end, and how to fail.
# shellcheck shell=bash

set -euo pipefail
export LC_ALL=C
source_dir=$(realpath -- "${1:?usage: ${0##*/} SOURCE_DIR}")
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT
# The settings of the build that runs this test are not those of the test's own builds
unset CFLAGS LDFLAGS MAKEFLAGS CMAKE_GENERATOR DESTDIR

skip() {
	echo "skipped: $*"
	exit 77
}

# need TOOL...: skips the test where a tool is missing.
need() {
	local tool
	for tool; do
		command -v "$tool" >/dev/null || skip "no $tool here"
	done
}

# fail WORD...: ends the test, and prints the end of the log.
fail() {
	printf 'FAILED: %s\n' "$*" >&2
	if [[ -s $scratch/log ]]; then
		tail -n 40 "$scratch/log" >&2
	fi
	exit 1
}

# copy_sources FOLDER: copies the current sources, also uncommitted ones, and enters the copy.
copy_sources() {
	cd "$source_dir"
	git rev-parse --is-inside-work-tree >/dev/null 2>&1 || skip "no git checkout"
	mkdir "$1"
	git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
		if [[ -e $file ]]; then
			printf '%s\0' "$file"
		fi
	done | xargs -0 cp --parents -t "$1"
	cd "$1"
}
