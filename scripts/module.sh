#!/usr/bin/env bash
# Makes a queue module from one C file, wherever that is, without touching the tree.

set -euo pipefail

if (($# < 1)) || [[ $1 == -h || $1 == --help ]]; then
	cat >&2 <<-END
		Usage: scripts/module.sh FILE.c [COMPILER-ARGUMENT]...

		Makes ./FILE.so, for dirwalk --queue=./FILE.so. FILE is the name of the queue in it:
		QUEUE_EXPORT(FILE). Further arguments, such as -lsomething, go to the compiler.
		Beside it ./explore/FILE.so is made, for qbench verify --queues=./FILE.so
		--checks=explore. BUILD is the folder of the build (default: build/release).
	END
	exit $(($# < 1 ? 2 : 0))
fi

file=$(realpath -- "$1")
name=$(basename -- "$file" .c)
shift

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${BUILD:-$root/build/release}
if [[ ! -f $build/src/libcore.a ]]; then
	echo "module.sh: build the release first: cmake --preset release && cmake --build --preset release" >&2
	exit 1
fi

flags=(-std=gnu17 -O2 -g -Wall -Wextra -D_GNU_SOURCE -shared -fPIC -fvisibility=hidden)
if [[ $(uname -m) == x86_64 ]]; then
	flags+=(-mcx16)
fi
"${CC:-cc}" "${flags[@]}" -I"$root/src" -I"$root/queues" \
	-DQUEUE_MODULE -DQUEUE_ID="$name" -DQUEUE_FILE="\"$file\"" \
	"$root/src/instantiate.c" "$build/src/libcore.a" "$build/src/base/libbase.a" "$@" \
	-o "$name.so"
echo "made ./$name.so"

# The same file with hooks in place of its accesses to memory, as bench/explore/CMakeLists.txt has it:
# where it requires no library, or that whose primitives are known
required=$(sed -nE 's,^// (requires(-header)?|unexplored): *,,p' "$file")
hooks=(-gdwarf-4 -fsanitize=thread)
if [[ $required == liburcu-cds && -d $build/bench/explore/liburcu ]]; then
	hooks+=(-I"$build/bench/explore/liburcu" -include "$root/bench/hooked/liburcu.h")
	required=
fi
if [[ ! $required && -f $build/bench/explore/libexplorer.a ]]; then
	mkdir -p explore
	"${CC:-cc}" "${flags[@]}" "${hooks[@]}" -c -I"$root/bench" -I"$root/src" -I"$root/queues" \
		-DQUEUE_ID="$name" -DQUEUE_FILE="\"$file\"" "$root/bench/explore/instance.c" \
		-o "explore/$name.o"
	"${CC:-cc}" -shared "explore/$name.o" -Wl,--whole-archive "$build/bench/explore/libexplorer.a" \
		-Wl,--no-whole-archive "$build/bench/explore/libexplored_waiting.a" \
		"$build/src/base/libbase.a" -Wl,-z,defs -ldl "$@" -o "explore/$name.so"
	rm "explore/$name.o"
	echo "made ./explore/$name.so"
fi
