/* A JSON Resume as PUT's body: what is taken, what is listed as not understood, what is a fault. */
#include "common/base/str.h"
#include "services/pool/body.h"
#include "services/pool/resume.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TODAY "2026-11-23"

static const char vocabulary[] =
    "[{'kind':'competence','code':'formwork','label':'Forskalling','weight':100},"
    "{'kind':'competence','code':'formwork','label':'formsætning','weight':95},"
    "{'kind':'competence','code':'reinforcement','label':'Jernbinding','weight':100},"
    "{'kind':'competence','code':'rigging','label':'Anhugning','weight':100},"
    "{'kind':'certificate','code':'rigger','label':'Anhugning','weight':100},"
    "{'kind':'certificate','code':'first-aid','label':'Førstehjælp','weight':100},"
    "{'kind':'licence','code':'B','label':'Kørekort B, personbil','weight':100},"
    "{'kind':'licence','code':'C','label':'Kørekort C, lastbil','weight':100},"
    "{'kind':'licence','code':'C1','label':'Kørekort C1, lille lastbil','weight':100},"
    "{'kind':'licence','code':'CE','label':'Kørekort CE, lastbil med hænger','weight':100},"
    "{'kind':'language','code':'da','label':'Dansk','weight':100},"
    "{'kind':'language','code':'ti','label':'Tigrinya','weight':100},"
    "{'kind':'occupation','code':'7115.1','label':'Tømrer','weight':100},"
    "{'kind':'occupation','code':'7115.1','label':'tømrersvend','weight':95},"
    "{'kind':'occupation','code':'7112.1','label':'Murer','weight':100},"
    "{'kind':'occupation','code':'7111.9','label':'murer','weight':80},"
    "{'kind':'occupation','code':'1.1','label':'Formand','weight':80},"
    "{'kind':'occupation','code':'1.2','label':'formand','weight':80}]";

struct scene {
    struct arena *arena;
    struct resume_words *words;
    struct json_check check;
    json_t *body;
    json_t *gaps;
};

/* JSON with ' for ", which no test of ours needs. */
static json_t *parsed(const char *text)
{
    struct json_fault fault;
    json_t *value = NULL;
    char *json = strdup(text);

    for (char *at = json; *at != '\0'; at++)
        *at = *at == '\'' ? '"' : *at;
    if (json_read(json, strlen(json), &value, &fault) != 0)
        fail_msg("%s: %s", fault.text, json);
    free(json);
    return value;
}

static void read_with(struct scene *scene, const char *text, const char *defaults)
{
    json_t *resume = parsed(text), *rows = parsed(vocabulary);
    json_t *given = defaults != NULL ? parsed(defaults) : NULL;

    scene->arena = arena_create(0);
    scene->words = resume_words_create(rows);
    json_check_init(&scene->check, scene->arena);
    scene->gaps = json_array();
    scene->body = resume_body(resume, scene->words, TODAY, given, &scene->check, scene->gaps);
    json_decref(resume);
    json_decref(rows);
    json_decref(given);
}

static void read_resume(struct scene *scene, const char *text)
{
    read_with(scene, text, "{'stated_on':'2026-11-01'}");
}

static void scene_close(struct scene *scene)
{
    json_decref(scene->body);
    json_decref(scene->gaps);
    resume_words_destroy(&scene->words);
    arena_destroy(&scene->arena);
}

static void assert_json(const json_t *got, const char *wanted)
{
    json_t *value = parsed(wanted);

    if (!json_equal(got, value)) {
        char *text = json_dumps(got, JSON_ENCODE_ANY);
        fail_msg("%s\nis not\n%s", text, wanted);
    }
    json_decref(value);
}

/* The facts, each as "kind code level years last_used valid_until", one to a line. */
static void assert_facts(const struct scene *scene, const char *wanted)
{
    const json_t *facts = json_object_get(scene->body, "facts");
    char text[8192] = "";

    for (size_t i = 0; i < json_array_size(facts); i++) {
        const json_t *fact = json_array_get(facts, i);
        const json_t *years = json_object_get(fact, "years");
        const char *used = json_string_value(json_object_get(fact, "last_used"));
        const char *until = json_string_value(json_object_get(fact, "valid_until"));
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "%s %s %d %d %s %s\n",
                 json_string_value(json_object_get(fact, "kind")),
                 json_string_value(json_object_get(fact, "code")),
                 (int)json_integer_value(json_object_get(fact, "level")),
                 years != NULL ? (int)json_integer_value(years) : -1, used != NULL ? used : "-",
                 until != NULL ? until : "-");
    }
    assert_string_equal(text, wanted);
}

