/*
 * The ranking engine: a pure function from a pool, a job order and a date to a ranked list. The
 * rules are services/match/RANKING.md; the words R1, R2 … below are its rules. Integers only, so
 * the same arguments give the same list on any machine.
 *
 * Nothing here does I/O, reads a clock or uses randomness.
 */
#pragma once

#include "services/match/engine/pool.h"
#include "services/match/engine/terms.h"

/* Why a candidate is not on the list, in the order in which the rules are tried. */
enum engine_reason {
    ENGINE_ELIGIBLE,
    ENGINE_PROTECTED, /* R1; shown as not_available */
    ENGINE_WITHDRAWN, /* R1; shown as not_available */
    ENGINE_SCREENING_MISSING,
    ENGINE_SCREENING_EXPIRED,
    ENGINE_NOT_AVAILABLE_BY_START,
    ENGINE_KINDS_NOT_ACCEPTED,
    ENGINE_PLACE_UNKNOWN,
    ENGINE_TOO_FAR_ORDER,
    ENGINE_TOO_FAR_CANDIDATE,
    ENGINE_MUST_MISSING,
    ENGINE_MUST_LEVEL,
    ENGINE_MUST_UNKNOWN,
    ENGINE_CERTIFICATE_EXPIRED,
    ENGINE_REASON_COUNT
};

/* The public code ("too_far_order") and Danish text. Protected and withdrawn share both. */
const char *engine_reason_code(enum engine_reason reason);
const char *engine_reason_text(enum engine_reason reason);

enum engine_status {
    ENGINE_MATCHED,
    ENGINE_PARTIAL,
    ENGINE_EXPIRED,
    ENGINE_UNKNOWN,
    ENGINE_MISSING, /* no fact, or one at too low a level */
    ENGINE_STATUS_COUNT
};
const char *engine_status_code(enum engine_status status); /* "matched" */

/* What each of at most ENGINE_PARTS_CAP parts is worth, by their weights (R8). */
void engine_shares(const unsigned *weights, size_t count, uint16_t *shares);

/* One scored line: part 0 is the occupation, part i the order's requirement i - 1. */
struct engine_part {
    enum engine_status status;
    uint16_t points, of;
    bool has_fact; /* `fact` is the one that decided */
    bool related;  /* halved because its code is only related to what was asked for */
    bool long_ago; /* halved because it was last used long ago (R13) */
    enum engine_relation relation; /* of the fact's code to what was asked for */
    struct engine_fact fact;
};

struct engine_entry {
    uint8_t id[ENGINE_ID_SIZE];
    uint16_t municipality;
    uint32_t rank; /* from 1 */
    uint16_t score;
    bool tied; /* another eligible candidate has the same score: the hash decided (R17) */
    bool has_distance;
    uint32_t road_km;
    const struct engine_part *parts; /* engine_ranking.part_count of them */
};

/*
 * The quick question: the best k, without a word why. `scratch` holds all that a query needs; after
 * the first few it allocates nothing. One per thread; the answer points into it and lives until
 * the next query with it.
 */
struct engine_scratch;
struct engine_scratch *engine_scratch_create(void);
void engine_scratch_destroy(struct engine_scratch **scratch);

enum engine_mode {
    ENGINE_STRICT,   /* every must is met */
    ENGINE_NEAR_MISS /* at most one must is not met, for whatever reason; that part earns nothing */
};
#define ENGINE_LACKS_NONE UINT8_MAX
struct engine_standing {
    uint8_t id[ENGINE_ID_SIZE];
    uint16_t municipality;
    uint16_t score;
    uint8_t lacks; /* the part of the must that is not met, or ENGINE_LACKS_NONE */
    bool tied;     /* another one in the answer's `found` has the same score */
};
struct engine_answer {
    int64_t version; /* of the snapshot */
    size_t pool;     /* candidates in it */
    size_t found;    /* that the question is true of; all are counted, the best k listed */
    size_t count;
    const struct engine_standing *standings; /* best first */
};
/* ERROR_INVALID and ERROR_LIMIT as engine_rank. */
MUST_CHECK int engine_query(const struct engine_snapshot *snapshot,
                            const struct engine_order *order, enum engine_mode mode, size_t k,
                            struct engine_scratch *scratch, const struct engine_answer **answer);

