// SPDX-License-Identifier: MIT

/**
 * For queues in C++. `new` throws if there is no memory, which object_make() catches. The runtime
 * of C++ allocates a block at the first exception, and keeps it. The block would look leaked, and
 * would be asked for when there is no memory.
 */

#ifndef SHARED_EXCEPTIONS_H
#define SHARED_EXCEPTIONS_H

#include <cerrno>
#include <exception>

/** Throws the first exception here. */
static inline void exceptions_prepare(void)
{
	try {
		throw 0;
	} catch (int) {
	}
}

/** A new object. NULL with ENOMEM. */
template <typename T, typename... Arguments> static T *object_make(Arguments... arguments)
{
	try {
		return new T(arguments...);
	} catch (const std::exception &) {
		errno = ENOMEM;
		return nullptr;
	}
}

#endif // SHARED_EXCEPTIONS_H
