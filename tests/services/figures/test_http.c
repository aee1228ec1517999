/* GET /v1/figures on a history made by hand, with answers worked out by hand. The history is
 * written as it would have been left by orders and entries, their triggers off; that the triggers
 * leave it so is shown by the last tests. */
#include "common/base/clock.h"
#include "common/base/str.h"
#include "tests/services/shortlists/server.h"

#include <csv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define BOM "\xEF\xBB\xBF"
#define NOW INT64_C(1795514400000000) /* 2026-11-24 11:00 Danish time */

/* --- the history --- */

static const char *order_id(struct scene *scene, int number)
{
    return arena_printf(scene->arena, "00000000-0000-4000-a000-0000000000%02d", number);
}

static const char *entry_id(struct scene *scene, int order, int candidate)
{
    return arena_printf(scene->arena, "00000000-0000-4000-b000-00000000%02d%02d", order, candidate);
}

struct made_order {
    int number;
    const char *receiver;
    int posts;
    const char *occupations;
    const char *postcode;
    const char *kinds;
    const char *state;
    const char *received; /* UTC */
};

static void make_order(struct scene *scene, const struct made_order *made)
{
    scene_root(scene,
               "INSERT INTO emnebank.job_order (id, organisation_id, employer_id, title, posts,"
               " minimum, occupations, postcode, start_date, kinds, pool_version, state,"
               " received_at, due_at) VALUES ('%s', '%s', '" EMPLOYER_ID "', 'Prøve', %d, 4, '%s',"
               " '%s', '2027-01-01', '%s', 0, '%s', '%s',"
               " CASE WHEN '%s' <> 'draft' THEN timestamptz '%s' END)",
               order_id(scene, made->number), made->receiver, made->posts, made->occupations,
               made->postcode, made->kinds, made->state, made->received, made->state,
               made->received);
}

/* An entry of the order that stands as `state` now; `occupation` is what ranking matched. */
static void make_entry(struct scene *scene, int order, int candidate, const char *state,
                       const char *occupation)
{
    scene_root(scene,
               "INSERT INTO emnebank.shortlist_entry (id, shortlist_id, order_id, candidate_id,"
               " organisation_id, rank, score, parts, facts, explanation_da, state)"
               " VALUES ('%s', gen_random_uuid(), '%s', '%s', '%s', %d, 500,"
               " '[{\"part\": 0, \"fact\": {\"code\": \"%s\"}}]', '[]', 'fordi', '%s')",
               entry_id(scene, order, candidate), order_id(scene, order),
               scene_candidate(scene, candidate), candidate <= 20 ? AARHUS_ID : HORSENS_ID,
               candidate, occupation, state);
}

static void make_step(struct scene *scene, int order, int candidate, const char *state,
                      const char *at)
{
    scene_root(scene,
               "INSERT INTO emnebank.referral (at, order_id, entry_id, candidate_id,"
               " organisation_id, to_state, actor) VALUES ('%s', '%s', '%s', '%s', '%s', '%s',"
               " 'system')",
               at, order_id(scene, order), entry_id(scene, order, candidate),
               scene_candidate(scene, candidate), candidate <= 20 ? AARHUS_ID : HORSENS_ID, state);
}

static void make_hire(struct scene *scene, int order, int candidate, const char *occupation,
                      const char *at)
{
    make_entry(scene, order, candidate, "hired", occupation);
    make_step(scene, order, candidate, "hired", at);
}

/* The border of September and October, in summer time: the first order is September's, the second
 * October's first. */