/* What was listed, each as "pointer|text|reason", one to a line. */
static void assert_gaps(const struct scene *scene, const char *wanted)
{
    char text[8192] = "";

    for (size_t i = 0; i < json_array_size(scene->gaps) && i < 20; i++) {
        const json_t *gap = json_array_get(scene->gaps, i);
        size_t length = strlen(text);
        snprintf(text + length, sizeof text - length, "%s|%s|%s\n",
                 json_string_value(json_object_get(gap, "pointer")),
                 json_string_value(json_object_get(gap, "text")),
                 json_string_value(json_object_get(gap, "reason")));
    }
    assert_string_equal(text, wanted);
}

static void assert_fault(const struct scene *scene, const char *pointer, const char *code)
{
    assert_int_equal(scene->check.count, 1);
    assert_string_equal(scene->check.errors[0].pointer, pointer);
    assert_string_equal(scene->check.errors[0].code, code);
}

/* --- the person and what PUT needs --- */

static void basics_are_the_person(void **state)
{
    struct scene scene;

    (void)state;
    read_resume(&scene, "{'basics':{'name':'Ida Holm (fiktiv)','phone':'+45 20 00 00 01',"
                        "'email':'ida@example.org','summary':'To linjer:\\r\\nden anden',"
                        "'location':{'address':'Vejen 1','postalCode':'DK-8900','city':'Randers',"
                        "'countryCode':'dk'}}}");
    assert_json(json_object_get(scene.body, "person"),
                "{'name':'Ida Holm (fiktiv)','phone':'+45 20 00 00 01','email':'ida@example.org',"
                "'note':'To linjer:\\nden anden','address':'Vejen 1'}");
    assert_json(json_object_get(scene.body, "postcode"), "'8900'");
    assert_gaps(&scene, "");
    assert_true(json_check_ok(&scene.check));
    scene_close(&scene);
}

static void empty_texts_are_not_said(void **state)
{
    struct scene scene;

    (void)state;
    read_resume(&scene, "{'basics':{'name':'A (fiktiv)','phone':'','email':null,'url':' ',"
                        "'profiles':[],'label':'','location':{'countryCode':'','postalCode':''}},"
                        "'education':[],'skills':null}");
    assert_json(scene.body, "{'person':{'name':'A (fiktiv)'},'facts':[]}");
    assert_gaps(&scene, "");
    scene_close(&scene);
}

static void a_foreign_postcode_is_a_fault(void **state)
{
    struct scene scene;

    (void)state;
    read_resume(&scene, "{'basics':{'location':{'postalCode':'1234','countryCode':'NO'}}}");
    assert_fault(&scene, "/basics/location/countryCode", "POSTCODE");
    assert_null(json_object_get(scene.body, "postcode"));
    scene_close(&scene);
}

static void our_members_say_what_a_resume_cannot(void **state)
{
    struct scene scene;

    (void)state;
    read_with(&scene,
              "{'basics':{'name':'A (fiktiv)','location':{'postalCode':'8900'}},"
              "'meta':{'version':'v1','emnebank':{'external_ref':'R-1','max_travel_km':40,"
              "'kinds':['temporary'],'available_from':'2026-12-01','cpr':'010190-0000',"
              "'screening':{'by':'AB','on':'2026-11-01','until':'2027-05-01'},"
              "'consent':{'given':true}}}}",
              "{'max_travel_km':10,'protection':'none','kinds':['permanent']}");
    assert_json(scene.body,
                "{'external_ref':'R-1','person':{'name':'A (fiktiv)','cpr':'010190-0000'},"
                "'postcode':'8900','max_travel_km':40,'kinds':['temporary'],"
                "'available_from':'2026-12-01','protection':'none','facts':[],"
                "'screening':{'by':'AB','on':'2026-11-01','until':'2027-05-01'}}");
    assert_gaps(&scene, "/meta/emnebank/consent||no_place\n");
    scene_close(&scene);
}

