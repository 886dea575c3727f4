#!/usr/bin/env bash
# A malformed number, or one out of range, is refused with status 2 before the walk. The message names
# the option, the value and the range. The ends of the range are accepted.
# not-under: tsan (what it is about is done by one thread)

source "$(dirname "$0")/lib.sh"

mkdir tree
touch tree/{a,b,c}

# refused LONG SHORT RANGE VALUE...
refused() {
	local long=$1 short=$2 range=$3 value form
	shift 3
	for value; do
		for form in "$long=$value" "$short$value"; do
			if [[ $form == "$short" ]]; then
				continue # the next argument would be the value
			fi
			expect_status 2 "$program" "$form" tree
			expect_empty "$out"
			expect_says "$err" "$long: '$value' is not a whole number from $range"
		done
		expect_status 2 "$program" "$short" "$value" tree
		expect_says "$err" "$long: '$value' is not a whole number from $range"
	done
}

nonsense=(abc '' -1 -0 3.5 1e3 0x10 3k '3 ' '--' 99999999999999999999 18446744073709551617)
refused --threads -j "1 to 4096" 0 100000 4097 4294967297 "${nonsense[@]}"
refused --capacity -c "1 to 1099511627776" 0 1099511627777 "${nonsense[@]}"
refused --max-depth -d "0 to 4294967294" 4294967295 "${nonsense[@]}"

expect_totals 0 "3 1 0" -j 1 -c 1 -d 1 tree
expect_totals 0 "3 1 0" -j 64 -c 1000000 -d 4294967294 tree
