#!/usr/bin/env bash
# Who may include whom, as the design says; nothing in src/ or bench/ names a queue; and this check
# finds each breach of that, in a tree that is made up here.
#
#     queues/*.c  ->  queue.h, reclaim/, shared/       (and so do *.cpp, and those two folders)
#     src/base    ->  itself
#     src/*       ->  src/base, src, queue.h
#     src/walk    ->  src, src/base, queue.h, itself
#     bench       ->  src, src/base, queue.h, itself
#
# System headers are free, and what the build writes ends in .inc. A queue's file is seen by the two
# instantiate.c and bench/explore/instance.c alone, which name it by the macro QUEUE_FILE;
# bench/workload/instantiate.c includes the other one. A check may compile the waiting code of src/ a second
# time, with delays in it.

set -euo pipefail
export LC_ALL=C
source_dir=$(realpath -- "${1:?usage: ${0##*/} SOURCE_DIR}")

# Takes comments away; what is in quotes is code. Lines stay lines.
uncommented() {
	awk '
		{
			line = ""
			for (i = 1; i <= length($0); ++i) {
				two = substr($0, i, 2)
				one = substr($0, i, 1)
				if (comment) {
					if (two == "*/") { comment = 0; ++i; line = line " " }
				} else if (quote != "") {
					line = line one
					if (one == "\\") { ++i; line = line substr($0, i, 1) }
					else if (one == quote) quote = ""
				} else if (two == "/*") { comment = 1; ++i }
				else if (two == "//") break
				else {
					line = line one
					if (one == "\"" || one == "'\''") quote = one
				}
			}
			quote = ""
			print line
		}' "$1"
}

