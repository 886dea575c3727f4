#!/usr/bin/env bash
# Is an exported queue as fast as the built-in one? Measures both in the same rounds.

set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=$root/build/release/qbench
source "$root/scripts/steps.sh"

if (($# != 1)) || [[ $1 == -* ]]; then
	echo "Usage: scripts/exported.sh QUEUE   (built in, or a module in C)" >&2
	[[ ${1-} == --help ]] && exit 0
	exit 2
fi
queue=$1
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"$program" export "$queue" --prefix=exported >/dev/null
needs=$("$program" export --list | awk -v queue="$queue" '$1 == queue && $2 != "-" { sub(/^[^ ]+ +/, ""); print }')
# A queue whose operations are those of the header
cat >exported_queue.c <<-END
	// unexplored: it only calls the header
	#include "${queue}_queue.h"
	#include "queue.h"

	struct queue *create(const struct queue_config *config)
	{
	        return (struct queue *)exported_create(config->capacity, config->max_threads);
	}
	static void destroy(struct queue *queue) { exported_destroy((struct exported *)queue); }
	static size_t capacity(const struct queue *queue) { (void)queue; return 0; }
	static struct queue_handle *attach(struct queue *queue)
	{
	        return (struct queue_handle *)exported_attach((struct exported *)queue);
	}
	static void detach(struct queue *queue, struct queue_handle *handle)
	{
	        exported_detach((struct exported *)queue, (struct exported_end *)handle);
	}
	QUEUE_OP enum queue_status enqueue(struct queue *queue, struct queue_handle *handle, void *item)
	{
	        return (enum queue_status)exported_enqueue((struct exported *)queue, (struct exported_end *)handle, item);
	}
	QUEUE_OP enum queue_status dequeue(struct queue *queue, struct queue_handle *handle, void **item)
	{
	        return (enum queue_status)exported_dequeue((struct exported *)queue, (struct exported_end *)handle, item);
	}
	QUEUE_EXPORT(exported_queue) = {
	        .name = "exported_queue", .title = "exported", .source = "qbench export", .order = QUEUE_FIFO,
	        .create = create, .destroy = destroy, .capacity = capacity, .attach = attach, .detach = detach,
	        .enqueue = enqueue, .dequeue = dequeue,
	};
END
sed -i 's/^struct queue \*create/static &/' exported_queue.c
flags=()
eval "flags=($needs)"
"$root/scripts/module.sh" exported_queue.c -I"$folder" "${flags[@]}" >/dev/null
exec "$program" run "--queues=$queue,./exported_queue.so" --workloads=pairwise --threads=1,2 --wait=spin --duration=20 --warm-up=5 --time=60s
