#!/usr/bin/env bash
# Exploring finds each single fault in the waiting code within a minute: a missing second look, a missing
# fence, and more. A change that does no harm passes, with the reason beside it. MUTANTS is a pattern
# that chooses.
# not-under: asan tsan (there are no exploring modules)
# seconds: 20

source "$(dirname "$0")/lib.sh"

build=${program%/*}
cc=${CC:-cc}
includes=(-Isrc -I"$sources/src" -I"$sources/queues" -I"$sources/bench")
flags=(-std=gnu17 -D_GNU_SOURCE -fPIC -fvisibility=hidden -w)
hooks=(-O1 -gdwarf-4 -fsanitize=thread)
if [[ $(uname -m) == x86_64 ]]; then
	flags+=(-mcx16)
fi

# compile OBJECT FILE ARGUMENT...
compile() {
	"$cc" "${flags[@]}" "${@:3}" "${includes[@]}" -c "$2" -o "$1"
}

# instance QUEUE OBJECT: compiles the queue with a channel and the pool over it
instance() {
	compile "$2" "$sources/bench/explore/instance.c" "${hooks[@]}" -DQUEUE_ID="$1" \
		-DQUEUE_FILE="\"$sources/queues/$1.c\""
}

# mutant NAME QUEUE FILE SED-SCRIPT: makes explore/QUEUE.so with that change in FILE of src/
mutant() {
	local queue=$2 file=$3 object objects=()
	cp "$sources"/src/{eventcount,channel,pool}.[ch] src/
	sed -i -E "$4" "src/$file"
	! cmp -s "src/$file" "$sources/src/$file" || fail "$1: nothing was changed in $file"
	for object in eventcount channel pool; do
		if [[ $file == "$object.c" || $file == eventcount.h && $object == channel ]]; then
			compile "mutant_$object.o" "src/$object.c" "${hooks[@]}"
			objects+=("mutant_$object.o")
		else
			objects+=("$object.o")
		fi
	done
	if [[ $file == *.h ]]; then
		instance "$queue" mutant_instance.o
		objects+=(mutant_instance.o)
	else
		objects+=("instance_$queue.o")
	fi
	mkdir -p explore
	"$cc" -shared -o "explore/$queue.so" "${objects[@]}" engine/*.o "$build/src/base/libbase.a" -lm -ldl
}

# The search, the correct objects, and the queues as any other program loads them
mkdir src engine
cp "$sources"/src/{eventcount,channel,pool}.[ch] src/
for file in "$sources"/bench/{explore,hooked}/*.c; do
	name=$(basename "$file" .c)
	[[ $name == instance ]] || compile "engine/$name.o" "$file" -O2 -fno-builtin-malloc &
done
wait
for name in eventcount channel pool; do
	compile "$name.o" "src/$name.c" "${hooks[@]}" &
done
for queue in spsc_ring vyukov; do
	instance "$queue" "instance_$queue.o" &
	"$cc" "${flags[@]}" -O1 -shared "${includes[@]}" -DQUEUE_MODULE -DQUEUE_ID="$queue" \
		-DQUEUE_FILE="\"$sources/queues/$queue.c\"" "$sources/src/instantiate.c" \
		"$build/src/libcore.a" "$build/src/base/libbase.a" -lm -o "$queue.so" &
done
wait

tried=0

# again NAME: fails unless the seed of the finding finds the same schedule
again() {
	jq -r .queues[].checks[].detail findings.json >first
	run verify --queues="./$queue.so" --checks=explore_waiting --time=60s -o findings.json \
		--seed="$(jq .queues[].checks[].failed_seed findings.json)"
	((status == 1)) || fail "$1 is not found again with its seed: status $status"
	jq -r .queues[].checks[].detail findings.json >second
	diff first second >&2 || fail "$1: another schedule is found with its seed"
}

# try VERDICT NAME QUEUE FILE SED-SCRIPT: fails unless the mutant gets this verdict
try() {
	local verdict=$1 name=$2 queue=$3 began=$SECONDS time=2s
	# shellcheck disable=SC2053
	[[ $name == ${MUTANTS:-*} ]] || return 0
	mutant "${@:2}"
	# A finding ends the search at once, unless the machine is busy
	[[ $verdict != found ]] || time=60s
	run verify --queues="./$queue.so" --checks=explore_waiting --time="$time" -o findings.json
	if [[ $verdict == found ]]; then
		((status == 1)) || fail "$name is not found: status $status"
		cp out found
		again "$name"
		cp found out
	else
		((status == 0)) || fail "$name does no harm, and is rejected: $(sed -n '/fails/,$p' out)"
	fi
	printf '%-36s %-6s %2d s  %s\n' "$name" "$verdict" $((SECONDS - began)) \
		"$(sed -n '/fails explore_waiting/{n;n;s/^ *//p;}' out | cut -c 1-120)"
	tried=$((tried + 1))
}

try found "without the second look" spsc_ring channel.h \
	's/^(\t+)announced = true;/\1eventcount_wait(eventcount);/'
try found "without fence A" spsc_ring eventcount.c '/atomic_thread_fence/d'
try found "without fence B" spsc_ring eventcount.h '/atomic_thread_fence/d'
try found "fence A is no full one" spsc_ring eventcount.c \
	's/(atomic_thread_fence.*)seq_cst/\1acq_rel/'
try found "fence B is no full one" spsc_ring eventcount.h \
	's/(atomic_thread_fence.*)seq_cst/\1acq_rel/'
try found "a permit stays where nobody waits" spsc_ring eventcount.c \
	's/\(eventcount_waiters\(state\) \? EVENTCOUNT_WAITER : EVENTCOUNT_PERMIT\)/EVENTCOUNT_WAITER/'
try found "the state is read after the queue" spsc_ring channel.h \
	's/state == CHANNEL_CLOSED \? QUEUE/channel_state(channel) == CHANNEL_CLOSED ? QUEUE/'
try found "closing forgets who waits for room" spsc_ring channel.c \
	'/eventcount_wake\(&channel->room, UINT32_MAX\)/d'
try found "children count after they are published" vyukov pool.h \
	'/^\t\tpool_account\(/{h;d};/^\t\tpool_publish\(/{G}'
try found "the last worker closes nothing" vyukov pool.h '/channel_close\(result_type/d'

# A thread that wakes up and sees nothing announces itself again. Then fence A comes after fence B of the
# waker whose permit it took, and the look after it sees the item
try passed "W1 and W2 are relaxed" spsc_ring eventcount.c \
	's/memory_order_(acquire|release)/memory_order_relaxed/'

((tried > 0)) || fail "nothing was tried"
echo "$tried mutants"
