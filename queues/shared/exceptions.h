// SPDX-License-Identifier: MIT

/**
 * For queues in C++, where `new` throws if there is no memory, also the form that is told not to,
 * which catches it. The runtime of C++ allocates something at the first exception, and keeps it: a
 * block that looks lost to who counts them, and is asked for when there is none to be had.
 */

#ifndef SHARED_EXCEPTIONS_H
#define SHARED_EXCEPTIONS_H

/** Let the first exception be this one. */
static inline void exceptions_prepare(void)
{
	try {
		throw 0;
	} catch (int) {
	}
}

#endif // SHARED_EXCEPTIONS_H
