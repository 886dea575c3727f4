#!/usr/bin/env bash
# In each sample a queue has another offset in its page, and so has the frame of the loop: what they do to each other's
# loads and stores is noise, and no bias.
# not-under: asan tsan (it is about the allocator of the C library)

source "$(dirname "$0")/lib.sh"

cat >placed.c <<END
// unexplored: it only calls vyukov
#include "$sources/queues/vyukov.c"

#include <stdio.h>

static enum queue_status dequeue(struct queue *queue, struct queue_handle *handle, void **item)
{
	static FILE *places;
	if (!places && (places = fopen("places", "a"))) {
		fprintf(places, "%u %u\n", (unsigned int)((uintptr_t)queue % 4096), (unsigned int)((uintptr_t)item % 4096));
		fclose(places);
	}
	return vyukov_dequeue(queue, handle, item);
}
QUEUE_EXPORT(placed) = {
	.name = "placed", .title = "vyukov, which tells where it is", .source = "vyukov", .order = QUEUE_FIFO,
	.exact_empty = 1, .exact_full = 1, .create = vyukov_create, .destroy = vyukov_destroy,
	.capacity = vyukov_capacity, .enqueue = vyukov_enqueue, .dequeue = dequeue,
};
END
BUILD=$(dirname "$program") "$sources/scripts/module.sh" placed.c >/dev/null 2>err || fail "no module can be made"

# The offsets of the queue, and of the place for an item in the frame, in 16 samples
run run --queues=./placed.so --workloads=pairwise --threads=1 --wait=spin --dispatch=indirect --rounds=16 --duration=1 \
	--warm-up=1
((status == 0)) || fail "qbench run: status $status"
[[ $(wc -l <places) == 16 ]] || fail "$(wc -l <places) samples instead of 16"
for field in 1 2; do
	cut -d' ' -f"$field" places >offsets
	# Of 32 offsets, 16 draws have 13 on average, and fewer than 7 in 1 of 700,000 cases
	(($(sort -u offsets | wc -l) >= 7)) || fail "few offsets in 16 samples: $(tr '\n' ' ' <offsets)"
done
