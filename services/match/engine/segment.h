/*
 * A piece of the pool with its index, for the engine's own files. Immutable once built and shared
 * by snapshots; counted references.
 *
 * Candidates lie in blocks of at most BLOCK_CAP, by place (a KD split), and inside a block by place
 * again, so that a town is a run. A posting says that a candidate of a block has a fact; all
 * postings of a key lie together, block after block, by local number. Parallel arrays hold what a
 * query reads in the order in which it needs it: who, then a byte with level and age, then the day,
 * then what only an explanation asks for.
 */
#pragma once

#include "services/match/engine/engine.h"

#include <stdatomic.h>

#define BLOCK_CAP 8192
#define SEGMENT_NO_ROW UINT32_MAX

/* Kind and code in one number, so that a fact is found by one search. */
#define SEGMENT_CODE_BITS 29
static inline uint32_t segment_key(enum engine_kind kind, uint32_t code)
{
    return (uint32_t)kind << SEGMENT_CODE_BITS | code;
}

static inline enum engine_kind segment_kind(uint32_t key)
{
    return (enum engine_kind)(key >> SEGMENT_CODE_BITS);
}
static inline uint32_t segment_code(uint32_t key)
{
    return key & ((UINT32_C(1) << SEGMENT_CODE_BITS) - 1);
}

enum attributes_flag { ATTRIBUTES_PROTECTED = 1, ATTRIBUTES_WITHDRAWN = 2 };

/* What the rules ask of a candidate besides facts: 24 bytes, so that one line of memory holds it.
 */
struct attributes {
    int32_t latitude; /* INT32_MIN: unknown */
    int32_t longitude;
    int32_t available_from;
    int32_t screening_until;
    uint16_t municipality;
    uint16_t max_travel_km;
    uint16_t stated_on; /* of most of its facts; days since 1970-01-01 */
    uint8_t work;
    uint8_t flags;
};

/* On the globe, or not known. */
static inline bool segment_place_possible(struct engine_place place)
{
    return (place.latitude == INT32_MIN ||
            (place.latitude >= -90000000 && place.latitude <= 90000000)) &&
           (place.longitude == INT32_MIN ||
            (place.longitude >= -180000000 && place.longitude <= 180000000));
}

struct block {
    uint32_t first; /* the segment's candidate that is local number 0 */
    uint32_t count;
    int32_t south, north, west, east; /* of the places that are known */
    bool place_unknown;               /* of somebody */
    uint16_t longest_travel_km;       /* that anybody states */
    bool unlimited_travel;            /* somebody states no limit */
};

/*
 * The packed byte of a posting: level in the upper three bits (0: unknown), in the lower five what
 * the day says. The day that counts is the last valid one of certificates, licences and languages,
 * and of competences and occupations the last use or, unstated, the statement (RANKING.md R10,
 * R13). Days fall into buckets of equal width, per kind; a bucket that holds the day in question
 * is looked up exactly.
 */
#define PACKED_LEVEL_SHIFT 5
#define PACKED_BUCKET_MASK 31u
#define PACKED_EXACT 0      /* the fact is out of the ordinary (`wide`): judge it in full */
#define PACKED_NO_DAY 31    /* certificates: no last valid day stated */
#define PACKED_ABSENT 0xffu /* in a dense list: this candidate has no such fact */
#define PACKED_BUCKETS 30   /* 1 to 30: earlier days to later ones */
struct buckets {
    int32_t first_day; /* of bucket 1, which also holds everything before it */
    int32_t width;     /* days; bucket 30 also holds everything after it */
};

/* A list of at least half of its block, and with nobody twice, is dense: one packed byte, day … per
 * candidate of the block, and `locals` counts from 0. */
#define LIST_DENSE (UINT32_C(1) << 31)

/* Kinds that age by use and not by expiry. */
static inline bool segment_by_use(enum engine_kind kind)
{
    return kind == ENGINE_COMPETENCE || kind == ENGINE_OCCUPATION;
}

/*
 * Candidates by the hash of their id: open addressing, so that a search reads one line of memory
 * and then the id itself. A slot holds a candidate's number in its lower bits, as many as numbers
 * take, and above them bits of the hash.
 */
