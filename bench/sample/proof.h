// SPDX-License-Identifier: MIT

/** The proof of a sample: what came out is what went in. */

#ifndef BENCH_SAMPLE_PROOF_H
#define BENCH_SAMPLE_PROOF_H

#include "sample/state.h"

/** Takes out what is left inside; voids the sample unless every item came out once, in order. */
void sampler_prove(struct sampler *sampler);

#endif // BENCH_SAMPLE_PROOF_H