static void make_october(struct scene *scene)
{
    make_order(scene, &(struct made_order){1, TEAM_ID, 1, "{7114.8}", "8000", "{permanent}",
                                           "closed", "2026-09-30T21:59:59.999Z"});
    make_order(scene, &(struct made_order){2, TEAM_ID, 2, "{7114.8}", "8000", "{permanent}", "open",
                                           "2026-09-30T22:00:00Z"});
    make_entry(scene, 2, 21, "hired", "7114.8");
    make_step(scene, 2, 21, "proposed", "2026-10-01T08:00:00Z");
    make_step(scene, 2, 21, "confirmed", "2026-10-01T10:00:00Z");
    make_step(scene, 2, 21, "yes", "2026-10-01T11:00:00Z");
    make_step(scene, 2, 21, "approved", "2026-10-02T07:00:00Z");
    make_step(scene, 2, 21, "released", "2026-10-02T08:00:00Z");
    make_step(scene, 2, 21, "hired", "2026-10-05T08:00:00Z");
    /* Who comes second does not count; a person in reserve or dropped at once was never put
     * forward. */
    make_entry(scene, 2, 22, "declined", "7114.8");
    make_step(scene, 2, 22, "proposed", "2026-10-01T09:00:00Z");
    make_step(scene, 2, 22, "declined", "2026-10-01T09:30:00Z");
    make_entry(scene, 2, 23, "withdrawn", "7114.8");
    make_step(scene, 2, 23, "withdrawn", "2026-09-30T22:30:00Z");

    /* Aarhus' own, on the Saturday before the clocks go back; the workplace is in Horsens. It was
     * paused and taken up again, and a hire of it was undone: neither changes a figure. */
    make_order(scene,
               &(struct made_order){3, AARHUS_ID, 1, "{7115.3,7114.8}", "8700",
                                    "{permanent,temporary}", "filled", "2026-10-24T08:00:00Z"});
    scene_root(
        scene,
        "INSERT INTO emnebank.order_event (order_id, at, kind, code) SELECT '%s', at, 'state',"
        " code FROM (VALUES ('paused', timestamptz '2026-10-25T08:00Z'),"
        " ('open', '2026-10-26T07:00Z')) AS moved (code, at)",
        order_id(scene, 3));
    make_entry(scene, 3, 24, "withdrawn", "7115.3");
    make_step(scene, 3, 24, "proposed", "2026-10-26T09:30:00Z");
    make_step(scene, 3, 24, "released", "2026-10-26T10:30:00Z");
    make_step(scene, 3, 24, "hired", "2026-10-26T10:45:00Z");
    make_entry(scene, 3, 1, "hired", "7114.8");
    make_step(scene, 3, 1, "proposed", "2026-10-26T08:00:00Z");
    make_step(scene, 3, 1, "yes", "2026-10-26T09:00:00Z"); /* late, without a confirmation */
    make_step(scene, 3, 1, "released", "2026-10-26T10:00:00Z");
    make_step(scene, 3, 1, "interview", "2026-10-26T11:00:00Z");
    make_step(scene, 3, 1, "hired", "2026-10-27T08:00:00Z");

    /* October's last, in winter time, taken back; and a draft that nobody opened. */
    make_order(scene, &(struct made_order){4, HORSENS_ID, 3, "{7114.8}", "8000", "{seasonal}",
                                           "cancelled", "2026-10-31T22:59:59.999Z"});
    make_order(scene, &(struct made_order){5, TEAM_ID, 9, "{}", "8000", "{permanent}", "draft",
                                           "2026-10-10T08:00:00Z"});
}

/* November: outside, and a seasonal team of Horsens' people. */
static void make_november(struct scene *scene)
{
    make_order(scene, &(struct made_order){6, TEAM_ID, 1, "{7114.8}", "7400", "{permanent}",
                                           "filled", "2026-10-31T23:00:00Z"});
    make_entry(scene, 6, 2, "hired", "7114.8");
    make_step(scene, 6, 2, "proposed", "2026-11-02T08:00:00Z");
    make_step(scene, 6, 2, "hired", "2026-11-10T08:00:00Z");
    make_order(scene, &(struct made_order){7, TEAM_ID, 6, "{7114.8}", "8000", "{seasonal}",
                                           "filled", "2026-11-03T08:00:00Z"});
    for (int candidate = 25; candidate <= 31; candidate++)
        make_hire(scene, 7, candidate, "7114.8", "2026-11-05T08:00:00Z");
    make_order(scene, &(struct made_order){8, TEAM_ID, 1, "{7115.3}", "8700", "{flex}", "filled",
                                           "2026-11-03T09:00:00Z"});
    make_hire(scene, 8, 3, "7115.3", "2026-11-06T08:00:00Z");
}

static int open_world(void **state)
{
    world_open(state, "figures_http");
    struct world *world = *state;

    clock_fake(NOW);
    scene_root(world->scene, "SET session_replication_role = replica");
    make_october(world->scene);
    make_november(world->scene);
    scene_root(world->scene, "SET session_replication_role = origin");
    return 0;
}

/* --- what is asked and answered --- */

