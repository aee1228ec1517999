/* Shortlists, answers, approval, release and the feed, over a real socket and a real PostgreSQL. */
#include "tests/services/shortlists/server.h"

#include "common/base/clock.h"
#include "common/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define YES                                                                                        \
    "{\"answer\": \"yes\", \"given_at\": \"2026-11-20T10:00:00Z\", \"how\": \"telephone\","        \
    " \"text_version\": \"2026-1\"}"
#define BASIS "{\"legal_basis\": \"public_task\"}"

static const char *target(struct world *world, const char *entry, const char *act)
{
    return arena_printf(world->scene->arena, "/v1/shortlist-entries/%s%s", entry, act);
}

static struct answer act(struct world *world, enum actor actor, const char *entry, const char *what,
                         int version, const char *body)
{
    char match[64];

    snprintf(match, sizeof match, "If-Match: \"v%d\"\r\n", version);
    return server_ask(world->server, actor, "POST", target(world, entry, what), match, body);
}

static struct answer answer_as(struct world *world, enum actor actor, const char *entry,
                               int version, const char *body)
{
    return act(world, actor, entry, "/answer", version, body);
}

static struct answer release(struct world *world, enum actor actor, const char *entry,
                             const char *key, const char *body)
{
    return server_ask(world->server, actor, "POST", target(world, entry, "/release"),
                      arena_printf(world->scene->arena, "Idempotency-Key: \"%s\"\r\n", key), body);
}

static void the_way_of_one_cv(void **state)
{
    struct world *world = *state;
    const char *order = scene_order(world->scene);
    const char *path = arena_printf(world->scene->arena, "/v1/job-orders/%s/shortlist", order);
    struct answer answer = server_ask(world->server, TEAM, "GET", path, NULL, NULL);

    assert_answer(&answer, 404, "not-found"); /* not ranked yet */
    scene_shortlist(world->scene, order, 1, 3);
    answer = server_ask(world->server, AARHUS, "GET", path, NULL, NULL);
    assert_answer(&answer, 200, NULL);
    const json_t *entries = json_object_get(answer.json, "entries");
    assert_int_equal(json_array_size(entries), 3);
    assert_non_null(strstr(answer_text(&answer, "tie_break"), "hash"));
    const char *entry = json_string_value(json_object_get(json_array_get(entries, 0), "id"));

    answer = answer_as(world, AARHUS, entry, 1, "{\"answer\": \"confirm\"}");
    assert_answer(&answer, 200, NULL);
    assert_string_equal(answer_text(&answer, "state"), "confirmed");
    assert_string_equal(server_header(world->server, &answer, "ETag"), "\"v2\"");
    answer = answer_as(world, AARHUS, entry, 2, YES);
    assert_answer(&answer, 200, NULL);
    answer = act(world, TEAM_MACHINE, entry, "/approval", 3, "{}");
    assert_answer(&answer, 403, "named-person-required");
    answer = act(world, AARHUS_PERSON, entry, "/approval", 3, "{}");
    assert_answer(&answer, 403, "forbidden");
    answer = release(world, TEAM, entry, "early", BASIS);
    assert_answer(&answer, 409, "answer-not-possible");
    answer = act(world, TEAM, entry, "/approval", 2, "{}");
    assert_answer(&answer, 412, "version-stale");
    answer = act(world, TEAM, entry, "/approval", 3, "{\"by\": \"me\"}");
    assert_answer(&answer, 422, "invalid-body");
    answer = act(world, TEAM, entry, "/approval", 3, "{}");
    assert_answer(&answer, 200, NULL);
    answer = release(world, TEAM, entry, "r", "{}");
    assert_answer(&answer, 422, "invalid-body");
    assert_string_equal(answer_errors(world->server, &answer), "/legal_basis REQUIRED\n");
    answer = release(world, AARHUS_PERSON, entry, "r", BASIS);
    assert_answer(&answer, 403, "forbidden");
    answer = release(world, TEAM, entry, "r", BASIS);
    assert_answer(&answer, 201, NULL);
    struct answer again = release(world, TEAM, entry, "r", BASIS);
    assert_answer(&again, 201, NULL);
    assert_string_equal(again.body, answer.body);
    assert_string_equal(server_header(world->server, &again, "Idempotency-Replayed"), "true");
    again = release(world, TEAM, entry, "r", "{\"legal_basis\": \"consent\"}");
    assert_answer(&again, 422, "idempotency-key-reused");
    again = release(world, TEAM, entry, "another", BASIS);
    assert_answer(&again, 409, "answer-not-possible");
    assert_string_equal(scene_root(world->scene,
                                   "SELECT count(*) FROM outbox WHERE kind = 'cv.released'"
                                   " AND entry_id = '%s'",
                                   entry),
                        "1");
    answer = answer_as(world, AARHUS, entry, 5, "{\"answer\": \"withdraw\"}");
    assert_answer(&answer, 200, NULL);
    assert_string_equal(answer_text(&answer, "state"), "withdrawn");
}

