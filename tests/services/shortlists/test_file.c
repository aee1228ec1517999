/* A shortlist as a file: the sheet is read back by the reader that imports use, the document by
 * poppler. */
#include "tests/services/shortlists/server.h"

#include "common/base/buffer.h"
#include "common/base/str.h"
#include "common/domain/person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define CSV "Accept: text/csv\r\n"
#define PDF "Accept: application/pdf\r\n"
#define TEXT_CAP ((size_t)1 << 20)

static const char *path_of(struct world *world, const char *order)
{
    return arena_printf(world->scene->arena, "/v1/job-orders/%s/shortlist", order);
}

static struct answer take(struct world *world, enum actor actor, const char *order,
                          const char *accept)
{
    return server_ask(world->server, actor, "GET", path_of(world, order), accept, NULL);
}

static const char *hex(struct arena *arena, struct sealed_bytes bytes)
{
    char *text = arena_alloc(arena, 2 * bytes.length + 1);
    str_hex(bytes.bytes, bytes.length, text);
    return text;
}

/* Gives a candidate a name, sealed as its home does. */
static void name(struct world *world, int number, const char *said)
{
    struct arena *arena = world->scene->arena;
    const bool aarhus = number <= 20;
    const char *home = aarhus ? "0751" : "0615";
    const struct person person = {.name = said, .cpr = "0101901234", .note = "hemmelig note"};
    struct person_sealed sealed;

    person_seal(arena, server_key(world->server, home), home,
                arena_printf(arena, "%s-%02d", aarhus ? "AA" : "HO", number), &person, &sealed);
    scene_root(world->scene,
               "INSERT INTO candidate_person (candidate_id, organisation_id, wrapped_key, name)"
               " VALUES ('%s', '%s', '\\x%s', '\\x%s')"
               " ON CONFLICT (candidate_id) DO UPDATE SET wrapped_key = EXCLUDED.wrapped_key,"
               " name = EXCLUDED.name",
               scene_candidate(world->scene, number), aarhus ? AARHUS_ID : HORSENS_ID,
               hex(arena, sealed.wrapped_key), hex(arena, sealed.name));
}

/* Candidates 19 to 22 are on it: two of Aarhus, two of Horsens, all with names. */
static const char *listed(struct world *world)
{
    const char *order = scene_order(world->scene);

    scene_shortlist(world->scene, order, 19, 22);
    name(world, 19, "Åse Østergård (fiktiv)");
    name(world, 20, "Łukasz Żółć عمر (fiktiv)");
    name(world, 21, "Hans Horsens (fiktiv)");
    name(world, 22, "Helle Horsens (fiktiv)");
    return order;
}

static void has(const char *text, const char *wanted)
{
    if (strstr(text, wanted) == NULL)
        fail_msg("%s is not in:\n%s", wanted, text);
}

static void lacks(const char *text, const char *unwanted)
{
    if (strstr(text, unwanted) != NULL)
        fail_msg("%s is in:\n%s", unwanted, text);
}

static const char *read_pdf(struct world *world, struct answer answer, const char *program,
                            const char *output)
{
    char path[] = "/tmp/emnebank-list.XXXXXX";
    char *text = arena_alloc(world->scene->arena, TEXT_CAP);
    const int file = mkstemp(path);

    assert_int_equal(answer.status, 200);
    assert_memory_equal(answer.body, "%PDF-", 5);
    assert_int_equal(write(file, answer.body, answer.length), (ssize_t)answer.length);
    close(file);
    FILE *pipe = popen(arena_printf(world->scene->arena, "%s %s %s", program, path, output), "re");
    assert_non_null(pipe);
    text[fread(text, 1, TEXT_CAP - 1, pipe)] = '\0';
    assert_int_equal(pclose(pipe), 0);
    unlink(path);
    return text;
}

static const char *text_of(struct world *world, struct answer answer)
{
    return read_pdf(world, answer, "pdftotext -layout -enc UTF-8", "-");
}

/* Line `number` of the sheet, 0 the heading; "" when there is none. */
static const char *line(struct world *world, struct answer answer, int number)
{
    const char *at = answer.body;

    for (; number > 0 && at != NULL; number--) {
        at = strstr(at, "\r\n");
        at = at != NULL ? at + 2 : NULL;
    }
    return at == NULL ? ""
                      : arena_strndup(world->scene->arena, at,
                                      (size_t)(strstr(at, "\r\n") != NULL ? strstr(at, "\r\n") - at
                                                                          : (long)strlen(at)));
}