static struct answer ask(struct world *world, enum actor actor, const char *query)
{
    const char *target = arena_printf(world->scene->arena, "/v1/figures%s", query);
    struct answer answer = server_ask(world->server, actor, "GET", target, NULL, NULL);

    assert_answer(&answer, 200, NULL);
    return answer;
}

/* What the answer says of a place where it is named first: its bytes, as numbers are written there.
 */
static const char *row_of(struct world *world, const struct answer *answer, const char *name)
{
    struct arena *arena = world->scene->arena;
    const char *row =
        strstr(answer->body, arena_printf(arena, "\"name\":\"%s\"},\"orders\"", name));

    assert_non_null(row);
    const char *end = strstr(row, "\"place\"");
    return arena_strndup(arena, row, end != NULL ? (size_t)(end - row) : strlen(row));
}

static void assert_says(const char *text, const char *expected)
{
    if (strstr(text, expected) == NULL)
        fail_msg("expected %s\nin %s", expected, text);
}

/* Hours as they are written; "" for none. */
struct hours {
    int orders;
    const char *clock_median, *clock_p90, *working_median, *working_p90;
};

static void assert_time(struct world *world, const char *row, const char *milestone,
                        struct hours hours)
{
    const char *text = "\"%s\":{\"orders\":0,\"clock_hours\":null,\"working_hours\":null}";

    if (hours.orders > 0)
        text = arena_printf(world->scene->arena,
                            "\"%%s\":{\"orders\":%d,\"clock_hours\":{\"median\":%s,\"p90\":%s},"
                            "\"working_hours\":{\"median\":%s,\"p90\":%s}}",
                            hours.orders, hours.clock_median, hours.clock_p90, hours.working_median,
                            hours.working_p90);
    const char *named = strstr(text, "%s");
    assert_says(row, arena_printf(world->scene->arena, "%.*s%s%s", (int)(named - text), text,
                                  milestone, named + 2));
}

static void october_is_as_it_was(void **state)
{
    struct world *world = *state;
    struct answer answer = ask(world, TEAM, "?from=2026-10&to=2026-10");
    const char *all = row_of(world, &answer, "Alle");

    assert_says(all, "\"orders\":3,\"orders_of_team\":1,\"posts\":6,\"posts_of_team\":2,"
                     "\"orders_put_forward\":2,\"share_put_forward\":0.6667,"
                     "\"orders_released\":2,\"share_released\":0.6667,"
                     "\"orders_filled\":1,\"share_orders_filled\":0.3333,"
                     "\"posts_filled\":2,\"share_posts_filled\":0.3333,");
    assert_time(world, all, "put_forward", (struct hours){2, "29.00", "44.20", "1.50", "1.90"});
    assert_time(world, all, "confirmed", (struct hours){2, "30.50", "45.30", "3.00", "3.80"});
    assert_time(world, all, "released", (struct hours){2, "42.00", "48.40", "6.50", "9.30"});
    assert_time(world, all, "hired", (struct hours){2, "89.00", "102.60", "13.50", "17.10"});
    const char *aarhus = row_of(world, &answer, "Aarhus");
    assert_says(aarhus, "\"orders\":2,\"orders_of_team\":1,\"posts\":3,\"posts_of_team\":2,");
    const char *horsens = row_of(world, &answer, "Horsens");
    assert_says(horsens, "\"orders\":1,\"orders_of_team\":0,\"posts\":3,\"posts_of_team\":0,"
                         "\"orders_put_forward\":0,\"share_put_forward\":0.0000,"
                         "\"orders_released\":0,\"share_released\":0.0000,"
                         "\"orders_filled\":0,\"share_orders_filled\":0.0000,"
                         "\"posts_filled\":0,\"share_posts_filled\":0.0000,");
    assert_time(world, horsens, "hired", (struct hours){.orders = 0});
}

static void a_month_ends_at_danish_midnight(void **state)
{
    struct world *world = *state;
    struct answer answer = ask(world, AARHUS, "?from=2026-09&to=2026-09");

    assert_says(row_of(world, &answer, "Alle"), "\"orders\":1,\"orders_of_team\":1,\"posts\":1,");
    answer = ask(world, AARHUS, "?from=2026-11&to=2026-11");
    const char *outside = row_of(world, &answer, "Uden for samarbejdet");
    assert_says(outside, "\"orders\":1,\"orders_of_team\":1,\"posts\":1,");
    assert_time(world, outside, "put_forward", (struct hours){1, "33.00", "33.00", "1.00", "1.00"});
    answer = ask(world, AARHUS, "?from=2026-09&to=2026-11");
    const char *period = strstr(answer.body, "\"period\":");
    assert_non_null(period);
    answer.body = period;
    assert_says(row_of(world, &answer, "Alle"), "\"orders\":7,\"orders_of_team\":5,\"posts\":15,");
}