static void many_releases_at_once_are_one(void **state)
{
    struct world *world = *state;
    const char *entry = scene_entry_in(world->scene, 4, "approved");
    int sockets[40];
    int made = 0;

    for (int i = 0; i < 40; i++) {
        char key[64];
        /* Half of them under one key, half under keys of their own. */
        snprintf(key, sizeof key, "Idempotency-Key: \"many-%d\"\r\n", i % 2 ? i : 0);
        sockets[i] =
            server_send(world->server, TEAM, "POST", target(world, entry, "/release"), key, BASIS);
    }
    for (int i = 0; i < 40; i++) {
        struct answer answer = server_receive(world->server, sockets[i]);
        if (answer.status == 201 && !server_header(world->server, &answer, "Idempotency-Replayed"))
            made++;
        else if (answer.status != 201)
            assert_answer(&answer, 409, NULL);
    }
    assert_int_equal(made, 1);
    assert_string_equal(scene_root(world->scene,
                                   "SELECT count(*) FROM outbox WHERE kind = 'cv.released'"
                                   " AND entry_id = '%s'",
                                   entry),
                        "1");
}

static void an_answers_faults_are_told_at_once(void **state)
{
    struct world *world = *state;
    const char *entry = scene_entry_in(world->scene, 5, "confirmed");
    static const struct {
        const char *body, *errors;
    } rows[] = {
        {"{}", "/answer REQUIRED\n"},
        {"{\"answer\": \"perhaps\", \"x\": 1}", "/answer CHOICE\n"},
        {"{\"answer\": \"confirm\", \"x\": 1}", "/x UNKNOWN_MEMBER\n"},
        {"{\"answer\": \"no\", \"reason\": \"moved\"}", "/reason UNKNOWN_MEMBER\n"},
        {"{\"answer\": \"decline\"}", "/reason REQUIRED\n"},
        {"{\"answer\": \"decline\", \"reason\": \"sick\", \"text\": 7}",
         "/reason CHOICE\n/text TYPE\n"},
        {"{\"answer\": \"decline\", \"reason\": \"other\"}", "/text REQUIRED\n"},
        {"{\"answer\": \"yes\"}", "/given_at REQUIRED\n/how REQUIRED\n/text_version REQUIRED\n"},
        {"{\"answer\": \"yes\", \"given_at\": \"yesterday\", \"how\": \"dream\","
         " \"text_version\": \"\", \"x\": 1}",
         "/given_at FORMAT\n/how CHOICE\n/text_version FORMAT\n/x UNKNOWN_MEMBER\n"},
        {"{\"answer\": \"yes\", \"given_at\": \"2999-01-01T00:00:00Z\", \"how\": \"digital\","
         " \"text_version\": \"1\"}",
         "/given_at RANGE\n"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct answer answer = answer_as(world, AARHUS, entry, 2, rows[i].body);
        assert_answer(&answer, 422, "invalid-body");
        assert_string_equal(answer_errors(world->server, &answer), rows[i].errors);
    }
    struct answer answer =
        server_ask(world->server, AARHUS, "POST", target(world, entry, "/answer"), NULL, YES);
    assert_answer(&answer, 428, "if-match-required");
    answer = answer_as(world, AARHUS, entry, 1, YES);
    assert_answer(&answer, 412, "version-stale");
    answer = answer_as(world, HORSENS, entry, 2, YES);
    assert_answer(&answer, 404, "not-found");
    answer = answer_as(world, TEAM, entry, 2, YES);
    assert_answer(&answer, 403, "scope-missing");
    answer = answer_as(world, AARHUS, "7", 2, YES);
    assert_answer(&answer, 404, "not-found");
    /* Thirteen reasons, each of them good. */
    static const char *const reasons[] = {
        "employed",          "in_education",        "in_other_activity",   "other_order", "moved",
        "no_transport",      "competence_outdated", "certificate_missing", "terms",       "other",
        "employer_relation", "not_reachable",       "not_available"};
    for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++) {
        const char *fresh = scene_entry_in(world->scene, 6, "proposed");
        answer = answer_as(world, AARHUS, fresh, 1,
                           arena_printf(world->scene->arena,
                                        "{\"answer\": \"decline\", \"reason\": \"%s\","
                                        " \"text\": \"Se sagen.\"}",
                                        reasons[i]));
        assert_answer(&answer, 200, NULL);
        assert_string_equal(answer_text(&answer, "decline_reason"), reasons[i]);
        assert_string_equal(answer_text(&answer, "decline_text"), "Se sagen.");
    }
}