static void a_home_has_the_names_of_its_own(void **state)
{
    struct world *world = *state;
    const char *order = listed(world);
    struct answer answer = take(world, AARHUS, order, CSV);

    assert_answer(&answer, 200, NULL);
    assert_memory_equal(answer.body, "\xEF\xBB\xBFPlads;Point;Tilstand;Kandidat;Reference;Navn;",
                        47);
    assert_string_equal(server_header(world->server, &answer, "Content-Type"),
                        "text/csv; charset=utf-8");
    assert_string_equal(
        server_header(world->server, &answer, "Content-Disposition"),
        arena_printf(world->scene->arena, "attachment; filename=\"shortlist-%s.csv\"", order));
    assert_string_equal(server_header(world->server, &answer, "Cache-Control"), "no-store");
    assert_null(server_header(world->server, &answer, "ETag"));
    has(line(world, answer, 1),
        "1;881;foreslået;00000000-0000-4000-9000-000000000019;AA-19;Åse Østergård (fiktiv);0751;"
        "Aarhus;");
    has(line(world, answer, 2), ";AA-20;Łukasz Żółć عمر (fiktiv);0751;Aarhus;");
    has(line(world, answer, 3),
        "3;879;foreslået;00000000-0000-4000-9000-000000000021;;;0615;Horsens;");
    has(line(world, answer, 4), ";;;0615;Horsens;");
    assert_string_equal(line(world, answer, 5), "");
    lacks(answer.body, "Hans");
    lacks(answer.body, "010190");
    const char *text = text_of(world, take(world, AARHUS, order, PDF));
    has(text, "Kandidatliste: Struktører");
    has(text, "1. Åse Østergård (fiktiv) (AA-19)");
    has(text, "Łukasz Żółć");
    has(text, "عمر");
    has(text, "3. Kandidat 00000000");
    has(text, "881 point");
    has(text, "Side 1 af 1");
    has(text, "Beton A/S (fiktiv)");
    lacks(text, "Hans");
    lacks(text, "HO-21");
    has(read_pdf(world, take(world, AARHUS, order, PDF), "pdfinfo -struct-text", ""), "TH");
}

static void others_see_pseudonyms(void **state)
{
    struct world *world = *state;
    const char *order = listed(world);
    struct answer answer = take(world, TEAM, order, CSV);
    const char *text = text_of(world, take(world, TEAM, order, PDF));

    assert_answer(&answer, 200, NULL);
    has(line(world, answer, 1), ";00000000-0000-4000-9000-000000000019;;;0751;Aarhus;");
    lacks(answer.body, "AA-19");
    lacks(answer.body, "Åse");
    lacks(text, "Åse");
    lacks(text, "AA-19");
    answer = take(world, HORSENS, order, CSV);
    has(line(world, answer, 3), ";HO-21;Hans Horsens (fiktiv);0615;");
    lacks(answer.body, "Åse");
    answer = take(world, EMPLOYER, order, CSV);
    assert_answer(&answer, 403, "scope-missing");
    answer = take(world, AARHUS, "00000000-0000-4000-8000-000000000009", PDF);
    assert_answer(&answer, 404, "not-found");
}

static void the_audit_says_which_form_and_how_many(void **state)
{
    static const char audit[] =
        "SELECT string_agg(action || ' ' || (detail ->> 'form') || ' ' || "
        "(detail ->> 'rows') || ' '"
        " || cardinality(candidates), ', ' ORDER BY at, seq) FROM emnebank.audit"
        " WHERE detail ? 'form' AND detail ->> 'order_id' = '%s'";
    struct world *world = *state;
    const char *order = listed(world);
    struct answer answer =
        server_ask(world->server, AARHUS, "HEAD", path_of(world, order), PDF, NULL);

    assert_int_equal(answer.status, 200);
    assert_string_equal(server_header(world->server, &answer, "Content-Type"), "application/pdf");
    assert_string_equal(answer.body, "");
    assert_string_equal(scene_root(world->scene, audit, order), "");
    take(world, AARHUS, order, CSV);
    assert_string_equal(scene_root(world->scene, audit, order),
                        "candidate.listed csv 4 4, candidate.read csv 2 2");
    take(world, TEAM, order, PDF);
    assert_string_equal(
        scene_root(world->scene, audit, order),
        "candidate.listed csv 4 4, candidate.read csv 2 2, candidate.listed pdf 4 4");
}