static void an_empty_month_has_no_shares(void **state)
{
    struct world *world = *state;
    struct answer answer = ask(world, HORSENS, "?from=2026-08&to=2026-08");
    const char *all = row_of(world, &answer, "Alle");

    assert_says(all, "\"orders\":0,\"orders_of_team\":0,\"posts\":0,\"posts_of_team\":0,"
                     "\"orders_put_forward\":0,\"share_put_forward\":null,"
                     "\"orders_released\":0,\"share_released\":null,"
                     "\"orders_filled\":0,\"share_orders_filled\":null,"
                     "\"posts_filled\":0,\"share_posts_filled\":null,");
    assert_time(world, all, "hired", (struct hours){.orders = 0});
    assert_says(answer.body, "\"hires\":{\"occupations\":[],\"kinds\":[]}");
    assert_says(answer.body, "\"pairs\":[]");
}

static void the_present_month_is_asked_for_by_saying_nothing(void **state)
{
    struct world *world = *state;
    struct answer answer = ask(world, TEAM, "");

    assert_string_equal(answer_text(&answer, "from"), "2026-11");
    assert_string_equal(answer_text(&answer, "to"), "2026-11");
    assert_int_equal(json_array_size(json_object_get(answer.json, "months")), 12);
    answer = ask(world, TEAM, "?to=2026-10");
    assert_string_equal(answer_text(&answer, "from"), "2026-10");
    answer = ask(world, TEAM, "?from=2023-12&municipality=0615");
    assert_int_equal(json_array_size(json_object_get(answer.json, "months")), 36);
}

static void one_municipality_has_its_own_rows_alone(void **state)
{
    struct world *world = *state;
    struct answer answer = ask(world, TEAM, "?from=2026-10&to=2026-11&municipality=0751");

    assert_int_equal(json_array_size(json_object_get(answer.json, "months")), 2);
    assert_int_equal(json_array_size(json_object_get(answer.json, "period")), 1);
    const json_t *balance = json_object_get(answer.json, "balance");
    assert_int_equal(json_array_size(json_object_get(balance, "places")), 1);
    assert_int_equal(json_array_size(json_object_get(balance, "pairs")), 4);
    assert_null(strstr(answer.body, "\"name\":\"Alle\""));
    assert_null(strstr(answer.body, "Favrskov"));
}

static void what_is_asked_wrongly_is_refused(void **state)
{
    static const char *const wrong[] = {
        "from=2026-13",    "to=x",
        "from=2026-12",    "from=2026-11&to=2026-10",
        "municipality=99", "municipality=0101",
        "municipality=",   "from=2020-01&to=2026-11",
        "table=orders",    "from=2023-11&to=2026-11",
        "unknown=1",       "from=2026-10&from=2026-10",
    };
    struct world *world = *state;
    struct arena *arena = world->scene->arena;

    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct answer answer =
            server_ask(world->server, TEAM, "GET", arena_printf(arena, "/v1/figures?%s", wrong[i]),
                       NULL, NULL);
        if (answer.status != 400)
            fail_msg("%s: %d", wrong[i], answer.status);
        assert_answer(&answer, 400, "query-invalid");
    }
    struct answer answer = server_ask(world->server, TEAM, "GET", "/v1/figures?table=people",
                                      "Accept: text/csv\r\n", NULL);
    assert_answer(&answer, 400, "query-invalid");
    answer = server_ask(world->server, TEAM, "GET", "/v1/figures", "Accept: text/html\r\n", NULL);
    assert_answer(&answer, 406, "not-acceptable");
}

