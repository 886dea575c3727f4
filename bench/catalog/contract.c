// SPDX-License-Identifier: MIT

/** Contracts as JSON. */

#include "catalog/contract.h"

#include "channel.h"

static const char *const progress_names[] = {"blocking", "lock-free", "wait-free"};
static const char *const order_names[] = {"FIFO", "FIFO per producer", "none"};

const char *contract_order(const struct queue_type *type)
{
	return order_names[type->order];
}

json_t *contract_json(const struct queue_type *type)
{
	json_t *waits = json_array();
	for (int wait = 0; wait < CHANNEL_WAITS; ++wait) {
		if (channel_offers(type, (enum channel_wait)wait)) {
			json_array_append_new(
				waits, json_string(channel_wait_name((enum channel_wait)wait)));
		}
	}
	struct queue *queue = type->create(&(struct queue_config){.capacity = 1, .max_threads = 1});
	json_t *bounded = queue ? json_boolean(type->capacity(queue) > 0) : json_null();
	if (queue) {
		type->destroy(queue);
	}
	return json_pack("{s:s, s:s, s:s, s:o, s:s, s:s, s:s, s:i, s:i, s:b, s:b, s:b, s:o}",
			 "name", type->name, "title", type->title, "source", type->source,
			 "bounded", bounded, "enqueue", progress_names[type->enqueue_progress],
			 "dequeue", progress_names[type->dequeue_progress], "order",
			 contract_order(type), "max_producers", (int)type->max_producers,
			 "max_consumers", (int)type->max_consumers, "exact_empty",
			 (int)type->exact_empty, "exact_full", (int)type->exact_full, "headline",
			 (int)type->headline, "waits", waits);
}
