// SPDX-License-Identifier: MIT

/** States that a search has been in. */

#ifndef EXPLORE_STATES_H
#define EXPLORE_STATES_H

#include "explore/model.h"

/** Forgets all states. 0, or -1 with ENOMEM. */
int states_begin(void);

/** Notes the registers and the stack of the calling thread, which is about to make an access. */
void states_stand(struct thread *thread);

/** Clears what calls have left on the stack below. */
void states_wipe(void);

/** True if the search was in the present state before. From now on it was. */
bool states_known(void);

#endif // EXPLORE_STATES_H
