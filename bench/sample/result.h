// SPDX-License-Identifier: MIT

/** What a sampler measured, as a struct sample. */

#ifndef BENCH_RESULT_H
#define BENCH_RESULT_H

#include "results/sample.h"
#include "sample/state.h"

/**
 * What was measured, after it was proved.
 *
 * @param work_error how far the calibration of the work was off, as a share
 * @param sample     receives it; its reason is the sampler's
 * @return 0, or -1 with ENOMEM
 */
int sampler_result(const struct sampler *sampler, double work_error, struct sample *sample);

#endif // BENCH_RESULT_H
