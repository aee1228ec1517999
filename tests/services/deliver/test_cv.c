/* What a CV says and what not, who may fetch it, and what is written down of it. */
#include "common/base/arena.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "common/json/json.h"
#include "services/deliver/deliver.h"
#include "tests/services/deliver/scene.h"
#include "tests/support/api.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define KEY "00000000-0000-4000-8000-00000000"
#define OTHER "00000000-0000-4000-8000-0000000000ef"
#define OPEN "cvs:read"
#define CV_KINDS "{cv.released,cv.recalled}"

struct stand {
    struct scene *scene;
    struct api *api;
    int key; /* of the next POST */
};

static const struct {
    const char *name, *organisation, *kind, *key, *scopes;
} callers[] = {
    {"employer", SCENE_EMPLOYER, "employer", KEY "a0ee", OPEN},
    {"other", OTHER, "employer", KEY "a0ef", OPEN},
    {"team", SCENE_TEAM, "team", KEY "a001", OPEN},
    {"home", SCENE_HOME, "municipality", KEY "a751", OPEN},
    {"scopeless", SCENE_EMPLOYER, "employer", KEY "a0ee", "orders:read changes:read"},
};

static void authenticate(struct pg_pool *pg, const char *authorization, void *state,
                         rest_authenticated *done, void *argument)
{
    struct rest_principal who = {0};
    (void)pg;
    (void)state;
    for (size_t i = 0; i < sizeof callers / sizeof *callers; i++) {
        if (!str_equal(authorization, callers[i].name))
            continue;
        snprintf(who.organisation, sizeof who.organisation, "%s", callers[i].organisation);
        snprintf(who.organisation_kind, sizeof who.organisation_kind, "%s", callers[i].kind);
        snprintf(who.key, sizeof who.key, "%s", callers[i].key);
        snprintf(who.scopes, sizeof who.scopes, "%s", callers[i].scopes);
        done(0, &who, argument);
        return;
    }
    done(ERROR_DENIED, NULL, argument);
}

static int set_up(void **state)
{
    struct stand *stand = calloc(1, sizeof *stand);
    scene_set_up((void **)&stand->scene);
    scene_sql(stand->scene, "INSERT INTO organisation (id, kind, name, cvr)"
                            " VALUES ('" OTHER "', 'employer', 'En anden (fiktiv)', '10000017')");
    stand->api = api_create(stand->scene->conninfo, authenticate, NULL);
    api_add(stand->api, &deliver_routes, stand->scene->deliver);
    api_start(stand->api);
    *state = stand;
    return 0;
}

static int tear_down(void **state)
{
    struct stand *stand = *state;
    api_stop(&stand->api);
    scene_tear_down((void **)&stand->scene);
    free(stand);
    return 0;
}

/* --- helpers --- */

static struct api_answer ask(struct stand *stand, const char *who, const char *line,
                             const char *more, const char *body)
{
    struct arena *arena = stand->scene->arena;
    const char *headers = arena_printf(arena, "Authorization: %s\r\n%s", who, more);
    return api_receive(api_send(stand->api, line, headers, body, body == NULL ? 0 : strlen(body)),
                       arena);
}

static struct api_answer fetch(struct stand *stand, const char *who, const char *release,
                               const char *accept)
{
    struct arena *arena = stand->scene->arena;
    return ask(stand, who, arena_printf(arena, "GET /v1/releases/%s/cv", release),
               arena_printf(arena, "Accept: %s\r\n", accept), NULL);
}

static void assert_refused(struct api_answer answer, int status, const char *slug)
{
    if (answer.status != status || strstr(answer.body, slug) == NULL)
        fail_msg("%d, not %d %s: %s", answer.status, status, slug, answer.body);
    assert_null(strstr(answer.body, "fiktiv"));
}

static json_t *document_of(struct api_answer answer)
{
    struct json_fault fault;
    json_t *value = NULL;
    assert_int_equal(answer.status, 200);
    assert_int_equal(json_read(answer.body, answer.length, &value, &fault), 0);
    return value;
}

static const char *text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static const char *hex_of(struct stand *stand, struct api_answer answer)
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    char *hex = arena_alloc(stand->scene->arena, 2 * sizeof digest + 1);
    crypto_sha256(answer.body, answer.length, digest);
    str_hex(digest, sizeof digest, hex);
    return hex;
}