/* What is missing is told with the place where a resume would say it. */
static void what_put_needs_is_named(void **state)
{
    static const char *const wanted[] = {"/basics/name",
                                         "/basics/location/postalCode",
                                         "/meta/emnebank/max_travel_km",
                                         "/meta/emnebank/available_from",
                                         "/meta/emnebank/kinds",
                                         "/meta/emnebank/protection"};
    struct scene scene;
    struct pool_body good;

    (void)state;
    read_resume(&scene, "{'basics':{}}");
    pool_body_check(&scene.check, scene.body, true, &good);
    assert_int_equal(scene.check.count, sizeof wanted / sizeof wanted[0]);
    for (size_t i = 0; i < scene.check.count; i++)
        assert_string_equal(resume_pointer(scene.arena, scene.check.errors[i].pointer), wanted[i]);
    assert_string_equal(resume_pointer(scene.arena, "/facts/0/code"), "/facts/0/code");
    assert_string_equal(resume_pointer(scene.arena, ""), "");
    scene_close(&scene);
}

static void no_object_is_a_fault(void **state)
{
    struct scene scene;

    (void)state;
    read_resume(&scene, "[1]");
    assert_null(scene.body);
    assert_fault(&scene, "", "TYPE");
    scene_close(&scene);
    read_resume(&scene, "{'meta':{'emnebank':7}}");
    assert_fault(&scene, "/meta/emnebank", "TYPE");
    scene_close(&scene);
}

/* --- skills and papers --- */

static void skills_are_labels_or_synonyms(void **state)
{
    struct scene scene;

    (void)state;
    read_resume(&scene,
                "{'skills':[{'name':'FORSKALLING','level':'4 af 5'},{'name':' - Førstehjælp'},"
                "{'name':'forskallinger'},{'name':'Beton','keywords':['jernbinding','Epoxy','']},"
                "{'name':'kørekort c'}]}");
    assert_facts(&scene, "competence formwork 4 -1 - -\ncertificate first-aid 0 -1 - -\n"
                         "competence reinforcement 0 -1 - -\nlicence C 0 -1 - -\n");
    assert_gaps(&scene, "/skills/2/name|forskallinger|unknown_word\n"
                        "/skills/3/name|Beton|unknown_word\n"
                        "/skills/3/keywords/1|Epoxy|unknown_word\n");
    scene_close(&scene);
}

