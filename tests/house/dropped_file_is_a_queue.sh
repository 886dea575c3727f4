#!/usr/bin/env bash
# A file dropped into queues/ is a queue: built, listed, walked with and tested, with no change to another
# file. A queue that requires a library becomes a module, which is loaded when it is named. If the library or
# a compiler for C++ is missing, it is left out with a message, and the rest builds. A queue from elsewhere
# becomes a module as CONTRIBUTING.md says, and is used by its path.
# seconds: 60

source "$(dirname "$0")/lib.sh"

need cmake ctest ninja git cc nm
# In a folder with a space in its name
copy="$scratch/the sources"
copy_sources "$copy"
# Only the default queues, one as the model, and no fakes: the rest would only take time
model=queues/vyukov.c
default=queues/$(sed -n 's/^set(QBENCH_DEFAULT_QUEUE "\(.*\)" CACHE.*/\1/p' CMakeLists.txt).c
results=queues/$(sed -n 's/^set(QBENCH_DEFAULT_RESULT_QUEUE "\(.*\)" CACHE.*/\1/p' CMakeLists.txt).c
for file in "$model" "$default" "$results"; do
	[[ -f $file ]] || fail "there is no $file"
done
find queues -maxdepth 1 -name '*.c' ! -path "$model" ! -path "$default" ! -path "$results" -delete
rm -r tests/fakes

# Not optimized, since nothing is measured
configure=(cmake --preset release -DCMAKE_BUILD_TYPE=Warnings)
"${configure[@]}" >"$scratch/log" 2>&1 || fail "the tree cannot be configured"

# The file is dropped into a tree that was configured before
sed 's/vyukov/dropped/g' "$model" >queues/dropped.c
requires() {
	sed "1a // requires: $2" "$model" | sed "s/vyukov/$1/g" >"queues/$1.c"
}
requires lacking no-such-library
requires headless liburcu-cds
sed -i 's/^\/\/ requires: .*/\/\/ requires-header: no\/such\/header.h/' queues/headless.c
modules=()
if pkg-config --exists liburcu-cds; then
	modules=(linked)
	requires linked liburcu-cds
fi
find . -path ./build -prune -o -type f -print0 | sort -z | xargs -0 sha256sum >"$scratch/before"

"${configure[@]}" >"$scratch/log" 2>&1 || fail "it cannot be configured with a queue dropped in"
grep -q 'lacking .*no-such-library' "$scratch/log" ||
	fail "no message that lacking is left out for want of no-such-library"
grep -q 'headless .*no/such/header.h' "$scratch/log" ||
	fail "no message that headless is left out for want of no/such/header.h"
cmake -S . -B "$scratch/plain" -G Ninja -DCMAKE_CXX_COMPILER=NOTFOUND >"$scratch/log" 2>&1 ||
	fail "it cannot be configured without a compiler for C++"
for file in queues/*.cpp; do
	queue=$(basename "$file" .cpp)
	grep -q "Queue $queue is left out: there is no compiler for C++" "$scratch/log" ||
		fail "no message that $queue is left out for want of a compiler"
done
targets=$(ninja -C "$scratch/plain" -t targets all)
grep -q "^queue_dropped:" <<<"$targets" || fail "without a compiler for C++, dropped is left out"
# each_queue depends on the existing modules. That they are left out was seen above
rm queues/*.cpp
sed -i '/queues\/.*\.cpp$/d' "$scratch/before"
cmake --build --preset release --target dirwalk each_queue >"$scratch/log" 2>&1 ||
	fail "it cannot be built with a queue dropped in"
: >"$scratch/log"

find . -path ./build -prune -o -type f -print0 | sort -z | xargs -0 sha256sum >"$scratch/after"
diff "$scratch/before" "$scratch/after" >&2 || fail "the build has touched the sources"

# Listed
dirwalk=$copy/build/release/dirwalk
table=$("$dirwalk" --queue=help)
for queue in dropped "${modules[@]}"; do
	grep -q "^$queue " <<<"$table" || fail "--queue=help does not list $queue"
done
for queue in lacking headless; do
	! grep -q "^$queue " <<<"$table" || fail "--queue=help lists $queue"
done

# walks QUEUE: fails unless walks with work and with results on the queue are right
mkdir -p "$scratch/tree"/{1..20}/{a,b}/c
touch "$scratch/tree"/{1..20}/{a,b,.hidden}
walks() {
	local option said
	for option in --queue --result-queue; do
		said=$(timeout 60 "$dirwalk" "$option=$1" -j3 "$scratch/tree") ||
			fail "$option=$1 ends with status $?"
		[[ $said == *$'\n'"20 files found in dir $scratch/tree" ]] || fail "$option=$1 says $said"
	done
	said=$(timeout 60 "$dirwalk" --queue="$1" -j3 --json "$scratch/tree" | grep '"queue"')
	[[ $said == *"\"${1##*/}\""* || $1 == */* ]] || fail "--queue=$1 has used $said"
}
for queue in dropped "${modules[@]}"; do
	walks "$queue"
done

# Tested
tests=$(cd build/release && ctest -N)
for queue in dropped "${modules[@]}"; do
	count=$(grep -cE "[._]$queue\$" <<<"$tests" || true)
	same=$(grep -cE '[._]vyukov$' <<<"$tests" || true)
	((count > 0 && count == same)) || fail "$queue has $count tests, and vyukov has $same"
	(cd build/release && ctest -R "^each_queue\.$queue\$" --no-tests=error) >"$scratch/log" 2>&1 ||
		fail "$queue fails its test"
done
! grep -qE 'lacking|headless' <<<"$tests" || fail "there are tests for a queue that is left out"

# The program contains neither the module nor the library that it requires
symbols=$(nm "$dirwalk")
for queue in "${modules[@]}"; do
	[[ -f build/release/queues/$queue.so ]] || fail "there is no build/release/queues/$queue.so"
	! grep -q "pool_type_$queue" <<<"$symbols" || fail "$queue is linked into dirwalk"
done
grep -q pool_type_dropped <<<"$symbols" || fail "nm does not show what is linked into dirwalk"
libraries=$(ldd "$dirwalk")
[[ $libraries != *urcu* ]] || fail "dirwalk is linked with liburcu"

# From elsewhere, as CONTRIBUTING.md says
mkdir "$scratch/elsewhere"
sed 's/vyukov/mine/g' "$model" >"$scratch/elsewhere/mine.c"
mkdir "$scratch/here"
cd "$scratch/here"
"$copy/scripts/module.sh" "$scratch/elsewhere/mine.c" >"$scratch/log" 2>&1 ||
	fail "scripts/module.sh ends with status $?"
[[ -f mine.so ]] || fail "scripts/module.sh has not made mine.so"
walks ./mine.so
walks "$scratch/here/mine.so"
said=$("$dirwalk" --queue=./mine.so --json "$scratch/tree" | grep '"queue"')
[[ $said == *'"mine"'* ]] || fail "--queue=./mine.so has used $said"

echo "built with dropped ${modules[*]}: $(grep -cE '[._]dropped$' <<<"$tests") tests each"
