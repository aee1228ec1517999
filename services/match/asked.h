/*
 * What a ranking was asked: the job order in the words and with the relations of one version of the
 * vocabulary, under one ruleset. It is stored with the shortlist (`shortlist.asked`), and ranking
 * and explanation are made from it alone, whether now, in a replay years later, or from files: the
 * same input and pool give the same bytes.
 *
 * All memory is the arena's that made or read it. Pure: no I/O, no clock.
 */
#pragma once

#include "common/base/arena.h"
#include "common/base/buffer.h"
#include "services/match/demand.h"
#include "services/match/words.h"

struct asked_word {
    const char *code;
    const char *label;
    enum engine_relation relation; /* to what is asked for; ENGINE_EXACT: that itself */
};

struct asked_part {
    enum engine_kind kind;
    const struct asked_word *codes; /* any of these; one, but of the occupation */
    size_t code_count;
    const struct asked_word
        *related; /* those that the ruleset counts; strongest first, then bytes */
    size_t related_count;
    bool must;
    bool through_period;
    bool expires;
    uint8_t weight;
    uint8_t minimum_level; /* 0: any */
};

struct asked {
    const char *order; /* its id */
    int ruleset;
    int64_t vocabulary_version;
    int32_t as_of;
    size_t k; /* entries at most */
    struct engine_place place;
    uint16_t radius_km;
    int32_t start;
    int32_t end; /* ENGINE_NO_DAY: open */
    uint8_t work;
    const struct asked_part *parts; /* 0 is the occupation, i the order's requirement i - 1 */
    size_t part_count;
};

/* The demand, which may come from anywhere, in the words given. ERROR_LIMIT: more occupations or
 * requirements than the engine takes. */
MUST_CHECK int asked_make(const struct demand *demand, int ruleset, const struct words *words,
                          struct arena *arena, struct asked *asked);

/* As JSON, and back. ERROR_INVALID: not what asked_write writes. */
void asked_write(const struct asked *asked, struct buffer *json);
MUST_CHECK int asked_read(const char *json, size_t length, struct arena *arena,
                          struct asked *asked);

/* The engine's form; `order` points into the arena. Codes that the vocabulary does not have match
 * nothing. ERROR_INVALID: the order has no id. */
MUST_CHECK int asked_order(const struct asked *asked, struct engine_vocabulary *vocabulary,
                           struct arena *arena, struct engine_order *order);
