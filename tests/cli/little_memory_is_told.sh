#!/usr/bin/env bash
# With too little memory, dirwalk says so and ends, or walks completely with what it got. It neither crashes
# nor hangs. A queue that is too large is refused.
# not-under: asan tsan (a sanitizer reserves all the address space that there is)

source "$(dirname "$0")/lib.sh"

make_tree tree
wanted="$(count_files tree) $(count_directories tree) 0"
little='ulimit -v "$1"; shift; exec "$@"'

# The least memory with which the program starts: with less, the dynamic loader fails
for ((least = 1024; least < 1024 * 1024; least += 512)); do
	run bash -c "$little" bash "$least" "$program" --help
	((status != 0)) || break
done

walked=0 refused=0
for ((more = 0; more <= 24 * 1024; more += 256)); do
	options=(-j$((more / 256 % 2 ? 2 : 16)))
	run bash -c "$little" bash $((least + more)) "$program" --json "${options[@]}" tree
	case $status in
	0)
		expect_equal "totals with $((least + more)) KiB" "$(totals "$out")" "$wanted"
		walked=$((walked + 1))
		;;
	1)
		grep -qE 'Cannot allocate memory|standard output' "$err" ||
			fail "status 1 with $((least + more)) KiB, and not a word about memory"
		;;
	2)
		[[ -s $err ]] || fail "status 2 without a message, with $((least + more)) KiB"
		refused=$((refused + 1))
		;;
	127) ;; # the dynamic loader failed
	*) fail "status $status with $((least + more)) KiB, ${options[*]}" ;;
	esac
done
echo "walked $walked times, refused $refused times"
((walked > 0)) || fail "never walked"
((refused > 0)) || fail "never refused"

# The memory ends during the walk: 20,000 directories, and no memory for their names
mkdir many
seq -f 'many/a name that takes some room in memory, for it is long and has a number: %.0f' 20000 |
	tr '\n' '\0' | xargs -0 mkdir
met=0
for ((more = 0; more <= 12 * 1024; more += 256)); do
	run bash -c "$little" bash $((least + more)) "$program" --json -j1 --wait=park -c16 many
	case $status in
	0) expect_equal "totals with $((least + more)) KiB" "$(totals "$out")" "0 20001 0" ;;
	1)
		met=$((met + 1))
		expect_says "$err" "Cannot allocate memory"
		;;
	2 | 127) [[ -s $err ]] || fail "status $status without a message" ;;
	*) fail "status $status with $((least + more)) KiB" ;;
	esac
done
((met > 0)) || fail "memory was never short in the middle of a walk"

expect_status 2 bash -c "$little" bash 500000 "$program" -q "$(
	"$program" --queue=help | awk '$2 == "bounded" && !found++ { print $1 }'
)" --capacity=1000000000 tree
expect_says "$err" "--capacity=1000000000: Cannot allocate memory"
