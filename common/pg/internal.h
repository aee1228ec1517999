/* What the files of this room share; nobody else includes it. */
#pragma once

#include "common/base/error.h"
#include "common/pg/migrate.h"
#include "common/pg/pg.h"

/* libpq has an obsolete typedef of the name that pg.h gives a function. */
#define pg_int64 libpq_int64
#include <libpq-fe.h>
#undef pg_int64

struct pg_result {
    PGresult *handle;
};

/* The error code of a SQLSTATE, as pg.h sorts them. */
int pg_error_of_sqlstate(const char *sqlstate);
bool pg_is_public(const char *sqlstate); /* class EB: our own functions raised it, for callers */

/* Parameters for PQconnectStartParams: the caller's conninfo, then what we insist on. */
#define PG_TARGET_CAP 64

struct pg_target {
    const char *keywords[PG_TARGET_CAP + 1];
    const char *values[PG_TARGET_CAP + 1];
    size_t count;
    PQconninfoOption *parsed;
    char *owned[5]; /* values that are not libpq's own */
    size_t owned_count;
};

enum pg_manner {
    PG_BLOCKING,     /* tool, migrations, tests */
    PG_ASYNCHRONOUS, /* pool and listener: the server also watches for a client that went away */
};

MUST_CHECK int pg_target_init(struct pg_target *target, const char *conninfo, const char *user,
                              enum pg_manner manner, struct error_detail *detail);
void pg_target_deinit(struct pg_target *target);
/* Starts the walk over a list of hosts `step` places further on: libpq tries them in order and
 * waits for a host that hangs, so a later attempt must begin with another. */
void pg_target_rotate(struct pg_target *target, size_t step);

void pg_ignore_notice(void *argument, const PGresult *notice);

/* The work of migrate_run and migrate_check on any table, so that a test can bring its own. */
MUST_CHECK int migrate_apply(struct session *session, const struct migration *table, size_t count,
                             size_t *applied, struct error_detail *detail);
MUST_CHECK int migrate_compare(struct session *session, const struct migration *table, size_t count,
                               struct error_detail *detail);
