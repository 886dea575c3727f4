#!/usr/bin/env bash
# A listing through this queue has every file that find lists, once, under the same name. It is tried with
# zero bytes and new lines as ends, with a slash after DIR and without, with one worker and 64, and with a
# queue that is always full.
#
# The spelling of a DIR does not matter to the queue. All are tried with the default queues; with the others,
# and in a sanitizer build, where every start of the program takes a tenth of a second, two are.
# default-queues-under: asan tsan emulator (each_pool runs there with each queue, and listing is the same for all)

source "$(dirname "$0")/../cli/lib.sh"
queue=${2:?usage: ${0##*/} DIRWALK QUEUE}

# A walk has at least two producers: a worker and main
refusal=$("$program" --queue="$queue" --threads=1 . 2>&1 || true)
if [[ $refusal == *"serves 1 producer at once"* ]]; then
	echo "$queue is refused, as it must be"
	exit 0
fi

consumers=$(limited "$program" --queue=help | awk -F '  +' -v name="$queue" '$1 == name { print $3 }')
[[ $consumers ]] || fail "--queue=help does not list $queue"

# choose THREADS: sets $choice, with no more consumers than the queue serves
choose() {
	choice=(--queue="$queue")
	if [[ $consumers != any ]] && (($1 > consumers)); then
		choice=(--result-queue="$queue")
	fi
	choice+=(--threads="$1")
}

# sorted END FILE: sorts FILE in place; END is the option of sort for the end of lines
sorted() {
	sort ${1:+"$1"} -o "$2" -- "$2"
}

make_tree tree
ln -s tree link

dirs=(tree tree/ tree// ./tree "$PWD/tree" link tree/deep tree/empty tree/wide/)
if [[ $sanitizer ]] || ! is_default "$queue"; then
	dirs=(tree/ link)
fi
for dir in "${dirs[@]}"; do
	# find does not double a slash before the file's own name, and dirwalk does not either
	find -H "$dir" ! -type d -fprint0 zeroes -fprint lines
	sorted -z zeroes
	sorted '' lines
	for count in 1 64; do
		choose "$count"
		for capacity in 1 65536; do
			expect_status 0 "$program" "${choice[@]}" --capacity="$capacity" --print0 "$dir"
			sorted -z "$out"
			expect_same_file "--print0 of $dir, ${choice[*]}, capacity $capacity" "$out" zeroes
			expect_empty "$err"
		done
		expect_status 0 "$program" "${choice[@]}" --print "$dir"
		sorted '' "$out"
		expect_same_file "--print of $dir, ${choice[*]}" "$out" lines
	done
done

# More output than a worker holds back, from several DIRs at once, one worker for each
mkdir -p big/{1..20}
touch big/{1..20}/"a name that is long enough to fill the output of a worker soon, number "{1..100}
find -H tree big link ! -type d -print0 | sort -z >zeroes
for items in dir root; do
	for count in 1 3; do
		choose "$count"
		expect_status 0 "$program" "${choice[@]}" --items="$items" --capacity=1 -0 tree big link
		sorted -z "$out"
		expect_same_file "-0 of three, ${choice[*]}, items $items" "$out" zeroes
	done
done
