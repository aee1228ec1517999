/*
 * A job order as it stands in the database (or, for an offline ranking, in a file): codes, before
 * they have labels and relations (asked.h). All memory is the arena's that read it.
 */
#pragma once

#include "common/base/arena.h"
#include "common/pg/pg.h"
#include "services/match/engine/engine.h"

struct demand_requirement {
    enum engine_kind kind;
    const char *code;
    bool must;
    bool through_period;
    uint8_t weight;
    uint8_t minimum_level;
};

struct demand {
    const char *id;
    bool open;
    int version;          /* of what is ranked */
    int64_t pool_version; /* rank on this or newer */
    int posts;
    int minimum;    /* candidates wanted */
    bool long_list; /* so that there is somebody in reach, or somebody left */
    struct engine_place place;
    uint16_t radius_km;
    int32_t start;
    int32_t end;
    int32_t as_of;
    uint8_t work;
    const char **occupations;
    size_t occupation_count;
    struct demand_requirement *requirements;
    size_t requirement_count;
};

/* Asks for the order as it is now, today in Copenhagen; `done` gets sql/statements/match/order.sql.
 * The arena lives until then. */
void demand_ask(struct pg_pool *pg, struct arena *arena, const char *id, pg_done *done,
                void *argument);
#define DEMAND_COLUMNS 15 /* that it has */
/* The one row of that, or of another statement that begins with its columns. ERROR_INVALID: not a
 * row that we understand. */
MUST_CHECK int demand_read(struct arena *arena, const struct pg_result *result, const char *id,
                           struct demand *demand);

/* How many entries the shortlist keeps: thrice the wanted, of whom a third waits in reserve, and
 * never fewer than 20 (function order_list_cut, 0021, counts on it); a long list ten times as many,
 * since a tenth may be in reach, though not more than 1000. */
size_t demand_entries(const struct demand *demand);

/* Kinds of work, "permanent,flex", as bits of enum engine_work; unknown words are left out. */
uint8_t demand_work(struct arena *arena, const char *list);
/* A kind of fact by its name; ERROR_INVALID when there is none such. */
MUST_CHECK int demand_kind(const char *name, enum engine_kind *kind);
