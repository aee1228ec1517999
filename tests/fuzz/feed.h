/* Bytes given as a reader asks for them. */
#pragma once

#include "tests/fuzz/require.h"

#include <stdint.h>
#include <string.h>
#include <sys/types.h>

struct feed {
    const uint8_t *bytes;
    size_t left;
};

static inline ssize_t feed_read(void *argument, void *bytes, size_t size)
{
    struct feed *feed = argument;
    size_t count = feed->left < size ? feed->left : size;

    if (count > 0)
        memcpy(bytes, feed->bytes, count);
    feed->bytes += count;
    feed->left -= count;
    return (ssize_t)count;
}
