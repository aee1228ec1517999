/* What the schema promises whatever the rooms do: who sees nothing, who may not, who owns. */
#include "common/pg/session.h"
#include "tests/support/pg_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define DAEMON_ROLES "('emnebank_front', 'emnebank_match', 'emnebank_deliver')"
#define TABLES                                                                                     \
    " pg_class c WHERE c.relnamespace = 'emnebank'::regnamespace AND c.relkind IN ('r', 'p') "

struct scene {
    const char *conninfo;
    struct session *session; /* superuser */
};

static int setup(void **state)
{
    static struct scene scene;

    scene.conninfo = pg_cluster_database("sql_schema");
    assert_int_equal(session_open(scene.conninfo, NULL, &scene.session, NULL), 0);
    assert_int_equal(session_exec(scene.session, "SET search_path TO emnebank, public", NULL), 0);
    *state = &scene;
    return 0;
}

static int teardown(void **state)
{
    struct scene *scene = *state;
    session_close(&scene->session);
    return 0;
}

/* A query whose rows are faults, the first column naming each. */
static void expect_none(struct session *session, const char *query)
{
    struct error_detail detail = {{0}, {0}};
    const struct pg_result *result = NULL;

    if (session_query(session, query, NULL, 0, &result, &detail) != 0) {
        fail_msg("%s", detail.private_text);
    }
    for (size_t row = 0; row < pg_rows(result); row++) {
        fprintf(stderr, "fault: %s\n", pg_text(result, row, 0));
    }
    assert_int_equal(pg_rows(result), 0);
}

static void tables_of_tenants_have_forced_row_security(void **state)
{
    const struct scene *scene = *state;

    expect_none(scene->session,
                "SELECT c.relname FROM" TABLES
                "AND NOT (c.relrowsecurity AND c.relforcerowsecurity) AND EXISTS ("
                " SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND NOT a.attisdropped"
                " AND a.attname IN ('organisation_id', 'home_id', 'employer_id', 'candidate_id',"
                " 'order_id', 'shortlist_id', 'entry_id', 'release_id', 'lead_id', 'endpoint_id',"
                " 'delivery_id', 'outbox_id', 'client'))");
}

/* The other way round: what has none is the same for everybody, so no role of the daemon's writes
 * it but through the owner's functions. */
static void tables_without_row_security_are_read_only(void **state)
{
    const struct scene *scene = *state;

    expect_none(scene->session,
                "SELECT r.rolname || ' may write ' || c.relname FROM pg_roles r," TABLES
                "AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"
                " AND r.rolname IN " DAEMON_ROLES
                " AND (has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE') OR"
                " has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE'))");
}

static void the_daemons_roles_are_ordinary(void **state)
{
    const struct scene *scene = *state;

    expect_none(scene->session, "SELECT rolname FROM pg_roles WHERE rolname LIKE 'emnebank\\_%'"
                                " AND rolname <> 'emnebank_test' AND (rolsuper OR rolbypassrls OR"
                                " rolcreaterole OR rolcreatedb OR rolreplication)");
    expect_none(scene->session, "SELECT 'emnebank_owner may log in' FROM pg_roles"
                                " WHERE rolname = 'emnebank_owner' AND rolcanlogin");
    expect_none(scene->session, "SELECT r.rolname || ' is a member of ' || g.rolname"
                                " FROM pg_roles r, pg_roles g WHERE r.rolname IN " DAEMON_ROLES
                                " AND g.oid <> r.oid AND pg_has_role(r.oid, g.oid, 'MEMBER')");
    expect_none(scene->session,
                "SELECT c.relname FROM" TABLES "AND pg_get_userbyid(relowner) <> 'emnebank_owner'");
    expect_none(scene->session, "SELECT r.rolname || ' may create in ' || n.nspname"
                                " FROM pg_roles r, pg_namespace n WHERE r.rolname IN " DAEMON_ROLES
                                " AND has_schema_privilege(r.oid, n.oid, 'CREATE')");
}

static void functions_of_the_owner_are_closed(void **state)
{
    const struct scene *scene = *state;

    expect_none(scene->session,
                "SELECT oid::regprocedure FROM pg_proc"
                " WHERE pronamespace = 'emnebank'::regnamespace AND prosecdef AND"
                " (pg_get_userbyid(proowner) <> 'emnebank_owner' OR proconfig IS NULL OR"
                "  NOT EXISTS (SELECT 1 FROM unnest(proconfig) s WHERE s LIKE 'search\\_path=%'))");
    /* An extension's compare texts and read nothing. */
    expect_none(scene->session,
                "SELECT oid::regprocedure || ' is everybody''s' FROM pg_proc p"
                " WHERE pronamespace = 'emnebank'::regnamespace AND (proacl IS NULL OR"
                " EXISTS (SELECT 1 FROM aclexplode(proacl) a WHERE a.grantee = 0))"
                " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass"
                " AND d.objid = p.oid AND d.deptype = 'e')");
}

