#include "HEADER"

#include <stdint.h>
#include <stdio.h>

static uint64_t numbers[100000];

static void *produce(void *queue)
{
	struct prefix_end *end = prefix_attach(queue);
	for (size_t i = 0; end && i < 100000; ++i) {
		numbers[i] = i;
		while (prefix_enqueue(queue, end, &numbers[i]) != PREFIX_OK) {
			sched_yield();
		}
	}
	prefix_detach(queue, end);
	return NULL;
}

int main(void)
{
	pthread_t producer;
	uint64_t sum = 0;
	struct prefix *queue = prefix_create(1024, 2);
	struct prefix_end *end = queue ? prefix_attach(queue) : NULL;
	if (!end || pthread_create(&producer, NULL, produce, queue) != 0) {
		return 1;
	}
	for (size_t taken = 0; taken < 100000;) {
		void *item = NULL;
		if (prefix_dequeue(queue, end, &item) == PREFIX_OK) {
			sum += *(uint64_t *)item;
			++taken;
		} else {
			sched_yield();
		}
	}
	pthread_join(producer, NULL);
	prefix_detach(queue, end);
	prefix_destroy(queue);
	printf("the sum is %llu\n", (unsigned long long)sum);
}
