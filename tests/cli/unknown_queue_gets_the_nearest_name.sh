#!/usr/bin/env bash
# An unknown queue is refused with status 2, and a message with the nearest name and all names. So is a
# missing file, or a file that is no module.
# not-under: tsan (what it is about is done by one thread)

source "$(dirname "$0")/lib.sh"

mkdir tree
expect_status 0 "$program" --queue=help
expect_empty "$err"
mapfile -t queues < <(awk 'NR > 1 { print $1 }' "$out")
((${#queues[@]} >= 2)) || fail "--queue=help lists ${#queues[@]} queues"
expect_equal "first line of the table" "$(head -n 1 "$out" | tr -s ' ')" \
	"NAME KIND CONSUMERS WAITS TITLE"
expect_status 0 "$program" --result-queue=help
expect_equal "header of --result-queue=help" "$(head -n 1 "$out" | cut -d ' ' -f 1)" NAME

# misspelt OPTION QUEUE: tries the name with a letter too much
misspelt() {
	local other message
	expect_status 2 "$program" "$1${2}k" tree
	expect_empty "$out"
	expect_says "$err" "there is no queue '${2}k'"
	expect_says "$err" "the nearest name is '$2'"
	message=$(<"$err")
	for other in "${queues[@]}"; do
		[[ $message =~ (^|[^[:alnum:]_])"$other"($|[^[:alnum:]_]) ]] ||
			fail "the message does not list $other"
	done
}

for queue in "${queues[@]}"; do
	misspelt --queue= "$queue"
done
misspelt -q "${queues[0]}"
misspelt --result-queue= "${queues[0]}"
if [[ " ${queues[*]} " == *" vyukov "* ]]; then
	expect_status 2 "$program" --queue=vyukow tree
	expect_says "$err" "the nearest name is 'vyukov'"
fi
# No name is near
expect_status 2 "$program" --queue=zzzzzzzz tree
expect_says "$err" "there is no queue 'zzzzzzzz'. There are: "
expect_status 2 "$program" --queue= tree
expect_says "$err" "there is no queue ''"
expect_status 2 "$program" --queue="$(printf 'x%.0s' {1..5000})" tree
expect_says "$err" "there is no queue"

printf 'not a module' >not-a-module.so
mkdir folder.so
: >empty.so
for file in missing not-a-module folder empty; do
	for option in --queue= --result-queue=; do
		expect_status 2 "$program" "$option./$file.so" tree
		expect_empty "$out"
		expect_says "$err" "$file.so"
	done
done
expect_status 2 "$program" --queue=./missing.so tree
expect_says "$err" "./missing.so: cannot open shared object file: No such file or directory"
# A shared library that is no queue module
library=$(ldd "$(command -v bash)" | awk '$3 ~ /libtinfo/ { print $3 }')
if [[ $library ]]; then
	expect_status 2 "$program" --queue="$library" tree
	expect_says "$err" "$library is no queue module"
fi
