/*
 * The ranking engine: a pure function from a pool, a job order and a date to a ranked list. The
 * rules are services/match/RANKING.md; the words R1, R2 … below are its rules. The rulesets differ
 * in the relations that they know, and those come with the order. Integers only, so the same
 * arguments give the same list on any machine.
 *
 * No field for age, sex, origin, health or benefit: what is not here cannot count.
 *
 * Threads: a snapshot never changes once made and may be read by any number of threads; who frees
 * it when is the caller's business. A vocabulary may be shared by readers and one writer.
 * Nothing here does I/O, reads a clock or uses randomness.
 */
#pragma once

#include "common/base/error.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ENGINE_RULESET 3 /* the newest */
#define ENGINE_RULESET_OLDEST 1
#define ENGINE_POINTS 1000
#define ENGINE_ID_SIZE 16

/* Ids as they are written: 8-4-4-4-12 lower-case hex digits (RFC 9562). */
#define ENGINE_ID_TEXT_SIZE 37
MUST_CHECK int engine_id_read(const char *text, uint8_t id[ENGINE_ID_SIZE]);
void engine_id_write(const uint8_t id[ENGINE_ID_SIZE], char text[ENGINE_ID_TEXT_SIZE]);

/* Days are counted from 1970-01-01. */
#define ENGINE_NO_DAY INT32_MIN

#define ENGINE_OCCUPATIONS_CAP 20
#define ENGINE_RELATED_CAP 64
#define ENGINE_REQUIREMENTS_CAP 64
#define ENGINE_PARTS_CAP (1 + ENGINE_REQUIREMENTS_CAP)
#define ENGINE_ENTRIES_CAP 10000

/* ---- what is stated about a candidate ---- */

enum engine_kind {
    ENGINE_COMPETENCE,
    ENGINE_CERTIFICATE,
    ENGINE_LICENCE,
    ENGINE_LANGUAGE,
    ENGINE_OCCUPATION,
    ENGINE_KIND_COUNT
};

#define ENGINE_LEVEL_UNKNOWN 0 /* else 1 to 5; of languages 1 to 6 (CEFR A1 to C2) */
#define ENGINE_YEARS_UNKNOWN UINT8_MAX
struct engine_fact {
    uint32_t code; /* from a vocabulary; 0 matches nothing */
    enum engine_kind kind;
    uint8_t level;
    uint8_t years;
    int32_t valid_until; /* the last day; ENGINE_NO_DAY: none stated */
    int32_t last_used;   /* ENGINE_NO_DAY: unknown */
    int32_t stated_on;
};

/* Kinds of work, as bits. */
enum engine_work {
    ENGINE_PERMANENT = 1,
    ENGINE_TEMPORARY = 2,
    ENGINE_SEASONAL = 4,
    ENGINE_JOB_ROTATION = 8,
    ENGINE_WAGE_SUBSIDY = 16,
    ENGINE_WORK_TRIAL = 32,
    ENGINE_FLEX = 64
};

/* WGS 84 in millionths of a degree. */
struct engine_place {
    int32_t latitude;
    int32_t longitude;
};
#define ENGINE_NO_PLACE ((struct engine_place){.latitude = INT32_MIN, .longitude = INT32_MIN})

struct engine_candidate {
    uint8_t id[ENGINE_ID_SIZE];
    uint16_t municipality; /* for the reader of a list; no rule looks at it */
    struct engine_place place;
    uint16_t max_travel_km; /* by road; 0: no limit stated */
    int32_t available_from;
    uint8_t work;            /* bits of enum engine_work that the candidate accepts */
    int32_t screening_until; /* the last day; ENGINE_NO_DAY: not screened */
    bool is_protected;
    bool withdrawn;
    bool removed; /* for engine_apply: erased from the pool; nothing but `id` is read */
    const struct engine_fact *facts;
    size_t fact_count;
};

/* ---- what a job order asks for ---- */

