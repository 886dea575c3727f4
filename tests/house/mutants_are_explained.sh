#!/usr/bin/env bash
# doc/mutants.md fits the sources: they have the mutants that it explains, and as many as it counts. Nothing is
# explored; tests/explore/weaken.py does that.

source "$(dirname "$0")/lib.sh"

weaken=(/usr/bin/python3 "$source_dir/tests/explore/weaken.py" check)
"${weaken[@]}" || fail "doc/mutants.md does not fit the sources"

# refused WHAT SED-SCRIPT: fails unless the list with that change is refused
refused() {
	sed -E "$2" "$source_dir/doc/mutants.md" >"$scratch/list.md"
	! cmp -s "$scratch/list.md" "$source_dir/doc/mutants.md" || fail "$1: nothing was changed"
	! "${weaken[@]}" --list="$scratch/list.md" >"$scratch/log" 2>&1 || fail "not refused: $1"
	grep -q "$3" "$scratch/log" || fail "another message than \"$3\": $1"
}

refused "a function that does not exist" 's/^(- `[^ ]+ )/\1no_/' "have no such order"
# shellcheck disable=SC2016 # Markdown's
refused "a side that an access has not" 's/^(- `[^`]+`, )[a-z, ]+/\1total acquire/' "have no such order"
refused "a mutant that nobody has tried" 's/^([0-9]+) mutants/1\1 mutants/' "the list is of"
refused "a survivor without a reason" 's/^([0-9]+) mutants, [0-9]+ killed/\1 mutants, 0 killed/' "are not"
refused "a queue that does not exist" 's/^## [a-z_]+$/&_2/' "no such queue"
