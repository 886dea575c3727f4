// SPDX-License-Identifier: MIT

/** What a queue claims, as JSON: the words of the contract. */

#ifndef BENCH_CONTRACT_H
#define BENCH_CONTRACT_H

#include "queue.h"

#include <jansson.h>

/** A queue's claims, for the caller to release. NULL when out of memory. */
json_t *contract_json(const struct queue_type *type);

/** "FIFO", "FIFO per producer", "none". */
const char *contract_order(const struct queue_type *type);

#endif // BENCH_CONTRACT_H