static void who_is_protected_or_gone_is_not_named(void **state)
{
    struct world *world = *state;
    const char *order = listed(world);

    scene_root(world->scene, "UPDATE emnebank.candidate SET protection = 'name_and_address'"
                             " WHERE external_ref = 'AA-19'");
    scene_root(world->scene, "UPDATE emnebank.candidate SET withdrawn_at = now()"
                             " WHERE external_ref = 'AA-20'");
    struct answer answer = take(world, AARHUS, order, CSV);
    const char *text = text_of(world, take(world, AARHUS, order, PDF));
    scene_root(world->scene,
               "UPDATE emnebank.candidate SET protection = 'none', withdrawn_at = NULL"
               " WHERE external_ref IN ('AA-19', 'AA-20')");
    has(line(world, answer, 1), ";AA-19;;0751;");
    has(line(world, answer, 2),
        "trukket tilbage;00000000-0000-4000-9000-000000000020;AA-20;;0751;");
    lacks(answer.body, "Åse");
    lacks(text, "Åse");
    lacks(text, "Łukasz");
    has(text, "1. AA-19");
    assert_string_equal(scene_root(world->scene,
                                   "SELECT count(*) FROM emnebank.audit WHERE action ="
                                   " 'candidate.read' AND detail ->> 'order_id' = '%s'",
                                   order),
                        "0");
}

static void no_cell_begins_a_formula(void **state)
{
    struct world *world = *state;
    const char *order = listed(world);

    name(world, 19, "@SUM(1;1) (fiktiv)");
    scene_root(world->scene,
               "UPDATE emnebank.job_order SET title = '=HYPERLINK(\"x\")' WHERE id = '%s'", order);
    scene_root(world->scene,
               "UPDATE emnebank.shortlist_entry SET state = 'declined', decline_reason = 'other',"
               " decline_text = '+45;minus' WHERE order_id = '%s' AND candidate_id = '%s'",
               order, scene_candidate(world->scene, 20));
    struct answer answer = take(world, AARHUS, order, CSV);
    has(line(world, answer, 1), ";\"'@SUM(1;1) (fiktiv)\";");
    has(line(world, answer, 1), ";\"'=HYPERLINK(\"\"x\"\")\";");
    has(line(world, answer, 2), ";afvist;");
    has(line(world, answer, 2), ";andet;\"'+45;minus\";");
    lacks(answer.body, ";=");
    answer = take(world, TEAM, order, CSV);
    lacks(answer.body, "45;minus"); /* the home's own words */
    has(line(world, answer, 2), ";andet;;");
    has(text_of(world, take(world, AARHUS, order, PDF)), "+45;minus");
    name(world, 19, "Åse Østergård (fiktiv)");
}

static void what_must_be_confirmed_is_said(void **state)
{
    struct world *world = *state;
    const char *order = listed(world);

    scene_root(world->scene,
               "UPDATE emnebank.candidate SET screened_by = 'prøve', screened_on ="
               " '2026-01-01', screening_until = '2026-02-01' WHERE external_ref = 'AA-19'");
    struct answer answer = take(world, AARHUS, order, CSV);
    has(line(world, answer, 1), ";screeningen er udløbet;");
    has(text_of(world, take(world, AARHUS, order, PDF)), "skal bekræftes: screeningen er udløbet");
    scene_root(world->scene, "UPDATE emnebank.candidate SET screened_by = NULL, screened_on = NULL,"
                             " screening_until = NULL WHERE external_ref = 'AA-19'");
}