/* What a program of poppler's says of it. */
static const char *read_pdf(struct stand *stand, struct api_answer answer, const char *program,
                            const char *output)
{
    char path[] = "/tmp/emnebank-cv.XXXXXX";
    char *text = arena_alloc(stand->scene->arena, 65536);
    const int file = mkstemp(path);
    assert_int_equal(write(file, answer.body, answer.length), (ssize_t)answer.length);
    close(file);
    FILE *pipe = popen(arena_printf(stand->scene->arena, "%s %s %s", program, path, output), "re");
    assert_non_null(pipe);
    text[fread(text, 1, 65535, pipe)] = '\0';
    assert_int_equal(pclose(pipe), 0);
    unlink(path);
    return text;
}

static const char *text_of_pdf(struct stand *stand, struct api_answer answer)
{
    return read_pdf(stand, answer, "pdftotext -layout -enc UTF-8", "-");
}

/* Address, note, CPR number, reference, pseudonym: what stands in the pool and nowhere else. */
static void assert_no_canary(struct stand *stand, const char *text, const char *release)
{
    static const char *const canaries[] = {"emmelig", "010190", "sag-", "birth", "fødsel"};
    for (size_t i = 0; i < sizeof canaries / sizeof *canaries; i++)
        assert_null(strstr(text, canaries[i]));
    assert_null(
        strstr(text, scene_sql(stand->scene, "SELECT candidate_id FROM release WHERE id = '%s'",
                               release)));
}

static void assert_nothing_reached(struct stand *stand)
{
    ASSERT_SQL(stand->scene, "0 0",
               "SELECT concat_ws(' ', (SELECT count(*) FROM release_reached), (SELECT count(*) FROM"
               " audit WHERE action = 'cv.fetched'))");
}

static void withdraw(struct stand *stand, const char *release)
{
    scene_sql(stand->scene,
              "UPDATE consent SET withdrawn_at = now() WHERE id ="
              " (SELECT consent_id FROM release WHERE id = '%s')",
              release);
}

/* --- fetching --- */

static void test_json(void **state)
{
    struct stand *stand = *state;
    const char *release = scene_release(stand->scene);
    struct api_answer answer = fetch(stand, "employer", release, "*/*");
    json_t *data = document_of(answer);
    const json_t *cv = json_object_get(data, "cv");
    const json_t *basics = json_object_get(cv, "basics");
    assert_string_equal(text_of(data, "release_id"), release);
    assert_string_equal(text_of(data, "order_id"), SCENE_ORDER);
    assert_string_equal(text_of(basics, "name"), "Søren Prøve nr. 1 (fiktiv)");
    assert_string_equal(text_of(basics, "phone"), "+45 00 00 00 00");
    assert_string_equal(text_of(json_object_get(basics, "location"), "city"), "Aarhus C");
    const json_t *language = json_array_get(json_object_get(cv, "languages"), 0);
    assert_string_equal(text_of(language, "language"), "Dansk");
    assert_string_equal(text_of(language, "fluency"), "C1");
    assert_string_equal(text_of(json_array_get(json_object_get(cv, "skills"), 0), "level"),
                        "4 af 5");
    assert_string_equal(text_of(data, "href"),
                        arena_printf(stand->scene->arena, "/v1/releases/%s/cv", release));
    json_decref(data);
    assert_true(answer.length < 4096);
    assert_no_canary(stand, answer.body, release);
    assert_non_null(strstr(answer.head, "no-store"));
    ASSERT_SQL(stand->scene, "cv.opened cv.fetched",
               "SELECT string_agg(action, ' ' ORDER BY seq) FROM audit WHERE organisation_id ="
               " '" SCENE_HOME "' AND subject_id = '%s' AND actor = '" KEY "a0ee' AND candidates ="
               " ARRAY[(SELECT candidate_id FROM release WHERE id = '%s')]",
               release, release);
    ASSERT_SQL(stand->scene, hex_of(stand, answer),
               "SELECT detail ->> 'body_sha256' FROM audit WHERE action = 'cv.fetched'");
    ASSERT_SQL(stand->scene, hex_of(stand, answer),
               "SELECT body_sha256 FROM release_reached WHERE release_id = '%s' AND how = 'fetch'"
               " AND place = '" KEY "a0ee' AND certain",
               release);
    ASSERT_SQL(stand->scene, "t", "SELECT release_left('%s')", release);
}