/* What queries have touched since the scratch was made: for the limit that memory sets. */
struct engine_counters {
    uint64_t queries;
    uint64_t blocks;         /* looked into */
    uint64_t bytes_streamed; /* read one after another */
    uint64_t random_lines;   /* 64-byte lines read out of order */
    uint64_t scored;         /* candidates */
};
struct engine_counters engine_scratch_counters(const struct engine_scratch *scratch);

/* How the whole pool stands to an order: for what-if, the gap and the reasons stored with a list.
 * Cost: a pass over the pool. */
#define ENGINE_MUNICIPALITIES_CAP 128
struct engine_census {
    size_t pool;
    size_t eligible;
    size_t excluded[ENGINE_REASON_COUNT];      /* by the first rule that excluded */
    size_t excluded_by_part[ENGINE_PARTS_CAP]; /* those by a must, per part */
    size_t only[ENGINE_REASON_COUNT];          /* whom nothing but this rule excludes */
    size_t only_part[ENGINE_PARTS_CAP];        /* whom nothing but this must excludes */
    size_t municipality_count;
    struct {
        uint16_t municipality;
        size_t eligible;
    } municipalities[ENGINE_MUNICIPALITIES_CAP]; /* with somebody eligible, by code */
};
MUST_CHECK int engine_census(const struct engine_snapshot *snapshot,
                             const struct engine_order *order, struct engine_scratch *scratch,
                             struct engine_census *census);

struct engine_ranking {
    int64_t version; /* of the snapshot */
    size_t pool;     /* candidates looked at */
    size_t eligible;
    size_t excluded[ENGINE_REASON_COUNT];      /* by the first rule that excluded */
    size_t excluded_by_part[ENGINE_PARTS_CAP]; /* those by a must, per part */
    size_t with_score[ENGINE_POINTS + 1];      /* eligible candidates per score */
    uint16_t shares[ENGINE_PARTS_CAP];         /* points that each part is worth */
    size_t part_count;
    size_t count;
    struct engine_entry *entries; /* at most k, best first */
    struct engine_part *parts;    /* of all entries, in one block */
};

/* Explains standing `index` of the scratch's last query, on the same snapshot and order: `entry`
 * with its `parts`, room for ENGINE_PARTS_CAP. A census or another query with the
 * scratch ends what it knows of the last one. */
void engine_explain(const struct engine_snapshot *snapshot, const struct engine_order *order,
                    struct engine_scratch *scratch, size_t index, struct engine_entry *entry,
                    struct engine_part *parts);

/*
 * Query, explanation and census in one. ERROR_INVALID: no occupation, a weight, level or day
 * outside its limits; ERROR_LIMIT: too many occupations, requirements or entries. Cost: one pass
 * over the pool. The ranking owns all it points to and does not need the snapshot.
 */
MUST_CHECK int engine_rank(const struct engine_snapshot *snapshot, const struct engine_order *order,
                           size_t k, struct engine_ranking **ranking);
void engine_ranking_destroy(struct engine_ranking **ranking);

/* Why one candidate is not among the first k, and the smallest change that would put them there. */
struct engine_why {
    size_t reason_count; /* 0: eligible. A protected or withdrawn candidate has that one alone */
    enum engine_reason reasons[ENGINE_REASON_COUNT + ENGINE_PARTS_CAP];
    size_t reason_parts[ENGINE_REASON_COUNT + ENGINE_PARTS_CAP]; /* of a must; else 0 */
    uint16_t score;      /* as it is or, when excluded, as if only the rules stood in the way */
    size_t rank;         /* with that score */
    uint16_t short_by;   /* points to the last place on the list; 0 when there is room */
    bool reachable;      /* `changes` (and lifting `reasons`) put the candidate on the list */
    size_t change_count; /* parts to be met in full, besides those in `reasons` */
    size_t changes[ENGINE_PARTS_CAP];
};

/* ERROR_NOT_FOUND: not in this pool. Else as engine_rank. */
MUST_CHECK int engine_why(const struct engine_snapshot *snapshot, const struct engine_order *order,
                          size_t k, const uint8_t id[ENGINE_ID_SIZE], struct engine_why *why);
