
/** Adds an item, and waits for room. OK, NOMEM or CLOSED. */
PREFIX_API enum prefix_status prefix_enqueue_wait(struct prefix *queue, struct prefix_end *end, void *item);
/** Takes an item, and waits for one. OK or CLOSED. */
PREFIX_API enum prefix_status prefix_dequeue_wait(struct prefix *queue, struct prefix_end *end, void **item);
/** Ends enqueuing and wakes all threads. Consumers drain the rest. */
PREFIX_API void prefix_close(struct prefix *queue);