/* What is fetched is what is sent. */
static void test_same_as_sent(void **state)
{
    struct stand *stand = *state;
    struct scene *scene = stand->scene;
    scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    const char *release = scene_release(scene);
    scene_start(scene);
    scene_send(scene, release);
    scene_until_requests(scene, 1);
    const char *data = strstr(receiver_request(scene->receiver, 0)->body, "\"data\":");
    assert_non_null(data);
    struct api_answer answer = fetch(stand, "employer", release, "application/json");
    assert_memory_equal(data + strlen("\"data\":"), answer.body, answer.length);
}

/* What was handed over last is what the recall asks back; and whoever may have had it has it. */
static void test_fetched_again(void **state)
{
    struct stand *stand = *state;
    const char *release = scene_release(stand->scene);
    struct api_answer first = fetch(stand, "employer", release, "*/*");
    scene_sql(stand->scene, "UPDATE release_reached SET certain = false");
    scene_sql(stand->scene, "UPDATE candidate SET available_from = '2027-02-01'");
    struct api_answer second = fetch(stand, "employer", release, "*/*");
    assert_string_not_equal(hex_of(stand, first), hex_of(stand, second));
    ASSERT_SQL(stand->scene, arena_printf(stand->scene->arena, "%s t", hex_of(stand, second)),
               "SELECT concat_ws(' ', body_sha256, certain) FROM release_reached");
    ASSERT_SQL(stand->scene, "2", "SELECT count(*) FROM audit WHERE action = 'cv.fetched'");
}

/* What has been true of somebody and is not any more is not said. */
static void test_facts_of_the_past(void **state)
{
    struct stand *stand = *state;
    const char *release = scene_release(stand->scene);
    scene_sql(stand->scene, "UPDATE candidate_fact SET to_version = 2 WHERE kind = 'licence'");
    json_t *data = document_of(fetch(stand, "employer", release, "*/*"));
    const json_t *cv = json_object_get(data, "cv");
    assert_int_equal(json_array_size(json_object_get(cv, "licences")), 0);
    assert_int_equal(json_array_size(json_object_get(cv, "languages")), 1);
    json_decref(data);
}

static void test_pdf(void **state)
{
    struct stand *stand = *state;
    const char *release = scene_release(stand->scene);
    struct api_answer answer = fetch(stand, "employer", release, "application/pdf");
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(answer.head, "application/pdf"));
    assert_non_null(strstr(answer.head, release)); /* the file's name */
    assert_memory_equal(answer.body, "%PDF-", 5);
    assert_true(answer.length < 262144);
    const char *text = text_of_pdf(stand, answer);
    static const char *const wanted[] = {"Søren Prøve nr. 1 (fiktiv)",
                                         "+45 00 00 00 00",
                                         "soeren@example.dk",
                                         "8000 Aarhus C",
                                         "1. december 2026",
                                         "fast arbejde",
                                         "Niveau 4 af 5, 6 år",
                                         "Gælder til 1. maj 2028",
                                         "Fag",
                                         "Erfaring: 6 år",
                                         "Kørekort",
                                         "Dansk",
                                         "Niveau C1",
                                         "bruges til at besætte dette job",
                                         "Indeholder personoplysninger",
                                         "Struktører til letbane",
                                         "Side 1 af 1"};
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        if (strstr(text, wanted[i]) == NULL)
            fail_msg("'%s' is not in:\n%s", wanted[i], text);
    }
    assert_no_canary(stand, text, release);
    const char *released = scene_sql(stand->scene, "SELECT to_char(released_at AT TIME ZONE 'UTC',"
                                                   " 'YYYY-MM-DD\"T\"HH24:MI:SS') FROM release");
    assert_non_null(strstr(read_pdf(stand, answer, "TZ=UTC pdfinfo -isodates", ""), released));
    struct api_answer again = fetch(stand, "employer", release, "application/pdf");
    assert_int_equal(again.length, answer.length);
    assert_memory_equal(again.body, answer.body, answer.length);
    ASSERT_SQL(stand->scene, hex_of(stand, answer),
               "SELECT body_sha256 FROM release_reached WHERE how = 'pdf' AND certain");
}

