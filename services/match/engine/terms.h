/*
 * What the ranking engine is told: facts about candidates, and what job orders ask for. The rules
 * are services/match/RANKING.md; R1, R2 … are its rules.
 *
 * The rulesets differ in the relations that they know, and those come with the order.
 *
 * No field for age, sex, origin, health or benefit: what is not here cannot count.
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