/* The vocabulary's labels say more than people write; a category beside the word is enough. */
static void licences_are_known_by_their_category(void **state)
{
    static const struct {
        const char *name, *codes;
    } cases[] = {
        {"Kørekort B", "B"},
        {"C-kørekort", "C"},
        {"Driver/s license, category C1", "C1"},
        {"Kørekort kategori B, C og C/E", "B C CE"},
        {"Kørekort B, personbil", "B"},
        {"Kørekort", ""},
        {"B", ""},
        {"A licence", ""},
        {"Driver license, class C", ""},
        {"Kørekort X", ""},
        {"Kørekort B til Mars", ""},
        {"Kørekort B B B B B B B B B B B B B B B B", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene scene;
        char text[200], codes[64] = "";
        snprintf(text, sizeof text, "{'certificates':[{'name':'%s'}]}", cases[i].name);
        read_resume(&scene, text);
        const json_t *facts = json_object_get(scene.body, "facts");
        for (size_t f = 0; f < json_array_size(facts); f++) {
            const json_t *code = json_object_get(json_array_get(facts, f), "code");
            snprintf(codes + strlen(codes), sizeof codes - strlen(codes), "%s%s", f > 0 ? " " : "",
                     json_string_value(code));
        }
        assert_string_equal(codes, cases[i].codes);
        assert_int_equal(json_array_size(scene.gaps), *codes == '\0');
        scene_close(&scene);
    }
}

static void a_level_is_a_number_or_not_understood(void **state)
{
    struct scene scene;

    (void)state;
    read_resume(&scene, "{'skills':[{'name':'Forskalling','level':'Master'},"
                        "{'name':'Jernbinding','level':'3/5'},"
                        "{'name':'Anhugning','level':'6','level_number':9,'years':61},"
                        "{'name':'Førstehjælp','level':'3/5'}]}");
    assert_facts(&scene, "competence formwork 0 -1 - -\ncompetence reinforcement 3 -1 - -\n"
                         "competence rigging 0 -1 - -\ncertificate first-aid 0 -1 - -\n");
    assert_gaps(&scene,
                "/skills/0/level|Master|level\n/skills/2/level_number||format\n"
                "/skills/2/level|6|level\n/skills/2/years||format\n/skills/3/level|3/5|no_place\n");
    scene_close(&scene);
}

/* A skill that has the name of a paper too is a skill; a certificate of that name is the paper. */
static void the_section_chooses_between_kinds(void **state)
{
    struct scene scene;

    (void)state;
    read_resume(&scene,
                "{'skills':[{'name':'Anhugning'}],"
                "'certificates':[{'name':'Anhugning','issuer':'AMU','date':'2020-01-01'},"
                "{'name':'Kørekort C','valid_until':'2030-01-31'},"
                "{'name':'Førstehjælp','valid_until':'31-01-2030'},{'name':'Forskalling'}]}");
    assert_facts(&scene, "competence rigging 0 -1 - -\ncertificate rigger 0 -1 - -\n"
                         "licence C 0 -1 - 2030-01-31\ncertificate first-aid 0 -1 - -\n");
    assert_gaps(&scene, "/certificates/2/valid_until|31-01-2030|date\n"
                        "/certificates/3/name|Forskalling|unknown_word\n");
    scene_close(&scene);
}

static void a_repetition_stands_aside_when_it_says_otherwise(void **state)
{
    struct scene scene;

    (void)state;
    read_resume(&scene, "{'skills':[{'name':'Forskalling','level':'4','keywords':['formsætning']},"
                        "{'name':'formsætning','level':'2'},{'name':'Forskalling','years':3}],"
                        "'languages':[{'language':'Dansk','fluency':'B1'},"
                        "{'language':'Danish','fluency':'C1'}]}");
    assert_facts(&scene, "competence formwork 4 -1 - -\nlanguage da 3 -1 - -\n");
    assert_gaps(&scene, "/skills/1|formsætning|repeated\n/skills/2|Forskalling|repeated\n"
                        "/languages/1|Danish|repeated\n");
    scene_close(&scene);
}

/* --- languages --- */

static void languages_in_danish_and_english(void **state)
{
    struct scene scene;

    (void)state;
    read_resume(&scene, "{'languages':[{'language':'Dansk','fluency':'Modersmål'},"
                        "{'language':'English','fluency':'Native speaker'},"
                        "{'language':'pl','fluency':'B2-niveau'},"
                        "{'language':'fr','fluency':'niveau B1'},"
                        "{'language':'Tysk','fluency':'flydende'},"
                        "{'language':'Tigrinya','fluency':'Limited working proficiency'},"
                        "{'language':'Swedish','fluency':'pretty good'},{'language':'Rumænsk'},"
                        "{'language':'Klingon','fluency':'C2'}]}");
    assert_facts(
        &scene,
        "language da 6 -1 - -\nlanguage en 6 -1 - -\nlanguage pl 4 -1 - -\nlanguage fr 3 -1 - -\n"
        "language de 5 -1 - -\nlanguage ti 3 -1 - -\nlanguage sv 0 -1 - -\n"
        "language ro 0 -1 - -\n");
    assert_gaps(&scene, "/languages/6/fluency|pretty good|level\n"
                        "/languages/8/language|Klingon|unknown_word\n");
    scene_close(&scene);
}

/* --- work --- */

static void years_come_from_whole_dates(void **state)
{
    struct scene scene;

    (void)state;
    read_resume(&scene,
                "{'work':[{'name':'A ApS','position':'Tømrer','startDate':'2017-01-01',"
                "'endDate':'2019-12-31'},{'position':'Murer','startDate':'2021-01-01',"
                "'endDate':'2021-12-30'},{'position':'Tømrersvend','startDate':'2018-01-01',"
                "'endDate':'2020-12-31'}]}");
    assert_facts(&scene,
                 "occupation 7112.1 0 0 2021-12-30 -\noccupation 7115.1 0 4 2020-12-31 -\n");
    assert_gaps(&scene, "");
    scene_close(&scene);
}

/* From 31 December 2014 to 1 January 2018 at the least: three years, last used then. */
static void half_dates_count_what_is_sure(void **state)
{
    struct scene scene;

    (void)state;
    read_resume(&scene, "{'work':[{'position':'Tømrer','startDate':'2014','endDate':'2018'},"
                        "{'position':'Murer','startDate':'2020-02','endDate':'2020-02'}]}");
    assert_facts(&scene,
                 "occupation 7112.1 0 -1 2020-02-01 -\noccupation 7115.1 0 3 2018-01-01 -\n");
    scene_close(&scene);
}

/* Up to the day when it was stated, for nothing is told of later days. */
static void work_that_goes_on_counts_until_it_was_stated(void **state)
{
    static const char *const ends[] = {"", ",'endDate':'Nuværende'", ",'endDate':'Present'",
                                       ",'endDate':''"};
    struct scene scene;
    char text[300];

    (void)state;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        snprintf(text, sizeof text,
                 "{'meta':{'lastModified':'2025-06-30T10:00:00Z'},'work':[{'position':'Tømrer',"
                 "'startDate':'2020-07-01'%s}]}",
                 ends[i]);
        read_with(&scene, text, NULL);
        assert_facts(&scene, "occupation 7115.1 0 5 2025-06-30 -\n");
        scene_close(&scene);
    }
    read_with(&scene,
              "{'meta':{'lastModified':'2027-01-01'},'work':[{'position':'Tømrer',"
              "'startDate':'2021-11-24','endDate':'2028-01-01'}]}",
              NULL);
    assert_facts(&scene, "occupation 7115.1 0 5 2026-11-23 -\n"); /* nor of days to come */
    scene_close(&scene);
}