/* Each month and each kind of work in its own words. */
static void test_words_of_a_pdf(void **state)
{
    static const char *const months[] = {"januar",    "februar", "marts",    "april",
                                         "maj",       "juni",    "juli",     "august",
                                         "september", "oktober", "november", "december"};
    static const struct {
        const char *kind, *text;
    } kinds[] = {
        {"permanent", "fast arbejde"},
        {"temporary", "tidsbegrænset arbejde"},
        {"seasonal", "sæsonarbejde"},
        {"job_rotation", "jobrotation"},
        {"wage_subsidy", "job med løntilskud"},
        {"work_trial", "virksomhedspraktik"},
        {"flex", "fleksjob"},
    };
    struct stand *stand = *state;
    struct arena *arena = stand->scene->arena;
    const char *release = scene_release(stand->scene);
    scene_sql(stand->scene, "UPDATE candidate_fact SET years = 0 WHERE kind = 'occupation'");
    for (size_t i = 0; i < sizeof months / sizeof *months; i++) {
        const size_t kind = i % (sizeof kinds / sizeof *kinds);
        scene_sql(stand->scene,
                  "UPDATE candidate SET available_from = '2027-%02zu-15', kinds = '{%s,permanent}'",
                  i + 1, kinds[kind].kind);
        const char *text = text_of_pdf(stand, fetch(stand, "employer", release, "application/pdf"));
        assert_non_null(strstr(text, arena_printf(arena, "15. %s 2027", months[i])));
        assert_non_null(strstr(text, arena_printf(arena, "%s, fast arbejde", kinds[kind].text)));
        assert_non_null(strstr(text, "Erfaring: under 1 år"));
    }
}

/* What cannot be opened or written is not handed over in part. */
static void test_what_cannot_be_written(void **state)
{
    struct stand *stand = *state;
    const char *broken = scene_release(stand->scene);
    scene_sql(stand->scene, "UPDATE candidate_person SET wrapped_key = '\\x0102'");
    assert_refused(fetch(stand, "employer", broken, "*/*"), 500, "internal-error");
    const char *release = scene_release(stand->scene);
    scene_sql(stand->scene, "SET session_replication_role = replica");
    scene_sql(stand->scene, "UPDATE job_order SET title = repeat('Å', 200000)");
    scene_sql(stand->scene, "SET session_replication_role = origin");
    assert_refused(fetch(stand, "employer", release, "*/*"), 500, "internal-error");
    assert_refused(fetch(stand, "employer", release, "application/pdf"), 500, "internal-error");
    assert_nothing_reached(stand);
}

static void test_who(void **state)
{
    struct stand *stand = *state;
    const char *release = scene_release(stand->scene);
    assert_refused(fetch(stand, "other", release, "*/*"), 404, "not-found");
    assert_refused(fetch(stand, "team", release, "*/*"), 404, "not-found");
    assert_refused(fetch(stand, "home", release, "*/*"), 404, "not-found");
    assert_refused(fetch(stand, "employer", SCENE_ORDER, "*/*"), 404, "not-found");
    assert_refused(fetch(stand, "employer", "1", "*/*"), 404, "not-found");
    const char *asks = arena_printf(stand->scene->arena, "GET /v1/releases/%s/cv?x=1", release);
    assert_refused(ask(stand, "employer", asks, "", NULL), 400, "query-invalid");
    assert_refused(fetch(stand, "scopeless", release, "*/*"), 403, "scope-missing");
    assert_refused(fetch(stand, "nobody", release, "*/*"), 401, "unauthenticated");
    assert_refused(fetch(stand, "employer", release, "image/png"), 406, "not-acceptable");
    ASSERT_SQL(stand->scene, "0", "SELECT count(*) FROM audit WHERE action LIKE 'cv.%%'");
    assert_nothing_reached(stand);
}

/* --- a release that is over, or not now --- */