/* What a fact's code is to the code that an order asks for, the strongest first (R9). */
enum engine_relation {
    ENGINE_EXACT,
    ENGINE_IMPLIED,           /* a licence that includes the one asked for (R18): counts in full */
    ENGINE_UNIT,              /* an occupation with the same four digits of DISCO-08 (R14): half */
    ENGINE_CLOSE,             /* R19, R20: half */
    ENGINE_BROADER,           /* half */
    ENGINE_NARROWER,          /* half */
    ENGINE_GROUP,             /* of the same skill group (R19): a quarter */
    ENGINE_SHARED_OCCUPATION, /* essential to the same occupation (R19): a quarter */
    ENGINE_RELATION_COUNT
};

/* How often a relation halves what a part earns; with none it also meets a must. */
unsigned engine_relation_halvings(enum engine_relation relation);
/* Whether a ruleset knows the relation. */
bool engine_ruleset_counts(int ruleset, enum engine_relation relation);
const char *engine_relation_code(enum engine_relation relation); /* "unit" */

/* A code that counts in place of one that is asked for; 0 matches nothing. */
struct engine_related {
    uint32_t code;
    enum engine_relation relation; /* not ENGINE_EXACT */
};

struct engine_requirement {
    enum engine_kind kind;
    uint32_t code;
    const struct engine_related *related; /* of the same kind; strongest first, then by bytes */
    size_t related_count;
    bool must;
    uint8_t weight;        /* 1 to 5 */
    uint8_t minimum_level; /* 0: any */
    bool expires;          /* of its kind: a fact without an expiry date is unknown (R11) */
    bool valid_through;    /* valid to the order's end, not only on its start */
};

struct engine_order {
    uint8_t id[ENGINE_ID_SIZE];
    const uint32_t *occupations; /* any of these, at least one */
    size_t occupation_count;
    const struct engine_related *related; /* as a requirement's, to any of `occupations` */
    size_t related_count;
    bool occupation_must;
    const struct engine_requirement *requirements;
    size_t requirement_count;
    struct engine_place place;
    uint16_t radius_km; /* by road; 0: no limit */
    int32_t start;
    int32_t end;  /* ENGINE_NO_DAY: open */
    uint8_t work; /* bits: any of these */
    int32_t as_of;
};

/* ---- codes for keys ---- */

/* Turns text keys ("epoxy", "7114.1") into codes and back. Codes differ from process to process and
 * never reach a result. Texts live as long as the vocabulary. Thread-safe. */
struct engine_vocabulary;

struct engine_vocabulary *engine_vocabulary_create(void);
void engine_vocabulary_destroy(struct engine_vocabulary **vocabulary);
uint32_t engine_vocabulary_add(struct engine_vocabulary *vocabulary, const char *key);
uint32_t engine_vocabulary_find(struct engine_vocabulary *vocabulary, const char *key); /* or 0 */
const char *engine_vocabulary_text(struct engine_vocabulary *vocabulary, uint32_t code);

/* ---- the pool at one version ---- */

struct engine_snapshot;

/*
 * Makes the snapshot of `version` from `previous` (NULL: the empty pool) and the candidates that
 * changed since, each as it is now. Their ids are distinct, in any order. Copies what it needs and
 * shares the rest with `previous`, which stays as it was.
 * Cost: that of the changed candidates, and a few microseconds; a large batch is indexed at once.
 * ERROR_INVALID: an id occurs twice, or a kind, a code (2^29 and more) or a place is none;
 * ERROR_LIMIT: over 2^31 - 1 facts, or over the memory cap.
 */
MUST_CHECK int engine_apply(const struct engine_snapshot *previous, int64_t version,
                            const struct engine_candidate *changed, size_t count,
                            struct engine_snapshot **next);
void engine_snapshot_destroy(struct engine_snapshot **snapshot);
/* From here on no successor of the snapshot may hold more than so many bytes (0: any number): what
 * would make it ends with ERROR_LIMIT and leaves all as it was. Before others see the snapshot. */
void engine_snapshot_limit(struct engine_snapshot *snapshot, size_t bytes);
int64_t engine_snapshot_version(const struct engine_snapshot *snapshot);
size_t engine_snapshot_count(const struct engine_snapshot *snapshot);
/* Bytes that it holds, those that it shares with other snapshots included. */
size_t engine_snapshot_bytes(const struct engine_snapshot *snapshot);
/* Indexed pieces that it consists of; a compaction makes them fewer. */
size_t engine_snapshot_pieces(const struct engine_snapshot *snapshot);
/* How many facts the candidate has; ERROR_NOT_FOUND when the pool has none such. */
MUST_CHECK int engine_snapshot_facts(const struct engine_snapshot *snapshot,
                                     const uint8_t id[ENGINE_ID_SIZE], struct engine_fact *facts,
                                     size_t cap, size_t *count);

