/* What is stored and shown about an entry: JSON whose points sum to the score, and plain Danish. */
#include "common/base/str.h"
#include "common/json/json.h"
#include "services/match/day.h"
#include "services/match/explain_heads.h"
#include "tests/services/match/golden.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct scene {
    struct golden golden;
    struct arena *arena;
    struct words *words;
    struct demand demand;
    struct asked asked;
    struct engine_order order;
    struct engine_ranking *ranking;
    struct explain explain;
    struct buffer text;
};

static const char *occupations[] = {"7114.8", "7114.9"};
static struct demand_requirement requirements[] = {
    {.kind = ENGINE_CERTIFICATE, .code = "epoxy-isocyanate", .must = true, .weight = 5},
    {.kind = ENGINE_COMPETENCE, .code = "concrete-pouring", .weight = 4, .minimum_level = 3},
    {.kind = ENGINE_COMPETENCE, .code = "formwork", .weight = 3, .minimum_level = 2},
    {.kind = ENGINE_CERTIFICATE, .code = "road-works", .weight = 2},
    {.kind = ENGINE_LANGUAGE, .code = "da", .weight = 1, .minimum_level = 3},
};

static struct words *name(void)
{
    struct words *words = words_create(7);
    words_add(words, ENGINE_CERTIFICATE, "epoxy-isocyanate", "Epoxy og isocyanater", true);
    words_add(words, ENGINE_CERTIFICATE, "road-works", "Vejen som arbejdsplads", true);
    words_add(words, ENGINE_COMPETENCE, "concrete-pouring", "Udstøbning af beton", false);
    words_add(words, ENGINE_COMPETENCE, "formwork", "Forskalling", false);
    words_add(words, ENGINE_LANGUAGE, "da", "Dansk", false);
    words_add(words, ENGINE_OCCUPATION, "7114.1", "Betonarbejder", false);
    words_add(words, ENGINE_OCCUPATION, "7114.8", "Anlægsstruktør", false);
    words_add(words, ENGINE_OCCUPATION, "7114.9", "Bygningsstruktør", false);
    words_add(words, ENGINE_OCCUPATION, "7115.1", "Tømrer", false);
    words_relate(words, ENGINE_OCCUPATION, "7114.8", "7114.1", ENGINE_UNIT);
    words_relate(words, ENGINE_OCCUPATION, "7114.8", "7114.9", ENGINE_UNIT);
    words_relate(words, ENGINE_OCCUPATION, "7114.9", "7114.1", ENGINE_UNIT);
    words_relate(words, ENGINE_OCCUPATION, "7114.9", "7114.8", ENGINE_UNIT);
    words_relate(words, ENGINE_COMPETENCE, "formwork", "concrete-pouring", ENGINE_CLOSE);
    words_relate(words, ENGINE_COMPETENCE, "formwork", "concrete-slab", ENGINE_GROUP);
    return words;
}

static int set_up_by(void **state, struct demand_requirement *wanted, int ruleset)
{
    struct scene *scene = calloc(1, sizeof *scene);
    *state = scene;
    golden_create(&scene->golden);
    scene->arena = arena_create(0);
    scene->words = name();
    scene->demand = (struct demand){
        .id = "0192a000-0000-7000-8000-000000000001",
        .minimum = 4,
        .place = scene->golden.order.place,
        .radius_km = 60,
        .start = GOLDEN_START,
        .end = ENGINE_NO_DAY,
        .as_of = GOLDEN_AS_OF,
        .work = ENGINE_PERMANENT,
        .occupations = occupations,
        .occupation_count = 2,
        .requirements = wanted,
        .requirement_count = GOLDEN_REQUIREMENTS,
    };
    buffer_init(&scene->text, (size_t)1 << 20);
    int error = asked_make(&scene->demand, ruleset, scene->words, scene->arena, &scene->asked);
    if (error == 0) {
        error = asked_order(&scene->asked, scene->golden.vocabulary, scene->arena, &scene->order);
    }
    if (error == 0) {
        error = engine_rank(scene->golden.snapshot, &scene->order, 20, &scene->ranking);
    }
    scene->explain = (struct explain){
        .asked = &scene->asked,
        .snapshot = scene->golden.snapshot,
        .ranking = scene->ranking,
        .vocabulary = scene->golden.vocabulary,
        .words = scene->words,
    };
    return error;
}