/* The home's own, who has no place and no points; the words for why stay at home. */
static void an_addition_has_neither_place_nor_points(void **state)
{
    static const char why[] = "Uden for rangeringen: kan noget, som oplysningerne ikke viser";
    struct world *world = *state;
    const char *order = listed(world);

    scene_root(world->scene,
               "INSERT INTO shortlist_entry (shortlist_id, order_id, candidate_id, organisation_id,"
               " outside_ranking, addition_reason, addition_text, parts, facts, explanation_da,"
               " state) SELECT id, order_id, '%s', '" AARHUS_ID "', true, 'unrecorded_skill',"
               " 'Kan lodde.', '[]', '[]', 'fordi', 'confirmed' FROM shortlist"
               " WHERE order_id = '%s'",
               scene_candidate(world->scene, 18), order);
    struct answer answer = take(world, AARHUS, order, CSV);
    assert_memory_equal(line(world, answer, 5), ";;bekræftet;00000000-0000-4000-9000-000000000018",
                        strlen(";;bekræftet;00000000-0000-4000-9000-000000000018"));
    has(line(world, answer, 5), arena_printf(world->scene->arena, ";%s: Kan lodde.;", why));
    answer = take(world, TEAM, order, CSV);
    has(line(world, answer, 5), arena_printf(world->scene->arena, ";%s;", why));
    const char *text = text_of(world, take(world, AARHUS, order, PDF));
    has(text, "uden point");
    has(text, "\nAA-18");
    has(text, "Indeholder personoplysninger");
    /* The order is ranked anew: the newest list counts, and the addition stands beside it too. */
    scene_root(world->scene,
               "INSERT INTO shortlist SELECT (jsonb_populate_record(s, jsonb_build_object("
               "'id', gen_random_uuid(), 'order_version', order_version + 1,"
               " 'pool_version', 4712))).* FROM shortlist s WHERE order_id = '%s'",
               order);
    answer = take(world, TEAM, order, CSV);
    has(line(world, answer, 1), ";;bekræftet;00000000-0000-4000-9000-000000000018");
    has(line(world, answer, 1), ";4712;1");
    assert_string_equal(line(world, answer, 2), "");
}

/* As Danish Excel reads days, in Danish time; and a list of nobody is one too. */
static void days_are_danish_and_a_list_may_be_empty(void **state)
{
    struct world *world = *state;
    const char *order = listed(world);

    scene_root(world->scene,
               "UPDATE shortlist_entry SET changed_at = '2026-07-04T22:30:00Z'"
               " WHERE order_id = '%s'",
               order);
    const char *list = scene_root(world->scene,
                                  "UPDATE shortlist SET as_of = '2026-07-06', pool_version = 4711"
                                  " WHERE order_id = '%s' RETURNING ruleset",
                                  order);
    struct answer answer = take(world, TEAM, order, CSV);
    has(line(world, answer, 1), arena_printf(world->scene->arena, ";05-07-2026 00:30;%s;", order));
    has(line(world, answer, 1), arena_printf(world->scene->arena, ";06-07-2026;%s;4711;4", list));
    has(text_of(world, take(world, TEAM, order, PDF)), "06-07-2026");
    scene_root(world->scene, "DELETE FROM shortlist_entry WHERE order_id = '%s'", order);
    answer = take(world, TEAM, order, CSV);
    assert_answer(&answer, 200, NULL);
    assert_string_equal(line(world, answer, 1), "");
    has(text_of(world, take(world, TEAM, order, PDF)), "Der er ingen emner på listen.");
    answer =
        server_ask(world->server, TEAM, "GET",
                   arena_printf(world->scene->arena, "%s?alt=1", path_of(world, order)), CSV, NULL);
    assert_answer(&answer, 400, NULL);
}

static void the_form_that_is_liked_best(void **state)
{
    static const struct {
        const char *accept;
        const char *type; /* NULL: refused */
    } cases[] = {
        {"*/*", "application/json"},
        {"application/pdf, */*;q=0.1", "application/pdf"},
        {"text/csv;q=0.5, application/pdf;q=0.9", "application/pdf"},
        {"text/csv, application/pdf", "text/csv; charset=utf-8"},
        {"application/pdf, text/csv", "text/csv; charset=utf-8"},
        {"application/json, text/csv, application/pdf", "application/json"},
        {"application/json;q=0.2, text/csv;q=0.1, application/pdf;q=0.3", "application/pdf"},
        {"text/*", "text/csv; charset=utf-8"},
        {"text/html", NULL},
        {"application/pdf;q=0", NULL},
    };
    struct world *world = *state;
    const char *order = listed(world);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct answer answer =
            take(world, TEAM, order,
                 arena_printf(world->scene->arena, "Accept: %s\r\n", cases[i].accept));
        if (cases[i].type == NULL) {
            assert_answer(&answer, 406, "not-acceptable");
            has(answer.body, "application/json eller text/csv eller application/pdf");
            continue;
        }
        assert_answer(&answer, 200, NULL);
        assert_string_equal(server_header(world->server, &answer, "Content-Type"), cases[i].type);
        assert_string_equal(server_header(world->server, &answer, "Vary"), "Accept");
    }
}

