// SPDX-License-Identifier: MIT

/** Strings of a document, each kept once, and freed all together. */

#ifndef BENCH_TEXTS_H
#define BENCH_TEXTS_H

/** All zero is an empty one. */
struct texts {
	/** Of tsearch(3). */
	void *root;
};

/** A copy of `text` that lives until texts_destroy(). NULL without memory. */
const char *texts_keep(struct texts *texts, const char *text);

void texts_destroy(struct texts *texts);

#endif // BENCH_TEXTS_H
