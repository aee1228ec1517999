#include "common/pg/migrate.h"

#include "common/base/str.h"
#include "common/pg/internal.h"

#include <inttypes.h>
#include <stdio.h>

/* Any constant will do as long as every version of emnebank uses the same: "emnebank" in hex. */
#define LOCK_KEY "7308619152013487723"

/* In a schema of its own: every role may read it, whatever the migrations grant or revoke. */
#define RECORD "emnebank_migration.schema_migration"

static const char create_record[] = "CREATE SCHEMA IF NOT EXISTS emnebank_migration;"
                                    "GRANT USAGE ON SCHEMA emnebank_migration TO PUBLIC;"
                                    "CREATE TABLE IF NOT EXISTS " RECORD " ("
                                    " number integer PRIMARY KEY,"
                                    " name text NOT NULL,"
                                    " checksum text NOT NULL," /* SHA-256 of the script, hex */
                                    " applied_at timestamptz NOT NULL DEFAULT now());"
                                    "GRANT SELECT ON " RECORD " TO PUBLIC";

static const char select_recorded[] =
    "SELECT number, name, checksum FROM " RECORD " ORDER BY number";
static const char select_checksum[] = "SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')";
static const char insert_recorded[] =
    "INSERT INTO " RECORD " (number, name, checksum)"
    " VALUES ($1, $2, encode(sha256(convert_to($3, 'UTF8')), 'hex'))";

/* One recorded migration against the one that this binary carries under the same number. */
static int compare_one(struct session *session, const struct migration *expected,
                       const char *checksum, struct error_detail *detail)
{
    const struct pg_result *result = NULL;
    const struct pg_parameter text = PG_TEXT(expected->text);

    int error = session_query(session, select_checksum, &text, 1, &result, detail);
    if (error != 0) {
        return error;
    }
    if (!str_equal(pg_text(result, 0, 0), checksum)) {
        error_detail_set(detail, expected->name, "migration %s was changed after it was applied",
                         expected->name);
        return ERROR_CONFLICT;
    }
    return 0;
}

#define CHECKSUM_SIZE 65

/* Counts the recorded migrations; they must be 1, 2, 3 … and known, with unchanged scripts. */
static int compare_recorded(struct session *session, const struct migration *table, size_t count,
                            size_t *recorded, struct error_detail *detail)
{
    *recorded = 0;
    for (size_t row = 0;; row++) {
        const struct pg_result *result = NULL;
        int error = session_query(session, select_recorded, NULL, 0, &result, detail);
        if (error != 0) {
            return error;
        }
        if (row == pg_rows(result)) {
            return 0;
        }
        if (row >= count || pg_int64(result, row, 0) != table[row].number) {
            error_detail_set(detail, "unknown migration in schema_migration",
                             "the database has migration %" PRId64 ", unknown to this version",
                             pg_int64(result, row, 0));
            return ERROR_CONFLICT;
        }
        char checksum[CHECKSUM_SIZE];
        snprintf(checksum, sizeof checksum, "%s", pg_text(result, row, 2));
        error = compare_one(session, &table[row], checksum, detail);
        if (error != 0) {
            return error;
        }
        *recorded = row + 1;
    }
}

static int apply_in_transaction(struct session *session, const struct migration *migration,
                                struct error_detail *detail)
{
    char number[16];
    const struct pg_result *ignored = NULL;

    snprintf(number, sizeof number, "%d", migration->number);
    const struct pg_parameter parameters[] = {PG_TEXT(number), PG_TEXT(migration->name),
                                              PG_TEXT(migration->text)};
    int error = session_exec(session, migration->text, detail);
    if (error != 0) {
        return error;
    }
    error = session_query(session, insert_recorded, parameters, 3, &ignored, detail);
    if (error != 0) {
        return error;
    }
    return session_exec(session, "COMMIT", detail);
}

static int apply_one(struct session *session, const struct migration *migration,
                     struct error_detail *detail)
{
    /* Each script says itself under which role and search path it runs. */
    int error = session_exec(session, "RESET ROLE; RESET search_path", detail);
    if (error != 0) {
        return error;
    }
    error = session_exec(session, "BEGIN", detail);
    if (error != 0) {
        return error;
    }
    error = apply_in_transaction(session, migration, detail);
    if (error != 0) {
        struct error_detail cause = detail != NULL ? *detail : (struct error_detail){0};
        /* A lost connection rolls back by itself, so this result changes nothing. */
        int ignored = session_exec(session, "ROLLBACK", NULL);
        (void)ignored;
        error_detail_set(detail, cause.private_text, "migration %s failed", migration->name);
    }
    return error;
}

static int apply_missing(struct session *session, const struct migration *table, size_t count,
                         size_t *applied, struct error_detail *detail)
{
    size_t recorded = 0;

    int error = session_exec(session, create_record, detail);
    if (error != 0) {
        return error;
    }
    error = compare_recorded(session, table, count, &recorded, detail);
    for (size_t i = recorded; error == 0 && i < count; i++) {
        error = apply_one(session, &table[i], detail);
        if (error == 0) {
            *applied += 1;
        }
    }
    return error;
}

int migrate_apply(struct session *session, const struct migration *table, size_t count,
                  size_t *applied, struct error_detail *detail)
{
    *applied = 0;
    int error = session_exec(session, "SELECT pg_advisory_lock(" LOCK_KEY ")", detail);
    if (error != 0) {
        return error;
    }
    error = apply_missing(session, table, count, applied, detail);
    /* If this fails the connection is gone, and the lock with it. */
    int ignored = session_exec(session, "SELECT pg_advisory_unlock(" LOCK_KEY ")", NULL);
    (void)ignored;
    return error;
}

int migrate_compare(struct session *session, const struct migration *table, size_t count,
                    struct error_detail *detail)
{
    const struct pg_result *result = NULL;
    size_t recorded = 0;

    int error = session_query(session, "SELECT to_regclass('" RECORD "') IS NOT NULL", NULL, 0,
                              &result, detail);
    if (error != 0) {
        return error;
    }
    if (!pg_bool(result, 0, 0)) {
        error_detail_set(detail, "no table schema_migration",
                         "the database has no schema: run emnebank migrate");
        return ERROR_CONFLICT;
    }
    error = compare_recorded(session, table, count, &recorded, detail);
    if (error == 0 && recorded != count) {
        error_detail_set(detail, "migrations are missing",
                         "the database has %zu of %zu migrations: run emnebank migrate", recorded,
                         count);
        error = ERROR_CONFLICT;
    }
    return error;
}

int migrate_run(struct session *session, size_t *applied, struct error_detail *detail)
{
    return migrate_apply(session, migrations, migrations_count, applied, detail);
}

int migrate_check(struct session *session, struct error_detail *detail)
{
    return migrate_compare(session, migrations, migrations_count, detail);
}
