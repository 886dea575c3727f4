#!/usr/bin/env bash
# Makes a queue module of one C file, wherever that is, without touching the tree. Where qbench is installed, it
# is called qbench-module, and lies in a copy of the folders that it reads.

set -euo pipefail
root=$(cd "$(dirname "$(realpath -- "${BASH_SOURCE[0]}")")/.." && pwd)
source "$root/scripts/steps.sh"

usage() {
	cat <<-END
		Usage: ${0##*/} [--no-loops] FILE.c [COMPILER-ARGUMENT]...

		Makes ./FILE.so, for dirwalk --queue=./FILE.so and qbench --queues=./FILE.so. FILE is also
		the name of the queue in it: QUEUE_EXPORT(FILE). Further arguments, such as -lsomething,
		go to the compiler, which is \$CC or cc. Beside it, ./explore/FILE.so is made for
		qbench verify --checks=explore, if the file requires no library.

		  --no-loops  without the loops that qbench run measures, which take longest to compile

		BUILD is the folder of the build (default: build/release, or what was installed).
	END
}

bench=true
case ${1-} in
-h | --help) show_usage ;;
--no-loops)
	bench=false
	shift
	;;
esac
[[ ${1-} == *.c ]] || wrong_usage
file=$(realpath -- "$1")
name=$(basename -- "$file" .c)
shift
[[ $name =~ ^[A-Za-z_][A-Za-z0-9_]*$ ]] || die 2 "${name@Q} cannot be the name of a queue: it is no identifier of C"

build=${BUILD:-$root/build/release}
[[ -f $build/src/libcore.a ]] ||
	die 1 "nothing is built in $build: cmake --preset release && cmake --build --preset release"

compiler=${CC:-cc}
flags=(-std=gnu17 -O2 -g -Wall -Wextra -D_GNU_SOURCE -fPIC -fvisibility=hidden
	-I"$root/bench" -I"$root/src" -I"$root/queues" -DQUEUE_ID="$name" -DQUEUE_FILE="\"$file\"")
if [[ $(uname -m) == x86_64 ]]; then
	flags+=(-mcx16)
fi
instance=("$root/src/instantiate.c")
if $bench; then
	instance=(-I"$build/bench/workload/loops" "$root/bench/workload/instantiate.c")
fi
attend "$compiler" -shared "${flags[@]}" -DQUEUE_MODULE "${instance[@]}" "$build/src/libcore.a" \
	"$build/src/base/libbase.a" -lm "$@" -o "$name.so"
echo "made ./$name.so"

# The same file with hooks in place of its accesses to memory, as bench/explore/CMakeLists.txt makes it:
# where it requires no library, or the one whose primitives are known
required=$(sed -nE 's,^// (requires(-header)?|unexplored): *,,p' "$file")
hooks=(-O1 -gdwarf-4 -g1 -fsanitize=thread)
if "$compiler" --version | grep -q 'Free Software Foundation'; then
	hooks+=(-Wno-tsan) # gcc warns of each fence
fi
if [[ $required == liburcu-cds && -d $build/bench/explore/liburcu ]]; then
	hooks+=(-I"$build/bench/explore/liburcu" -include "$root/bench/hooked/liburcu.h")
	required=
fi
if [[ $required ]]; then
	exit 0
elif [[ ! -f $build/bench/explore/libexplorer.a || ! -f $build/bench/explore/libexplored_waiting.a ]]; then
	say "${0##*/}: without ./explore/$name.so, since the build has no exploring modules (target exploring)"
	exit 0
fi
mkdir -p explore
scratch=$(mktemp -d)
attend "$compiler" "${flags[@]}" "${hooks[@]}" -c "$root/bench/explore/instance.c" -o "$scratch/$name.o"
attend "$compiler" -shared "$scratch/$name.o" -Wl,--whole-archive "$build/bench/explore/libexplorer.a" \
	-Wl,--no-whole-archive "$build/bench/explore/libexplored_waiting.a" \
	"$build/src/base/libbase.a" -Wl,-z,defs -ldl "$@" -o "explore/$name.so"
echo "made ./explore/$name.so"