static void dates_that_cannot_be_are_listed(void **state)
{
    struct scene scene;

    (void)state;
    read_resume(&scene,
                "{'work':[{'position':'Tømrer','startDate':'2020-02-30','endDate':'2021-01-01'},"
                "{'position':'Tømrer','startDate':'2020-01-01','endDate':'sommer 2021'},"
                "{'position':'Tømrer','startDate':'2021-01-01','endDate':'2020-01-01'},"
                "{'position':'Tømrer','startDate':'2027-01'},{'position':'Tømrer',"
                "'startDate':'2020-13'},{'position':'Tømrer','startDate':'20201231'},"
                "{'position':'Tømrer','startDate':'2027-05-01','endDate':'2028-01-01'},"
                "{'position':'Tømrer','startDate':'1899','endDate':'1999'}]}");
    assert_facts(&scene, "occupation 7115.1 0 -1 - -\n");
    assert_gaps(&scene, "/work/0/startDate|2020-02-30|date\n/work/1/endDate|sommer 2021|date\n"
                        "/work/2/startDate|2021-01-01|date\n/work/3/startDate|2027-01|date\n"
                        "/work/4/startDate|2020-13|date\n/work/5/startDate|20201231|date\n"
                        "/work/6/startDate|2027-05-01|date\n/work/7/startDate|1899|date\n");
    scene_close(&scene);
}

static void work_before_1970_counts_as_other_work(void **state)
{
    struct scene scene;

    (void)state;
    read_resume(&scene, "{'work':[{'position':'Tømrer','startDate':'1968-01-01',"
                        "'endDate':'1969-12-31'},{'position':'Murer','endDate':'1969-06-30'}]}");
    assert_facts(&scene,
                 "occupation 7112.1 0 -1 1969-06-30 -\noccupation 7115.1 0 2 1969-12-31 -\n");
    scene_close(&scene);
}

/* The own name of a trade beats another's lesser one; two alike are nobody's. */
static void a_title_of_two_trades_is_ambiguous(void **state)
{
    struct scene scene;

    (void)state;
    read_resume(&scene, "{'basics':{'label':'Tømrer'},'work':[{'position':'murer'},"
                        "{'position':'Formand'},{'position':'Chef (fiktiv)'},{'name':'B ApS'}]}");
    assert_facts(&scene, "occupation 7112.1 0 -1 - -\noccupation 7115.1 0 -1 - -\n");
    assert_gaps(&scene, "/work/1/position|Formand|ambiguous\n"
                        "/work/2/position|Chef (fiktiv)|unknown_word\n/work/3||unknown_word\n");
    scene_close(&scene);
}

/* --- when and by whom it was stated --- */