static void employers_are_refused(void **state)
{
    struct world *world = *state;
    struct answer answer = server_ask(world->server, EMPLOYER, "GET", "/v1/figures", NULL, NULL);

    assert_answer(&answer, 403, "scope-missing");
    scene_refused(world->scene, EMPLOYER, "forbidden", "SELECT figures_open(NULL)");
    scene_refused(world->scene, NOBODY, "forbidden", "SELECT figures_open(NULL)");
    static const char *const functions[] = {"figures_orders", "figures_balance",
                                            "figures_breakdown"};
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++)
        assert_string_equal(scene_get(world->scene, EMPLOYER,
                                      "SELECT count(*) FROM %s('{2026-01-01, 2027-01-01}')",
                                      functions[i]),
                            "0");
    scene_refused(world->scene, TEAM, "the database refused (42501",
                  "SELECT count(*) FROM figures_hired('{2026-01-01, 2027-01-01}')");
}

static void every_answer_is_audited(void **state)
{
    struct world *world = *state;
    static const char count[] =
        "SELECT count(*) FROM emnebank.audit WHERE action = 'figures.read' AND organisation_id = "
        "'" HORSENS_ID "' AND subject_id = '2026-07/2026-08' AND candidates = '{}'";
    const char *before = scene_root(world->scene, count);

    ask(world, HORSENS, "?from=2026-07&to=2026-08");
    assert_string_equal(before, "0");
    assert_string_equal(scene_root(world->scene, count), "1");
}

/* --- hires, and who may know of them --- */

static const char *ask_csv(struct world *world, enum actor actor, const char *query)
{
    const char *target = arena_printf(world->scene->arena, "/v1/figures?%s", query);
    struct answer answer =
        server_ask(world->server, actor, "GET", target, "Accept: text/csv\r\n", NULL);

    assert_answer(&answer, 200, NULL);
    assert_string_equal(server_header(world->server, &answer, "Content-Type"),
                        "text/csv; charset=utf-8");
    return answer.body;
}

#define HIRES_HEAD BOM "Kommunekode;Kommune;Opgjort efter;Kode;Betegnelse;Ansættelser;Opgørelse\r\n"
#define HIRES_QUERY "from=2026-10&to=2026-11&table=hires"

static void the_team_knows_every_hire(void **state)
{
    assert_string_equal(ask_csv(*state, TEAM, HIRES_QUERY), HIRES_HEAD
                        "0615;Horsens;fag;7114.8;Anlægsstruktør;8;præcis\r\n"
                        "0615;Horsens;arbejdsform;seasonal;sæson;7;præcis\r\n"
                        "0615;Horsens;arbejdsform;permanent;fast;1;præcis\r\n"
                        "0751;Aarhus;fag;7114.8;Anlægsstruktør;2;præcis\r\n"
                        "0751;Aarhus;fag;7115.3;Køkkenmontør;1;præcis\r\n"
                        "0751;Aarhus;arbejdsform;flex;fleksjob;1;præcis\r\n"
                        "0751;Aarhus;arbejdsform;permanent;fast;1;præcis\r\n"
                        "0751;Aarhus;arbejdsform;several;flere arbejdsformer;1;præcis\r\n"
                        ";Alle;fag;7114.8;Anlægsstruktør;10;præcis\r\n"
                        ";Alle;fag;7115.3;Køkkenmontør;1;præcis\r\n"
                        ";Alle;arbejdsform;seasonal;sæson;7;præcis\r\n"
                        ";Alle;arbejdsform;permanent;fast;2;præcis\r\n"
                        ";Alle;arbejdsform;flex;fleksjob;1;præcis\r\n"
                        ";Alle;arbejdsform;several;flere arbejdsformer;1;præcis\r\n");
}

/* Horsens' seven and eight are five and more; its one permanent hire, and what Aarhus has one of,
 * are nowhere to be seen from outside. */
