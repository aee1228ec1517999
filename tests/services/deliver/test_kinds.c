#include "services/deliver/kinds.h"

#include "common/base/arena.h"
#include "common/base/str.h"
#include "common/json/json.h"
#include "common/pg/session.h"
#include "tests/support/pg_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* A kind that is sent has its schema, and a schema that is served is of a kind that is sent. */
static void test_each_kind_has_its_schema(void **state)
{
    (void)state;
    assert_int_equal(event_schemas_count, kinds_count + 1);
    assert_non_null(event_schema_find("envelope"));
    for (size_t i = 0; i < kinds_count; i++) {
        const struct event_schema *schema = event_schema_find(kinds[i].name);
        struct json_fault fault;
        json_t *document = NULL;
        assert_non_null(schema);
        assert_int_equal(json_read(schema->text, schema->length, &document, &fault), 0);
        assert_string_equal(json_string_value(json_object_get(document, "title")), kinds[i].name);
        const json_t *example = json_array_get(json_object_get(document, "examples"), 0);
        assert_string_equal(json_string_value(json_object_get(example, "type")), kinds[i].name);
        json_decref(document);
    }
    assert_null(event_schema_find("cv"));
    assert_null(event_schema_find(NULL));
}

static void test_what_can_be_asked_for(void **state)
{
    (void)state;
    struct arena *arena = arena_create(0);
    const char *list = kinds_wanted(arena);
    assert_true(kind_find("cv.recalled")->wanted);
    assert_false(kind_find("endpoint.test")->wanted);
    assert_null(kind_find("cv"));
    assert_null(kind_find(NULL));
    assert_true(str_starts(list, "shortlist.proposed, entry.changed, "));
    assert_null(strstr(list, "endpoint.test"));
    arena_destroy(&arena);
}

/* The outbox takes what this table names, and nothing else. */
static void test_the_outbox_knows_the_same(void **state)
{
    (void)state;
    struct session *session = NULL;
    struct error_detail detail = {0};
    const struct pg_result *result = NULL;
    assert_int_equal(session_open(pg_cluster_database("kinds"), NULL, &session, &detail), 0);
    int error = session_query(session,
                              "SELECT DISTINCT (regexp_matches(pg_get_constraintdef(oid),"
                              " $$'([a-z]+[.][a-z]+)'$$, 'g'))[1] FROM pg_constraint"
                              " WHERE conrelid = 'emnebank.outbox'::regclass AND contype = 'c'",
                              NULL, 0, &result, &detail);
    assert_int_equal(error, 0);
    assert_int_equal(pg_rows(result), kinds_count);
    for (size_t i = 0; i < kinds_count; i++)
        assert_non_null(kind_find(pg_text(result, i, 0)));
    session_close(&session);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_kind_has_its_schema),
        cmocka_unit_test(test_what_can_be_asked_for),
        cmocka_unit_test(test_the_outbox_knows_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
