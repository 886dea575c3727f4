PREFIX_API struct prefix *prefix_create(size_t capacity, unsigned int max_threads)
{
	struct queue_config config = {.capacity = capacity, .max_threads = max_threads};
	return (struct prefix *)TABLE.create(&config);
}

PREFIX_API void prefix_destroy(struct prefix *queue)
{
	TABLE.destroy((struct queue *)queue);
}

PREFIX_API struct prefix_end *prefix_attach(struct prefix *queue)
{
	return (struct prefix_end *)queue_attach(&TABLE, (struct queue *)queue);
}

PREFIX_API void prefix_detach(struct prefix *queue, struct prefix_end *end)
{
	queue_detach(&TABLE, (struct queue *)queue, (struct queue_handle *)end);
}

PREFIX_API enum prefix_status prefix_enqueue(struct prefix *queue, struct prefix_end *end, void *item)
{
	return (enum prefix_status)TABLE.enqueue((struct queue *)queue, (struct queue_handle *)end, item);
}

PREFIX_API enum prefix_status prefix_dequeue(struct prefix *queue, struct prefix_end *end, void **item)
{
	return (enum prefix_status)TABLE.dequeue((struct queue *)queue, (struct queue_handle *)end, item);
}

PREFIX_API size_t prefix_enqueue_batch(struct prefix *queue, struct prefix_end *end, void *const *items,
				       size_t count)
{
	size_t done = 0;
	if (TABLE.enqueue_batch) {
		return TABLE.enqueue_batch((struct queue *)queue, (struct queue_handle *)end, items, count);
	}
	while (done < count && prefix_enqueue(queue, end, items[done]) == PREFIX_OK) {
		++done;
	}
	return done;
}

PREFIX_API size_t prefix_dequeue_batch(struct prefix *queue, struct prefix_end *end, void **items, size_t count)
{
	size_t done = 0;
	if (TABLE.dequeue_batch) {
		return TABLE.dequeue_batch((struct queue *)queue, (struct queue_handle *)end, items, count);
	}
	while (done < count && prefix_dequeue(queue, end, &items[done]) == PREFIX_OK) {
		++done;
	}
	return done;
}
