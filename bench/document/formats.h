// SPDX-License-Identifier: MIT

/**
 * The formats of the documents that qbench and its scripts write: the string at "format". The
 * number rises with each change that an older reader would misread.
 */

#ifndef BENCH_FORMATS_H
#define BENCH_FORMATS_H

/** qbench run -o */
#define FORMAT_RESULTS "qbench-results/1"

/** qbench verify -o */
#define FORMAT_VERIFY "qbench-verify/1"

/** qbench compare --json */
#define FORMAT_COMPARE "qbench-compare/2"

/** qbench simulate -o */
#define FORMAT_SIMULATION "qbench-simulation/1"

/** Walks, timed as whole processes. */
#define FORMAT_WALK "qbench-walk/1"

/** Walks of trees of extreme shapes. */
#define FORMAT_TREES "qbench-trees/1"

#endif // BENCH_FORMATS_H