static int set_up(void **state)
{
    return set_up_by(state, requirements, 1);
}

/* Without the wish for pouring, which is then only related to another. */
static int set_up_newest(void **state)
{
    static struct demand_requirement others[GOLDEN_REQUIREMENTS];
    memcpy(others, requirements, sizeof others);
    others[1].code = "reinforcement";
    return set_up_by(state, others, ENGINE_RULESET);
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    buffer_deinit(&scene->text);
    engine_ranking_destroy(&scene->ranking);
    words_release(&scene->words);
    arena_destroy(&scene->arena);
    golden_destroy(&scene->golden);
    free(scene);
    return 0;
}

static void the_order_reaches_the_engine_as_it_was_meant(void **state)
{
    struct scene *scene = *state;
    const struct engine_order *meant = &scene->golden.order;
    const struct engine_order *order = &scene->order;
    assert_memory_equal(order->id, meant->id, ENGINE_ID_SIZE);
    assert_int_equal(order->occupation_count, 2);
    assert_memory_equal(order->occupations, meant->occupations, 2 * sizeof(uint32_t));
    assert_int_equal(order->related_count, 1); /* 7114.1: same four digits; not 7115.1 */
    assert_int_equal(order->related[0].code, meant->related[0].code);
    for (size_t i = 0; i < GOLDEN_REQUIREMENTS; i++) {
        assert_int_equal(order->requirements[i].code, meant->requirements[i].code);
        assert_int_equal(order->requirements[i].expires, meant->requirements[i].expires);
        assert_int_equal(order->requirements[i].must, meant->requirements[i].must);
        assert_int_equal(order->requirements[i].related_count, 0); /* ruleset 1 */
    }
    assert_int_equal(demand_entries(&scene->demand), 20);
    scene->demand.minimum = 24;
    assert_int_equal(demand_entries(&scene->demand), 72);
    scene->demand.long_list = true;
    assert_int_equal(demand_entries(&scene->demand), 720);
    scene->demand.minimum = 60;
    assert_int_equal(demand_entries(&scene->demand), 1000);
    scene->demand.minimum = 500;
    assert_int_equal(demand_entries(&scene->demand), 1500);
    assert_int_equal(demand_work(scene->arena, "permanent,flex"), ENGINE_PERMANENT | ENGINE_FLEX);
}

static void assert_text(struct scene *scene, size_t entry, const char *expected)
{
    buffer_clear(&scene->text);
    explain_text(&scene->explain, &scene->ranking->entries[entry], &scene->text);
    assert_string_equal(scene->text.data, expected);
}

