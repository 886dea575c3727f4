struct prefix {
	struct channel channel;
};

struct prefix_end {
	struct channel_end end;
};

PREFIX_API struct prefix *prefix_create(size_t capacity, unsigned int max_threads)
{
	struct channel_config config = {
		.queue = {.capacity = capacity, .max_threads = max_threads},
		.wait = CHANNEL_WAIT,
		.polls = CHANNEL_POLLS,
		.waits_for_room = true,
	};
	struct prefix *queue = aligned_alloc(_Alignof(struct prefix), sizeof(*queue));
	if (queue && channel_create(&TABLE, &queue->channel, &config) != 0) {
		free(queue);
		queue = NULL;
	}
	return queue;
}

PREFIX_API void prefix_destroy(struct prefix *queue)
{
	channel_destroy(&TABLE, &queue->channel);
	free(queue);
}

PREFIX_API struct prefix_end *prefix_attach(struct prefix *queue)
{
	struct prefix_end *end = malloc(sizeof(*end));
	if (end && channel_attach(&TABLE, &queue->channel, &end->end) != 0) {
		free(end);
		end = NULL;
	}
	return end;
}

PREFIX_API void prefix_detach(struct prefix *queue, struct prefix_end *end)
{
	channel_detach(&TABLE, &queue->channel, &end->end);
	free(end);
}

PREFIX_API enum prefix_status prefix_enqueue(struct prefix *queue, struct prefix_end *end, void *item)
{
	enum queue_status status = channel_try_enqueue(&TABLE, &queue->channel, &end->end, item);
	channel_wake(&queue->channel, &end->end, status == QUEUE_OK);
	return (enum prefix_status)status;
}

PREFIX_API enum prefix_status prefix_dequeue(struct prefix *queue, struct prefix_end *end, void **item)
{
	return (enum prefix_status)channel_try_dequeue(&TABLE, &queue->channel, &end->end, item);
}

PREFIX_API enum prefix_status prefix_enqueue_wait(struct prefix *queue, struct prefix_end *end, void *item)
{
	enum queue_status status = channel_enqueue(&TABLE, &queue->channel, &end->end, item);
	channel_wake(&queue->channel, &end->end, status == QUEUE_OK);
	return (enum prefix_status)status;
}

PREFIX_API enum prefix_status prefix_dequeue_wait(struct prefix *queue, struct prefix_end *end, void **item)
{
	return (enum prefix_status)channel_dequeue(&TABLE, &queue->channel, &end->end, item);
}

PREFIX_API void prefix_close(struct prefix *queue)
{
	channel_close(&TABLE, &queue->channel);
}

PREFIX_API size_t prefix_enqueue_batch(struct prefix *queue, struct prefix_end *end, void *const *items,
				       size_t count)
{
	size_t done = 0;
	if (TABLE.enqueue_batch) {
		done = TABLE.enqueue_batch(queue->channel.queue, end->end.handle, items, count);
	} else {
		while (done < count && channel_try_enqueue(&TABLE, &queue->channel, &end->end,
							   items[done]) == QUEUE_OK) {
			++done;
		}
	}
	channel_wake(&queue->channel, &end->end, done);
	return done;
}

PREFIX_API size_t prefix_dequeue_batch(struct prefix *queue, struct prefix_end *end, void **items, size_t count)
{
	size_t done = 0;
	if (TABLE.dequeue_batch) {
		done = TABLE.dequeue_batch(queue->channel.queue, end->end.handle, items, count);
		if (done > 0 && queue->channel.wait == CHANNEL_PARK) {
			eventcount_wake(&queue->channel.room, (uint32_t)done);
		}
		return done;
	}
	while (done < count && prefix_dequeue(queue, end, &items[done]) == PREFIX_OK) {
		++done;
	}
	return done;
}