/* "status state" of each result, a line each; of a fault its pointer and code. */
static const char *results_of(struct world *world, const struct answer *answer)
{
    const json_t *results = json_object_get(answer->json, "results");
    const char *text = "";

    for (size_t i = 0; i < json_array_size(results); i++) {
        const json_t *result = json_array_get(results, i);
        const json_t *problem = json_object_get(result, "problem");
        const json_t *error = json_array_get(json_object_get(problem, "errors"), 0);
        const char *what = json_string_value(json_object_get(result, "state"));
        if (!what)
            what = json_string_value(
                json_object_get(error ? error : problem, error ? "pointer" : "type"));
        text = arena_printf(world->scene->arena, "%s%d %s\n", text,
                            (int)json_integer_value(json_object_get(result, "status")), what);
    }
    return text;
}

static void one_bad_answer_keeps_no_good_one_out(void **state)
{
    struct world *world = *state;
    struct arena *arena = world->scene->arena;
    const char *order = scene_order(world->scene);
    const char *key = "Idempotency-Key: \"many\"\r\n";

    scene_shortlist(world->scene, order, 13, 24);
    const char *first = scene_entry(world->scene, order, 13);
    const char *second = scene_entry(world->scene, order, 14);
    const char *foreign = scene_entry(world->scene, order, 21);
    const char *body = arena_printf(
        arena,
        "{\"items\": [{\"id\": \"%s\", \"version\": 1, \"answer\": \"confirm\"},"
        " {\"id\": \"%s\", \"version\": 9, \"answer\": \"confirm\"},"
        " {\"id\": \"%s\", \"answer\": \"no\"}, {\"id\": \"%s\", \"answer\": \"confirm\"},"
        " {\"id\": \"%s\", \"answer\": \"decline\"}, 7, {\"id\": \"x\", \"answer\": \"no\"},"
        " {\"id\": \"%s\", \"answer\": \"yes\", \"given_at\": \"2026-11-20T10:00:00Z\","
        " \"how\": \"meeting\", \"text_version\": \"1\"},"
        " {\"id\": \"%s\", \"answer\": \"replace\", \"reason\": \"employed\"}]}",
        first, second, second, foreign, second, first, second);

    struct answer answer =
        server_ask(world->server, AARHUS, "POST", "/v1/shortlist-entries/answers", key, body);
    assert_answer(&answer, 200, NULL);
    assert_string_equal(results_of(world, &answer),
                        "200 confirmed\n412 /problems/version-stale\n"
                        "409 /problems/answer-not-possible\n404 /problems/not-found\n"
                        "422 /items/4/reason\n422 /items/5\n422 /items/6/id\n200 yes\n"
                        "200 replaced\n");
    struct answer again =
        server_ask(world->server, AARHUS, "POST", "/v1/shortlist-entries/answers", key, body);
    assert_string_equal(again.body, answer.body);
    assert_string_equal(scene_root(world->scene,
                                   "SELECT state || version FROM shortlist_entry WHERE id = '%s'",
                                   first),
                        "yes3");
    /* Nobody's key to answer with, and what is no list of answers. */
    again = server_ask(world->server, TEAM, "POST", "/v1/shortlist-entries/answers", key, body);
    assert_answer(&again, 403, "scope-missing");
    static const char *const refused[][2] = {
        {"{}", "/items REQUIRED\n"},
        {"{\"items\": []}", "/items RANGE\n"},
        {"{\"items\": {}}", "/items TYPE\n"},
        {"{\"items\": [{}], \"x\": 1}", "/x UNKNOWN_MEMBER\n"}};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        answer =
            server_ask(world->server, AARHUS, "POST", "/v1/shortlist-entries/answers",
                       arena_printf(arena, "Idempotency-Key: \"none-%zu\"\r\n", i), refused[i][0]);
        assert_answer(&answer, 422, "invalid-body");
        assert_string_equal(answer_errors(world->server, &answer), refused[i][1]);
    }
}