static void test_withdrawn(void **state)
{
    struct stand *stand = *state;
    const char *release = scene_release(stand->scene);
    const char *erased = scene_release(stand->scene);
    withdraw(stand, release);
    assert_refused(fetch(stand, "employer", release, "*/*"), 410, "/problems/gone");
    assert_refused(fetch(stand, "employer", release, "application/pdf"), 410, "/problems/gone");
    scene_sql(stand->scene,
              "UPDATE candidate_person SET wrapped_key = '' WHERE candidate_id ="
              " (SELECT candidate_id FROM release WHERE id = '%s')",
              erased);
    assert_refused(fetch(stand, "employer", erased, "*/*"), 410, "/problems/gone");
    assert_nothing_reached(stand);
}

static void test_not_now(void **state)
{
    struct stand *stand = *state;
    struct session *busy = NULL;
    struct error_detail detail = {0};
    const char *release = scene_release(stand->scene);
    scene_sql(
        stand->scene,
        "UPDATE push_stop SET stopped = true, reason = 'prøve', person = 'prøve', organisation_id"
        " = '" SCENE_TEAM "', since = now()");
    assert_refused(fetch(stand, "employer", release, "*/*"), 409, "state-conflict");
    scene_sql(stand->scene, "UPDATE push_stop SET stopped = false");
    scene_sql(stand->scene, "UPDATE candidate SET screening_until = '2026-01-01'");
    assert_refused(fetch(stand, "employer", release, "*/*"), 409, "state-conflict");
    scene_sql(stand->scene, "UPDATE candidate SET screening_until = NULL");
    /* Somebody is taking the yes back just now. */
    assert_int_equal(session_open(stand->scene->conninfo, NULL, &busy, &detail), 0);
    const char *hold =
        arena_printf(stand->scene->arena,
                     "BEGIN; SELECT FROM emnebank.release WHERE id = '%s' FOR UPDATE", release);
    assert_int_equal(session_exec(busy, hold, &detail), 0);
    assert_refused(fetch(stand, "employer", release, "*/*"), 503, "temporarily-unavailable");
    assert_int_equal(session_exec(busy, "ROLLBACK", &detail), 0);
    session_close(&busy);
    assert_nothing_reached(stand);
    assert_int_equal(fetch(stand, "employer", release, "*/*").status, 200);
}

/* Whoever stops all pushes waits for who is on the way, and who comes then waits for the stop. */
static void test_waits_for_a_stop(void **state)
{
    struct stand *stand = *state;
    struct session *stops = NULL;
    struct session *front = NULL;
    struct error_detail detail = {0};
    const char *release = scene_release(stand->scene);
    const char *open = arena_printf(
        stand->scene->arena,
        "SET lock_timeout = '50ms'; BEGIN; SELECT set_config('app.tenant', '" SCENE_EMPLOYER
        "', true), set_config('app.actor', '" KEY "a0ee', true); SELECT cv_open('%s', 'fetch');"
        " COMMIT",
        release);
    assert_int_equal(session_open(stand->scene->conninfo, NULL, &stops, &detail), 0);
    assert_int_equal(session_open(stand->scene->conninfo, "emnebank_front", &front, &detail), 0);
    assert_int_equal(
        session_exec(stops, "SELECT pg_advisory_lock(hashtext('emnebank.push'))", &detail), 0);
    assert_int_not_equal(session_exec(front, open, &detail), 0);
    assert_int_equal(session_exec(front, "ROLLBACK", &detail), 0);
    session_close(&stops);
    assert_int_equal(session_exec(front, open, &detail), 0);
    session_close(&front);
}

/* Taken back while it was rendered: the last word is asked before the first byte. */
static void test_withdrawn_meanwhile(void **state)
{
    struct stand *stand = *state;
    struct session *front = NULL;
    struct error_detail detail = {0};
    const char *release = scene_release(stand->scene);
    const char *as = "BEGIN; SELECT set_config('app.tenant', '" SCENE_EMPLOYER
                     "', true), set_config('app.actor', '" KEY "a0ee', true);";
    assert_int_equal(session_open(stand->scene->conninfo, "emnebank_front", &front, &detail), 0);
    const char *open = arena_printf(
        stand->scene->arena, "%s SELECT count(*) FROM cv_open('%s', 'fetch'); COMMIT", as, release);
    const char *fetched = arena_printf(
        stand->scene->arena, "%s SELECT cv_fetched('%s', 'fetch', 'x'); COMMIT", as, release);
    if (session_exec(front, open, &detail) != 0)
        fail_msg("%s", detail.private_text);
    withdraw(stand, release);
    assert_int_not_equal(session_exec(front, fetched, &detail), 0);
    assert_non_null(strstr(detail.private_text, "gone"));
    session_close(&front);
    assert_nothing_reached(stand);
}