#define ID_SLOT_FREE UINT32_MAX /* all ones is nobody's number */
struct id_index {
    uint32_t *slots;
    uint32_t slot_count;
    uint32_t number_mask;
};

struct segment {
    atomic_size_t references;
    size_t bytes;

    uint32_t count;
    uint32_t block_count;
    struct block *blocks;
    uint8_t (*ids)[ENGINE_ID_SIZE];
    struct attributes *attributes;
    struct gates *gates; /* of the attributes: gates.h */
    struct id_index by_id;

    uint32_t row_count;
    uint32_t *row_keys;  /* the key of each row */
    uint32_t *row_slots; /* open addressing from key to row; a power of two of them */
    uint32_t row_slot_count;
    uint32_t *offsets; /* row_count * (block_count + 1), with LIST_DENSE on a list's first */

    uint32_t posting_count; /* places in the arrays below; some of a dense list mean nothing */
    uint16_t *locals;
    uint8_t *packed;
    /* Last valid day of certificates, licences and languages, last use of competences and
     * occupations; 0: not stated (the bucket of a competence is then that of its statement). */
    uint16_t *days;

    /* NULL where no fact of the segment states such a thing. */
    uint8_t *years;
    uint16_t *stated;       /* where it is not attributes.stated_on; 0: it is */
    uint16_t *others;       /* what `days` leaves out: last use of a certificate */
    struct wide_fact *wide; /* by position: those with PACKED_EXACT and no others */
    uint32_t wide_count;

    struct buckets buckets[ENGINE_KIND_COUNT];
};

/* What a packed byte does not tell: a day that is not between 1970-01-02 and 2149-06-06, a level
 * above 6, a fact without a day of statement; a competence or an occupation with a last valid day;
 * and several facts of one candidate with one key, all of them, side by side. */
struct wide_fact {
    uint32_t position;
    int32_t valid_until, last_used, stated_on;
    uint32_t level;
};

/* A list: of the row's postings those of one block. */
struct list {
    uint32_t from;  /* position in the posting arrays */
    uint32_t count; /* of places; a dense list has the block's count */
    bool dense;
};

uint32_t segment_row(const struct segment *segment, uint32_t key); /* or SEGMENT_NO_ROW */

static inline struct list segment_list(const struct segment *segment, uint32_t row, uint32_t block)
{
    const uint32_t *at = segment->offsets + (size_t)row * (segment->block_count + 1) + block;
    const uint32_t from = at[0] & ~LIST_DENSE;
    return (struct list){
        .from = from, .count = (at[1] & ~LIST_DENSE) - from, .dense = (at[0] & LIST_DENSE) != 0};
}

/* The fact at a position, in full; `candidate` is the segment's. */
struct engine_fact segment_fact(const struct segment *segment, uint32_t row, uint32_t position,
                                uint32_t candidate);
/* Of a position with PACKED_EXACT. */
const struct wide_fact *segment_wide(const struct segment *segment, uint32_t position);
/* The candidate's attributes and id in plain form, without facts. */
struct engine_candidate segment_plain(const struct segment *segment, uint32_t candidate);
uint32_t segment_block_of(const struct segment *segment, uint32_t candidate);
/* All facts of a candidate by key; writes at most `cap`, returns how many. Cost: a search in every
 * row of the segment. */
size_t segment_facts(const struct segment *segment, uint32_t candidate, struct engine_fact *facts,
                     size_t cap);
/* The candidate with this id, or `count`. Cost: two reads of memory, one after the other. */
uint32_t segment_find(const struct segment *segment, const uint8_t id[ENGINE_ID_SIZE]);
/* Has memory bring what a search is going to read, while the caller does something else: the first
 * line; then, when that is here, the second. */
void segment_find_soon(const struct segment *segment, const uint8_t id[ENGINE_ID_SIZE]);
void segment_find_next(const struct segment *segment, const uint8_t id[ENGINE_ID_SIZE]);

/* Builds one from plain candidates (at least one, none removed, ids distinct, all in their ranges;
 * facts in any order). Cost: about 3 us a candidate. ERROR_LIMIT: more than 2^31 - 1 postings. */
MUST_CHECK int segment_build(const struct engine_candidate *const *candidates, size_t count,
                             struct segment **segment);
void segment_hold(struct segment *segment);
void segment_release(struct segment **segment);
