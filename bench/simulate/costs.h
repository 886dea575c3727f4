// SPDX-License-Identifier: MIT

/** What some operations cost on this machine. */

#ifndef SIMULATE_COSTS_H
#define SIMULATE_COSTS_H

/**
 * Measures what a key of a machine file stands for, in a few milliseconds at most.
 *
 * @return nanoseconds; NAN for a key that is not measured
 */
double costs_measure(const char *key);

#endif // SIMULATE_COSTS_H
