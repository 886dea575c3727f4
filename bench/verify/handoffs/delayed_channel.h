// SPDX-License-Identifier: MIT

/**
 * Compiles the channel and its eventcount a second time, under other names and with delays between
 * their steps, into the one file that includes this first.
 */

#ifndef CHECKS_DELAYED_CHANNEL_H
#define CHECKS_DELAYED_CHANNEL_H

#include "verify/handoffs/delays.h"

#define channel_attach delayed_channel_attach
#define channel_best_wait delayed_channel_best_wait
#define channel_cancel delayed_channel_cancel
#define channel_close delayed_channel_close
#define channel_counts_add delayed_channel_counts_add
#define channel_create delayed_channel_create
#define channel_destroy delayed_channel_destroy
#define channel_detach delayed_channel_detach
#define channel_offers delayed_channel_offers
#define channel_wait_name delayed_channel_wait_name
#define channel_wait_parse delayed_channel_wait_parse
#define eventcount_announce delayed_eventcount_announce
#define eventcount_cancel delayed_eventcount_cancel
#define eventcount_wait delayed_eventcount_wait
#define eventcount_wake_slow delayed_eventcount_wake_slow

#define WAIT_STEP(name) delays_step(STEP_##name)

#include "channel.c"
#include "eventcount.c"

#endif // CHECKS_DELAYED_CHANNEL_H