static void others_hires_are_told_in_steps(void **state)
{
    static const char of_aarhus[] =
        HIRES_HEAD "0615;Horsens;fag;7114.8;Anlægsstruktør;5;mindst\r\n"
                   "0615;Horsens;arbejdsform;seasonal;sæson;5;mindst\r\n"
                   "0751;Aarhus;fag;7114.8;Anlægsstruktør;2;præcis\r\n"
                   "0751;Aarhus;fag;7115.3;Køkkenmontør;1;præcis\r\n"
                   "0751;Aarhus;arbejdsform;flex;fleksjob;1;præcis\r\n"
                   "0751;Aarhus;arbejdsform;permanent;fast;1;præcis\r\n"
                   "0751;Aarhus;arbejdsform;several;flere arbejdsformer;1;præcis\r\n"
                   ";Alle;fag;7114.8;Anlægsstruktør;10;mindst\r\n"
                   ";Alle;arbejdsform;seasonal;sæson;5;mindst\r\n";
    static const char of_horsens[] =
        HIRES_HEAD "0615;Horsens;fag;7114.8;Anlægsstruktør;8;præcis\r\n"
                   "0615;Horsens;arbejdsform;seasonal;sæson;7;præcis\r\n"
                   "0615;Horsens;arbejdsform;permanent;fast;1;præcis\r\n"
                   ";Alle;fag;7114.8;Anlægsstruktør;10;mindst\r\n"
                   ";Alle;arbejdsform;seasonal;sæson;5;mindst\r\n";

    assert_string_equal(ask_csv(*state, AARHUS, HIRES_QUERY), of_aarhus);
    assert_string_equal(ask_csv(*state, HORSENS, HIRES_QUERY), of_horsens);
}

static void the_balance_counts_hires_by_their_month(void **state)
{
    const char *october = ask_csv(*state, HORSENS, "to=2026-10&table=balance");
    const char *both = ask_csv(*state, HORSENS, "from=2026-10&to=2026-11&table=balance");

    assert_says(october, BOM "Kommunekode;Kommune;Afgivet;Modtaget;Egne;Balance\r\n"
                             "0615;Horsens;1;0;0;1\r\n0706;Syddjurs;0;0;0;0\r\n");
    assert_says(october, "0751;Aarhus;0;1;1;-1\r\n");
    assert_says(october, ";Uden for samarbejdet;0;0;0;0\r\n");
    assert_says(both, "0615;Horsens;8;1;0;7\r\n");
    assert_says(both, "0751;Aarhus;2;8;1;-6\r\n");
    assert_says(both, ";Uden for samarbejdet;0;1;0;-1\r\n");
}

/* --- the tables as another program reads them --- */

struct sheet_read {
    size_t columns[64]; /* of each row */
    size_t rows;
    char fields[64][32][128];
};

static void on_field(void *bytes, size_t length, void *argument)
{
    struct sheet_read *read = argument;

    assert_true(length < sizeof read->fields[0][0] && read->rows < 64);
    size_t *column = &read->columns[read->rows];
    assert_true(*column < 32);
    memcpy(read->fields[read->rows][(*column)++], bytes, length);
}

static void on_row(int end, void *argument)
{
    struct sheet_read *read = argument;

    assert_int_equal(end, '\r');
    read->rows++;
}

static void the_table_opens_in_a_second_reader(void **state)
{
    const char *text = ask_csv(*state, TEAM, "from=2026-10&to=2026-11");
    static struct sheet_read read;
    struct csv_parser parser;

    assert_memory_equal(text, BOM, 3);
    assert_int_equal(csv_init(&parser, CSV_STRICT), 0);
    csv_set_delim(&parser, ';');
    assert_int_equal(csv_parse(&parser, text + 3, strlen(text + 3), on_field, on_row, &read),
                     strlen(text + 3));
    csv_free(&parser);
    assert_int_equal(read.rows, 1 + 2 * 12);
    for (size_t i = 0; i < read.rows; i++)
        assert_int_equal(read.columns[i], 31);
    assert_string_equal(read.fields[0][0], "Måned");
    assert_string_equal(read.fields[0][30], "Arbejdstimer til første ansættelse, 90 %-fraktil");
    char(*all)[128] = read.fields[12];
    static const char *const expected[] = {"2026-10", "",      "Alle",  "3",    "1",   "6",    "2",
                                           "2",       "66,7",  "2",     "66,7", "1",   "33,3", "2",
                                           "33,3",    "29,00", "44,20", "1,50", "1,90"};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++)
        assert_string_equal(all[i], expected[i]);
    assert_string_equal(all[30], "17,10");
    assert_string_equal(read.fields[11][2], "Uden for samarbejdet");
    assert_string_equal(read.fields[11][8], "");
}

/* --- the balance of histories that nobody thought out --- */

/* Sixty people of the two homes, each on the list of an order of somebody's at some workplace; half
 * are hired, within forty days. */