static void an_employer_says_what_became_of_the_one_it_was_sent(void **state)
{
    struct world *world = *state;
    const char *entry = scene_entry_in(world->scene, 32, "released");
    const char *path = target(world, entry, "/outcome");
    static const char *const wrong[][2] = {
        {"{}", "/outcome REQUIRED\n"},
        {"{\"outcome\": \"hired\", \"reason\": \"terms\"}", "/reason UNKNOWN_MEMBER\n"},
        {"{\"outcome\": \"hired\", \"start_date\": \"2027-02-30\"}", "/start_date FORMAT\n"},
        {"{\"outcome\": \"not_relevant\", \"reason\": \"age\"}", "/reason CHOICE\n"},
        {"{\"outcome\": \"not_relevant\", \"reason\": \"other\"}", "/text REQUIRED\n"},
        {"{\"outcome\": \"interview\", \"start_date\": \"2027-02-03\"}",
         "/start_date UNKNOWN_MEMBER\n"}};

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct answer answer = server_ask(world->server, EMPLOYER, "POST", path, NULL, wrong[i][0]);
        assert_answer(&answer, 422, "invalid-body");
        assert_string_equal(answer_errors(world->server, &answer), wrong[i][1]);
    }
    struct answer answer =
        server_ask(world->server, AARHUS, "POST", path, NULL, "{\"outcome\": \"interview\"}");
    assert_answer(&answer, 404, "not-found");
    answer = server_ask(world->server, EMPLOYER, "POST", path, "If-Match: \"v5\"\r\n",
                        "{\"outcome\": \"interview\"}");
    assert_answer(&answer, 200, NULL);
    assert_string_equal(server_header(world->server, &answer, "ETag"), "\"v6\"");
    answer = server_ask(world->server, EMPLOYER, "POST", path, "If-Match: \"v5\"\r\n",
                        "{\"outcome\": \"hired\"}");
    assert_answer(&answer, 412, "version-stale");
    answer = server_ask(world->server, EMPLOYER, "POST", path, NULL, "{\"outcome\": \"hired\"}");
    assert_answer(&answer, 200, NULL);
    assert_string_equal(answer_text(&answer, "state"), "hired");
    assert_string_equal(answer_text(&answer, "hired_from"), "2026-12-01"); /* the order's */
    /* Of people and others an employer is told nothing. */
    assert_null(strstr(answer.body, "candidate"));
}

/* Two employers hire one person at the same moment: one has them, the other is told no. */
static void two_hires_at_once_one_wins(void **state)
{
    struct world *world = *state;

    for (int round = 0; round < 20; round++) {
        const char *person = scene_candidate(world->scene, 33);
        const char *entries[2] = {scene_entry_in(world->scene, 33, "released"),
                                  scene_entry_in(world->scene, 33, "released")};
        int sockets[2];
        int won = 0;
        for (int i = 0; i < 2; i++)
            sockets[i] = server_send(world->server, i ? TEAM : EMPLOYER, "POST",
                                     target(world, entries[i], "/outcome"), NULL,
                                     "{\"outcome\": \"hired\"}");
        for (int i = 0; i < 2; i++) {
            struct answer answer = server_receive(world->server, sockets[i]);
            won += answer.status == 200;
            if (answer.status != 200)
                assert_answer(&answer, 409, "answer-not-possible");
        }
        assert_int_equal(won, 1);
        assert_string_equal(
            scene_root(world->scene,
                       "SELECT string_agg(state, ' ' ORDER BY state) FROM shortlist_entry WHERE"
                       " id IN ('%s', '%s')",
                       entries[0], entries[1]),
            "hired obsolete");
        scene_root(world->scene, "UPDATE candidate SET withdrawn_at = now() WHERE id = '%s'",
                   person);
        scene_root(world->scene, "UPDATE candidate SET withdrawn_at = NULL WHERE id = '%s'",
                   person);
    }
}

