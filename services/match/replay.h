/*
 * Replay: ranks stored shortlists again, from what was asked (asked.h) and the pool as it was, and
 * compares every byte that was stored: rank, score, parts, facts, explanation, counts, digest.
 *
 * Who has been erased since is gone from the pool's history, and with them their entries. Such a
 * list is compared without them: whoever is left must stand in the same order with the same bytes,
 * the places between them and what the counts have more must be no more than were erased, and
 * "tied" may rest on somebody who was erased. A list without erasures allows no difference at all.
 *
 * Lists stored before their input was kept are ranked from their order, if that is still the one
 * that was ranked. Blocking, on one session as a role that may become emnebank_owner; memory is
 * that of the pool and one list, however many there are.
 */
#pragma once

#include "common/pg/session.h"

#include <stddef.h>
#include <stdint.h>

enum replay_outcome {
    REPLAY_IDENTICAL,
    REPLAY_ERASED,  /* identical but for the erased */
    REPLAY_DIFFERS, /* `differences` say where */
    REPLAY_CANNOT,  /* `reason` says why */
    REPLAY_OUTCOME_COUNT
};

#define REPLAY_DIGEST_SIZE 65
struct replay_difference {
    uint32_t rank;         /* of the entry; 0: the list itself */
    const char *candidate; /* NULL: the list itself */
    const char *field;     /* "entry", "rank", "score", "parts", "facts", "explanation_da", "asked",
                              "considered", "excluded", "digest" */
    char stored[REPLAY_DIGEST_SIZE]; /* SHA-256 of the bytes in hex, "" where there are none */
    char recomputed[REPLAY_DIGEST_SIZE];
};

/* What came of one list. All texts live during the report only. */
#define REPLAY_DIFFERENCES_CAP 20
struct replay_result {
    enum replay_outcome outcome;
    const char
        *reason; /* "order_changed", "pool_newer", "ruleset_unknown", "not_ranked"; or NULL */
    const char *shortlist;
    const char *order;
    int ruleset;
    int64_t pool_version;
    int64_t vocabulary_version;
    size_t entries;       /* compared */
    size_t erased;        /* from the pool of that version */
    size_t erased_listed; /* of those, from the list; who they were, as far as the audit knows: */
    const char **erased_ids;
    size_t erased_id_count;
    size_t difference_count; /* all; the first of them stand here */
    struct replay_difference differences[REPLAY_DIFFERENCES_CAP];
};

typedef void replay_report(const struct replay_result *result, void *argument);

struct replay_counts {
    size_t lists;
    size_t of[REPLAY_OUTCOME_COUNT];
};

/* "identical", "erased", "differs", "cannot". */
const char *replay_outcome_code(enum replay_outcome outcome);

/*
 * One list, or all of them (NULL) by pool version, each reported once; then one row in the audit.
 * ERROR_NOT_FOUND: there is no such list. Other errors are the database's; what was reported
 * stands.
 */
MUST_CHECK int replay_run(struct session *session, const char *shortlist, replay_report *report,
                          void *argument, struct replay_counts *counts,
                          struct error_detail *detail);