static void make_any_history(struct scene *scene, int seed)
{
    scene_root(scene, "SELECT setseed(%d / 100.0)", seed);
    scene_root(scene,
               "INSERT INTO emnebank.job_order (organisation_id, employer_id, title, posts,"
               " minimum, occupations, postcode, start_date, kinds, pool_version, state,"
               " received_at, due_at) SELECT (ARRAY['" TEAM_ID "', '" AARHUS_ID "', '" HORSENS_ID
               "'])[1 + floor(3 * random())]::uuid, '" EMPLOYER_ID "', 'Prøve', 3, 4, '{7114.8}',"
               " (ARRAY['8000', '8700', '7400', '8900', '8300'])[1 + floor(5 * random())],"
               " '2027-01-01', '{permanent}', 0, 'open', '2026-05-01', '2026-05-02'"
               " FROM generate_series(1, 20)");
    scene_root(scene,
               "INSERT INTO emnebank.candidate (organisation_id, external_ref,"
               " changed_version, postcode, max_travel_km, available_from, kinds,"
               " content_mac) SELECT CASE WHEN random() < 0.5 THEN '" AARHUS_ID
               "'::uuid ELSE '" HORSENS_ID "' END, 'S%d-' || n, 0, '8000', 50,"
               " '2026-01-01', '{permanent}', '\\x00' FROM generate_series(1, 60) AS g (n)",
               seed);
    scene_root(scene,
               "INSERT INTO emnebank.shortlist_entry (shortlist_id, order_id, candidate_id,"
               " organisation_id, rank, score, parts, facts, explanation_da, state)"
               " SELECT gen_random_uuid(), (array_agg(o.id ORDER BY random()))[1], k.id,"
               " k.organisation_id, 1, 500, '[]', '[]', 'x',"
               " CASE WHEN random() < 0.5 THEN 'hired' ELSE 'released' END"
               " FROM emnebank.candidate k, emnebank.job_order o"
               " WHERE k.external_ref LIKE 'S%d-%%' AND o.received_at = '2026-05-01' GROUP BY k.id",
               seed);
    scene_root(scene,
               "INSERT INTO emnebank.referral (at, order_id, entry_id, candidate_id,"
               " organisation_id, to_state, actor) SELECT timestamptz '2026-05-01' + 40 *"
               " random() * interval '1 day', e.order_id, e.id, e.candidate_id,"
               " e.organisation_id, e.state, 'system' FROM emnebank.shortlist_entry e"
               " WHERE NOT EXISTS (SELECT FROM emnebank.referral r WHERE r.entry_id = e.id)");
}

static void the_balance_sums_to_zero(void **state)
{
    struct world *world = *state;

    for (int seed = 1; seed <= 10; seed++) {
        scene_root(world->scene, "SET session_replication_role = replica");
        make_any_history(world->scene, seed);
        scene_root(world->scene, "SET session_replication_role = origin");
        struct answer answer = ask(world, TEAM, "?from=2026-05&to=2026-06");
        const json_t *balance = json_object_get(answer.json, "balance");
        size_t index;
        const json_t *row;
        int64_t sum = 0, hires = 0;
        json_array_foreach(json_object_get(balance, "places"), index, row)
        {
            sum += json_integer_value(json_object_get(row, "balance"));
            hires += json_integer_value(json_object_get(row, "given")) +
                     json_integer_value(json_object_get(row, "own"));
        }
        assert_int_equal(sum, 0);
        assert_string_equal(
            arena_printf(world->scene->arena, "%lld", (long long)hires),
            scene_root(world->scene, "SELECT count(*) FROM emnebank.shortlist_entry e JOIN"
                                     " emnebank.job_order o ON o.id = e.order_id"
                                     " WHERE e.state = 'hired' AND o.received_at = '2026-05-01'"));
        assert_true(hires > 0);
        /* Others are told whole steps, and nothing exact but of their own. */
        assert_string_equal(
            scene_get(world->scene, AARHUS,
                      "SELECT count(*) FROM figures_breakdown('{2026-05-01, 2026-05-%02d}') WHERE"
                      " CASE WHEN home = '0751' THEN NOT exact"
                      " ELSE exact OR hires < 5 OR hires %% 5 <> 0 END",
                      2 * seed + 2),
            "0");
    }
}

/* --- the history as the daemon itself leaves it --- */

static void turn_clock(struct scene *scene, const char *at)
{
    scene_root(scene,
               "INSERT INTO emnebank.clock_hands (at) VALUES ('%s')"
               " ON CONFLICT (one) DO UPDATE SET at = excluded.at",
               at);
}

