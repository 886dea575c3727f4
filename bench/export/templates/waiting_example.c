#include "HEADER"

#include <stdint.h>
#include <stdio.h>

static uint64_t numbers[100000];

static void *produce(void *queue)
{
	struct prefix_end *end = prefix_attach(queue);
	for (size_t i = 0; end && i < 100000; ++i) {
		numbers[i] = i;
		prefix_enqueue_wait(queue, end, &numbers[i]);
	}
	prefix_close(queue);
	prefix_detach(queue, end);
	return NULL;
}

int main(void)
{
	pthread_t producer;
	uint64_t sum = 0;
	void *item = NULL;
	struct prefix *queue = prefix_create(1024, 2);
	struct prefix_end *end = queue ? prefix_attach(queue) : NULL;
	if (!end || pthread_create(&producer, NULL, produce, queue) != 0) {
		return 1;
	}
	while (prefix_dequeue_wait(queue, end, &item) == PREFIX_OK) {
		sum += *(uint64_t *)item;
	}
	pthread_join(producer, NULL);
	prefix_detach(queue, end);
	prefix_destroy(queue);
	printf("the sum is %llu\n", (unsigned long long)sum);
}