/*
 * Many small changes leave small pieces behind, which slow queries down. When that is due, a
 * compaction merges them into larger ones, aside and on any thread, while engine_apply goes on;
 * adopting it makes the newest snapshot's successor: same version, same candidates, same answers.
 */
struct engine_compaction;
bool engine_compaction_due(const struct engine_snapshot *snapshot);
/* `everything`: into one piece, as after a load. Cost: that of what is merged. */
MUST_CHECK int engine_compaction_run(const struct engine_snapshot *snapshot, bool everything,
                                     struct engine_compaction **compaction);
/* `current` descends from the snapshot that was compacted. Cost: that of what changed since.
 * ERROR_CONFLICT: it has been compacted otherwise since, by engine_apply itself, which does so when
 * nobody else did; nothing is lost, run again. */
MUST_CHECK int engine_compaction_adopt(const struct engine_snapshot *current,
                                       const struct engine_compaction *compaction,
                                       struct engine_snapshot **next);
void engine_compaction_destroy(struct engine_compaction **compaction);

/*
 * A snapshot as bytes, to restart from: vocabulary, candidates and index with a checksum. `origin`
 * names the database and its timeline; whoever reads the image decides whether it is theirs.
 * Reading adds the image's keys to `vocabulary`, which must be new: codes are those of the image.
 * Nothing of what was read is used before it is checked. Cost of either: that of copying it once.
 * ERROR_INVALID: damaged, cut short, of another format or another machine's byte order; of writing:
 * a code that the vocabulary lacks; ERROR_CONFLICT: the vocabulary has keys; ERROR_LIMIT: too many
 * keys. After an error of reading the vocabulary is of no use.
 */
#define ENGINE_ORIGIN_SIZE 64
typedef int engine_sink(void *argument, const void *bytes, size_t length); /* 0 or an error */
MUST_CHECK int engine_image_write(const struct engine_snapshot *snapshot,
                                  struct engine_vocabulary *vocabulary, const char *origin,
                                  engine_sink *sink, void *argument);
MUST_CHECK int engine_image_read(const void *bytes, size_t length,
                                 struct engine_vocabulary *vocabulary,
                                 char origin[ENGINE_ORIGIN_SIZE],
                                 struct engine_snapshot **snapshot);

/* ---- ranking ---- */

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
 * with its `parts`, room for ENGINE_PARTS_CAP. */
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

/* ---- the other way round: one candidate, every open order ---- */

/* Open orders, found by the must that is rarest among them. One writer at a time, no readers then.
 */
struct engine_orders;

struct engine_orders *engine_orders_create(void);
void engine_orders_destroy(struct engine_orders **orders);

/* The last place of an order's list, which a candidate has to beat; `room`: any who is eligible
 * gets on. */
struct engine_bar {
    bool room;
    uint16_t score;
    uint8_t id[ENGINE_ID_SIZE];
};
/* Adds the order, or takes the place of the one with its id. Copies it. Errors as engine_rank. */
MUST_CHECK int engine_orders_put(struct engine_orders *orders, const struct engine_order *order,
                                 const struct engine_bar *bar);
void engine_orders_remove(struct engine_orders *orders, const uint8_t id[ENGINE_ID_SIZE]);
size_t engine_orders_count(const struct engine_orders *orders);
size_t engine_orders_bytes(const struct engine_orders *orders);

/* An order on whose list the candidate would come. */
struct engine_opening {
    const uint8_t *order; /* its id; lives until the next change of `orders` */
    uint16_t score;
};
/* Every one of them, in the order of their ids; writes at most `cap`, returns how many there are.
 * The candidate's facts are in any order. Whether it stands on the list already is for the caller
 * to know. Allocates nothing after the first calls. */
size_t engine_orders_match(struct engine_orders *orders, const struct engine_candidate *candidate,
                           struct engine_opening *openings, size_t cap);
