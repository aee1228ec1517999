/*
 * How a segment is made, for build_plain.c and compact.c: first who lies where (build_places), then
 * the rows one after another in the order of their keys (build_row). The builder owns what it has
 * made until build_finish hands it over.
 */
#pragma once

#include "services/match/engine/segment.h"

#include <string.h>

/* Whom to place: what decides where. */
struct build_who {
    int32_t latitude, longitude;
    uint32_t trade; /* the least of its occupation codes: neighbours of one trade lie together */
    uint32_t from;  /* the caller's number */
};

/* A posting on its way into a row. */
struct posting {
    uint32_t at;     /* the new segment's candidate */
    uint16_t day;    /* as segment.days; of a wide one the lower half of its place in `wide` */
    uint16_t stated; /* as segment.stated; of a wide one the upper half */
    uint16_t other;
    uint8_t level; /* or POSTING_WIDE */
    uint8_t years;
};
#define POSTING_WIDE 0xff
#define POSTING_LEVEL_CAP 6 /* a higher one is wide */

struct builder {
    struct segment *segment;
    uint32_t row_cap;
    uint32_t posting_cap;
    struct wide_fact *wide; /* of postings: `position` not set yet */
    uint32_t wide_count, wide_cap;
    uint32_t segment_wide_cap;
};

void build_init(struct builder *builder, size_t candidates);
void build_deinit(struct builder *builder);

/* Orders `who` by place and cuts it into blocks; the segment's candidate i is then who[i].from.
 * Boxes are filled in by build_boxes, when the attributes are there. */
void build_places(struct builder *builder, struct build_who *who);
void build_boxes(struct segment *segment);
/* Ids by their hashes. */
/* ERROR_INVALID: an id occurs twice; the caller frees the slots then too. */
MUST_CHECK int build_index(uint8_t (*ids)[ENGINE_ID_SIZE], uint32_t count, struct id_index *index);
/* That of the segment's candidates. */
MUST_CHECK int build_ids(struct segment *segment);

/* A fact as a posting; `usual` is the candidate's day of statement. */
struct posting build_posting(struct builder *builder, const struct engine_fact *fact, uint32_t at,
                             uint16_t usual);
/* One that is wide already. */
struct posting build_wide(struct builder *builder, const struct wide_fact *wide, uint32_t at,
                          uint8_t years);

/* Appends a row: at least one posting, by `at`. Rows come in the order of their keys. The segment's
 * buckets are set before the first. ERROR_LIMIT: over 2^31 - 1 places. */
MUST_CHECK int build_row(struct builder *builder, uint32_t key, const struct posting *postings,
                         size_t count);
struct segment *build_finish(struct builder *builder);
/* Row slots from row keys, and the sum of bytes: also for a segment that was read. */
void build_slots(struct segment *segment);
void build_sum(struct segment *segment);

/* ---- hashes: where a thing lies decides nothing that anybody sees ---- */

static inline uint32_t build_hash_key(uint32_t key)
{
    const uint64_t product = key * UINT64_C(0x9E3779B97F4A7C15);
    return (uint32_t)(product >> 32);
}

static inline uint64_t build_hash_id(const uint8_t id[ENGINE_ID_SIZE])
{
    uint64_t words[2];
    memcpy(words, id, sizeof words);
    uint64_t mixed = (words[0] ^ (words[0] >> 29)) * UINT64_C(0xBF58476D1CE4E5B9);
    mixed = (mixed ^ words[1] ^ (mixed >> 31)) * UINT64_C(0x94D049BB133111EB);
    mixed ^= mixed >> 32;
    return mixed * UINT64_C(0x9E3779B97F4A7C15);
}

static inline uint32_t build_id_home(uint64_t hash, uint32_t slot_count)
{
    return (uint32_t)((hash >> 32) * slot_count >> 32);
}
