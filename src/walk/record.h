// SPDX-License-Identifier: MIT

/** From the directories of a walk to its shape, without names: see shape.h. */

#ifndef WALK_RECORD_H
#define WALK_RECORD_H

#include "shape.h"
#include "walk/walk.h"

/**
 * The shape of a walk that was configured to `record` and has come to its end. Siblings are in
 * the order of their names and roots in the order given, so that a tree has one shape, however
 * many workers walk it. A root of which nobody knows that it is a directory is left out.
 *
 * Once for each walk. shape_destroy() frees what is made.
 *
 * @return 0; or -1 with errno: ENOMEM; ENOENT if no directory was walked; EOVERFLOW if there
 *         were more than SHAPE_MOST
 */
int record_shape(struct walk *walk, struct shape *shape);

#endif // WALK_RECORD_H