static void what_was_done_is_what_is_counted(void **state)
{
    struct world *world = *state;
    struct scene *scene = world->scene;

    turn_clock(scene, "2026-06-30T21:30:00Z"); /* 23.30 on the last of June */
    const char *order = scene_get(
        scene, AARHUS,
        "SELECT order_new('{\"employer\": {\"cvr\": \"" EMPLOYER_CVR "\", \"name\": \"x\"},"
        " \"title\": \"Struktører\", \"posts\": 1, \"occupations\": [\"7114.8\"],"
        " \"postcode\": \"8000\", \"start_date\": \"2027-01-01\", \"kinds\": [\"permanent\"]}',"
        " app_now(), app_now())");
    turn_clock(scene, "2026-07-01T07:00:00Z");
    scene_shortlist(scene, order, 33, 34);
    const char *entry = scene_entry(scene, order, 33);
    turn_clock(scene, "2026-07-01T08:30:00Z");
    scene_get(scene, HORSENS,
              "SELECT status FROM entry_answer('%s', 0, '{\"answer\": \"confirm\"}')", entry);
    turn_clock(scene, "2026-07-02T08:30:00Z");
    scene_get(scene, HORSENS,
              "SELECT status FROM entry_answer('%s', 0, '{\"answer\": \"yes\", \"given_at\":"
              " \"2026-07-02T08:00:00Z\", \"how\": \"telephone\", \"text_version\": \"2026-1\"}')",
              entry);
    scene_get(scene, TEAM, "SELECT status FROM entry_approve('%s', 0)", entry);
    turn_clock(scene, "2026-07-02T09:00:00Z");
    scene_get(scene, TEAM,
              "SELECT status FROM entry_release('POST', '/x', 'k', 'f', '%s', 'public_task')",
              entry);
    turn_clock(scene, "2026-08-03T07:00:00Z");
    scene_get(scene, TEAM, "SELECT status FROM entry_outcome('%s', 0, '{\"outcome\": \"hired\"}')",
              entry);
    scene_root(scene, "SELECT emnebank.order_tick(100)");
    scene_root(scene, "DELETE FROM emnebank.clock_hands");
    struct answer june = ask(world, TEAM, "?from=2026-06&to=2026-06");
    const char *aarhus = row_of(world, &june, "Aarhus");
    assert_says(aarhus, "\"orders_filled\":1,\"share_orders_filled\":1.0000,\"posts_filled\":1,");
    assert_says(ask_csv(world, TEAM, "to=2026-07&table=balance"), "0615;Horsens;0;0;0;0\r\n");
    assert_says(ask_csv(world, TEAM, "to=2026-08&table=balance"), "0615;Horsens;1;0;0;1\r\n");
    assert_says(aarhus,
                "\"orders_put_forward\":1,\"share_put_forward\":1.0000,\"orders_released\":1,");
    assert_time(world, aarhus, "put_forward", (struct hours){1, "9.50", "9.50", "1.00", "1.00"});
    assert_time(world, aarhus, "confirmed", (struct hours){1, "11.00", "11.00", "2.50", "2.50"});
    assert_time(world, aarhus, "released", (struct hours){1, "35.50", "35.50", "11.00", "11.00"});
    assert_time(world, aarhus, "hired", (struct hours){1, "801.50", "801.50", "185.00", "185.00"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(october_is_as_it_was),
        cmocka_unit_test(a_month_ends_at_danish_midnight),
        cmocka_unit_test(an_empty_month_has_no_shares),
        cmocka_unit_test(the_present_month_is_asked_for_by_saying_nothing),
        cmocka_unit_test(one_municipality_has_its_own_rows_alone),
        cmocka_unit_test(what_is_asked_wrongly_is_refused),
        cmocka_unit_test(employers_are_refused),
        cmocka_unit_test(every_answer_is_audited),
        cmocka_unit_test(the_team_knows_every_hire),
        cmocka_unit_test(others_hires_are_told_in_steps),
        cmocka_unit_test(the_balance_counts_hires_by_their_month),
        cmocka_unit_test(the_table_opens_in_a_second_reader),
        cmocka_unit_test(the_balance_sums_to_zero),
        cmocka_unit_test(what_was_done_is_what_is_counted),
    };

    return cmocka_run_group_tests(tests, open_world, world_close);
}
