/* Between the files of services/pool. */
#pragma once

#include "common/ev/worker.h"
#include "common/rest/places.h"
#include "services/pool/pool.h"

struct pool {
    const struct keyring *keyring;
    struct worker_pool *workers; /* read the files of imports */
    struct worker_pool *sheets;  /* those of XLSX, so that they hold up no others */
    struct rest_places *imports; /* let in and not answered yet; the workers' queues have room */
};

extern struct metric pool_rows_read;
extern struct metric pool_rows_rejected;

/* Handlers, by file. */
rest_handler pool_get_municipalities, pool_get_trades, pool_get_competences, pool_get_certificates,
    pool_get_organisations;
rest_handler pool_put_candidate, pool_get_candidate, pool_get_candidates, pool_patch_facts,
    pool_put_screening, pool_post_withdrawal;
rest_handler pool_post_import;
rest_handler pool_post_batch, pool_get_batches, pool_get_batch;
rest_handler pool_get_history;
rest_handler pool_get_tasks, pool_post_confirmation, pool_post_confirmations;

/* [a-z0-9-], 1 to 40 of them: what names a batch, or a series of files. */
bool pool_tag_good(const char *text);

/* Whether a CPR number stands anywhere in the text. */
bool pool_has_cpr(const char *text);

/* The key of the caller's own municipality; NULL with an answer sent when it has none. */
const struct crypto_key *pool_own_key(struct rest_call *call);

/* The path's reference when its municipality is the caller's own; NULL with an answer sent when it
 * is not: a stranger learns nothing (404). */
const char *pool_own_reference(struct rest_call *call);

/* Answers with a page: one row of its items and the position to go on from, or NULL. */
rest_rows pool_answer_page;