static void an_entry_says_in_danish_why_it_is_there(void **state)
{
    assert_text(
        *state, 1, /* Bo */
        "Plads 2 med 800 af 1000 point.\n"
        "Opfylder: Anlægsstruktør, senest brugt 04.09.2026 (oplyst 03.02.2026): 250 af 250 point.\n"
        "Opfylder: Epoxy og isocyanater, gyldigt til 31.12.2027 (oplyst 03.02.2026): 250 af 250 "
        "point.\n"
        "Opfylder delvist: Udstøbning af beton, niveau 2, hvor mindst 3 ønskes, senest brugt "
        "04.09.2026 (oplyst 03.02.2026): 100 af 200 point.\n"
        "Opfylder: Forskalling, niveau 2, senest brugt 27.05.2026 (oplyst 03.02.2026): 150 af 150 "
        "point.\n"
        "Udløber for tidligt: Vejen som arbejdsplads, gyldigt til 31.01.2027, skal gælde "
        "den 01.02.2027 (oplyst 03.02.2026): 0 af 100 point.\n"
        "Opfylder: Dansk, niveau B2 (oplyst 03.02.2026): 50 af 50 point.\n"
        "Afstand til arbejdsstedet: ca. 48 km ad vej.\n"
        "Flere kandidater har 800 point. Rækkefølgen mellem dem er afgjort ved lodtrækning ud fra "
        "jobordrens og kandidatens id.");
    assert_text(
        *state, 4, /* Carl */
        "Plads 5 med 625 af 1000 point.\n"
        "Opfylder delvist: Betonarbejder, beslægtet med Anlægsstruktør eller Bygningsstruktør, "
        "senest brugt 04.09.2026 (oplyst 03.02.2026): 125 af 250 point.\n"
        "Opfylder: Epoxy og isocyanater, gyldigt til 31.12.2027 (oplyst 03.02.2026): 250 af 250 "
        "point.\n"
        "Opfylder delvist: Udstøbning af beton, niveau 5, senest brugt 14.04.2019, over fem år "
        "siden (oplyst 03.02.2026): 100 af 200 point.\n"
        "Mangler: Forskalling: 0 af 150 point.\n"
        "Opfylder: Vejen som arbejdsplads, gyldigt til 31.12.2027 (oplyst 03.02.2026): 100 af 100 "
        "point.\n"
        "Opfylder: Dansk, niveau C1 (oplyst 03.02.2026): 50 af 50 point.\n"
        "Afstand til arbejdsstedet: ca. 0 km ad vej.\n"
        "Flere kandidater har 625 point. Rækkefølgen mellem dem er afgjort ved lodtrækning ud fra "
        "jobordrens og kandidatens id.");
}

