/*
 * Every statement of every room is PREPAREd against the migrated schema, and then explained as the
 * role that it runs as: explaining checks the rights to tables, columns and functions and runs
 * nothing.
 */
#include "common/base/buffer.h"
#include "common/base/str.h"
#include "common/pg/session.h"
#include "tests/sql/rooms.h"
#include "tests/support/pg_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define TEXT_CAP ((size_t)1 << 20)
#define NAME_MAXIMUM 63 /* PostgreSQL's; longer names would meet */
#define ROLES 4

enum role { FRONT = 1, MATCH = 2, DELIVER = 4, TOOL = 8 };

static const char *const role_names[ROLES] = {"emnebank_front", "emnebank_match",
                                              "emnebank_deliver", "emnebank_owner"};

/* As whom statements run, by the beginning of their names; the first that fits counts, and every
 * role named must be allowed. The command line acts as the owner. */
static const struct {
    const char *prefix;
    unsigned roles;
} rights[] = {
    {"access_create", TOOL},
    {"access_list", TOOL},
    {"access_organisation", TOOL},
    {"access_revoke", TOOL},
    {"access_", FRONT},
    {"citizen_", FRONT},
    {"ctl_", TOOL},
    {"deliver_claim", DELIVER},
    {"deliver_finish", DELIVER},
    {"deliver_sweep", DELIVER},
    {"deliver_days", DELIVER},
    {"deliver_", FRONT},
    {"employers_", FRONT},
    {"figures_", FRONT},
    {"forecast_", FRONT},
    {"health_", FRONT},
    {"leads_", FRONT},
    {"match_gap_", FRONT},
    {"match_near_misses_", FRONT},
    {"match_proposal_", FRONT},
    {"match_replay", TOOL},
    {"match_what_if_", FRONT},
    {"match_why_not", FRONT},
    {"match_", MATCH},
    {"orders_watch_", MATCH},
    {"orders_", FRONT},
    {"pool_", FRONT},
    {"queue_", FRONT | MATCH | DELIVER},
    {"shortlists_", FRONT},
    {"vocabulary_import", TOOL},
    {"vocabulary_", FRONT},
};

struct scene {
    struct session *sessions[ROLES];
    unsigned faults;
};

static void report(struct scene *scene, const struct sql_statement *statement, const char *what)
{
    scene->faults++;
    fprintf(stderr, "%s: %s\n", statement->name, what);
}

static bool try(struct session *session, const char *script, struct error_detail *detail)
{
    return session_exec(session, script, detail) == 0;
}

/* PREPARE, then EXPLAIN with NULL for each parameter. */
static bool is_allowed(struct session *session, const struct sql_statement *statement,
                       struct error_detail *detail)
{
    struct buffer script;
    const struct pg_result *result = NULL;

    buffer_init(&script, TEXT_CAP);
    buffer_printf(&script, "DEALLOCATE ALL; PREPARE tried AS %s", statement->text);
    bool good = try(session, script.data, detail) &&
                session_query(session,
                              "SELECT coalesce(array_length(parameter_types, 1), 0)"
                              " FROM pg_prepared_statements WHERE name = 'tried'",
                              NULL, 0, &result, detail) == 0;
    if (good) {
        int64_t count = pg_int64(result, 0, 0);
        buffer_clear(&script);
        buffer_text(&script, "EXPLAIN EXECUTE tried");
        for (int64_t i = 0; i < count; i++) {
            buffer_text(&script, i == 0 ? " (NULL" : ", NULL");
        }
        buffer_text(&script, count > 0 ? ")" : "");
        good = try(session, script.data, detail);
    }
    buffer_deinit(&script);
    return good;
}

static unsigned roles_of(const struct sql_statement *statement)
{
    for (size_t i = 0; i < sizeof rights / sizeof rights[0]; i++) {
        if (str_starts(statement->name, rights[i].prefix)) {
            return rights[i].roles;
        }
    }
    return 0;
}

