/*
 * Shuts the calling process in before it touches a file that somebody else made: from here on it
 * can read standard input, write standard output and error, take memory, and end. Any other call of
 * the system ends it (seccomp(2), SIGSYS); so do the limits. For a program of one thread that has
 * nothing open but its three streams. In builds with a sanitizer, which opens files and starts
 * threads of its own, there are only the limits.
 */
#pragma once

#include "common/base/error.h"

#include <stdbool.h>
#include <stddef.h>

#if defined(__has_feature)
#define CONFINE_HAS(what) __has_feature(what)
#else
#define CONFINE_HAS(what) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) ||                               \
    CONFINE_HAS(address_sanitizer) || CONFINE_HAS(thread_sanitizer)
#define CONFINE_LIMITS_ONLY true
#else
#define CONFINE_LIMITS_ONLY false
#endif

struct confine_limits {
    unsigned seconds; /* of the processor; SIGXCPU */
    size_t memory;    /* bytes mapped besides what the program begins with */
    size_t output;    /* bytes of a file that is written; SIGXFSZ */
};

/* ERROR_IO: it could not be done, and the process must not go on. */
MUST_CHECK int confine(const struct confine_limits *limits);
