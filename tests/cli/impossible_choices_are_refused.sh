#!/usr/bin/env bash
# Choices that are unknown or exclude each other are refused with status 2 before the walk. The message
# names the possible choices.
# not-under: tsan (what it is about is done by one thread)

source "$(dirname "$0")/lib.sh"

mkdir tree

# refused TEXT ARGUMENT...
refused() {
	local text=$1
	shift
	expect_status 2 "$program" "$@" tree
	expect_empty "$out"
	expect_says "$err" "$text"
}

refused "--wait: 'nap' is not spin, yield, park or native" --wait=nap
refused "--wait: '' is not spin, yield, park or native" --wait=
refused "--items: 'file' is not dir or root" --items=file
refused "unrecognized option '--frob'" --frob
refused "invalid option -- 'Z'" -Z
expect_status 2 "$program" tree --queue
expect_says "$err" "option '--queue' requires an argument"

outputs=(--print --print0 --per-directory --json)
for first in "${outputs[@]}"; do
	for second in "${outputs[@]}"; do
		if [[ $first == "$second" ]]; then
			expect_status 0 "$program" "$first" "$second" tree
		else
			refused "exclude" "$first" "$second"
			expect_says "$err" "${first#--}"
		fi
	done
done

# A wait that a queue does not offer, and more workers than it serves consumers
expect_status 0 "$program" --queue=help
table=$(tail -n +2 "$out")
without=0 single=0
while read -r name _ consumers waits _; do
	for wait in spin yield park native; do
		if [[ ,$waits, != *",$wait,"* ]]; then
			refused "--wait=$wait: queue $name has no such wait; it offers $waits" \
				--queue="$name" --wait="$wait" -j1
			without=$((without + 1))
		fi
	done
	if [[ $consumers != any ]]; then
		refused "queue $name serves $consumers consumer" --queue="$name" -j $((consumers + 1))
		expect_says "$err" "-j $consumers"
		expect_says "$err" "--result-queue"
		expect_status 0 "$program" --queue="$name" tree
		expect_says "$out" "to $consumers worker"
		single=$((single + 1))
	fi
done <<<"$table"
echo "tried $without waits that a queue has not, $single queues with too many workers"

expect_status 0 "$program" --help
expect_says "$out" "Usage:"
expect_empty "$err"
expect_status 0 "$program" --version
expect_says "$out" "dirwalk "