/* --- the link --- */

static struct api_answer make_link(struct stand *stand, const char *who, const char *release,
                                   const char *key)
{
    struct arena *arena = stand->scene->arena;
    return ask(
        stand, who, arena_printf(arena, "POST /v1/releases/%s/cv-link", release),
        arena_printf(arena, "Content-Type: application/json\r\nIdempotency-Key: \"%s\"\r\n", key),
        "{}");
}

static const char *link_of(struct stand *stand, struct api_answer answer)
{
    struct json_fault fault;
    json_t *body = NULL;
    if (answer.status != 201)
        fail_msg("%d %s", answer.status, answer.body);
    assert_int_equal(json_read(answer.body, answer.length, &body, &fault), 0);
    const char *line = arena_printf(stand->scene->arena, "GET %s", text_of(body, "url"));
    json_decref(body);
    return line;
}

static void test_link(void **state)
{
    struct stand *stand = *state;
    const char *release = scene_release(stand->scene);
    struct api_answer made = make_link(stand, "employer", release, "en");
    const char *line = link_of(stand, made);
    ASSERT_SQL(stand->scene, "t",
               "SELECT expires_at BETWEEN now() + interval '14 minutes' AND now() + interval '15"
               " minutes' FROM cv_link");
    /* The token stands nowhere but in that answer. */
    ASSERT_SQL(stand->scene, "0 1",
               "SELECT concat_ws(' ', (SELECT count(*) FROM idempotency i WHERE i::text LIKE"
               " '%%%s%%'), (SELECT count(*) FROM cv_link WHERE token_hash ="
               " sha256(decode('%s', 'hex'))))",
               strrchr(line, '/') + 1, strrchr(line, '/') + 1);
    made = make_link(stand, "employer", release, "en");
    assert_int_equal(made.status, 201);
    assert_non_null(strstr(made.body, "\"url\": null"));

    assert_refused(ask(stand, "other", line, "", NULL), 404, "not-found");
    assert_refused(ask(stand, "scopeless", line, "", NULL), 403, "scope-missing");
    struct api_answer answer = ask(stand, "employer", line, "", NULL);
    assert_int_equal(answer.status, 200);
    assert_non_null(strstr(text_of_pdf(stand, answer), "Søren Prøve nr. 1 (fiktiv)"));
    assert_refused(ask(stand, "employer", line, "", NULL), 410, "/problems/gone");
    assert_refused(ask(stand, "other", line, "", NULL), 404, "not-found"); /* not that it was */
    ASSERT_SQL(stand->scene, "cv.link_made cv.opened cv.fetched",
               "SELECT string_agg(action, ' ' ORDER BY seq) FROM audit WHERE subject_id = '%s'",
               release);
}

/* What a link was is forgotten when it has been over for a day. */
static void test_old_links_go(void **state)
{
    struct stand *stand = *state;
    const char *release = scene_release(stand->scene);
    make_link(stand, "employer", release, "en");
    make_link(stand, "employer", release, "to");
    scene_sql(stand->scene, "UPDATE cv_link SET expires_at = expires_at - interval '23 hours'");
    make_link(stand, "employer", release, "tre");
    ASSERT_SQL(stand->scene, "3", "SELECT count(*) FROM cv_link");
    scene_sql(stand->scene, "UPDATE cv_link SET expires_at = expires_at - interval '2 hours'");
    make_link(stand, "employer", release, "fire");
    ASSERT_SQL(stand->scene, "2", "SELECT count(*) FROM cv_link");
}

static void assert_looked(struct api_answer answer, int status, const char *type)
{
    assert_int_equal(answer.status, status);
    assert_int_equal(answer.length, 0);
    assert_non_null(strstr(answer.head, type));
}

/* Whoever asks with HEAD is told whether it could be had: nothing is handed over, no link used up.
 */
