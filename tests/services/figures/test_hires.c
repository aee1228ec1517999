/* Hires by occupation and kind, the balance, and the tables as another program reads them. */
#include "tests/services/figures/history.h"

#include <csv.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static int open_world(void **state)
{
    return history_open(state, "figures_hires");
}

/* --- hires, and who may know of them --- */

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_team_knows_every_hire),
        cmocka_unit_test(others_hires_are_told_in_steps),
        cmocka_unit_test(the_balance_counts_hires_by_their_month),
        cmocka_unit_test(the_table_opens_in_a_second_reader),
        cmocka_unit_test(the_balance_sums_to_zero),
    };

    return cmocka_run_group_tests(tests, open_world, world_close);
}
