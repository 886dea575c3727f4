// SPDX-License-Identifier: MIT

/** How much slower this build is than one for this machine without sanitizers. */

#ifndef TESTS_SLOW_H
#define TESTS_SLOW_H

/** Sanitizers, and emulators, for which the build defines it, make tests about 10 times slower.
 * They run fewer rounds, and leave out no case. */
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
#define HARNESS_SLOW 10
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer) || __has_feature(address_sanitizer)
#define HARNESS_SLOW 10
#endif
#endif
#ifndef HARNESS_SLOW
#define HARNESS_SLOW 1
#endif

#endif // TESTS_SLOW_H
