// SPDX-License-Identifier: MIT

#include "report/data/contracts.h"

#include "catalog/contract.h"
#include "registry.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/** The contract of a queue in a file; NULL if the file has none. */
static const struct contract *of_file(const struct report_file *file, const char *queue)
{
	const struct contract *contract = file->run ? run_contract(file->run, queue) : NULL;
	for (size_t i = 0; !contract && file->findings && i < file->findings->queue_count; ++i) {
		const struct findings_queue *its = &file->findings->queues[i];
		contract = strcmp(its->name, queue) == 0 ? &its->claims : NULL;
	}
	return contract;
}

/** The registry is not thread-safe: it quotes names in static buffers, and loads modules. */
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;

/** Gets the contract that a queue has now. False if there is no such queue. */
static bool find_registered(const char *queue, struct contract *claims)
{
	char *error = NULL;
	pthread_mutex_lock(&registry_lock);
	const struct registry_queue *found = registry_find(queue, &error);
	if (found) {
		contract_of(found->pool->queue, claims);
	}
	pthread_mutex_unlock(&registry_lock);
	free(error);
	return found;
}

/** Gets the contract of a queue: as measured, or else as it is now. False if it is not known. */
static bool find(const struct report *report, const char *queue, struct contract *claims)
{
	for (size_t i = 0; i < report->count; ++i) {
		const struct contract *contract = of_file(&report->files[i], queue);
		if (contract) {
			*claims = *contract;
			return true;
		}
	}
	// A path is not followed: the file there now may differ from the one that was measured
	return !strchr(queue, '/') && find_registered(queue, claims);
}

bool report_is_fifo(const struct report *report, const char *queue)
{
	struct contract claims;
	return !find(report, queue, &claims) || claims.order == QUEUE_FIFO;
}

bool report_is_bounded(const struct report *report, const char *queue)
{
	struct contract claims;
	return find(report, queue, &claims) && claims.bounded > 0;
}

const char *report_progress(const struct report *report, const char *queue)
{
	struct contract claims;
	if (!find(report, queue, &claims)) {
		return "unknown";
	}
	return contract_progress_name(claims.enqueue < claims.dequeue ? claims.enqueue
								      : claims.dequeue);
}
