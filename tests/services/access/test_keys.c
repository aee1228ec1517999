/* Keys from their making to their end, in a real database, and who they let in. */
#include "common/crypto/crypto.h"
#include "services/access/access.h"
#include "services/access/keys.h"
#include "tests/support/pg_cluster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct scene {
    struct session *session;
    const char *conninfo;
    struct access *access;
};

/* One question to access_authenticate, on a loop of its own. */
struct question {
    const struct scene *scene;
    const char *authorization;
    struct loop *loop;
    struct pg_pool *pg;
    int answers;
    int error;
    struct rest_principal principal;
};

static int set_up(void **state)
{
    static struct scene scene;
    struct error_detail detail;

    assert_int_equal(crypto_init(), 0);
    scene.conninfo = pg_cluster_database("keys");
    assert_int_equal(session_open(scene.conninfo, NULL, &scene.session, &detail), 0);
    assert_int_equal(
        session_exec(
            scene.session,
            "INSERT INTO emnebank.organisation (kind, name, municipality_code, cvr) VALUES"
            " ('municipality', 'Aarhus', '0751', '55133018'), ('team', 'Team', NULL, NULL),"
            " ('employer', 'Beton (fiktiv)', NULL, '12345674')",
            &detail),
        0);
    scene.access = access_create("production");
    *state = &scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;

    access_destroy(&scene->access);
    session_close(&scene->session);
    return 0;
}

static void ended(const struct pg_outcome *outcome, void *argument)
{
    const struct question *question = argument;

    (void)outcome;
    loop_stop(question->loop);
}

/* The loop ends after one more batch: on one connection that is after the key's use was noted. */
static void answered(int error, const struct rest_principal *principal, void *argument)
{
    static const struct sql_statement nothing = {"nothing", "SELECT 1"};
    const struct pg_context nobody = {0};
    const struct pg_step step = {.statement = &nothing};
    struct question *question = argument;

    question->answers++;
    question->error = error;
    if (principal != NULL)
        question->principal = *principal;
    pg_run(question->pg, &nobody, &step, 1, ended, question);
}

static void put_question(void *argument)
{
    struct question *question = argument;

    access_authenticate(question->pg, question->authorization, question->scene->access, answered,
                        question);
}

static struct question ask(const struct scene *scene, const char *authorization)
{
    const struct pg_options options = {
        .conninfo = scene->conninfo, .user = "emnebank_front", .connections = 1};
    struct question question = {.scene = scene, .authorization = authorization, .error = 1};

    question.loop = loop_create();
    question.pg = pg_pool_create(question.loop, &options);
    loop_post(question.loop, put_question, &question);
    loop_run(question.loop);
    pg_pool_destroy(&question.pg);
    loop_destroy(&question.loop);
    assert_int_equal(question.answers, 1);
    return question;
}

static const char *bearer(const char *key)
{
    static char text[256];

    snprintf(text, sizeof text, "Bearer %s", key);
    return text;
}

static struct access_made make(struct scene *scene, const char *organisation, const char *person)
{
    const struct access_request request = {.organisation = organisation,
                                           .environment = "production",
                                           .label = "prøve",
                                           .person = person,
                                           .days = 90};
    struct access_made made;
    struct error_detail detail = {{0}, {0}};

    if (access_keys_create(scene->session, &request, &made, &detail) != 0)
        fail_msg("%s %s", detail.public_text, detail.private_text);
    return made;
}

static int64_t number(struct scene *scene, const char *query, const char *id)
{
    const struct pg_parameter parameters[] = {PG_TEXT(id)};
    const struct pg_result *result = NULL;
    struct error_detail detail = {{0}, {0}};

    if (session_query(scene->session, query, parameters, 1, &result, &detail) != 0)
        fail_msg("%s", detail.private_text);
    return pg_int64(result, 0, 0);
}

static void a_key_lets_its_holder_in(void **state)
{
    struct scene *scene = *state;
    struct access_made made = make(scene, "0751", "Maja Konsulent (fiktiv)");
    struct question question = ask(scene, bearer(made.text));

    assert_int_equal(strncmp(made.text, "emb_prod_", 9), 0);
    assert_int_equal(question.error, 0);
    assert_string_equal(question.principal.municipality, "0751");
    assert_string_equal(question.principal.organisation_kind, "municipality");
    assert_string_equal(question.principal.key, made.id);
    assert_string_equal(question.principal.person, "Maja Konsulent (fiktiv)");
    assert_string_equal(question.principal.scopes, access_preset("municipality"));
    assert_int_equal(number(scene,
                            "SELECT count(*) FROM emnebank.api_key WHERE id = $1::uuid AND"
                            " last_used_at > now() - interval '1 minute'",
                            made.id),
                     1);
    assert_int_equal(number(scene,
                            "SELECT count(*) FROM emnebank.audit WHERE action = 'key.created' AND"
                            " subject_id = $1",
                            made.id),
                     1);

    made = make(scene, "team", NULL);
    question = ask(scene, bearer(made.text));
    assert_int_equal(question.error, 0);
    assert_string_equal(question.principal.organisation_kind, "team");
    assert_string_equal(question.principal.municipality, "");
    assert_string_equal(question.principal.person, "");
}