static void facts_need_a_day(void **state)
{
    struct scene scene;

    (void)state;
    read_with(&scene, "{'skills':[{'name':'Forskalling'}]}", NULL);
    assert_fault(&scene, "/meta/emnebank/stated_on", "REQUIRED");
    assert_facts(&scene, "");
    scene_close(&scene);
    read_with(&scene,
              "{'meta':{'emnebank':{'stated_on':'i dag'}},"
              "'skills':[{'name':'Forskalling'}]}",
              NULL);
    assert_fault(&scene, "/meta/emnebank/stated_on", "FORMAT");
    scene_close(&scene);
    read_with(&scene, "{'meta':{'lastModified':'2026-01-01x'}}",
              NULL); /* and nothing that needs it */
    assert_true(json_check_ok(&scene.check));
    assert_gaps(&scene, "/meta/lastModified|2026-01-01x|date\n");
    scene_close(&scene);
}

static void stated_on_comes_from_the_nearest(void **state)
{
    static const struct {
        const char *meta, *wanted;
    } cases[] = {
        {"'lastModified':'2026-01-01T00:00:00','emnebank':{'stated_on':'2026-01-02'}",
         "'2026-01-02'"},
        {"'lastModified':'2026-01-01T00:00:00','emnebank':{}", "'2026-01-01'"},
        {"'emnebank':{'screening':{'on':'2026-01-03'}}", "'2026-11-01'"},
    };
    struct scene scene;
    char text[300];

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        snprintf(text, sizeof text, "{'meta':{%s},'skills':[{'name':'Forskalling'}]}",
                 cases[i].meta);
        read_resume(&scene, text);
        const json_t *fact = json_array_get(json_object_get(scene.body, "facts"), 0);
        assert_json(json_object_get(fact, "stated_on"), cases[i].wanted);
        assert_json(json_object_get(fact, "source"), "'cv'");
        scene_close(&scene);
    }
    read_with(&scene,
              "{'meta':{'emnebank':{'source':'interview','screening':{'on':'2026-01-03'}}},"
              "'skills':[{'name':'Forskalling'}]}",
              NULL);
    assert_json(json_array_get(json_object_get(scene.body, "facts"), 0),
                "{'kind':'competence','code':'formwork','stated_on':'2026-01-03',"
                "'source':'interview'}");
    scene_close(&scene);
}

static void an_unknown_source_is_one_fault(void **state)
{
    struct scene scene;

    (void)state;
    read_resume(&scene, "{'meta':{'emnebank':{'source':'naboen'}},"
                        "'skills':[{'name':'Forskalling'},{'name':'Jernbinding'}]}");
    assert_fault(&scene, "/meta/emnebank/source", "CHOICE");
    assert_facts(&scene, "");
    scene_close(&scene);
}

/* --- what we sent ourselves --- */

/* As services/deliver writes a CV: codes, numbers and days of our own beside the names. */
static void our_own_cv_is_read_back(void **state)
{
    struct scene scene;

    (void)state;
    read_resume(&scene,
                "{'basics':{'name':'Bo (fiktiv)','phone':'+4520000002','email':'bo@example.org',"
                "'label':'Tømrer','location':{'postalCode':'8900','city':'Randers C',"
                "'countryCode':'DK'}},'availability':{'from':'2026-12-01','kinds':['seasonal']},"
                "'work':[{'code':'7115.1','years':12,'position':'Et navn fra før'}],"
                "'skills':[{'key':'formwork','name':'Gammelt navn','level':'4 af 5',"
                "'level_number':4,'years':12}],'certificates':[{'key':'first-aid',"
                "'valid_until':'2028-01-01','name':'Førstehjælp'}],'licences':[{'key':'C',"
                "'name':'Kørekort C'}],'languages':[{'code':'da','language':'Dansk',"
                "'fluency':'C2'}],'left_out':0}");
    assert_facts(&scene, "competence formwork 4 12 - -\ncertificate first-aid 0 -1 - 2028-01-01\n"
                         "licence C 0 -1 - -\nlanguage da 6 -1 - -\noccupation 7115.1 0 12 - -\n");
    assert_json(json_object_get(scene.body, "available_from"), "'2026-12-01'");
    assert_json(json_object_get(scene.body, "kinds"), "['seasonal']");
    assert_gaps(&scene, "");
    scene_close(&scene);
}

/* --- what has no place, and what is wrong --- */

