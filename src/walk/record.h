// SPDX-License-Identifier: MIT

/** From the directories of a walk to its shape: see shape.h. */

#ifndef WALK_RECORD_H
#define WALK_RECORD_H

#include "shape.h"
#include "walk/walk.h"

/**
 * Makes the shape of a walk that was configured to `record` and has come to its end. Siblings are
 * in the order of their names, roots in the order given, so a tree has one shape, however many
 * workers walk it. Roots that are not known to be directories are left out.
 *
 * Called once for each walk. shape_destroy() frees the shape.
 *
 * @return 0; or -1 with errno: ENOMEM; ENOENT if no directory was walked; EOVERFLOW if there
 *         were more than SHAPE_MOST
 */
int record_shape(struct walk *walk, struct shape *shape);

#endif // WALK_RECORD_H