static void less_than_a_year_is_experience_too(void **state)
{
    struct scene *scene = *state;
    struct engine_part *part = &scene->ranking->parts[scene->ranking->part_count]; /* Bo's first */
    static const struct {
        uint8_t years;
        const char *said;
    } cases[] = {{0, "Anlægsstruktør, under 1 års erfaring, senest"},
                 {7, "Anlægsstruktør, 7 års erfaring, senest"},
                 {ENGINE_YEARS_UNKNOWN, "Anlægsstruktør, senest"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        part->fact.years = cases[i].years;
        buffer_clear(&scene->text);
        explain_text(&scene->explain, &scene->ranking->entries[1], &scene->text);
        assert_non_null(strstr(scene->text.data, cases[i].said));
    }
}

static int64_t integer_of(const json_t *object, const char *name)
{
    const json_t *value = json_object_get(object, name);
    assert_true(json_is_integer(value));
    return json_integer_value(value);
}

static void the_json_is_json_and_its_points_sum_to_the_score(void **state)
{
    struct scene *scene = *state;
    struct json_fault fault;
    json_t *entries = NULL;
    explain_entries(&scene->explain, &scene->text);
    assert_false(buffer_full(&scene->text));
    assert_int_equal(json_read(scene->text.data, scene->text.length, &entries, &fault), 0);
    assert_int_equal(json_array_size(entries), 6);
    for (size_t i = 0; i < json_array_size(entries); i++) {
        const json_t *entry = json_array_get(entries, i);
        const json_t *parts = json_object_get(entry, "parts");
        int64_t points = 0;
        assert_int_equal(json_array_size(parts), 1 + GOLDEN_REQUIREMENTS);
        for (size_t part = 0; part < json_array_size(parts); part++) {
            points += integer_of(json_array_get(parts, part), "points");
        }
        assert_int_equal(points, integer_of(entry, "score"));
        assert_int_equal(integer_of(entry, "rank"), i + 1);
        assert_non_null(json_object_get(entry, "explanation_da"));
    }
    const json_t *first = json_array_get(entries, 0);
    assert_string_equal(json_string_value(json_object_get(first, "candidate_id")),
                        "5f8d0000-0000-4000-8000-000000000001");
    const json_t *facts = json_object_get(first, "facts");
    assert_int_equal(json_array_size(facts), 6);
    assert_string_equal(json_string_value(json_object_get(json_array_get(facts, 0), "code")),
                        "concrete-pouring"); /* by kind, then by the bytes of the code */
    json_decref(entries);
}

/* The form that RANKING.md shows. */
/* Column by column the same as entry by entry. */
static void columns_say_the_same(void **state)
{
    struct scene *scene = *state;
    struct explain_columns columns;
    struct buffer parts, explanations;
    buffer_init(&parts, (size_t)1 << 20);
    buffer_init(&explanations, (size_t)1 << 20);
    explain_columns_init(&columns);
    explain_columns(&scene->explain, &columns);
    assert_false(explain_columns_full(&columns));
    for (size_t i = 0; i < scene->ranking->count; i++) {
        const struct engine_entry *entry = &scene->ranking->entries[i];
        char id[ENGINE_ID_TEXT_SIZE];
        engine_id_write(entry->id, id);
        assert_memory_equal(columns.candidates.data + 1 + i * sizeof id, id, sizeof id - 1);
        buffer_text(&parts, i > 0 ? "\n" : "");
        explain_entry_parts(&scene->explain, entry, &parts);
        buffer_clear(&scene->text);
        explain_text(&scene->explain, entry, &scene->text);
        buffer_text(&explanations, i > 0 ? "\n" : "");
        buffer_json(&explanations, scene->text.data);
    }
    assert_true(scene->ranking->count > 1);
    assert_int_equal(columns.candidates.length, 1 + scene->ranking->count * ENGINE_ID_TEXT_SIZE);
    assert_string_equal(columns.parts.data, parts.data);
    assert_string_equal(columns.explanations.data, explanations.data);
    explain_columns_deinit(&columns);
    buffer_deinit(&explanations);
    buffer_deinit(&parts);
}

static void a_part_has_this_form(void **state)
{
    struct scene *scene = *state;
    const char *expected =
        "{\"part\":1,\"status\":\"matched\",\"points\":250,\"relation\":\"exact\",\"fact\":{"
        "\"code\":"
        "\"epoxy-isocyanate\",\"valid_until\":\"2027-12-31\",\"stated_on\":\"2026-02-03\"}}";
    explain_entry_parts(&scene->explain, &scene->ranking->entries[0], &scene->text);
    assert_non_null(strstr(scene->text.data, expected));
}

static void what_was_asked_is_said_once(void **state)
{
    struct scene *scene = *state;
    const char *first =
        "[{\"part\":0,\"kind\":\"occupation\",\"code\":null,\"label\":\"Anlægsstruktør "
        "eller Bygningsstruktør\",\"necessity\":\"nice\",\"weight\":5,"
        "\"minimum_level\":null,\"through_period\":false,\"of\":250},"
        "{\"part\":1,\"kind\":\"certificate\",\"code\":\"epoxy-isocyanate\",\"label\":"
        "\"Epoxy og isocyanater\",\"necessity\":\"must\",\"weight\":5,";
    const char *last = "{\"part\":5,\"kind\":\"language\",\"code\":\"da\",\"label\":\"Dansk\","
                       "\"necessity\":\"nice\",\"weight\":1,\"minimum_level\":3,"
                       "\"through_period\":false,\"of\":50}]";
    explain_requirements(&scene->explain, &scene->text);
    assert_memory_equal(scene->text.data, first, strlen(first));
    assert_string_equal(strstr(scene->text.data, "{\"part\":5"), last);
}

/* More codes than are remembered at once, each asked for again and again. */
static void names_are_forgotten_before_there_are_too_many(void **state)
{
    struct scene *scene = *state;
    struct explain_heads *heads = explain_heads_create(EXPLAIN_JSON);
    explain_heads_write(heads, &scene->explain);
    for (unsigned i = 0; i < 60000; i++) {
        char code[128];
        snprintf(code, sizeof code, "\"long-code-%0100u", i % 3000);
        const struct engine_fact fact = {
            .kind = ENGINE_COMPETENCE,
            .code = engine_vocabulary_add(scene->golden.vocabulary, code),
        };
        const struct head_name *name = heads_name(heads, &fact);
        const struct piece label = heads_piece(heads, name->label);
        assert_int_equal(label.length, strlen(code) + 1); /* the quote is escaped */
        assert_memory_equal(label.bytes + 2, code + 1, strlen(code) - 1);
        assert_int_equal(name->json.length, label.length + 2);
    }
    assert_false(explain_heads_full(heads));
    explain_head_text(heads, &scene->ranking->entries[0], &scene->text);
    assert_memory_equal(scene->text.data, "\"Plads 1 med ", 13);
    explain_heads_destroy(&heads);
}

static void exclusions_are_counted_without_giving_the_protected_away(void **state)
{
    struct scene *scene = *state;
    explain_excluded(scene->ranking, &scene->text);
    assert_string_equal(scene->text.data,
                        "{\"not_available\":1,\"not_available_by_start\":1,"
                        "\"too_far_candidate\":1,\"must_missing\":1,\"must_unknown\":1,"
                        "\"certificate_expired\":1}");
}

static void assert_why(struct scene *scene, unsigned candidate, const char *expected)
{
    struct engine_why why;
    uint8_t id[ENGINE_ID_SIZE];
    golden_id(candidate, id);
    assert_int_equal(engine_why(scene->golden.snapshot, &scene->order, 3, id, &why), 0);
    buffer_clear(&scene->text);
    explain_why(&scene->explain, &why, 3, &scene->text);
    assert_string_equal(scene->text.data, expected);
}

static void why_not_is_answered_in_danish(void **state)
{
    assert_why(*state, 6,
               "Plads 6 med 500 point.\n"
               "Der mangler 300 point til de 3 første. Det ville være nok at opfylde fuldt ud: "
               "Udstøbning af beton og Forskalling.");
    assert_why(*state, 8,
               "Ikke på listen: et ufravigeligt krav er ikke opfyldt (Epoxy og "
               "isocyanater).\n"
               "Ellers ville det være plads 2 med 1000 point.");
    assert_why(*state, 9, "Kandidaten kan ikke indgå i kandidatlisten.");
}

static void assert_why_members(struct scene *scene, unsigned candidate, size_t k,
                               const char *expected)
{
    struct writer json;
    struct engine_why why;
    uint8_t id[ENGINE_ID_SIZE];
    golden_id(candidate, id);
    assert_int_equal(engine_why(scene->golden.snapshot, &scene->order, k, id, &why), 0);
    buffer_clear(&scene->text);
    writer_init(&json, &scene->text);
    writer_object(&json);
    explain_why_members(&scene->explain, &why, k, &json);
    writer_object_end(&json);
    assert_string_equal(scene->text.data, expected);
}

static void why_not_is_answered_for_programs(void **state)
{
    assert_why_members(
        *state, 6, 3,
        "{\"listed\":false,\"rank\":6,\"score\":500,\"points_short\":300,\"excluded_by\":[],"
        "\"smallest_change\":[{\"part\":2,\"kind\":\"competence\",\"code\":\"concrete-pouring\","
        "\"label\":\"Udstøbning af beton\"},{\"part\":3,\"kind\":\"competence\",\"code\":"
        "\"formwork\",\"label\":\"Forskalling\"}],\"explanation_da\":\"Plads 6 med 500 "
        "point.\\nDer mangler 300 point til de 3 første. Det ville være nok at opfylde fuldt ud: "
        "Udstøbning af beton og Forskalling.\"}");
    assert_why_members(
        *state, 6, 6,
        "{\"listed\":true,\"rank\":6,\"score\":500,\"points_short\":0,\"excluded_by\":[],"
        "\"smallest_change\":[],\"explanation_da\":\"Plads 6 med 500 point.\"}");
    assert_why_members(
        *state, 8, 3,
        "{\"listed\":false,\"rank\":2,\"score\":1000,\"points_short\":0,\"excluded_by\":[{"
        "\"reason\":\"must_missing\",\"requirement\":{\"part\":1,\"kind\":\"certificate\",\"code\":"
        "\"epoxy-isocyanate\",\"label\":\"Epoxy og isocyanater\"},\"text_da\":\"et ufravigeligt "
        "krav "
        "er ikke opfyldt\"}],\"smallest_change\":[],\"explanation_da\":\"Ikke på listen: et "
        "ufravigeligt krav er ikke opfyldt (Epoxy og isocyanater).\\nEllers ville det være plads 2 "
        "med 1000 point.\"}");
    assert_why_members(
        *state, 9, 3,
        "{\"listed\":false,\"rank\":null,\"score\":null,\"points_short\":null,\"excluded_by\":[{"
        "\"reason\":\"not_available\",\"requirement\":null,\"text_da\":\"kandidaten kan ikke indgå "
        "i kandidatlisten\"}],\"smallest_change\":null,\"explanation_da\":\"Kandidaten kan ikke "
        "indgå i kandidatlisten.\"}");
}

/* ---- rulesets and what was asked ---- */

static void what_is_related_is_named_and_counts_as_said(void **state)
{
    struct scene *scene = *state;
    const struct engine_entry *carl = NULL;
    uint8_t id[ENGINE_ID_SIZE];
    golden_id(3, id);
    for (size_t i = 0; i < scene->ranking->count; i++) {
        if (memcmp(scene->ranking->entries[i].id, id, ENGINE_ID_SIZE) == 0) {
            carl = &scene->ranking->entries[i];
        }
    }
    assert_non_null(carl);
    explain_text(&scene->explain, carl, &scene->text);
    assert_non_null(
        strstr(scene->text.data,
               "\nOpfylder delvist: Forskalling, beslægtet kompetence: Udstøbning af "
               "beton, halve point, niveau 5, senest brugt 14.04.2019, over fem år siden "
               "(oplyst 03.02.2026): 37 af 150 point.\n"));
    assert_non_null(strstr(scene->text.data, "Betonarbejder, beslægtet med Anlægsstruktør eller "
                                             "Bygningsstruktør, senest"));
    buffer_clear(&scene->text);
    explain_entry_parts(&scene->explain, carl, &scene->text);
    assert_non_null(strstr(scene->text.data, "\"relation\":\"unit\",\"fact\":{"));
    assert_non_null(strstr(scene->text.data, "\"relation\":\"close\",\"fact\":{"));
    assert_non_null(strstr(scene->text.data, "\"relation\":\"exact\",\"fact\":{"));
}

static void an_older_ruleset_asks_for_less(void **state)
{
    struct scene *scene = *state;
    explain_entries(&scene->explain, &scene->text);
    assert_null(strstr(scene->text.data, "\"relation\":\"close\"")); /* R19 is not of ruleset 1 */
    assert_int_equal(scene->asked.parts[0].related_count, 1);        /* R14 */
    assert_int_equal(scene->asked.parts[3].related_count, 0);
    assert_int_equal(scene->asked.vocabulary_version, 7);
}

/* Ranked and explained from what was written down, without the demand. */
static void what_was_asked_is_read_as_it_was_written(void **state)
{
    struct scene *scene = *state;
    struct buffer first, second, entries;
    struct asked asked;
    struct engine_order order;
    struct engine_ranking *ranking = NULL;
    buffer_init(&first, (size_t)1 << 20);
    buffer_init(&second, (size_t)1 << 20);
    buffer_init(&entries, (size_t)1 << 20);
    asked_write(&scene->asked, &first);
    assert_int_equal(asked_read(first.data, first.length, scene->arena, &asked), 0);
    asked_write(&asked, &second);
    assert_string_equal(second.data, first.data);
    assert_non_null(strstr(first.data, "\"related\":[{\"code\":\"concrete-pouring\",\"label\":"
                                       "\"Udstøbning af beton\",\"relation\":\"close\"},"));
    assert_int_equal(asked_order(&asked, scene->golden.vocabulary, scene->arena, &order), 0);
    assert_int_equal(engine_rank(scene->golden.snapshot, &order, asked.k, &ranking), 0);
    struct explain explain = scene->explain;
    explain.asked = &asked;
    explain.ranking = ranking;
    explain_entries(&explain, &entries);
    explain_entries(&scene->explain, &scene->text);
    assert_string_equal(entries.data, scene->text.data);
    engine_ranking_destroy(&ranking);
    buffer_deinit(&entries);
    buffer_deinit(&second);
    buffer_deinit(&first);
}

static void what_was_not_asked_so_is_refused(void **state)
{
    struct scene *scene = *state;
    static const struct {
        const char *was, *is;
    } changes[] = {{"\"ruleset\":3", "\"ruleset\":4"},     {"\"close\"", "\"near\""},
                   {"\"weight\":4", "\"weight\":6"},       {"\"2027-02-01\"", "\"2027-02-30\""},
                   {"\"permanent\"", "\"always\""},        {"\"parts\"", "\"party\""},
                   {"\"expires\":false", "\"expires\":0"}, {"\"k\":20", "\"k\":0"}};
    struct buffer text;
    struct asked asked;
    buffer_init(&text, (size_t)1 << 20);
    asked_write(&scene->asked, &text);
    for (size_t i = 0; i < text.length; i += 7) { /* cut short */
        assert_int_equal(asked_read(text.data, i, scene->arena, &asked), ERROR_INVALID);
    }
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        const char *at = strstr(text.data, changes[i].was);
        assert_non_null(at);
        const char *changed = arena_printf(scene->arena, "%.*s%s%s", (int)(at - text.data),
                                           text.data, changes[i].is, at + strlen(changes[i].was));
        assert_int_equal(asked_read(changed, strlen(changed), scene->arena, &asked), ERROR_INVALID);
    }
    buffer_deinit(&text);
}

