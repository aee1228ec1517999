/* What the parts of this room share. */
#pragma once

#include "common/ev/worker.h"
#include "common/rest/rest.h"

struct leads {
    struct worker_pool *workers; /* read the files */
    struct worker_pool *sheets;  /* those of XLSX, so that they hold up no others */
};

/* The lead that the path names; NULL when it is no id, and that has been answered. */
const char *leads_path_id(struct rest_call *call);

/* A POST that makes something of a lead, once per idempotency key. `check_body` looks at the body
 * alone; where it finds faults, `faults` (lead, body) names those that the database sees, too.
 * Otherwise `make` (method, path, key, fingerprint, lead, body) is run. */
void leads_make(struct rest_call *call,
                void (*check_body)(struct json_check *check, const json_t *body),
                const struct sql_statement *faults, const struct sql_statement *make);
