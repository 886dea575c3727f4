#!/usr/bin/env bash
# Puts the table of the queues, as qbench tells it, into queues/README.md; or says whether it is there.
# Rows of queues that are not built here, for want of a library, stay as they are.

set -euo pipefail
export LC_ALL=C

usage() {
	cat <<-END
		Usage: scripts/collection.sh [--check] [QBENCH]

		Brings the table in queues/README.md up to date with QBENCH (default:
		build/release/qbench). With --check it changes nothing, and ends with 1 if
		the table is not up to date, or if a queue has no row.
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
if (($# > 1)); then
	usage >&2
	exit 2
fi

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
qbench=${1:-$root/build/release/qbench}
readme=$root/queues/README.md
scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT

"$qbench" list --markdown >"$scratch/told"

# The table anew: what is told, and what is there of queues that are not told of but have a file
{
	head -n 2 "$scratch/told"
	{
		tail -n +3 "$scratch/told"
		sed -n '/^<!-- table -->$/,/^<!-- end of table -->$/{/^| `/p}' "$readme"
	} | awk -F '`' '{ name = $2; sub(/\*$/, "", name) } !seen[name]++ { print name "\t" $0 }' |
		sort -t $'\t' -k 1,1 | while IFS=$'\t' read -r name row; do
		if [[ -e $root/queues/$name.c || -e $root/queues/$name.cpp ]]; then
			printf '%s\n' "$row"
		fi
	done
} >"$scratch/table"

status=0
for file in "$root"/queues/*.c "$root"/queues/*.cpp; do
	name=${file##*/}
	name=${name%.*}
	if [[ -e $file ]] && ! grep -qE "^\| \`$name\*?\`" "$scratch/table"; then
		printf 'collection.sh: %s is not built here, and has no row\n' "${file#"$root"/}" >&2
		status=1
	fi
done
if ! "$root/scripts/table.sh" "${check[@]}" "$readme" "$scratch/table"; then
	echo "collection.sh: scripts/collection.sh writes it anew" >&2
	status=1
fi
exit "$status"
