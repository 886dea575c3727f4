// SPDX-License-Identifier: MIT

#include "report/data/contracts.h"

#include "catalog/contract.h"
#include "registry.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct claims {
	bool known;
	bool fifo;
	bool bounded;
	enum queue_progress progress;
};

static struct claims of_contract(const struct contract *contract)
{
	return (struct claims){true, contract->order == QUEUE_FIFO, contract->bounded > 0,
			       contract->enqueue < contract->dequeue ? contract->enqueue
								     : contract->dequeue};
}

/** What a file says of a queue. */
static struct claims of_file(const struct report_file *file, const char *queue)
{
	const struct contract *contract = file->run ? run_contract(file->run, queue) : NULL;
	if (contract) {
		return of_contract(contract);
	}
	for (size_t i = 0; file->findings && i < file->findings->queue_count; ++i) {
		const struct findings_queue *its = &file->findings->queues[i];
		if (strcmp(its->name, queue) == 0) {
			return of_contract(&its->claims);
		}
	}
	return (struct claims){0};
}

/** The registry is not thread-safe: it quotes names in static buffers, and loads modules. */
static pthread_mutex_t registry_lock = PTHREAD_MUTEX_INITIALIZER;

/** What the queue of this name claims now, if there is one. */
static struct claims of_registry(const char *queue)
{
	struct claims claims = {0};
	char *error = NULL;
	pthread_mutex_lock(&registry_lock);
	const struct registry_queue *found = registry_find(queue, &error);
	if (found) {
		struct contract contract;
		contract_of(found->pool->queue, &contract);
		claims = of_contract(&contract);
	}
	pthread_mutex_unlock(&registry_lock);
	free(error);
	return claims;
}

static struct claims claims_of(const struct report *report, const char *queue)
{
	struct claims claims = {0};
	for (size_t i = 0; i < report->count && !claims.known; ++i) {
		claims = of_file(&report->files[i], queue);
	}
	// A path is not followed: the file there now may differ from the one that was measured
	if (!claims.known && !strchr(queue, '/')) {
		claims = of_registry(queue);
	}
	return claims;
}

bool report_is_fifo(const struct report *report, const char *queue)
{
	struct claims claims = claims_of(report, queue);
	return !claims.known || claims.fifo;
}

bool report_is_bounded(const struct report *report, const char *queue)
{
	return claims_of(report, queue).bounded;
}

const char *report_progress(const struct report *report, const char *queue)
{
	struct claims claims = claims_of(report, queue);
	return claims.known ? contract_progress_name(claims.progress) : "unknown";
}
