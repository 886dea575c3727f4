#!/usr/bin/env bash
# Exploring finds each memory order of vyukov and scq that is weakened to relaxed, except those that do
# no harm because of another access. ALL=1 also tries these, and lists them.
# not-under: asan tsan (there are no exploring modules)

source "$(dirname "$0")/lib.sh"

build=$(dirname "$program")
# made_up QUEUE NUMBER: prints why weakening only the order NUMBER of weaken.py does no harm
made_up() {
	case $1_$2 in
	scq_1 | scq_13) echo "a ticket is taken by an update, of which each sees the one before; the \
entry orders what it stands for" ;;
	scq_2 | scq_5) echo "the compare-and-swap that fills the entry acquires what it has seen" ;;
	scq_3) echo "who made the entry unsafe released it after its ticket: the entry's acquire is \
enough to see that head has passed" ;;
	scq_6 | scq_7 | scq_12) echo "the threshold holds no item: what happened before is seen, and no \
more is promised of EMPTY; to lose its store takes 3n tickets that catching up has published" ;;
	scq_8 | scq_9 | scq_10) echo "catching up moves tail alone, and its tickets are updates" ;;
	scq_11) echo "how long a consumer waits for a producer is no matter of what is right" ;;
	scq_14 | scq_16 | scq_18) echo "the fetch_or that takes the index acquires from the same entry" ;;
	scq_15) echo "the load that found the index has acquired it; the slot is released with the \
index, to the other ring" ;;
	scq_17) echo "what it releases are tickets alone, which are updates; an index that was inside \
stays, and the release sequence of who put it goes on" ;;
	scq_19) echo "a tail that is too old is one that no finished enqueue was before" ;;
	scq_20 | scq_21) echo "counted down by updates; the threshold holds no item" ;;
	scq_22 | scq_23) echo "scq takes without a look before; parts of relaxed queues have one" ;;
	esac
}

# try QUEUE NUMBER WHERE...: 0 if exploring rejects it
try() {
	local folder=$PWD/mutants/$1_$2
	(cd "$folder" && BUILD=$build "$sources/scripts/module.sh" --no-loops "$1.c" -w -iquote .) >out 2>err ||
		fail "$1_$2 cannot be made"
	run verify --queues="$folder/$1.so" --checks=explore --time=20s
	((status == 0 || status == 1)) || fail "status $status: $1 with $2 weakened"
	return $((1 - status))
}

wrong=()
count=0
for queue in vyukov scq; do
	/usr/bin/python3 "$sources/tests/explore/weaken.py" "$sources/queues/$queue.c" mutants >list
	while IFS=$'\t' read -r number where <&3; do
		reason=$(made_up "$queue" "$number")
		if [[ $reason && ! ${ALL:-} ]]; then
			continue
		fi
		count=$((count + 1))
		if try "$queue" "$number"; then
			echo "$queue $where: found"
			[[ ! $reason ]] || wrong+=("$queue $where is found, and was taken to be harmless")
		elif [[ $reason ]]; then
			echo "$queue $where: harmless: $reason"
		else
			wrong+=("$queue $where is not found")
		fi
	done 3<list
done
((count > 0)) || fail "nothing was tried"
if ((${#wrong[@]} > 0)); then
	printf '  %s\n' "${wrong[@]}"
	rm -f err
	fail "${#wrong[@]} of $count orders"
fi