static void two_answers_at_once_one_wins(void **state)
{
    struct world *world = *state;

    for (int round = 0; round < 20; round++) {
        const char *entry = scene_entry_in(world->scene, 7, "confirmed");
        int sockets[2];
        int won = 0;
        for (int i = 0; i < 2; i++)
            sockets[i] = server_send(world->server, AARHUS, "POST", target(world, entry, "/answer"),
                                     "If-Match: \"v2\"\r\n", i ? YES : "{\"answer\": \"no\"}");
        for (int i = 0; i < 2; i++) {
            struct answer answer = server_receive(world->server, sockets[i]);
            won += answer.status == 200;
            if (answer.status != 200)
                assert_answer(&answer, 412, "version-stale");
        }
        assert_int_equal(won, 1);
    }
}

static void no_home_reads_anothers_reference(void **state)
{
    struct world *world = *state;
    const char *order = scene_order(world->scene);
    static const struct {
        enum actor actor;
        const char *own, *other;
    } readers[] = {{AARHUS, "AA-", "HO-"}, {HORSENS, "HO-", "AA-"}};

    scene_shortlist(world->scene, order, 11, 30);
    const char *path = arena_printf(world->scene->arena, "/v1/job-orders/%s/shortlist", order);
    for (size_t i = 0; i < 2; i++) {
        struct answer answer = server_ask(world->server, readers[i].actor, "GET", path, NULL, NULL);
        assert_answer(&answer, 200, NULL);
        assert_non_null(strstr(answer.body, readers[i].own));
        assert_null(strstr(answer.body, readers[i].other));
        assert_null(strstr(answer.head, readers[i].other));
        const json_t *entries = json_object_get(answer.json, "entries");
        assert_int_equal(json_array_size(entries), 20);
        for (size_t k = 0; k < 20; k++) {
            const json_t *entry = json_array_get(entries, k);
            bool own = json_is_true(json_object_get(entry, "own"));
            assert_int_equal(own, json_object_get(entry, "external_ref") != NULL);
            assert_int_equal(own, json_object_get(entry, "href") != NULL);
        }
    }
    struct answer answer = server_ask(world->server, EMPLOYER, "GET", path, NULL, NULL);
    assert_answer(&answer, 403, "scope-missing");
    answer = server_ask(world->server, NOBODY, "GET", path, NULL, NULL);
    assert_answer(&answer, 401, "unauthenticated");
    answer = server_ask(world->server, TEAM, "GET", "/v1/job-orders/7/shortlist", NULL, NULL);
    assert_answer(&answer, 404, "not-found");
}

static void a_protected_person_goes_nowhere(void **state)
{
    struct world *world = *state;
    const char *entry = scene_entry_in(world->scene, 8, "approved");

    scene_root(world->scene, "UPDATE candidate SET protection = 'name_and_address' WHERE id = '%s'",
               scene_candidate(world->scene, 8));
    struct answer answer = release(world, TEAM, entry, "p", BASIS);
    assert_answer(&answer, 409, "protected-person");
    answer = act(world, AARHUS, entry, "/protection-lift", 4, "{}");
    assert_answer(&answer, 403, "named-person-required");
    answer = act(world, HORSENS_PERSON, entry, "/protection-lift", 4, "{}");
    assert_answer(&answer, 404, "not-found");
    answer = act(world, AARHUS_PERSON, entry, "/protection-lift", 4, "{}");
    assert_answer(&answer, 200, NULL);
    answer = release(world, TEAM, entry, "p", BASIS);
    assert_answer(&answer, 201, NULL);
}

/* Goes on from `cursor` until a page is empty; counts the events of the order. */
static int follow(struct world *world, enum actor actor, const char **cursor, const char *order)
{
    int count = 0;

    for (;;) {
        const char *path =
            **cursor ? arena_printf(world->scene->arena, "/v1/changes?limit=3&cursor=%s", *cursor)
                     : "/v1/changes?limit=3";
        struct answer page = server_ask(world->server, actor, "GET", path, NULL, NULL);
        const json_t *items = json_object_get(page.json, "items");
        assert_answer(&page, 200, NULL);
        *cursor = answer_text(&page, "next");
        assert_true(**cursor != '\0');
        assert_non_null(strstr(server_header(world->server, &page, "Link"), *cursor));
        assert_null(strstr(page.body, "AA-"));
        assert_null(strstr(page.body, "HO-"));
        for (size_t i = 0; i < json_array_size(items); i++)
            count += str_equal(
                json_string_value(json_object_get(json_array_get(items, i), "order_id")), order);
        if (json_array_size(items) == 0)
            return count;
    }
}

