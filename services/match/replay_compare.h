/* A shortlist as it was stored, beside what ranking it again gives (replay.h). Pure. */
#pragma once

#include "common/base/arena.h"
#include "services/match/explain.h"
#include "services/match/replay.h"

struct replay_entry {
    const char *candidate;
    uint32_t rank;
    uint32_t score;
    const char *parts; /* JSON, this and the next */
    const char *facts;
    const char *text;
};

struct replay_list {
    const char *id;
    const char *order;
    int order_version;
    int ruleset;
    int64_t pool_version;
    int32_t as_of;
    size_t considered;
    const char *excluded;     /* JSON */
    const char *requirements; /* JSON */
    const char *asked;        /* JSON; NULL: it was not kept then */
    int64_t vocabulary_version;
    size_t listed; /* entries that were stored; of a list without `asked` not known, and 0 */
    const char *digest_then; /* NULL: without `asked` */
    const char *digest_now;
    size_t departed; /* erased from the pool since, whether they were on the list or not */
    struct replay_entry *entries;
    size_t count;
};

/* Adds to `result`, of which `erased_id_count` is set: differences, `entries`, `erased`,
 * `erased_listed` and the outcome. Texts go to the arena. */
void replay_compare(const struct replay_list *list, const struct explain *explain,
                    struct arena *arena, struct replay_result *result);
/* One difference of the list itself; a NULL has no digest. */
void replay_differ(struct replay_result *result, const char *field, const char *stored,
                   const char *recomputed);