static void test_head(void **state)
{
    struct stand *stand = *state;
    struct arena *arena = stand->scene->arena;
    const char *release = scene_release(stand->scene);
    const char *cv = arena_printf(arena, "HEAD /v1/releases/%s/cv", release);
    const char *line = link_of(stand, make_link(stand, "employer", release, "en"));
    const char *link = arena_printf(arena, "HEAD %s", line + strlen("GET "));
    assert_looked(ask(stand, "employer", cv, "", NULL), 200, "application/json");
    assert_looked(ask(stand, "employer", cv, "Accept: application/pdf\r\n", NULL), 200,
                  "application/pdf");
    assert_looked(ask(stand, "other", cv, "", NULL), 404, "problem+json");
    assert_looked(ask(stand, "other", link, "", NULL), 404, "problem+json");
    assert_looked(ask(stand, "employer", link, "", NULL), 200, "application/pdf");
    assert_looked(ask(stand, "employer", link, "", NULL), 200, "application/pdf");
    assert_nothing_reached(stand);
    ASSERT_SQL(stand->scene, "0", "SELECT count(*) FROM audit WHERE action = 'cv.opened'");
    assert_int_equal(ask(stand, "employer", line, "", NULL).status, 200);
    assert_looked(ask(stand, "employer", link, "", NULL), 410, "problem+json");
    withdraw(stand, release);
    assert_looked(ask(stand, "employer", cv, "", NULL), 410, "problem+json");
}

static void test_link_over(void **state)
{
    struct stand *stand = *state;
    const char *release = scene_release(stand->scene);
    assert_refused(make_link(stand, "other", release, "en"), 404, "not-found");
    const char *late = link_of(stand, make_link(stand, "employer", release, "en"));
    scene_sql(stand->scene, "UPDATE cv_link SET expires_at = now()");
    assert_refused(ask(stand, "employer", late, "", NULL), 410, "/problems/gone");
    assert_refused(ask(stand, "employer", "GET /v1/cv/ikke-et-link", "", NULL), 404, "not-found");
    const char *line = link_of(stand, make_link(stand, "employer", release, "to"));
    withdraw(stand, release);
    assert_refused(ask(stand, "employer", line, "", NULL), 410, "/problems/gone");
    assert_refused(make_link(stand, "employer", release, "tre"), 410, "/problems/gone");
    assert_nothing_reached(stand);
}

/* --- thin mode --- */

static const char *thin_endpoint(struct scene *scene)
{
    const char *endpoint = scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    scene_sql(scene, "UPDATE endpoint SET mode = 'thin' WHERE id = '%s'", endpoint);
    return endpoint;
}

static void test_thin(void **state)
{
    struct stand *stand = *state;
    struct scene *scene = stand->scene;
    thin_endpoint(scene);
    const char *release = scene_release(scene);
    scene_start(scene);
    const char *delivery = scene_send(scene, release);
    scene_until(scene, "SELECT state = 'delivered' FROM delivery WHERE id = '%s'", delivery);
    const struct receiver_request *request = receiver_request(scene->receiver, 0);
    scene_verify(scene, request);
    assert_null(strstr(request->body, "fiktiv"));
    assert_null(strstr(request->body, "\"cv\":"));
    assert_non_null(strstr(
        request->body, arena_printf(scene->arena, "\"href\": \"/v1/releases/%s/cv\"", release)));
    ASSERT_SQL(stand->scene, "cv.announced",
               "SELECT string_agg(action, ' ') FROM audit WHERE subject_id = '%s'", release);
    ASSERT_SQL(stand->scene, "f 0",
               "SELECT concat_ws(' ', release_left('%s'), (SELECT count(*) FROM release_reached))",
               release);
    assert_int_equal(fetch(stand, "employer", release, "*/*").status, 200);
    ASSERT_SQL(stand->scene, "t", "SELECT release_left('%s')", release);
}

/* Who was told where a CV is has nothing to give back; who fetched it has. */
static void test_thin_recall(void **state)
{
    struct stand *stand = *state;
    struct scene *scene = stand->scene;
    thin_endpoint(scene);
    const char *unread = scene_release(scene);
    const char *read = scene_release(scene);
    scene_start(scene);
    scene_send(scene, unread);
    scene_send(scene, read);
    scene_until(scene, "SELECT count(*) = 2 FROM delivery WHERE state = 'delivered'");
    assert_int_equal(fetch(stand, "employer", read, "*/*").status, 200);
    withdraw(stand, unread);
    withdraw(stand, read);
    ASSERT_SQL(stand->scene, read, "SELECT release_id FROM outbox WHERE kind = 'cv.recalled'");
}

