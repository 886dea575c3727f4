#!/usr/bin/env bash
# qbench list shows each queue with its contract in a line of at most 80 columns. The table in
# queues/README.md says the same of all queues built here, and has a row for each of the others.
# not-under: asan tsan (there all queues are called through a table, and have a star)

source "$(dirname "$0")/lib.sh"

command -v jq >/dev/null || exit 77
"$program" list >table || fail "list ends with status $?"
"$program" list --json >contracts
if grep -nE '.{81}' table; then
	fail "these lines are longer than 80 columns"
fi
while read -r name; do
	[[ $(grep -c "^$name " table) == 1 ]] || fail "$name has no line, or several"
done < <(jq -r '.[] | .name + if .calls == "inlined" then "" else "\\*" end' contracts)
# A header and two lines that explain it
(($(wc -l <table) == $(jq length contracts) + 3)) || fail "there are lines of no queue"

# As it is in a tree without results: published_table_is_current holds all tables against the program
mkdir -p copy/results
cp -r "$sources"/{README.md,queues,scripts} copy
cp "$sources/results/README.md" copy/results
sed -i '/^<!-- answer of /d' copy/README.md
copy/scripts/tables.sh "$program"
cmp "$sources/queues/README.md" copy/queues/README.md || fail "queues/README.md is not up to date"
copy/scripts/tables.sh --check "$program" || fail "what was just written is not up to date"
# The comparison finds a difference
sed -i '/^| `vyukov`/s/bounded/unbounded/' copy/queues/README.md
if copy/scripts/tables.sh --check "$program" 2>/dev/null; then
	fail "a row that is wrong is not found"
fi
copy/scripts/tables.sh "$program"
cmp "$sources/queues/README.md" copy/queues/README.md || fail "it is not written as it was"
sed -i '/^| `vyukov`/d' copy/queues/README.md
if copy/scripts/tables.sh --check "$program" 2>/dev/null; then
	fail "a row that is missing is not found"
fi
cp copy/queues/{vyukov,elsewhere}.c
if copy/scripts/tables.sh "$program" 2>/dev/null; then
	fail "a queue that is not built and has no row is not found"
fi
echo "$(jq length contracts) queues are listed"
