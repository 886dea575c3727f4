#!/usr/bin/env bash
# Puts a table into a Markdown file, in place of what is between its lines <!-- table --> and
# <!-- end of table -->; or says whether it is there. For the scripts that make the tables.

set -euo pipefail

check=false
if [[ ${1-} == --check ]]; then
	check=true
	shift
fi
if (($# != 2)); then
	echo "Usage: scripts/table.sh [--check] FILE TABLE" >&2
	exit 2
fi

scratch=$(mktemp)
trap 'rm -f -- "$scratch"' EXIT
awk -v table="$2" '
	$0 == "<!-- end of table -->" { inside = 0 }
	!inside
	$0 == "<!-- table -->" {
		inside = 1
		while ((getline line <table) > 0) {
			print line
		}
	}' "$1" >"$scratch"
if ! $check; then
	cat "$scratch" >"$1"
elif ! diff -u "$1" "$scratch" >&2; then
	echo "$1: its table is not current" >&2
	exit 1
fi
