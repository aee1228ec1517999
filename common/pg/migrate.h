/*
 * Migrations: numbered, forward only, immutable once released (a checksum is kept), applied in one
 * transaction each under an advisory lock. The table `schema_migration` is the record; the daemon
 * refuses a schema it does not know.
 */
#pragma once

#include "common/pg/session.h"

struct migration {
    int number;       /* ascending; a new one is always the highest */
    const char *name; /* "0001_foundation" */
    const char *text;
};

/* Made by the build from sql/migrations. */
extern const struct migration migrations[];
extern const size_t migrations_count;

/* Applies what is missing; `*applied` says how many. ERROR_CONFLICT: a released migration was
 * changed. */
MUST_CHECK int migrate_run(struct session *session, size_t *applied, struct error_detail *detail);
/* ERROR_CONFLICT unless the database has exactly the migrations of this binary. */
MUST_CHECK int migrate_check(struct session *session, struct error_detail *detail);