static void check_rights(struct scene *scene, const struct sql_statement *statement)
{
    unsigned roles = roles_of(statement);
    char refusal[600];

    if (roles == 0) {
        report(scene, statement, "say in `rights` as whom it runs");
    }
    for (unsigned i = 0; i < ROLES; i++) {
        struct error_detail detail = {{0}, {0}};
        if ((roles & (1U << i)) != 0 && !is_allowed(scene->sessions[i], statement, &detail)) {
            snprintf(refusal, sizeof refusal, "as %s: %s", role_names[i], detail.private_text);
            report(scene, statement, refusal);
        }
    }
}

static int setup(void **state)
{
    static struct scene scene;
    const char *conninfo = pg_cluster_database("sql_prepare");

    for (unsigned i = 0; i < ROLES; i++) {
        /* The owner may not log in; who has been granted it, takes the role. */
        const char *user = (1U << i) == TOOL ? NULL : role_names[i];
        assert_int_equal(session_open(conninfo, user, &scene.sessions[i], NULL), 0);
    }
    assert_int_equal(session_exec(scene.sessions[ROLES - 1],
                                  "SET ROLE emnebank_owner; SET search_path TO emnebank, public",
                                  NULL),
                     0);
    *state = &scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;

    for (unsigned i = 0; i < ROLES; i++) {
        session_close(&scene->sessions[i]);
    }
    return 0;
}

static void every_statement_is_valid_and_allowed(void **state)
{
    struct scene *scene = *state;
    unsigned count = 0;

    scene->faults = 0;
    for (size_t i = 0; i < sql_rooms_count; i++) {
        for (unsigned j = 0; j < *sql_rooms[i].count; j++) {
            check_rights(scene, sql_rooms[i].statements[j]);
            count++;
        }
    }
    print_message("%u statements of %zu rooms\n", count, sql_rooms_count);
    assert_int_equal(scene->faults, 0);
}

/* The comment lines that a statement begins with. */
static size_t header_length(const char *text)
{
    const char *at = text;

    while (str_starts(at, "--")) {
        const char *end = strchr(at, '\n');
        at = end != NULL ? end + 1 : at + strlen(at);
    }
    return (size_t)(at - text);
}

static bool mentions_any(const char *header, const char *const *words)
{
    for (; *words != NULL; words++) {
        if (strstr(header, *words) != NULL) {
            return true;
        }
    }
    return false;
}

static void check_header(struct scene *scene, const struct sql_statement *statement)
{
    static const char *const results[] = {"Result", "Rows", "row", "Nothing", NULL};
    static const char *const tables[] = {"Tables", "Reads", "Writes", "reads", "writes", NULL};
    static const char *const writing[] = {"INSERT", "UPDATE", "DELETE", NULL};
    char header[4096];
    size_t length = header_length(statement->text);

    snprintf(header, sizeof header, "%.*s", (int)length, statement->text);
    if (length == 0) {
        report(scene, statement, "has no header comment");
        return;
    }
    if (!mentions_any(header, results)) {
        report(scene, statement, "the header does not say what the result is");
    }
    /* Who only reads has them in FROM for all to see. */
    if (mentions_any(statement->text + length, writing) && !mentions_any(header, tables)) {
        report(scene, statement, "the header does not name the tables");
    }
    for (int i = 1; i < 100; i++) {
        char parameter[8];
        snprintf(parameter, sizeof parameter, "$%d", i);
        if (strstr(statement->text + length, parameter) == NULL) {
            break;
        }
        if (strstr(header, parameter) == NULL) {
            report(scene, statement, "the header does not name every parameter");
        }
    }
}

static void every_statement_says_what_it_does(void **state)
{
    struct scene *scene = *state;

    scene->faults = 0;
    for (size_t i = 0; i < sql_rooms_count; i++) {
        for (unsigned j = 0; j < *sql_rooms[i].count; j++) {
            const struct sql_statement *statement = sql_rooms[i].statements[j];
            check_header(scene, statement);
            if (strlen(statement->name) > NAME_MAXIMUM) {
                report(scene, statement, "the name is too long for a prepared statement");
            }
        }
    }
    assert_int_equal(scene->faults, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_statement_is_valid_and_allowed),
        cmocka_unit_test(every_statement_says_what_it_does),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
