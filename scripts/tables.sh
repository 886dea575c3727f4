#!/usr/bin/env bash
# Writes the tables that programs make into the documents: of the queues into queues/README.md, of the
# published results into results/README.md, and the answer of one report into README.md.

set -euo pipefail
export LC_ALL=C
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
source "$root/scripts/steps.sh"

usage() {
	cat <<-END
		Usage: scripts/tables.sh [--check] [QBENCH]

		Writes the tables in queues/README.md, results/README.md and README.md anew, each between
		its lines <!-- table --> and <!-- end of table -->. QBENCH is the program that makes them
		(default: build/release/qbench). Rows of queues that are not built here, for want of a
		library, stay as they are. README.md gets the answer of the folder in its line
		<!-- answer of FOLDER -->.

		  --check  change nothing

		Status 1: a table is not current (--check), or a queue has no row.
	END
}

check=false
case ${1-} in
-h | --help) show_usage ;;
--check)
	check=true
	shift
	;;
esac
(($# <= 1)) || wrong_usage
qbench=$(realpath -- "${1:-$root/build/release/qbench}")
cd "$root"
scratch=$(mktemp -d)
status=0

put() { # FILE: the table on standard input goes into the file, or is held against it
	cat >"$scratch/table"
	awk -v table="$scratch/table" '
		$0 == "<!-- end of table -->" { inside = 0 }
		!inside
		$0 == "<!-- table -->" {
			inside = 1
			while ((getline line <table) > 0) {
				print line
			}
		}' "$1" >"$scratch/new"
	if ! $check; then
		cat "$scratch/new" >"$1"
	elif ! diff -u "$1" "$scratch/new" >&2; then
		say "tables.sh: $1: its table is not current; scripts/tables.sh writes it"
		status=1
	fi
}

# Queues: the rows that the program makes, and those of files that are not built here
"$qbench" list --markdown >"$scratch/made"
{
	head -n 2 "$scratch/made"
	{
		tail -n +3 "$scratch/made"
		sed -n '/^<!-- table -->$/,/^<!-- end of table -->$/{/^| `/p}' queues/README.md
	} | awk -F '`' '{ name = $2; sub(/\*$/, "", name) } !seen[name]++ { print name "\t" $0 }' |
		sort -t $'\t' -k 1,1 | while IFS=$'\t' read -r name row; do
		if [[ -e queues/$name.c || -e queues/$name.cpp ]]; then
			printf '%s\n' "$row"
		fi
	done
} >"$scratch/queues"
for file in queues/*.c queues/*.cpp; do
	name=$(basename "${file%.*}")
	if ! grep -qE "^\| \`$name\*?\`" "$scratch/queues"; then
		say "tables.sh: $file is not built here, and has no row"
		status=1
	fi
done
put queues/README.md <"$scratch/queues"

# Results
folders=()
for file in results/*/qbench.json; do
	if [[ -f $file && $file != results/local/* ]]; then
		folders+=("$(basename "${file%/*}")")
	fi
done
if ((${#folders[@]} > 0)); then
	(cd results && "$qbench" report --index "${folders[@]}") >"$scratch/results"
else
	echo 'No results of any machine are here yet.' >"$scratch/results"
fi
put results/README.md <"$scratch/results"

# The answer: the first table of the report, seven situations of it
answer=$(sed -n 's/^<!-- answer of \(.*\) -->$/\1/p' README.md)
if [[ $answer ]]; then
	awk '/^\|/ && rows++ < 9 { print; next } rows { exit }' "$answer/REPORT.md" >"$scratch/answer"
	put README.md <"$scratch/answer"
fi
exit "$status"