static void the_audit_is_append_only(void **state)
{
    const struct scene *scene = *state;

    expect_none(scene->session,
                "SELECT r.rolname || ' may change ' || c.relname FROM pg_roles r," TABLES
                "AND c.relname IN ('audit', 'audit_head') AND r.rolname IN " DAEMON_ROLES
                " AND has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE')");
    /* Other organisations' chains are written, and anybody is told anything, by functions that know
     * what is true: never by the daemon's own word. */
    expect_none(scene->session,
                "SELECT r.rolname || ' calls ' || p.proname FROM pg_roles r, pg_proc p"
                " WHERE p.pronamespace = 'emnebank'::regnamespace AND r.rolname IN " DAEMON_ROLES
                " AND p.proname IN ('audit_append_for', 'entry_audit', 'entry_tell', 'outbox_put',"
                " 'release_revoke', 'entries_end') AND has_function_privilege(r.oid, p.oid,"
                " 'EXECUTE')");
    expect_none(scene->session,
                "SELECT r.rolname || ' may empty ' || c.relname FROM pg_roles r," TABLES
                "AND r.rolname IN " DAEMON_ROLES
                " AND has_table_privilege(r.oid, c.oid, 'TRUNCATE, TRIGGER, REFERENCES')");
}

static void the_engine_and_the_sender_see_no_person(void **state)
{
    const struct scene *scene = *state;

    expect_none(scene->session,
                "SELECT r.rolname || ' reads ' || a.attname FROM pg_roles r, pg_attribute a"
                " WHERE r.rolname IN ('emnebank_match', 'emnebank_deliver')"
                " AND a.attrelid IN ('candidate_person'::regclass, 'vocabulary_change'::regclass)"
                " AND a.attnum > 0"
                " AND has_column_privilege(r.oid, a.attrelid, a.attnum, 'SELECT')");
    expect_none(
        scene->session,
        "SELECT r.rolname || ' reads ' || a.attname FROM pg_roles r, pg_attribute a"
        " WHERE r.rolname IN ('emnebank_match', 'emnebank_deliver')"
        " AND a.attrelid = 'candidate'::regclass"
        " AND a.attname IN ('external_ref', 'screened_by', 'withdrawn_reason', 'content_mac')"
        " AND has_column_privilege(r.oid, a.attrelid, a.attnum, 'SELECT')");
}

/* Two municipalities, one candidate of the first (fiktiv). */
static const char candidate_of_randers[] =
    "INSERT INTO organisation (id, kind, name, municipality_code) VALUES"
    " ('00000000-0000-4000-8000-000000000001', 'municipality', 'Randers', '0730'),"
    " ('00000000-0000-4000-8000-000000000002', 'municipality', 'Favrskov', '0710')"
    " ON CONFLICT DO NOTHING;"
    "INSERT INTO candidate (id, organisation_id, external_ref, changed_version, postcode,"
    "  max_travel_km, available_from, kinds, content_mac) VALUES"
    " ('00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-000000000001', 'F-1', 1,"
    "  '8900', 30, '2026-01-01', '{permanent}', '\\x00');"
    "INSERT INTO candidate_person (candidate_id, organisation_id, wrapped_key, name) VALUES"
    " ('00000000-0000-4000-8000-00000000000a', '00000000-0000-4000-8000-000000000001', '\\x00',"
    "  '\\x00')";

static int64_t count_as(const struct scene *scene, const char *tenant, const char *table)
{
    struct session *session = NULL;
    const struct pg_context context = {.tenant = tenant};
    const struct pg_result *result = NULL;
    char query[128];

    assert_int_equal(session_open(scene->conninfo, "emnebank_front", &session, NULL), 0);
    assert_int_equal(session_exec(session, "BEGIN", NULL), 0);
    if (tenant != NULL) {
        assert_int_equal(session_context(session, &context, NULL), 0);
    }
    snprintf(query, sizeof query, "SELECT count(*) FROM %s", table);
    assert_int_equal(session_query(session, query, NULL, 0, &result, NULL), 0);
    int64_t count = pg_int64(result, 0, 0);
    session_close(&session);
    return count;
}

