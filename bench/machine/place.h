// SPDX-License-Identifier: MIT

/** Placement of a sample's threads. */

#ifndef BENCH_PLACE_H
#define BENCH_PLACE_H

enum place {
	/** Wherever the kernel likes. */
	PLACE_NONE,
	/** Hardware threads of one core. */
	PLACE_CORE,
	/** Cores of one package. */
	PLACE_PACKAGE,
	/** One package after the other. */
	PLACE_ACROSS,
};

#define PLACES 4

#endif // BENCH_PLACE_H
