// SPDX-License-Identifier: MIT

/** The sanitizer of this build, if any, and how slow the build is. */

#ifndef BASE_BUILD_H
#define BASE_BUILD_H

#if defined(__has_feature)
#define BUILD_HAS(feature) __has_feature(feature)
#else
#define BUILD_HAS(feature) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || BUILD_HAS(address_sanitizer)
#define BUILD_SANITIZER "address"
#elif defined(__SANITIZE_THREAD__) || BUILD_HAS(thread_sanitizer)
#define BUILD_SANITIZER "thread"
#endif
#ifdef BUILD_SANITIZER
#define BUILD_SANITIZED 1
#else
#define BUILD_SANITIZED 0
#define BUILD_SANITIZER NULL
#endif

/**
 * How many times slower this build is than a release, about: checks and tests run fewer rounds, and
 * leave out no case.
 */
#ifndef BUILD_SLOW // CMake defines it for an emulator
#define BUILD_SLOW (BUILD_SANITIZED ? 10 : 1)
#endif

#endif // BASE_BUILD_H