static void sections_without_a_place_are_named_once(void **state)
{
    struct scene scene;

    (void)state;
    read_resume(&scene, "{'basics':{'image':'x','profiles':[{'network':'X'}]},"
                        "'education':[{'area':'A'},{'area':'B'}],'references':[{'name':'C'}]}");
    assert_gaps(&scene, "/basics/image||no_place\n/basics/profiles||no_place\n"
                        "/education||no_place\n/references||no_place\n");
    scene_close(&scene);
}

static void wrong_shapes_are_listed(void **state)
{
    struct scene scene;

    (void)state;
    read_resume(&scene, "{'basics':'Ida','skills':{'name':'x'},'languages':['Dansk'],"
                        "'certificates':[7,'Førstehjælp'],'work':[{'position':['Tømrer']}]}");
    assert_facts(&scene, "");
    assert_gaps(&scene, "/skills||format\n/certificates/0||format\n"
                        "/certificates/1|Førstehjælp|format\n/languages/0||format\n"
                        "/work/0/position||format\n/work/0||unknown_word\n");
    scene_close(&scene);
}

static void append(char **at, const char *text)
{
    *at = stpcpy(*at, text);
}

static void everything_has_a_cap(void **state)
{
    struct scene scene;
    char *text = malloc(200000), *at = text;

    (void)state;
    append(&at, "{'skills':[");
    for (size_t i = 0; i < 3; i++) {
        append(&at, i > 0 ? ",{'name':'Forskalling','keywords':['a'"
                          : "{'name':'Forskalling','keywords':['a'");
        for (size_t k = 1; k < 102; k++)
            append(&at, ",'a'");
        append(&at, "]}");
    }
    for (size_t i = 3; i < 101; i++)
        append(&at, ",{'name':'x'}");
    append(&at, "]}");
    read_resume(&scene, text);
    assert_int_equal(json_array_size(scene.gaps), RESUME_GAPS_CAP + 1);
    assert_json(json_array_get(scene.gaps, 0),
                "{'pointer':'/skills/100','text':'','reason':'too_many'}");
    assert_json(json_array_get(scene.gaps, 1),
                "{'pointer':'/skills/0/keywords/100','text':'','reason':'too_many'}");
    assert_json(json_array_get(scene.gaps, RESUME_GAPS_CAP),
                "{'pointer':'','text':'','reason':'too_many'}");
    scene_close(&scene);
    free(text);
}

/* A candidate has at most 200 facts, and what is over is told. */
static void facts_have_a_cap(void **state)
{
    struct scene scene = {.arena = arena_create(0), .gaps = json_array()};
    json_t *rows = json_array(), *keywords[3] = {json_array(), json_array(), json_array()};
    json_t *skills = json_array();
    char name[16];

    (void)state;
    for (int i = 0; i < 203; i++) {
        snprintf(name, sizeof name, "word%d", i);
        json_array_append_new(
            rows, json_pack("{s:s, s:s, s:s}", "kind", "competence", "code", name, "label", name));
        json_array_append_new(keywords[i / 100], json_string(name));
    }
    for (size_t i = 0; i < 3; i++)
        json_array_append_new(skills, json_pack("{s:o}", "keywords", keywords[i]));
    json_t *resume = json_pack("{s:o}", "skills", skills);
    json_t *defaults = parsed("{'stated_on':'2026-11-01'}");
    scene.words = resume_words_create(rows);
    json_check_init(&scene.check, scene.arena);
    scene.body = resume_body(resume, scene.words, TODAY, defaults, &scene.check, scene.gaps);
    assert_int_equal(json_array_size(json_object_get(scene.body, "facts")), POOL_FACTS_CAP);
    assert_gaps(&scene, "/skills/2/keywords/0|word200|too_many\n"
                        "/skills/2/keywords/1|word201|too_many\n"
                        "/skills/2/keywords/2|word202|too_many\n");
    json_decref(rows);
    json_decref(resume);
    json_decref(defaults);
    scene_close(&scene);
}

