// SPDX-License-Identifier: MIT

/** Contracts: the table of their fields, and the contract of a queue. */

#include "catalog/contract.h"

#include "channel.h"

#define PROGRESSES 3

const char *contract_order_name(unsigned int order)
{
	static const char *const names[CONTRACT_ORDERS] = {"FIFO", "FIFO per producer", "none"};
	return names[order];
}

const char *contract_progress_name(unsigned int progress)
{
	static const char *const names[PROGRESSES] = {"blocking", "lock-free", "wait-free"};
	return names[progress];
}

#define AT(member) CODEC_AT(struct contract, member)
#define PROGRESS PROGRESSES, contract_progress_name
static const struct codec_field fields[] = {
	{"name", CODEC_TEXT, AT(name), CODEC_OPTIONAL},
	{"title", CODEC_TEXT, AT(title), CODEC_OPTIONAL},
	{"source", CODEC_TEXT, AT(source), CODEC_OPTIONAL},
	{"bounded", CODEC_FLAG, AT(bounded), CODEC_NULL},
	{"enqueue", CODEC_CHOICE, AT(enqueue), CODEC_OPTIONAL, PROGRESS},
	{"dequeue", CODEC_CHOICE, AT(dequeue), CODEC_OPTIONAL, PROGRESS},
	{"order", CODEC_CHOICE, AT(order), CODEC_OPTIONAL, CONTRACT_ORDERS, contract_order_name},
	{"max_producers", CODEC_COUNT, AT(max_producers), CODEC_OPTIONAL},
	{"max_consumers", CODEC_COUNT, AT(max_consumers), CODEC_OPTIONAL},
	{"exact_empty", CODEC_FLAG, AT(exact_empty), CODEC_OPTIONAL},
	{"exact_full", CODEC_FLAG, AT(exact_full), CODEC_OPTIONAL},
	{"headline", CODEC_FLAG, AT(headline), CODEC_OPTIONAL},
	{"waits", CODEC_SET, AT(waits), CODEC_OPTIONAL, CHANNEL_WAITS, channel_wait_name},
};
const struct codec contract_codec = CODEC(fields);

void contract_of(const struct queue_type *type, struct contract *contract)
{
	*contract = (struct contract){
		.name = type->name,
		.title = type->title,
		.source = type->source,
		.bounded = type->capacity != NULL,
		.enqueue = type->enqueue_progress,
		.dequeue = type->dequeue_progress,
		.order = type->order,
		.max_producers = type->max_producers,
		.max_consumers = type->max_consumers,
		.exact_empty = type->exact_empty,
		.exact_full = type->exact_full,
		.headline = type->headline,
	};
	for (unsigned int wait = 0; wait < CHANNEL_WAITS; ++wait) {
		if (channel_offers(type, (enum channel_wait)wait)) {
			contract->waits |= 1U << wait;
		}
	}
}
