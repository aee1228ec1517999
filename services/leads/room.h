/* What the parts of this room share. */
#pragma once

#include "common/ev/worker.h"
#include "common/rest/places.h"
#include "common/rest/rest.h"

struct leads {
    struct worker_pool *workers; /* read notices and releases */
    struct worker_pool *rows;    /* exports as CSV, some hundred rows at a time */
    struct worker_pool *sheets;  /* those of XLSX, so that they hold up no others */
    struct rest_places *exports; /* let in and not answered yet */
};

/* Each export has one task at a time in a queue that has room for all of them: a file that was let
 * in meets no full queue halfway. */
#define LEADS_EXPORTS 12

/* The lead that the path names; NULL when it is no id, and that has been answered. */
const char *leads_path_id(struct rest_call *call);

/* A POST that makes something of a lead, once per idempotency key. `check_body` looks at the body
 * alone; where it finds faults, `faults` (lead, body) names those that the database sees, too.
 * Otherwise `make` (method, path, key, fingerprint, lead, body) is run. */
void leads_make(struct rest_call *call,
                void (*check_body)(struct json_check *check, const json_t *body),
                const struct sql_statement *faults, const struct sql_statement *make);
