#include "common/base/arena.h"
#include "common/pg/internal.h"
#include "common/pg/session.h"
#include "tests/support/pg_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int setup(void **state)
{
    struct session *session = NULL;
    struct error_detail detail;

    assert_int_equal(session_open(pg_cluster_database("session"), NULL, &session, &detail), 0);
    *state = session;
    return 0;
}

static int teardown(void **state)
{
    struct session *session = *state;
    session_close(&session);
    return 0;
}

static void values_arrive_as_sent(void **state)
{
    struct session *session = *state;
    const struct pg_result *result = NULL;
    struct arena *arena = arena_create(0);
    const struct pg_parameter parameters[] = {PG_TEXT("æøå"), PG_NULL, PG_BYTES("\0\1\xff", 3),
                                              PG_TEXT("-9223372036854775808")};

    assert_int_equal(session_query(session,
                                   "SELECT $1::text, $2::text, $3::bytea, $4::bigint, true",
                                   parameters, 4, &result, NULL),
                     0);
    assert_int_equal(pg_rows(result), 1);
    assert_string_equal(pg_text(result, 0, 0), "æøå");
    assert_true(pg_is_null(result, 0, 1));
    assert_string_equal(pg_text(result, 0, 1), "");
    assert_int_equal(pg_int64(result, 0, 1), 0);
    size_t length = 0;
    const uint8_t *bytes = pg_bytes(arena, result, 0, 2, &length);
    assert_int_equal(length, 3);
    assert_memory_equal(bytes, "\0\1\xff", 3);
    assert_null(pg_bytes(arena, result, 0, 1, &length));
    assert_true(pg_int64(result, 0, 3) == INT64_MIN);
    assert_true(pg_bool(result, 0, 4));
    arena_destroy(&arena);
}

static void errors_are_sorted(void **state)
{
    static const struct {
        const char *statement;
        int error;
        const char *public_text;
    } cases[] = {
        {"SELECT emnebank.raise_problem('EB404', 'candidate-not-found', 'x')", ERROR_NOT_FOUND,
         "candidate-not-found: x"},
        {"SELECT emnebank.raise_problem('EB403', 'scope', '')", ERROR_DENIED, NULL},
        {"SELECT emnebank.raise_problem('EB412', 'version', '')", ERROR_CONFLICT, NULL},
        {"SELECT emnebank.raise_problem('EB428', 'if-match', '')", ERROR_INVALID, NULL},
        {"SELECT 'x'::int", ERROR_INVALID, "the database refused (22P02)"},
        {"SELECT nonsense", ERROR_INTERNAL, "the database refused (42703)"},
    };
    struct session *session = *state;

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error_detail detail = {{0}, {0}};
        const struct pg_result *result = NULL;
        assert_int_equal(session_query(session, cases[i].statement, NULL, 0, &result, &detail),
                         cases[i].error);
        assert_null(result);
        if (cases[i].public_text != NULL) {
            assert_string_equal(detail.public_text, cases[i].public_text);
        }
    }
    assert_string_equal(session_sqlstate(session), "42703");
    assert_int_equal(session_exec(session, "SELECT 1; SELECT 2", NULL), 0);
    assert_string_equal(session_sqlstate(session), "");
}

static void context_ends_with_the_transaction(void **state)
{
    struct session *session = *state;
    const struct pg_result *result = NULL;
    const struct pg_context context = {.tenant = "11111111-1111-1111-1111-111111111111"};

    assert_int_equal(session_exec(session, "BEGIN", NULL), 0);
    assert_int_equal(session_context(session, &context, NULL), 0);
    assert_int_equal(
        session_query(session, "SELECT current_setting('app.tenant'), current_setting('app.actor')",
                      NULL, 0, &result, NULL),
        0);
    assert_string_equal(pg_text(result, 0, 0), context.tenant);
    assert_string_equal(pg_text(result, 0, 1), "");
    assert_int_equal(session_exec(session, "COMMIT", NULL), 0);
    assert_int_equal(session_query(session, "SELECT current_setting('app.tenant', true)", NULL, 0,
                                   &result, NULL),
                     0);
    assert_string_equal(pg_text(result, 0, 0), "");
}

static void opening_fails_with_a_reason(void **state)
{
    (void)state;
    struct session *session = NULL;
    struct error_detail detail = {{0}, {0}};

    assert_int_equal(session_open("host=/nonexistent", NULL, &session, &detail), ERROR_UNAVAILABLE);
    assert_null(session);
    assert_string_equal(detail.public_text, "the database does not answer");
    assert_int_equal(session_open("password=secret 'broken", NULL, &session, &detail),
                     ERROR_INVALID);
    assert_null(strstr(detail.private_text, "secret"));
}

static void the_daemons_roles_may_sign_in(void **state)
{
    static const char *const roles[] = {"emnebank_front", "emnebank_match", "emnebank_deliver"};
    const char *conninfo = pg_cluster_database("session_roles");
    (void)state;

    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        struct session *session = NULL;
        const struct pg_result *result = NULL;
        assert_int_equal(session_open(pg_cluster_as(conninfo, roles[i]), NULL, &session, NULL), 0);
        assert_int_equal(session_query(session, "SELECT current_user", NULL, 0, &result, NULL), 0);
        assert_string_equal(pg_text(result, 0, 0), roles[i]);
        assert_int_equal(migrate_check(session, NULL), 0);
        session_close(&session);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(values_arrive_as_sent, setup, teardown),
        cmocka_unit_test_setup_teardown(errors_are_sorted, setup, teardown),
        cmocka_unit_test_setup_teardown(context_ends_with_the_transaction, setup, teardown),
        cmocka_unit_test(opening_fails_with_a_reason),
        cmocka_unit_test(the_daemons_roles_may_sign_in),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