/* Another secret, a stranger's id, another installation's key, no key: all the same. */
static void nobody_else_gets_in(void **state)
{
    struct scene *scene = *state;
    struct access_made made = make(scene, "12345674", NULL);
    struct access_key key;
    char text[ACCESS_KEY_TEXT_SIZE];

    assert_int_equal(access_key_parse(made.text, &key), 0);
    key.secret[0] ^= 1;
    assert_int_equal(access_key_make(&key, text), 0);
    assert_int_equal(ask(scene, bearer(text)).error, ERROR_DENIED);
    assert_int_equal(number(scene,
                            "SELECT count(*) FROM emnebank.api_key WHERE id = $1::uuid AND"
                            " last_used_at IS NOT NULL",
                            made.id),
                     0);

    assert_int_equal(access_key_parse(made.text, &key), 0);
    random_uuid(key.id);
    assert_int_equal(access_key_make(&key, text), 0);
    assert_int_equal(ask(scene, bearer(text)).error, ERROR_DENIED);

    assert_int_equal(access_key_parse(made.text, &key), 0);
    strcpy(key.environment, "demo");
    assert_int_equal(access_key_make(&key, text), 0);
    assert_int_equal(ask(scene, bearer(text)).error, ERROR_DENIED);

    assert_int_equal(ask(scene, NULL).error, ERROR_DENIED);
    assert_int_equal(ask(scene, "Bearer ").error, ERROR_DENIED);
    assert_int_equal(ask(scene, made.text).error, ERROR_DENIED);
    assert_int_equal(ask(scene, bearer(made.text)).error, 0);
}

static void a_key_ends(void **state)
{
    struct scene *scene = *state;
    struct access_made revoked = make(scene, "0751", NULL);
    struct access_made expired = make(scene, "0751", NULL);
    struct error_detail detail;

    assert_int_equal(access_keys_revoke(scene->session, revoked.id, &detail), 0);
    assert_int_equal(access_keys_revoke(scene->session, revoked.id, &detail), 0);
    assert_int_equal(ask(scene, bearer(revoked.text)).error, ERROR_DENIED);
    assert_int_equal(number(scene,
                            "SELECT count(*) FROM emnebank.audit WHERE action = 'key.revoked' AND"
                            " subject_id = $1",
                            revoked.id),
                     1);
    assert_int_equal(
        access_keys_revoke(scene->session, "00000000-0000-4000-8000-000000000000", &detail),
        ERROR_NOT_FOUND);

    assert_int_equal(ask(scene, bearer(expired.text)).error, 0);
    (void)number(scene,
                 "UPDATE emnebank.api_key SET expires_at = now() WHERE id = $1::uuid RETURNING 1",
                 expired.id);
    assert_int_equal(ask(scene, bearer(expired.text)).error, ERROR_DENIED);
}

static void keys_are_listed_without_their_secret(void **state)
{
    struct scene *scene = *state;
    struct access_made made = make(scene, "team", "Tea Teamsen (fiktiv)");
    const struct pg_result *rows = NULL;
    struct error_detail detail;

    assert_int_equal(access_keys_list(scene->session, &rows, &detail), 0);
    size_t last = pg_rows(rows) - 1;
    assert_string_equal(pg_text(rows, last, 0), made.id);
    assert_string_equal(pg_text(rows, last, 3), "Tea Teamsen (fiktiv)");
    assert_string_equal(pg_text(rows, last, 8), "active");
    assert_int_equal(session_exec(scene->session, "RESET ROLE", &detail), 0);
}

static void what_makes_no_key_is_said(void **state)
{
    struct scene *scene = *state;
    static const struct {
        struct access_request request;
        int error;
    } table[] = {
        {{"0101", "test", "x", NULL, NULL, 30}, ERROR_NOT_FOUND},
        {{"0751", "test", "", NULL, NULL, 30}, ERROR_INVALID},
        {{"0751", "test", "x", "", NULL, 30}, ERROR_INVALID},
        {{"0751", "test", "x", NULL, "candidates:eat", 30}, ERROR_INVALID},
        {{"0751", "test", "x", NULL, "audit:read  leads:read", 30}, ERROR_INVALID},
        {{"0751", "test", "x", NULL, NULL, 0}, ERROR_INVALID},
        {{"0751", "test", "x", NULL, NULL, 366}, ERROR_INVALID},
        {{"0751", "Test", "x", NULL, NULL, 30}, ERROR_INVALID},
        {{"0751", "muchtoolong", "x", NULL, NULL, 30}, ERROR_INVALID},
        {{"0751", "test", "x", NULL, "audit:read leads:read", 365}, 0},
    };

    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct access_made made;
        struct error_detail detail = {{0}, {0}};
        int error = access_keys_create(scene->session, &table[i].request, &made, &detail);
        if (error != table[i].error)
            fail_msg("row %zu: %s %s", i, error_name(error), detail.private_text);
        assert_int_equal(error == 0, made.text[0] != '\0');
        assert_int_equal(error == 0, detail.public_text[0] == '\0');
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_key_lets_its_holder_in),
        cmocka_unit_test(nobody_else_gets_in),
        cmocka_unit_test(a_key_ends),
        cmocka_unit_test(keys_are_listed_without_their_secret),
        cmocka_unit_test(what_makes_no_key_is_said),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