# allowed FROM TO: may the one file include the other?
allowed() {
	local of_queues='queues/queue.h queues/reclaim/* queues/shared/*'
	local to=$2 patterns pattern
	if [[ $1 == bench/workload/instantiate.c && $to == src/instantiate.c ]]; then
		return 0
	fi
	if [[ $1 == bench/verify/handoffs/delayed_channel.h && $to == src/@(channel|eventcount).c ]]; then
		return 0
	fi
	case $1 in
	queues/queue.h) patterns= ;;
	queues/*/*/*) patterns= ;;
	queues/reclaim/* | queues/shared/* | queues/*.c | queues/*.cpp) patterns=$of_queues ;;
	src/base/*) patterns='src/base/*' ;;
	src/walk/*) patterns='src/*.h src/base/* src/walk/* queues/queue.h' ;;
	src/*/*) patterns= ;;
	src/*) patterns='src/*.h src/base/* queues/queue.h' ;;
	bench/*) patterns='src/*.h src/base/* bench/* queues/queue.h' ;;
	esac
	set -f
	for pattern in $patterns; do
		# A star is no slash, but in the last folder of bench
		# shellcheck disable=SC2053
		if [[ $to == $pattern && $to != *.@(c|cpp) ]] &&
			[[ $pattern == bench/* || ${to//[!\/]/} == "${pattern//[!\/]/}" ]]; then
			set +f
			return 0
		fi
	done
	set +f
	return 1
}

# check DIR: prints a line for each breach in the tree
check() {
	local file name where target place queues=() queue
	cd "$1"
	for file in queues/*.c queues/*.cpp; do
		[[ -e $file ]] || continue
		queue=${file##*/}
		queues+=("${queue%.*}")
	done
	while IFS= read -r file; do
		uncommented "$file" >"$scratch/code"
		# The macro
		if grep -qE '^[[:space:]]*#[[:space:]]*include[[:space:]]+[^"<[:space:]]' "$scratch/code"; then
			case $file in
			src/instantiate.c | bench/workload/instantiate.c | bench/explore/instance.c)
				if grep -E '^[[:space:]]*#[[:space:]]*include[[:space:]]+[^"<[:space:]]' \
					"$scratch/code" | grep -qvE 'include[[:space:]]+QUEUE_FILE[[:space:]]*$'; then
					echo "$file: includes a macro that is not QUEUE_FILE"
				fi
				;;
			*) echo "$file: includes a macro" ;;
			esac
		fi
		# Headers in quotes, or in angles
		while IFS= read -r name; do
			target=
			where=${file%/*}
			for place in "$where/" src/ queues/ bench/; do
				if [[ -e $place${name#?} ]]; then
					target=$(realpath --relative-to=. -- "$place${name#?}")
					break
				fi
			done
			if [[ $target ]]; then
				allowed "$file" "$target" || echo "$file: includes $target"
			elif [[ $name == \"* && $name != *.inc ]]; then
				echo "$file: includes ${name#?}, which is not in the tree"
			fi
		done < <(sed -nE 's/^[[:space:]]*#[[:space:]]*include(_next)?[[:space:]]*(["<])([^">]*)[">].*/\2\3/p' \
			"$scratch/code")
		# Queues by name
		if [[ $file != queues/* ]]; then
			for queue in "${queues[@]}"; do
				if grep -qwF -e "$queue" "$scratch/code"; then
					echo "$file: names the queue $queue"
				fi
			done
		fi
	done < <(find queues src bench -name '*.[ch]' -o -name '*.cpp' | sort)
	# What builds them does not either
	for file in src/CMakeLists.txt src/*/CMakeLists.txt bench/CMakeLists.txt bench/*/CMakeLists.txt; do
		[[ -e $file ]] || continue
		for queue in "${queues[@]}"; do
			if sed 's/#.*//' "$file" | grep -qwF -e "$queue"; then
				echo "$file: names the queue $queue"
			fi
		done
	done
}

scratch=$(mktemp -d)
trap 'rm -rf -- "$scratch"' EXIT

# A tree that breaks each rule once, and keeps it close by
made=$scratch/made
mkdir -p "$made"/{queues/{reclaim,shared},src/{base,walk},bench/workload/loops}
cd "$made"
file() {
	printf '%s\n' "${@:2}" >"$1"
}
file queues/queue.h '#include <stddef.h>'
file queues/good.c '#include "queue.h"' '#include "reclaim/magazine.h"' '#include "shared/shared.h"' \
	'#include <urcu/wfcqueue.h>'
file queues/well.cpp '#include "queue.h"' '#include "shared/shared.h"' '#include <new>'
file queues/reclaim/magazine.h '#include "queue.h"'
file queues/shared/shared.h '#include "queue.h"' '#include "reclaim/magazine.h"'
file src/base/clock.h '#include <time.h>'
file src/base/clock.c '#include "base/clock.h"'
file src/channel.h '#include "base/clock.h"' '#include "queue.h"' '// good, says the comment' \
	'/* and this one:' ' * good' ' */' 'int goods; // "'
file src/channel.c '#include "channel.h"' 'const char *url = "http://a/*"; int x; /* good */'
file src/instantiate.c '#include QUEUE_FILE' '#include "channel.h"'
file src/walk/walk.h '#include "channel.h"' '#include "base/clock.h"' '#include "queue.h"'
file src/walk/walk.c '#include "walk/walk.h"'
file bench/workload/loop.h '#include "channel.h"' '#include "queue.h"'
file bench/workload/instantiate.c '#include QUEUE_FILE' '#include "../../src/instantiate.c"' \
	'#include "loops/pairs.h"' '#include "loops.inc"'
file bench/workload/loops/pairs.h '#include "loop.h"' '#include "base/clock.h"'
file src/CMakeLists.txt '# good' 'add_library(core)'
breaches=$(check "$made")
if [[ $breaches ]]; then
	printf 'FAILED: the check objects to what is right:\n%s\n' "$breaches" >&2
	exit 1
fi

# breach EXPECTED FILE LINE...: with these lines more, that is what is found
breach() {
	local expected=$1 file=$2 found
	shift 2
	if [[ -e $file ]]; then
		cp "$file" "$scratch/before"
	fi
	printf '%s\n' "$@" >>"$file"
	found=$(check "$made")
	if [[ $found != "$expected" ]]; then
		printf 'FAILED: the check says %s instead of %s\n' "${found@Q}" "${expected@Q}" >&2
		exit 1
	fi
	if [[ -e $scratch/before ]]; then
		mv "$scratch/before" "$file"
	else
		rm "$file"
	fi
}
breach "queues/good.c: includes src/channel.h" queues/good.c '#include "channel.h"'
breach "queues/good.c: includes src/channel.h" queues/good.c '#include <channel.h>'
breach "queues/good.c: includes src/channel.h" queues/good.c '  #  include"../src/channel.h" // why'
breach "queues/good.c: includes src/base/clock.h" queues/good.c '#include "base/clock.h"'
breach "queues/good.c: includes a macro" queues/good.c '#include OTHER'
breach "queues/better.c: includes queues/good.c" queues/better.c '#include "good.c"'
breach "queues/better.c: includes nowhere.h, which is not in the tree" queues/better.c \
	'#include "nowhere.h"'
breach "queues/well.cpp: includes src/channel.h" queues/well.cpp '#include "channel.h"'
breach "src/channel.c: includes queues/well.cpp
src/channel.c: names the queue well" src/channel.c '#include "well.cpp"'
breach "queues/reclaim/magazine.h: includes src/channel.h" queues/reclaim/magazine.h \
	'#include "channel.h"'
breach "queues/shared/shared.h: includes src/base/clock.h" queues/shared/shared.h '#include "base/clock.h"'
breach "queues/queue.h: includes queues/reclaim/magazine.h" queues/queue.h \
	'#include "reclaim/magazine.h"'
breach "src/base/clock.c: includes src/channel.h" src/base/clock.c '#include "channel.h"'
breach "src/base/clock.c: includes queues/queue.h" src/base/clock.c '#include "queue.h"'
breach "src/channel.c: includes src/walk/walk.h" src/channel.c '#include "walk/walk.h"'
breach "src/channel.c: includes bench/workload/loop.h" src/channel.c '#include "loop.h"'
breach "src/channel.c: includes queues/good.c
src/channel.c: names the queue good" src/channel.c '#include "good.c"'
breach "src/channel.c: includes queues/reclaim/magazine.h" src/channel.c '#include "reclaim/magazine.h"'
breach "src/channel.c: includes a macro" src/channel.c '#include QUEUE_FILE'
breach "src/instantiate.c: includes a macro that is not QUEUE_FILE" src/instantiate.c '#include OTHER'
breach "bench/workload/loop.h: includes src/instantiate.c" bench/workload/loop.h '#include "../../src/instantiate.c"'
breach "src/walk/walk.c: includes bench/workload/loop.h" src/walk/walk.c '#include "loop.h"'
breach "src/walk/walk.c: includes src/channel.c" src/walk/walk.c '#include "channel.c"'
breach "src/walk/walk.c: names the queue good" src/walk/walk.c 'const char *name = "good";'
breach "bench/workload/loop.h: includes src/walk/walk.h" bench/workload/loop.h '#include "walk/walk.h"'
breach "bench/workload/loops/pairs.h: includes queues/shared/shared.h" bench/workload/loops/pairs.h \
	'#include "shared/shared.h"'
breach "bench/workload/loops/pairs.h: names the queue good" bench/workload/loops/pairs.h '/* a */ extern int good;'
breach "src/CMakeLists.txt: names the queue good" src/CMakeLists.txt 'set(default good)'

# And now the tree itself
breaches=$(check "$source_dir")
if [[ $breaches ]]; then
	printf 'FAILED: the include rules are broken:\n%s\n' "$breaches" >&2
	exit 1
fi
cd "$source_dir"
echo "checked $(find queues src bench -name '*.[ch]' -o -name '*.cpp' | wc -l) files"