static void nothing_set_nothing_seen(void **state)
{
    static const char *const tables[] = {"candidate", "candidate_person"};
    const struct scene *scene = *state;
    struct error_detail detail = {{0}, {0}};

    if (session_exec(scene->session, candidate_of_randers, &detail) != 0) {
        fail_msg("%s", detail.private_text);
    }
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        assert_int_equal(count_as(scene, "00000000-0000-4000-8000-000000000001", tables[i]), 1);
        assert_int_equal(count_as(scene, "00000000-0000-4000-8000-000000000002", tables[i]), 0);
        assert_int_equal(count_as(scene, "", tables[i]), 0);
        assert_int_equal(count_as(scene, NULL, tables[i]), 0);
    }
}

/* Whatever the front role may read of tenants' tables, without a tenant it is empty. */
static void every_table_is_empty_without_a_tenant(void **state)
{
    const struct scene *scene = *state;
    const struct pg_result *result = NULL;
    char tables[64][64];
    size_t count = 0;

    assert_int_equal(session_query(scene->session,
                                   "SELECT c.relname FROM" TABLES "AND c.relforcerowsecurity AND"
                                   " has_table_privilege('emnebank_front', c.oid, 'SELECT')",
                                   NULL, 0, &result, NULL),
                     0);
    for (; count < pg_rows(result); count++) {
        assert_true(count < sizeof tables / sizeof tables[0]);
        snprintf(tables[count], sizeof tables[count], "%s", pg_text(result, count, 0));
    }
    assert_true(count >= 10);
    for (size_t i = 0; i < count; i++) {
        if (count_as(scene, NULL, tables[i]) != 0) {
            fail_msg("%s shows rows to nobody", tables[i]);
        }
    }
}

/* What events, their deliveries and their receivers are kept in (0029 and later), by the beginning
 * of its name, days and months too. */
#define OUTBOX                                                                                     \
    "c.relname ~ '^(outbox|delivery|change|endpoint_|release_event|release_reached|event_put_off|" \
    "recall_|cv_link|feed_)'"

/* The sender has functions and nothing else; the front reads its tenant's rows of five tables,
 * never by way of a day, and of what signs and identifies no more than what is shown. */
static void the_outbox_is_reached_by_functions(void **state)
{
    const struct scene *scene = *state;

    expect_none(scene->session, "SELECT c.relname FROM" TABLES "AND " OUTBOX
                                " AND NOT (c.relrowsecurity AND c.relforcerowsecurity)");
    expect_none(scene->session,
                "SELECT r.rolname || ' writes ' || c.relname FROM pg_roles r," TABLES "AND " OUTBOX
                " AND r.rolname IN " DAEMON_ROLES
                " AND (has_table_privilege(r.oid, c.oid, 'INSERT, UPDATE, DELETE') OR"
                " has_any_column_privilege(r.oid, c.oid, 'INSERT, UPDATE'))");
    expect_none(scene->session,
                "SELECT r.rolname || ' reads ' || c.relname FROM pg_roles r," TABLES "AND " OUTBOX
                " AND r.rolname IN " DAEMON_ROLES
                " AND has_any_column_privilege(r.oid, c.oid, 'SELECT') AND NOT (r.rolname ="
                " 'emnebank_front' AND c.relname IN ('outbox', 'delivery', 'delivery_attempt',"
                " 'delivery_past', 'change', 'endpoint_secret', 'endpoint_identity'))");
    expect_none(
        scene->session,
        "SELECT a.attrelid::regclass || '.' || a.attname FROM pg_attribute a WHERE a.attrelid"
        " IN ('endpoint_secret'::regclass, 'endpoint_identity'::regclass) AND a.attname ="
        " 'sealed' AND has_column_privilege('emnebank_front', a.attrelid, a.attnum,"
        " 'SELECT')");
    /* Whose rows the front sees is its tenant's word alone. */
    expect_none(scene->session,
                "SELECT p.polrelid::regclass || ': ' || p.polname FROM pg_policy p JOIN"
                " pg_class c"
                " ON c.oid = p.polrelid WHERE " OUTBOX " AND p.polroles <>"
                " ARRAY['emnebank_owner'::regrole::oid] AND coalesce(pg_get_expr(p.polqual,"
                " p.polrelid), '') NOT LIKE '%organisation_id = app_tenant()%'");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_of_tenants_have_forced_row_security),
        cmocka_unit_test(tables_without_row_security_are_read_only),
        cmocka_unit_test(the_daemons_roles_are_ordinary),
        cmocka_unit_test(functions_of_the_owner_are_closed),
        cmocka_unit_test(the_audit_is_append_only),
        cmocka_unit_test(the_engine_and_the_sender_see_no_person),
        cmocka_unit_test(the_outbox_is_reached_by_functions),
        cmocka_unit_test(nothing_set_nothing_seen),
        cmocka_unit_test(every_table_is_empty_without_a_tenant),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