static void a_jobcentre_follows_the_feed(void **state)
{
    struct world *world = *state;
    const char *cursor = "";
    const char *entry = scene_entry_in(world->scene, 31, "proposed");
    const char *order =
        scene_root(world->scene, "SELECT order_id FROM shortlist_entry WHERE id = '%s'", entry);
    int count = 0;

    /* Another test's open transaction on this cluster may hold the horizon back for a moment. */
    while (count < 1)
        count += follow(world, HORSENS, &cursor, order);
    assert_int_equal(count, 1); /* shortlist.proposed */
    assert_int_equal(follow(world, HORSENS, &cursor, order), 0);
    scene_get(world->scene, HORSENS, "SELECT entry_answer('%s', 0, '{\"answer\": \"confirm\"}')",
              entry);
    scene_get(world->scene, HORSENS, "SELECT entry_answer('%s', 0, '" YES "')", entry);
    scene_get(world->scene, TEAM, "SELECT entry_approve('%s', 0)", entry);
    for (count = 0; count < 1;)
        count += follow(world, HORSENS, &cursor, order);
    assert_int_equal(count, 1); /* what the team did; not what it did itself */
    /* Its own chain says which candidates it was told of. */
    assert_string_equal(
        scene_root(world->scene,
                   "SELECT count(*) > 0 FROM audit WHERE organisation_id = '" HORSENS_ID
                   "' AND action = 'changes.read' AND '%s' = ANY (candidates)",
                   scene_candidate(world->scene, 31)),
        "t");
}

static void a_feeds_cursor_is_its_readers_own(void **state)
{
    struct world *world = *state;
    struct answer page =
        server_ask(world->server, AARHUS, "GET", "/v1/changes?limit=1", NULL, NULL);
    const char *cursor = answer_text(&page, "next");
    struct arena *arena = world->scene->arena;

    for (size_t i = 0; i < strlen(cursor); i++) {
        char *forged = arena_strdup(arena, cursor);
        forged[i] = forged[i] == 'A' ? 'B' : 'A';
        struct answer answer =
            server_ask(world->server, AARHUS, "GET",
                       arena_printf(arena, "/v1/changes?cursor=%s", forged), NULL, NULL);
        assert_answer(&answer, 400, "cursor-invalid");
    }
    struct answer answer =
        server_ask(world->server, HORSENS, "GET",
                   arena_printf(arena, "/v1/changes?cursor=%s", cursor), NULL, NULL);
    assert_answer(&answer, 400, "cursor-invalid");
    answer = server_ask(world->server, AARHUS, "GET",
                        arena_printf(arena, "/v1/changes?cursor=%s", cursor), NULL, NULL);
    assert_answer(&answer, 200, NULL);
    answer = server_ask(world->server, AARHUS, "GET", "/v1/changes?since=1", NULL, NULL);
    assert_answer(&answer, 400, "query-invalid");
}

static int setup(void **state)
{
    return world_open(state, "shortlists_http");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_way_of_one_cv),
        cmocka_unit_test(many_releases_at_once_are_one),
        cmocka_unit_test(an_answers_faults_are_told_at_once),
        cmocka_unit_test(one_bad_answer_keeps_no_good_one_out),
        cmocka_unit_test(an_employer_says_what_became_of_the_one_it_was_sent),
        cmocka_unit_test(two_hires_at_once_one_wins),
        cmocka_unit_test(two_answers_at_once_one_wins),
        cmocka_unit_test(no_home_reads_anothers_reference),
        cmocka_unit_test(a_protected_person_goes_nowhere),
        cmocka_unit_test(a_jobcentre_follows_the_feed),
        cmocka_unit_test(a_feeds_cursor_is_its_readers_own),
    };
    return cmocka_run_group_tests(tests, setup, world_close);
}
