#!/usr/bin/env bash
# Writes the table of results/README.md anew, from the results that are published there, and the one
# of README.md: the answer of the report that stands in its line <!-- answer of FOLDER -->.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
	cat <<-END
		Usage: scripts/index.sh [--check] [QBENCH]

		Writes the table in results/README.md anew, and the answer in README.md. QBENCH is the
		program to make the table with (default: build/release/qbench).

		  --check  change nothing; status 1 if they are not as they should be
	END
}

check=()
case ${1-} in
-h | --help)
	usage
	exit 0
	;;
--check)
	check=(--check)
	shift
	;;
esac
program=$(realpath -- "${1:-$root/build/release/qbench}")
readme=$root/results/README.md

cd "$root/results"
folders=()
for file in */qbench.json; do
	if [[ -f $file && $file != local/* ]]; then
		folders+=("${file%/*}")
	fi
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if ((${#folders[@]} > 0)); then
	"$program" report --index "${folders[@]}" >"$work/table"
else
	echo 'No machine is here yet.' >"$work/table"
fi

# The table below the heading of the answer: the first of the report
shown=$(sed -n 's/^<!-- answer of \(.*\) -->$/\1/p' "$root/README.md")
if [[ $shown ]]; then
	awk '/^\|/ { inside = 1; print; next } inside { exit }' "$root/$shown/REPORT.md" >"$work/answer"
fi

put() { # FILE TABLE
	if ! "$root/scripts/table.sh" "${check[@]}" "$@"; then
		echo "index.sh: scripts/index.sh writes it anew" >&2
		exit 1
	fi
}
put "$readme" "$work/table"
if [[ $shown ]]; then
	put "$root/README.md" "$work/answer"
fi