/* A first attempt in full that nobody answered stays one, whatever mode comes after it. */
static void test_thin_after_full(void **state)
{
    struct stand *stand = *state;
    struct scene *scene = stand->scene;
    const char *endpoint = scene_endpoint(scene, SCENE_EMPLOYER, CV_KINDS);
    const char *release = scene_release(scene);
    receiver_will(scene->receiver, (struct receiver_reply){.status = 500});
    scene_start(scene);
    const char *delivery = scene_send(scene, release);
    scene_until(scene, "SELECT state = 'waiting' AND attempts = 1 FROM delivery WHERE id = '%s'",
                delivery);
    scene_sql(scene, "UPDATE endpoint SET mode = 'thin' WHERE id = '%s'", endpoint);
    scene_sql(scene, "UPDATE delivery SET next_at = now() WHERE id = '%s'", delivery);
    scene_wake(scene);
    scene_until(scene, "SELECT state = 'delivered' FROM delivery WHERE id = '%s'", delivery);
    assert_non_null(strstr(receiver_request(scene->receiver, 0)->body, "fiktiv"));
    assert_null(strstr(receiver_request(scene->receiver, 1)->body, "fiktiv"));
    ASSERT_SQL(stand->scene, "t", "SELECT release_left('%s')", release);
}

/* --- how much --- */

/* Two hundred facts with the longest names: what the order asks for first, and below 20 KiB. */
static void test_size(void **state)
{
    struct stand *stand = *state;
    struct scene *scene = stand->scene;
    const char *release = scene_release(scene);
    scene_sql(scene, "INSERT INTO competence (key, label_da, field)"
                     " SELECT 'prove-' || n, repeat('Åæø', 40) || n, 'Andet'"
                     " FROM generate_series(1, 195) AS n");
    scene_sql(scene,
              "INSERT INTO candidate_fact (candidate_id, organisation_id, kind, code, level, years,"
              " stated_on, source, from_version) SELECT r.candidate_id, r.home_id, 'competence',"
              " 'prove-' || n, 5, 30, '2026-11-01', 'interview', 1 FROM release r,"
              " generate_series(1, 195) AS n WHERE r.id = '%s'",
              release);
    scene_sql(scene,
              "INSERT INTO job_requirement (order_id, position, kind, code, necessity,"
              " weight) VALUES ('" SCENE_ORDER "', 1, 'competence', 'prove-195', 'nice', 1)");
    struct api_answer answer = fetch(stand, "employer", release, "*/*");
    assert_in_range(answer.length, 12000, 20480);
    json_t *data = document_of(answer);
    const json_t *cv = json_object_get(data, "cv");
    const json_t *skills = json_object_get(cv, "skills");
    const int left_out = (int)json_integer_value(json_object_get(cv, "left_out"));
    assert_string_equal(text_of(json_array_get(skills, 0), "key"), "prove-195");
    assert_int_equal(json_array_size(json_object_get(cv, "licences")), 1);
    assert_true(left_out > 0);
    assert_int_equal(json_array_size(skills) + (size_t)left_out, 196);
    size_t index;
    const json_t *kept;
    json_array_foreach(skills, index, kept) /* the one of level 4 is what is known least */
        assert_int_equal(json_integer_value(json_object_get(kept, "level_number")), 5);
    json_decref(data);
    answer = fetch(stand, "employer", release, "application/pdf");
    assert_int_equal(answer.status, 200);
    const char *said = arena_printf(scene->arena, "%d oplysninger mere er udeladt", left_out);
    assert_non_null(strstr(text_of_pdf(stand, answer), said));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_same_as_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fetched_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_facts_of_the_past, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_pdf, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_words_of_a_pdf, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_what_cannot_be_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_who, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_withdrawn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_not_now, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_waits_for_a_stop, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_withdrawn_meanwhile, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_link, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_old_links_go, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_head, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_link_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_thin, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_thin_recall, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_thin_after_full, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_size, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
