#!/usr/bin/env bash
# qbench export writes headers that compile alone, without a warning, with gcc and clang; whose examples count
# right under asan and tsan; and several of which go into one file, one program, and C++. What cannot be
# exported is refused by a message. Those that need no library compile with musl too, where that is.
# not-under: asan tsan (it compiles with the sanitizers itself)
# seconds: 100

source "$(dirname "$0")/lib.sh"

# try QUEUE: exports it with and without waiting, and tries it with each compiler
try() {
	local queue=$1 needs folder compiler flags
	mkdir "$queue" "$queue/waiting"
	cd "$queue" || return
	"$program" export "$queue" >/dev/null
	"$program" export "$queue" --wait=park -o waiting >/dev/null 2>&1 ||
		"$program" export "$queue" --wait=yield -o waiting >/dev/null
	# What waits has all that does not. The first line is the command. Fences are no concern of tsan's: CMakeLists.txt says why
	needs=$(sed -n "1s/.*_example\( \|\$\)//p" "${queue}_example.c")
	while read -r folder compiler flags; do
		command -v "$compiler" >/dev/null || continue
		(($(wc -l <"$folder/${queue}_example.c") <= 30)) || { echo "the example of $queue has more than 30 lines"; return 1; }
		[[ $compiler != musl-gcc || $needs != *pkg-config* ]] || continue
		eval "$compiler" -pthread -Wall -Wextra -Werror -pedantic "$flags" \
			"$folder/${queue}_example.c" -o example "$needs" 2>log ||
			{ echo "$queue, $compiler $flags: $(head -3 log)"; return 1; }
		[[ $(timeout 120 ./example 2>log) == "the sum is 4999950000" ]] ||
			{ echo "$queue, $compiler $flags: wrong sum, or $(head -3 log)"; return 1; }
		! readelf -Ws example | grep -E "(GLOBAL|WEAK) +DEFAULT .* ${queue}_queue__" >log ||
			{ echo "$queue, $compiler $flags: others see $(head -3 log)"; return 1; }
	done <<-END
		. gcc -O1
		waiting gcc -fsanitize=address,undefined -fno-sanitize-recover
		waiting gcc -O1 -fsanitize=thread -Wno-tsan
		waiting clang
		waiting musl-gcc -O1 -idirafter /usr/include -idirafter /usr/include/$(gcc -print-multiarch)
	END
}
export -f try
export program
run export --list
((status == 0)) || fail "--list ends with status $status"
awk 'NR > 1 && !/cannot be exported/ { print $1 }' out >names
for queue in vyukov scq lcrq wcq mutex_list; do
	grep -qx "$queue" names || fail "$queue cannot be exported"
done
"$program" list --json 2>/dev/null | jq -r '.[].name' >there
# Queues whose library is missing are not there
grep -xFf there names | xargs -P "$(nproc)" -I{} bash -euc 'try {}' >wrong 2>&1 || fail "$(cat wrong)"

# Two in one file, and two prefixes of one
mkdir two
run export vyukov -o two --prefix=first --wait=park
mv two/vyukov_queue.h two/first.h
run export vyukov -o two --prefix=second --force
run export scq -o two
cat >two/two.c <<'END'
// Names that the sources have as well
#define QUEUE_H "mine"
#define slot(x) (x)
#include "first.h"
#include "vyukov_queue.h"
#include "scq_queue.h"

int main(void)
{
	long item;
	void *taken = NULL;
	struct first *first = first_create(4, 1);
	struct first_end *end = first_attach(first);
	struct second *second = second_create(4, 1);
	struct scq_queue *third = scq_queue_create(4, 1);
	struct scq_queue_end *other = scq_queue_attach(third);
	void *batch[] = {&item, &item};
	return !(sizeof(QUEUE_H) == 5 && slot(1) && first_create(0, 1) == NULL &&
		 first_enqueue_wait(first, end, &item) == FIRST_OK &&
		 second_enqueue(second, second_attach(second), &item) == SECOND_OK &&
		 scq_queue_enqueue_batch(third, other, batch, 2) == 2 &&
		 first_dequeue_wait(first, end, &taken) == FIRST_OK && taken == &item &&
		 scq_queue_dequeue_batch(third, other, batch, 2) == 2);
}
END
gcc -pthread -Wall -Wextra -Werror -pedantic two/two.c -o two/two 2>err || fail "two queues in one file do not compile"
two/two || fail "two queues in one program go wrong"

# Libraries that have different versions share nothing but what they choose to
gcc -shared -fPIC -DFIRST_DEFINED -pthread -x c two/first.h -o two/first.so 2>err || fail "no library can be made"
nm -D --defined-only two/first.so >shown
grep -q ' first_dequeue_wait$' shown || fail "a library does not have the functions"
! grep -E ' (first__|queue_slept)' shown || fail "a library shows what is inside"

# A library's header has its own names behind an exported one
if grep -qx lfstack there; then
	run export lfstack -o two
	printf '#include "lfstack_queue.h"\n#include <urcu/lfstack.h>\n%s\n' \
		'void *first(struct cds_lfs_node *node) { return node->next; }' >two/library.c
	# shellcheck disable=SC2046 # options are words
	gcc -c two/library.c -o two/library.o $(pkg-config --cflags liburcu-cds) 2>err || fail "a library's names are renamed"
fi

# Declared for C++, and for a second file
cat >two/user.cpp <<'END'
#include "first.h"

int main()
{
	static long item;
	void *taken = nullptr;
	first *queue = first_create(4, 1);
	first_end *end = first_attach(queue);
	bool good = first_enqueue(queue, end, &item) == FIRST_OK && first_dequeue(queue, end, &taken) == FIRST_OK;
	first_close(queue);
	void *items[] = {&item};
	good = good && taken == &item && first_dequeue_wait(queue, end, &taken) == FIRST_CLOSED &&
	       first_dequeue(queue, end, &taken) == FIRST_CLOSED &&
	       first_enqueue(queue, end, &item) == FIRST_CLOSED && first_enqueue_batch(queue, end, items, 1) == 0;
	first_detach(queue, end);
	first_destroy(queue);
	return !good;
}
END
printf '#define FIRST_DEFINED\n#include "first.h"\n' >two/functions.c
printf '#include "first.h"\nint nothing;\n' >two/inlined.c
if command -v g++ >/dev/null; then
	gcc -Wall -Wextra -Werror -pedantic -c two/functions.c -o two/functions.o 2>err || fail "the functions do not compile"
	gcc -Wall -Wextra -Werror -pedantic -c two/inlined.c -o two/inlined.o 2>err || fail "an unused header warns"
	g++ -Wall -Wextra -Werror -pedantic -pthread two/user.cpp two/functions.o two/inlined.o -o two/user 2>err ||
		fail "C++ cannot use the functions"
	two/user || fail "C++ uses the functions wrongly"
fi

expect 2 "nearest name is 'vyukov'" export vyokuv
expect 2 'is in C\+\+' export moodycamel
expect 2 'name a queue' export
for prefix in a-b x int PTHREAD 1a; do
	expect 2 'cannot be one' export scq "--prefix=$prefix"
done
expect 2 'no wait' export scq --wait=native
expect 2 "no wait 'sleep'" export scq --wait=sleep
expect 2 'such as vyukov_create' export vyukov --prefix=vyukov
[[ ! -e vyukov_queue.h ]] || fail "a refused export leaves a file"
expect 1 'is there already' export vyukov -o two
mkdir half
touch half/scq_example.c
expect 1 'is there already' export scq -o half
[[ ! -e half/scq_queue.h ]] || fail "half of an export is written"
expect 1 'cannot write' export vyukov -o missing
