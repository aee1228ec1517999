#include "common/pg/internal.h"
#include "common/pg/migrate.h"
#include "tests/support/pg_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct migration first[] = {
    {1, "0001_one", "CREATE TABLE public.one (id int); CREATE TABLE public.uno (id int)"},
    {3, "0003_three", "ALTER TABLE public.one ADD COLUMN name text"},
};

static int setup(void **state)
{
    struct session *session = NULL;

    assert_int_equal(session_open(pg_cluster_empty_database("migrate"), NULL, &session, NULL), 0);
    *state = session;
    return 0;
}

static int teardown(void **state)
{
    struct session *session = *state;
    session_close(&session);
    return 0;
}

static void applies_what_is_missing_once(void **state)
{
    struct session *session = *state;
    size_t applied = 99;

    assert_int_equal(migrate_compare(session, first, 1, NULL), ERROR_CONFLICT);
    assert_int_equal(migrate_apply(session, first, 1, &applied, NULL), 0);
    assert_int_equal(applied, 1);
    assert_int_equal(migrate_compare(session, first, 1, NULL), 0);
    assert_int_equal(migrate_compare(session, first, 2, NULL), ERROR_CONFLICT);
    assert_int_equal(migrate_apply(session, first, 2, &applied, NULL), 0);
    assert_int_equal(applied, 1);
    assert_int_equal(migrate_apply(session, first, 2, &applied, NULL), 0);
    assert_int_equal(applied, 0);
    assert_int_equal(session_exec(session, "SELECT name FROM public.one", NULL), 0);
}

static void a_changed_script_is_refused(void **state)
{
    struct session *session = *state;
    struct migration changed[] = {first[0], first[1]};
    struct error_detail detail = {{0}, {0}};
    size_t applied = 0;

    assert_int_equal(migrate_apply(session, first, 2, &applied, NULL), 0);
    changed[0].text = "CREATE TABLE public.one (id bigint)";
    assert_int_equal(migrate_apply(session, changed, 2, &applied, &detail), ERROR_CONFLICT);
    assert_non_null(strstr(detail.public_text, "0001_one"));
    assert_int_equal(migrate_compare(session, changed, 2, NULL), ERROR_CONFLICT);
}

static void an_unknown_schema_is_refused(void **state)
{
    struct session *session = *state;
    size_t applied = 0;
    const struct migration between[] = {first[0], {2, "0002_two", "SELECT 1"}, first[1]};

    assert_int_equal(migrate_apply(session, first, 2, &applied, NULL), 0);
    assert_int_equal(migrate_compare(session, first, 1, NULL), ERROR_CONFLICT);
    assert_int_equal(migrate_apply(session, first, 1, &applied, NULL), ERROR_CONFLICT);
    /* Nothing may slip in before what was released. */
    assert_int_equal(migrate_apply(session, between, 3, &applied, NULL), ERROR_CONFLICT);
}

static void a_failing_script_leaves_nothing(void **state)
{
    struct session *session = *state;
    const struct migration broken[] = {
        first[0], {2, "0002_broken", "CREATE TABLE public.half (id int); SELECT 1/0"}};
    struct error_detail detail = {{0}, {0}};
    size_t applied = 0;

    assert_int_not_equal(migrate_apply(session, broken, 2, &applied, &detail), 0);
    assert_int_equal(applied, 1);
    assert_string_equal(detail.public_text, "migration 0002_broken failed");
    assert_non_null(strstr(detail.private_text, "division by zero"));
    assert_int_not_equal(session_exec(session, "SELECT * FROM public.half", NULL), 0);
    assert_int_equal(migrate_compare(session, first, 1, NULL), 0);
}

static void the_schema_of_this_build_applies(void **state)
{
    struct session *session = *state;
    size_t applied = 0;

    assert_int_equal(migrate_run(session, &applied, NULL), 0);
    assert_int_equal(applied, migrations_count);
    assert_int_equal(migrate_check(session, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(applies_what_is_missing_once, setup, teardown),
        cmocka_unit_test_setup_teardown(a_changed_script_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unknown_schema_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failing_script_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(the_schema_of_this_build_applies, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
