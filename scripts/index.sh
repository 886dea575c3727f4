#!/usr/bin/env bash
# Writes the table of results/README.md anew, from the results that are published there.

set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

usage() {
	cat <<-END
		Usage: scripts/index.sh [--check] [QBENCH]

		Writes the table in results/README.md anew. QBENCH is the program to make it with
		(default: build/release/qbench).

		  --check  change nothing; status 1 if it is not as it should be
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
if ! "$root/scripts/table.sh" "${check[@]}" "$readme" "$work/table"; then
	echo "index.sh: scripts/index.sh writes it anew" >&2
	exit 1
fi
