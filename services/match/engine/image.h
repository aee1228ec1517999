/*
 * How an image lies, for image_write.c and image_read.c: the header, the keys, then each segment,
 * then the checksum of all that. Every array is padded with zeros to whole stripes. Byte order and
 * layout are the machine's own: an image is a way to restart, not to exchange.
 *
 * What can be made again quickly is not stored: boxes, the index by id, the slots of the rows. The
 * tail is stored as one more segment.
 */
#pragma once

#include "services/match/engine/snapshot.h"

#define IMAGE_MAGIC "EMNEPOOL"
#define IMAGE_FORMAT 1
#define IMAGE_BYTE_ORDER UINT32_C(0x01020304)
#define IMAGE_KEYS_CAP ((size_t)32 << 20) /* bytes of keys, 32 more counted for each */

struct image_header {
    char magic[8];
    uint32_t byte_order;
    uint32_t format;
    int64_t version;
    uint64_t length; /* of the image, checksum included */
    uint32_t key_count;
    uint32_t key_bytes; /* NUL after each */
    uint32_t segment_count;
    uint32_t unused;
    char origin[ENGINE_ORIGIN_SIZE]; /* zeros after its end */
};

enum image_column { IMAGE_YEARS = 1, IMAGE_STATED = 2, IMAGE_OTHERS = 4, IMAGE_DEAD = 8 };

struct image_segment {
    uint32_t count;
    uint32_t block_count;
    uint32_t row_count;
    uint32_t posting_count;
    uint32_t wide_count;
    uint32_t columns; /* bits: those that follow */
    struct buckets buckets[ENGINE_KIND_COUNT];
};

static inline size_t image_padded(size_t length)
{
    return (length + 31) / 32 * 32;
}

/* Whether a segment that was read keeps every promise of segment.h that a reader relies on: ranges,
 * orders, offsets. Codes are at most `last_code`. */
bool image_sound(const struct segment *segment, uint32_t last_code);