static void listed_texts_are_cut_at_a_letter(void **state)
{
    struct scene scene;
    char text[2000] = "{'skills':[{'name':'", *at = text + strlen(text);

    (void)state;
    for (size_t i = 0; i < RESUME_GAP_TEXT + 5; i++)
        append(&at, "å");
    append(&at, "'}]}");
    read_resume(&scene, text);
    const char *shown = json_string_value(json_object_get(json_array_get(scene.gaps, 0), "text"));
    assert_int_equal(str_utf8_count(shown), RESUME_GAP_TEXT);
    assert_int_equal(strlen(shown), 2 * RESUME_GAP_TEXT);
    scene_close(&scene);
}

/* --- the project's own examples --- */

static json_t *file_json(const char *path)
{
    return json_load_file(path, 0, NULL);
}

/* jsonresume.org's own sample: an American programmer, of whom a bank of building workers knows the
 * English and nothing else. */
static void the_official_sample(void **state)
{
    json_t *resume = file_json(SHARED "/sample.resume.json"), *rows = parsed(vocabulary);
    struct scene scene = {.arena = arena_create(0), .gaps = json_array()};

    (void)state;
    if (resume == NULL) {
        json_decref(rows);
        scene_close(&scene);
        print_message("no %s: the official sample is not read\n", SHARED);
        skip();
    }
    scene.words = resume_words_create(rows);
    json_check_init(&scene.check, scene.arena);
    scene.body = resume_body(resume, scene.words, TODAY, NULL, &scene.check, scene.gaps);
    json_decref(resume);
    json_decref(rows);
    assert_fault(&scene, "/basics/location/countryCode", "POSTCODE");
    assert_facts(&scene, "language en 6 -1 - -\n");
    assert_json(json_object_get(json_object_get(scene.body, "person"), "name"),
                "'Richard Hendriks'");
    assert_gaps(&scene,
                "/skills/0/name|Web Development|unknown_word\n"
                "/skills/0/keywords/0|HTML|unknown_word\n/skills/0/keywords/1|CSS|unknown_word\n"
                "/skills/0/keywords/2|Javascript|unknown_word\n"
                "/skills/1/name|Compression|unknown_word\n"
                "/skills/1/keywords/0|Mpeg|unknown_word\n"
                "/skills/1/keywords/1|MP4|unknown_word\n/skills/1/keywords/2|GIF|unknown_word\n"
                "/work/0/position|CEO/President|unknown_word\n"
                "/basics/label|Programmer|unknown_word\n/basics/url||no_place\n"
                "/basics/profiles||no_place\n/volunteer||no_place\n/education||no_place\n"
                "/awards||no_place\n/publications||no_place\n/interests||no_place\n"
                "/references||no_place\n/projects||no_place\n");
    scene_close(&scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(basics_are_the_person),
        cmocka_unit_test(empty_texts_are_not_said),
        cmocka_unit_test(a_foreign_postcode_is_a_fault),
        cmocka_unit_test(our_members_say_what_a_resume_cannot),
        cmocka_unit_test(what_put_needs_is_named),
        cmocka_unit_test(no_object_is_a_fault),
        cmocka_unit_test(skills_are_labels_or_synonyms),
        cmocka_unit_test(licences_are_known_by_their_category),
        cmocka_unit_test(a_level_is_a_number_or_not_understood),
        cmocka_unit_test(the_section_chooses_between_kinds),
        cmocka_unit_test(a_repetition_stands_aside_when_it_says_otherwise),
        cmocka_unit_test(languages_in_danish_and_english),
        cmocka_unit_test(years_come_from_whole_dates),
        cmocka_unit_test(half_dates_count_what_is_sure),
        cmocka_unit_test(work_that_goes_on_counts_until_it_was_stated),
        cmocka_unit_test(dates_that_cannot_be_are_listed),
        cmocka_unit_test(work_before_1970_counts_as_other_work),
        cmocka_unit_test(a_title_of_two_trades_is_ambiguous),
        cmocka_unit_test(facts_need_a_day),
        cmocka_unit_test(stated_on_comes_from_the_nearest),
        cmocka_unit_test(an_unknown_source_is_one_fault),
        cmocka_unit_test(our_own_cv_is_read_back),
        cmocka_unit_test(sections_without_a_place_are_named_once),
        cmocka_unit_test(wrong_shapes_are_listed),
        cmocka_unit_test(everything_has_a_cap),
        cmocka_unit_test(facts_have_a_cap),
        cmocka_unit_test(listed_texts_are_cut_at_a_letter),
        cmocka_unit_test(the_official_sample),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