static void days_are_written_right(void **state)
{
    (void)state;
    static const struct {
        int32_t day;
        const char *iso;
        const char *danish;
    } days[] = {
        {0, "1970-01-01", "01.01.1970"},      {-1, "1969-12-31", "31.12.1969"},
        {11016, "2000-02-29", "29.02.2000"},  {20800, "2026-12-13", "13.12.2026"},
        {-25509, "1900-02-28", "28.02.1900"}, {-25508, "1900-03-01", "01.03.1900"},
        {47540, "2100-02-28", "28.02.2100"},  {47541, "2100-03-01", "01.03.2100"},
    };
    char text[DAY_TEXT_SIZE];
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        day_iso(days[i].day, text);
        assert_string_equal(text, days[i].iso);
        day_danish(days[i].day, text);
        assert_string_equal(text, days[i].danish);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_order_reaches_the_engine_as_it_was_meant, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_entry_says_in_danish_why_it_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(less_than_a_year_is_experience_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_json_is_json_and_its_points_sum_to_the_score, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(columns_say_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_part_has_this_form, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_asked_is_said_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(names_are_forgotten_before_there_are_too_many, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(exclusions_are_counted_without_giving_the_protected_away,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(why_not_is_answered_in_danish, set_up, tear_down),
        cmocka_unit_test_setup_teardown(why_not_is_answered_for_programs, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_related_is_named_and_counts_as_said, set_up_newest,
                                        tear_down),
        cmocka_unit_test_setup_teardown(an_older_ruleset_asks_for_less, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_asked_is_read_as_it_was_written, set_up_newest,
                                        tear_down),
        cmocka_unit_test_setup_teardown(what_was_not_asked_so_is_refused, set_up_newest, tear_down),
        cmocka_unit_test(days_are_written_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