static void a_name_that_cannot_be_opened_is_no_file(void **state)
{
    struct world *world = *state;
    const char *order = listed(world);

    scene_root(world->scene,
               "UPDATE emnebank.candidate_person SET wrapped_key = '\\x0102'"
               " WHERE candidate_id IN ('%s', '%s')",
               scene_candidate(world->scene, 20), scene_candidate(world->scene, 22));
    struct answer answer = take(world, AARHUS, order, CSV);
    assert_answer(&answer, 500, "internal-error");
    lacks(answer.body, "AA-");
    answer = take(world, HORSENS, order, CSV); /* the last of them all */
    assert_answer(&answer, 500, "internal-error");
    answer = take(world, TEAM, order, CSV);
    assert_answer(&answer, 200, NULL);
}

/* 600 entries, of which a file takes 500. */
static const char *long_list(struct world *world)
{
    const char *order = scene_order(world->scene);
    const char *list = scene_shortlist(world->scene, order, 1, 1);

    scene_root(world->scene,
               "INSERT INTO emnebank.candidate (id, organisation_id, external_ref, changed_version,"
               " postcode, max_travel_km, available_from, kinds, content_mac)"
               " SELECT ('00000000-0000-4000-a000-' || lpad(n::text, 12, '0'))::uuid, '" HORSENS_ID
               "', 'L-' || n, 0, '8000', 50, '2026-01-01', '{permanent}', '\\x00'"
               " FROM generate_series(2, 600) AS g (n)");
    scene_root(world->scene,
               "UPDATE emnebank.shortlist SET requirements = '[{\"part\":0,\"label\":\"Struktør\","
               "\"of\":500},{\"part\":1,\"label\":\"Forskalling\",\"of\":500}]' WHERE id = '%s'",
               list);
    scene_root(world->scene,
               "INSERT INTO emnebank.shortlist_entry (shortlist_id, order_id, candidate_id,"
               " organisation_id, rank, score, parts, facts, explanation_da, state)"
               " SELECT '%s', '%s', ('00000000-0000-4000-a000-' || lpad(n::text, 12, '0'))::uuid,"
               " '" HORSENS_ID "', n, 500, '[{\"part\":0,\"points\":500,\"status\":\"matched\"},"
               "{\"part\":1,\"points\":0,\"status\":\"missing\"}]', '[]', 'fordi', 'reserve'"
               " FROM generate_series(2, 600) AS g (n)",
               list, order);
    return order;
}

static void a_long_list_is_cut_and_says_so(void **state)
{
    struct world *world = *state;
    const char *order = long_list(world);
    struct answer answer = take(world, TEAM, order, CSV);
    struct answer paper = take(world, TEAM, order, PDF);
    const char *text = text_of(world, paper);

    assert_answer(&answer, 200, NULL);
    has(line(world, answer, 2), ";Fag 500/500 · Forskalling 0/500 mangler;");
    has(line(world, answer, 500), "500;500;i reserve;");
    has(line(world, answer, 500), ";600");
    assert_string_equal(line(world, answer, 501), "");
    has(text, "Listen har 600 emner. Her er de første 500.");
    has(text, "500. Kandidat");
    lacks(text, "501. Kandidat");
    has(text, "Side 2 af ");
    print_message("500 entries: %zu bytes of CSV, %zu of PDF\n", answer.length, paper.length);
}

static int setup(void **state)
{
    return world_open(state, "shortlists_file");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_home_has_the_names_of_its_own),
        cmocka_unit_test(others_see_pseudonyms),
        cmocka_unit_test(the_audit_says_which_form_and_how_many),
        cmocka_unit_test(who_is_protected_or_gone_is_not_named),
        cmocka_unit_test(no_cell_begins_a_formula),
        cmocka_unit_test(what_must_be_confirmed_is_said),
        cmocka_unit_test(an_addition_has_neither_place_nor_points),
        cmocka_unit_test(days_are_danish_and_a_list_may_be_empty),
        cmocka_unit_test(the_form_that_is_liked_best),
        cmocka_unit_test(a_name_that_cannot_be_opened_is_no_file),
        cmocka_unit_test(a_long_list_is_cut_and_says_so),
    };

    return cmocka_run_group_tests(tests, setup, world_close);
}
