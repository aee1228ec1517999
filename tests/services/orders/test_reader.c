/*
 * The reader of order texts rule by rule, with a few words of its own, and what a job posting's
 * members become: pure, without a database. texts.inc has whole texts with the vocabulary as it is.
 */
#include "common/base/str.h"
#include "services/orders/posting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array_) (sizeof(array_) / sizeof(array_)[0])
#define SAID_CAP 16384

static const struct calendar_date today = {2026, 11, 23}; /* a Monday */

static struct arena *arena;
static struct text_words *words;

static const struct {
    const char *kind, *code, *label;
    int weight;
} labels[] = {
    {"occupation", "7115.1", "tømrer", 100},
    {"occupation", "7112.1", "murer", 100},
    {"occupation", "7114.1", "betonarbejder", 95},
    {"occupation", "7111.1", "murer", 80},
    {"certificate", "epoxy", "epoxykursus", 100},
    {"certificate", "asphalt", "asfaltkursus", 100},
    {"certificate", "crane", "krancertifikat", 100},
    {"competence", "light-rail", "letbane", 100},
    {"competence", "track", "fast spor", 100},
    {"competence", "wall", "væg", 100},
    {"competence", "concrete", "betonstøbning", 100},
    {"competence", "scaffold", "stillads", 100},
    {"licence", "B", "B", 100},
    {"competence", "kran", "kran", 100},
    {"competence", "bridge", "bro", 100},
};

static const struct {
    const char *postcode, *name;
} places[] = {{"8000", "Aarhus C"},
              {"8200", "Aarhus N"},
              {"8900", "Randers C"},
              {"8500", "Grenaa"},
              {"6800", "Ny Varde"}};

/* --- texts --- */

static const char *const fields[] = {
    [TEXT_ASIDE] = "aside",     [TEXT_POSTS] = "posts", [TEXT_OCCUPATION] = "trade",
    [TEXT_REQUIREMENT] = "req", [TEXT_START] = "from",  [TEXT_END] = "to",
    [TEXT_POSTCODE] = "at",     [TEXT_RADIUS] = "km",   [TEXT_KIND] = "kind",
    [TEXT_CVR] = "cvr",         [TEXT_EMPLOYER] = "by",
};

/* Each finding as "field=value", a requirement with its level and "?" for a wish, then how sure
 * unless it is said in so many words; what was not understood in question marks. */
static const char *said_on(struct calendar_date day, const char *text)
{
    static char said[SAID_CAP];
    struct text_reading reading;
    size_t used = 0;

    said[0] = '\0';
    text_read(arena, words, text, strlen(text), day, &reading);
    for (size_t i = 0; i < reading.finding_count; i++) {
        const struct text_finding *found = &reading.findings[i];
        used += (size_t)snprintf(said + used, sizeof said - used, "%s%s=%s", used > 0 ? " " : "",
                                 fields[found->field], found->value);
        if (found->field == TEXT_REQUIREMENT && found->number > 0)
            used += (size_t)snprintf(said + used, sizeof said - used, ">=%d", found->number);
        if (found->field == TEXT_REQUIREMENT && found->nice)
            used += (size_t)snprintf(said + used, sizeof said - used, "?");
        if (found->confidence != TEXT_SURE)
            used += (size_t)snprintf(said + used, sizeof said - used, "(%d)", found->confidence);
    }
    for (size_t i = 0; i < reading.gap_count && used < sizeof said; i++)
        used += (size_t)snprintf(said + used, sizeof said - used, "%s?%.*s?", used > 0 ? " " : "",
                                 (int)(reading.gaps[i].end - reading.gaps[i].start),
                                 text + reading.gaps[i].start);
    return said;
}

static const struct {
    const char *text, *said;
} texts[] = {
    /* words and numbers */
    {"murer, 5km", "trade=7112.1(700) ?5km?"},
    {"3D murere", "trade=7112.1(700) ?3D?"},
    {"5 t. Murer", "aside=hours(900) trade=7112.1(700)"},
    {"inden for 50km", "km=50(900)"},
    {"1. marts. Murer ca. kl. Syv", "from=2027-03-01(800) trade=7112.1(700) ?kl. Syv?"},
    /* days */
    {"fra 29. februar", "from=2028-02-29(600)"},
    {"start 23. november", "from=2026-11-23(900)"},
    {"fra 1/3-30/9", "from=2027-03-01(900) to=2027-09-30(900)"},
    {"fra 1/3-27", "from=2027-03-01"},
    {"1. maj 1999", "from=2027-05-01(800) ?1999?"},
    {"2100-01-01", "?2100-01-01?"},
    {"fra uge 53", "from=2026-12-28(900)"},
    {"fra uge 53 2027", "?53 2027?"},
    {"fra uge 50-53 2027", "?50-53 2027?"},
    {"fra uge 12-10", "from=2027-03-22(900) ?10?"},
    {"fra uge 12-12", "from=2027-03-22(900) ?12?"},
    {"fra uge 47", "from=2027-11-22(900)"},
    {"fra uge 46", "from=2027-11-15(900)"},
    {"start på mandag", "from=2026-11-30(800)"},
    {"fra ultimo februar", "from=2027-02-28(700)"},
    {"fra 01.03.2027 til 30.06.2027", "from=2027-03-01 to=2027-06-30"},
    {"fra 1. marts i 2 uger", "from=2027-03-01(900) to=2027-03-14(700)"},
    {"fra 1. marts i 200 uger", "from=2027-03-01(900) ?200 uger?"},
    {"fra 1. marts, fra 1. april", "from=2027-03-01(900) aside=2027-04-01(900)"},
    {"i 6 til 8 måneder fra 1. marts", "to=2027-08-31(700) from=2027-03-01(900)"},
    {"fra 1. marts til 30. januar", "from=2027-03-01(900) to=2028-01-30(900)"},
    {"fra 1. marts 2027 til 30. januar 2027", "from=2027-03-01 to=2027-01-30"},
    {"fra uge 50 til uge 48", "from=2026-12-07(900) to=2027-12-03(900)"},
    {"fra marts 2028", "from=2028-03-01(800)"},
    {"svar senest 1. marts", "aside=2027-03-01(900)"},
    /* places */
    {"postnr 8900", "at=8900"},
    {"8900 Grenaa", "at=8900(600) ?Grenaa?"},
    {"8900", "?8900?"},
    {"murer i Aarhus", "trade=7112.1(700) at=8000(600)"},
    {"murer, Grenaa, i Randers", "trade=7112.1(700) aside=8500(700) at=8900(850)"},
    {"murer i Ny", "trade=7112.1(700) ?Ny?"},
    {"murer, Grenaa", "trade=7112.1(700) at=8500(700)"},
    {"inden for 600 km", "?600 km?"},
    /* licences and languages */
    {"kørekort C1+E", "req=C1(600) ?E?"},
    {"kørekort C+E", "req=CE(600)"},
    {"kørekort B/E", "req=BE(600)"},
    {"kørekort kategori B, C og CE", "req=B(600) req=C(600) req=CE(600)"},
    {"C-kørekort", "req=C(600)"},
    {"dansk som modersmål", "?dansk som modersmål?"},
    {"skal tale dansk som modersmål", "?dansk som modersmål?"},
    {"taler dansk", "req=da(600)"},
    {"dansk B2", "req=da>=4(600)"},
    {"English B1", "req=en>=3(600)"},
    {"dansktalende", "req=da(600)"},
    /* must, wish, not asked for */
    {"Krav:\n- kørekort B\n\nkørekort C", "req=B req=C(600)"},
    {"Ønsker:\n- kørekort B", "req=B?"},
    {"kørekort B er en fordel, kørekort C kræves", "req=B? req=C"},
    {"kørekort B, skal have kørekort C", "req=B(600) req=C"},
    {"epoxykursus eller asfaltkursus", "req=epoxy(500) req=asphalt(500)"},
    {"uden kørekort B", "aside=B"},
    /* trades and how many */
    {"501 murere", "trade=7112.1(700) ?501?"},
    {"500 murere", "posts=500 trade=7112.1(700)"},
    {"3-4 murere", "posts=3(500) trade=7112.1(700)"},
    {"tre til fire murere", "posts=3(500) trade=7112.1(700)"},
    {"3 Grenaa murere", "trade=7112.1(700) ?3 Grenaa?"},
    {"betonstøbning på niveau 3", "req=concrete>=3?(600)"},
    {"betonstøbning niveau 6", "req=concrete?(600) ?niveau 6?"},
    {"en murer, 3 tømrere og 2 mand",
     "posts=1(800) trade=7112.1(700) posts=3 trade=7115.1(950) ?2?"},
    {"murer uddannet tømrer", "trade=7112.1(700) req=7115.1(600) ?uddannet?"},
    {"tømrere, fast og midlertidig", "trade=7115.1(950) kind=permanent(800) kind=temporary"},
    {"stillads og vægge", "req=scaffold?(600) req=wall?(600)"},
    {"fastspor", "req=track?(600)"},
    {"letbanesmurere", "req=light-rail?(500) trade=7112.1(750)"},
    {"certifikat til kran", "req=crane(600)"},
    {"brosmurere", "req=bridge?(500) trade=7112.1(750)"},
    {"murer i Aarhus, 8900 Randers C", "trade=7112.1(700) aside=8000(600) at=8900"},
    {"murer med kran", "trade=7112.1(700) req=kran(700)"},
    {"fra 1/3-30, murer", "from=2030-03-01 trade=7112.1(700)"},
    {"1. marts - 1. april", "from=2027-03-01(800) to=2027-04-01(900)"},
    {"1. marts – 1. april", "from=2027-03-01(800) to=2027-04-01(900)"},
    {"Start:\n- 1. marts\n- 1. april", "from=2027-03-01(800) aside=2027-04-01(800)"},
    {"treogtyve murere", "posts=23 trade=7112.1(700)"},
    {"skogtyve murere", "trade=7112.1(700) ?skogtyve?"},
    {"B", "?B?"},
    /* who asks */
    {"Fra: Murer & Co A/S, CVR 12345674", "by=Murer & Co A/S(900) cvr=12345674"},
    {"CVR 12345678", "aside=cvr"},
    {"CVR 12 34 56 74, CVR 10000009", "cvr=12345674 aside=10000009"},
    {"Firma: Beton ApS", "by=Beton ApS(900) ?Firma?"},
    /* numbers that count something else */
    {"et par murere", "trade=7112.1(700) ?par?"},
    {"25 lejligheder, murere", "trade=7112.1(700) ?25 lejligheder?"},
    {"10 huse, murere", "trade=7112.1(700) ?10 huse?"},
    {"12 mm murere", "trade=7112.1(700) ?12 mm?"},
    {"3 huse og murere", "trade=7112.1(700) ?3 huse?"},
    {"3 dygtige, erfarne murere", "posts=3 trade=7112.1(700) ?dygtige?"},
    {"2 stk. rigtig gode murere", "posts=2 trade=7112.1(700) ?rigtig gode?"},
    {"Vi er 5 murere", "trade=7112.1(700) ?5?"},
    {"Nu har vi 5 murere", "trade=7112.1(700) ?Nu har vi 5?"},
    {"Vi har 3 ledige stillinger som murer", "posts=3 trade=7112.1(600) ?ledige?"},
    {"tlf 40 12 murere", "trade=7112.1(700) ?tlf 40 12?"},
    {"10 gode og erfarne murere", "trade=7112.1(700) ?10 gode?"},
    {"en gruppe murere", "trade=7112.1(700) ?gruppe?"},
    /* trades that nobody seeks */
    {"Ring om 2 murere", "posts=2 trade=7112.1(700) ?Ring?"},
    {"det er murere", "trade=7112.1(700)"},
    {"det haster ikke, murere", "trade=7112.1(700) ?haster ikke?"},
    {"skal ikke bruge tømrere, men 3 murere", "aside=7115.1(700) posts=3 trade=7112.1(700)"},
    {"ikke kun tømrere", "trade=7115.1(950) ?ikke kun?"},
    {"3 murere. Mvh\nTømrer Hans", "posts=3 trade=7112.1(700) aside=7115.1(700) ?Hans?"},
    {"Kontakt Per Murer", "aside=7112.1(700) ?Kontakt Per?"},
    {"Jeg er murer", "aside=7112.1(700)"},
    {"Ring hvis I har 2 murere", "posts=2 trade=7112.1(700) ?Ring?"},
    /* days that are none */
    {"murer 24/7", "trade=7112.1(700) ?24/7?"},
    {"murer 1/2 dag", "trade=7112.1(700) ?1/2?"},
    {"fra 1/2", "from=2027-02-01(900)"},
    {"fra 24/7", "from=2027-07-24(900)"},
    {"murer 24/9", "trade=7112.1(700) from=2027-09-24(600)"},
    {"fra 1. marts, arbejdstid mandag til fredag",
     "from=2027-03-01(900) ?arbejdstid mandag til fredag?"},
    {"fra mandag-torsdag", "?mandag-torsdag?"},
    {"fra 1. marts, har ligget her i 3 år", "from=2027-03-01(900) ?ligget her i 3 år?"},
    {"fra 1. marts i 6 år", "from=2027-03-01(900) ?6 år?"},
    {"fra 1. marts i 5 år", "from=2027-03-01(900) to=2032-02-29(700)"},
    {"senest 1. marts", "aside=2027-03-01(800) ?senest?"},
    {"start senest 1. marts", "from=2027-03-01(900)"},
    {"giv besked inden 1. marts", "aside=2027-03-01(900) ?giv?"},
    {"færdig 1. juli, begynd 4/1", "to=2027-07-01(900) from=2027-01-04(900)"},
    /* said to be none, or a chance */
    {"kørekort B er ikke et must", "aside=B ?ikke?"},
    {"kørekort B er ikke et must men en fordel", "req=B? ?ikke?"},
    {"kørekort B er ikke et krav, men gerne kørekort C", "aside=B req=C?"},
    {"skal have kørekort B, men også kørekort C", "req=B req=C"},
    {"kørekort B skal de ikke have", "aside=B ?ikke?"},
    {"uden kørekort B, men kørekort C er en fordel", "aside=B req=C?"},
    {"kørekort c og ce", "req=C(600) req=CE(600)"},
    {"kørekort d", "?kørekort?"},
    {"ikke-dansktalende", "?ikke-dansktalende?"},
    {"vikariat, mulighed for fastansættelse", "kind=temporary aside=permanent ?mulighed?"},
    {"ikke midlertidig, men fastansat", "aside=temporary kind=permanent ?ikke?"},
    /* what is left */
    {"murer med tuba, gutter", "trade=7112.1(700) ?tuba? ?gutter?"},
};

static void texts_by_rule(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(texts); i++) {
        const char *said = said_on(today, texts[i].text);
        if (strcmp(said, texts[i].said) == 0)
            continue;
        printf("%s\n    %s\n    WANTED %s\n", texts[i].text, said, texts[i].said);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

/* A week 53 that began last year still goes on; after a Friday comes a Monday. */
static void what_is_next_depends_on_the_day(void **state)
{
    (void)state;
    assert_string_equal(said_on((struct calendar_date){2027, 1, 2}, "fra uge 53"),
                        "from=2026-12-28(900)");
    assert_string_equal(said_on((struct calendar_date){2027, 1, 4}, "fra uge 53"),
                        "from=2032-12-27(900)");
    assert_string_equal(said_on((struct calendar_date){2027, 3, 2}, "fra 1. marts"),
                        "from=2028-03-01(600)");
    assert_string_equal(said_on((struct calendar_date){2027, 5, 2}, "fra 1. marts"),
                        "from=2028-03-01(900)");
    assert_string_equal(said_on((struct calendar_date){2027, 3, 2}, "fra marts"),
                        "from=2028-03-01(600)");
    assert_string_equal(said_on((struct calendar_date){2027, 3, 2}, "fra marts 2027"),
                        "from=2027-03-01(800)");
    assert_string_equal(said_on((struct calendar_date){2027, 3, 29}, "fra ultimo marts"),
                        "from=2027-03-31(700)");
    assert_string_equal(said_on((struct calendar_date){2028, 3, 1}, "fra ultimo februar"),
                        "from=2029-02-28(600)");
    assert_string_equal(said_on((struct calendar_date){2026, 11, 27}, "snarest"),
                        "from=2026-11-30(700)");
    assert_string_equal(said_on((struct calendar_date){2026, 12, 24}, "snarest"),
                        "from=2026-12-28(700)");
}

static const char *note_on(struct calendar_date day, const char *text)
{
    struct text_reading reading;

    text_read(arena, words, text, strlen(text), day, &reading);
    assert_int_equal(reading.finding_count, 1);
    return reading.findings[0].note;
}

static void a_doubted_day_says_why(void **state)
{
    (void)state;
    assert_string_equal(note_on((struct calendar_date){2027, 3, 2}, "fra 1. marts"),
                        "Dagen er lige passeret; det er den næste, der er taget.");
    assert_string_equal(note_on(today, "fra 29. februar"),
                        "Så lang tid går der, til den dag kommer; kontrollér den.");
    assert_string_equal(note_on(today, "fra 1. marts"), "Året er ikke nævnt; det er det næste.");
    assert_string_equal(note_on(today, "fra marts"), "Dagen er ikke nævnt; kontrollér den.");
    assert_string_equal(note_on(today, "snarest"), "Snarest er sat til den næste arbejdsdag.");
    assert_null(note_on(today, "fra 1. marts 2027"));
    assert_string_equal(note_on(today, "fast"),
                        "Ordet alene siger det ikke sikkert; kontrollér ansættelsesformen.");
    assert_null(note_on(today, "fast stilling"));
}

/* However many a sentence has, none of them becomes a must that nobody has said. */
static void a_sentence_of_many_requirements(void **state)
{
    char text[2048] = "";
    struct text_reading reading;

    (void)state;
    for (size_t i = 0; i < 70; i++)
        strcat(text, "kørekort C, ");
    text_read(arena, words, text, strlen(text), today, &reading);
    assert_int_equal(reading.finding_count, 70);
    for (size_t i = 0; i < reading.finding_count; i++)
        assert_int_equal(reading.findings[i].confidence, 600);
}

/* 200 characters are a name, as an order takes it; 201 are none, and stay listed. */
static void a_name_that_is_too_long(void **state)
{
    (void)state;
    for (int more = 0; more < 2; more++) {
        char text[300] = "";
        for (int i = 0; i < 6; i++)
            snprintf(text + strlen(text), sizeof text - strlen(text), "X%0*d ",
                     i == 0 ? 30 + more : 31, 0);
        strcat(text, "A/S");
        assert_int_equal(strlen(text), 200 + more);
        assert_int_equal(strncmp(said_on(today, text), "by=", 3) == 0, more == 0);
    }
}

/* What is beyond the cap is not understood, and nothing is cut within a letter. */
static void a_text_that_is_too_long(void **state)
{
    const size_t length = TEXT_CAP + 5;
    char *text = malloc(length + 1);
    struct text_reading reading;

    (void)state;
    memset(text, ' ', length);
    memcpy(text, "murer", 5);
    memcpy(text + TEXT_CAP - 1, "ø", 2);
    text[length] = '\0';
    text_read(arena, words, text, length, today, &reading);
    assert_int_equal(reading.finding_count, 1);
    assert_int_equal(reading.gap_count, 1);
    assert_int_equal(reading.gaps[0].start, TEXT_CAP - 1);
    assert_int_equal(reading.gaps[0].end, length);
    free(text);
}

/* What a posting of 256 KiB can say would be an answer of thirty megabytes: it says that there is
 * more. */
static void a_draft_names_so_many_places(void **state)
{
    struct arena *own = arena_create(0);
    struct draft *draft = draft_create(own, words, today);
    char text[820] = "kørekort ";

    (void)state;
    for (size_t i = 0; i < 395; i++)
        strcat(text, "C,");
    for (size_t i = 0; i < 300; i++)
        draft_text(draft, "/skills", text);
    json_t *answer = draft_finish(&draft);
    assert_int_equal(json_array_size(json_object_get(answer, "spans")), 2000);
    const json_t *remark = json_array_get(json_object_get(answer, "remarks"), 0);
    assert_string_equal(json_string_value(json_object_get(remark, "code")), "MORE_UNDERSTOOD");
    assert_true(strlen(json_text(own, answer)) < 1 << 20);
    json_decref(answer);
    arena_destroy(&own);
}

/* --- job postings --- */

static const struct posting_trade trades[] = {
    {"7115.1", "7115", "http://data.europa.eu/esco/occupation/t"},
    {"7112.1", "7112", "http://data.europa.eu/esco/occupation/m"},
    {"7112.2", "7112", "http://data.europa.eu/esco/occupation/m"},
};

/* The draft of a posting of these members (' for "), sorted, and each piece that was not understood
 * behind it; what stands aside in brackets. */
static const char *drafted(const char *members)
{
    static char said[SAID_CAP];
    char *json = malloc(strlen(members) + 64);
    struct json_fault fault;
    const json_t *document;
    size_t index;
    json_t *piece;

    sprintf(json, "{'@type':'JobPosting',%s}", members);
    for (char *at = json; *at != '\0'; at++)
        *at = *at == '\'' ? '"' : *at;
    if (json_read_in(arena, json, strlen(json), &document, &fault) != 0)
        fail_msg("%s: %s", fault.text, json);
    struct draft *draft = draft_create(arena, words, today);
    posting_read(arena, draft, document, trades, COUNT(trades));
    json_t *answer = draft_finish(&draft);
    size_t used = (size_t)snprintf(said, sizeof said, "%s",
                                   json_canonical(arena, json_object_get(answer, "draft")));
    json_array_foreach(json_object_get(answer, "spans"), index, piece)
    {
        if (json_is_null(json_object_get(piece, "field")))
            used += (size_t)snprintf(said + used, sizeof said - used, " (%s)",
                                     json_string_value(json_object_get(piece, "text")));
    }
    json_array_foreach(json_object_get(answer, "not_understood"), index, piece) used +=
        (size_t)snprintf(said + used, sizeof said - used, " ?%s %s?",
                         json_string_value(json_object_get(piece, "source")),
                         json_string_value(json_object_get(piece, "text")));
    json_decref(answer);
    free(json);
    return said;
}

static const struct {
    const char *members, *draft;
} postings[] = {
    {"'description':'5 mand til alt muligt grovt og forefaldende arbejde på pladsen. Gerne murere'",
     "{\"draft\":true,\"occupations\":[\"7112.1\"],\"posts\":5,\"title\":\"murere\"}"
     " ?/description alt muligt grovt og forefaldende?"},
    {"'title':'<p></p>'", "{\"draft\":true} ?/title <p></p>?"},
    {"'title':'M&oslash;rer &#127; &#xd800;'",
     "{\"draft\":true,\"title\":\"Mører    \"} ?/title Mører?"},
    {"'title':'&#9f;&#x2019;&nosuch;&'",
     "{\"draft\":true,\"title\":\"&#9f;’&nosuch;&\"} ?/title 9f? ?/title nosuch?"},
    {"'totalJobOpenings':501", "{\"draft\":true} ?/totalJobOpenings 501?"},
    {"'totalJobOpenings':500", "{\"draft\":true,\"posts\":500}"},
    {"'totalJobOpenings':0", "{\"draft\":true} ?/totalJobOpenings 0?"},
    {"'totalJobOpenings':'12'", "{\"draft\":true,\"posts\":12}"},
    {"'jobLocation':{'address':{'postalCode':'DK-8900'}}",
     "{\"draft\":true,\"postcode\":\"8900\"}"},
    {"'jobLocation':{'address':{'addressLocality':'Grenaa'}}",
     "{\"draft\":true,\"postcode\":\"8500\"}"},
    {"'jobLocation':[{'address':{'postalCode':'8900'}},{'address':{'postalCode':'8000'}}]",
     "{\"draft\":true,\"postcode\":\"8900\"} "
     "([{\"address\":{\"postalCode\":\"8900\"}},{\"address\":{\"postalCode\":\"8000\"}}])"},
    {"'occupationalCategory':'7115'", "{\"draft\":true,\"occupations\":[\"7115.1\"]}"},
    {"'occupationalCategory':'7112'", "{\"draft\":true} ?/occupationalCategory 7112?"},
    {"'occupationalCategory':'http://data.europa.eu/esco/occupation/m'",
     "{\"draft\":true} ?/occupationalCategory http://data.europa.eu/esco/occupation?"},
    {"'occupationalCategory':{'@id':'http://data.europa.eu/esco/occupation/t'}",
     "{\"draft\":true,\"occupations\":[\"7115.1\"]}"},
    {"'jobStartDate':'2027-03-01T08:00'", "{\"draft\":true,\"start_date\":\"2027-03-01\"}"},
    {"'jobStartDate':'2027-03-01x'", "{\"draft\":true} ?/jobStartDate 2027-03-01x?"},
    {"'jobImmediateStart':true", "{\"draft\":true,\"start_date\":\"2026-11-24\"}"},
    {"'jobImmediateStart':false", "{\"draft\":true} (false)"},
    {"'jobImmediateStart':'true'", "{\"draft\":true,\"start_date\":\"2026-11-24\"}"},
    {"'hiringOrganization':{'name':'Beton ApS','taxID':'DK-12345674'}",
     "{\"draft\":true,\"employer\":{\"cvr\":\"12345674\",\"name\":\"Beton ApS\"}}"},
    {"'hiringOrganization':{'name':'Beton ApS','identifier':{'value':'12 34 56 74'}}",
     "{\"draft\":true,\"employer\":{\"cvr\":\"12345674\",\"name\":\"Beton ApS\"}}"},
    {"'hiringOrganization':{'name':'Beton ApS','vatID':'123456740'}",
     "{\"draft\":true,\"employer\":{\"name\":\"Beton ApS\"}} ?/hiringOrganization/vatID "
     "123456740?"},
    {"'employmentType':['TEMPORARY','CONTRACTOR','vikariat']",
     "{\"draft\":true,\"kinds\":[\"temporary\"]} (CONTRACTOR)"},
    {"'skills':['epoxykursus',{'name':'fast spor'},7]",
     "{\"draft\":true,\"requirements\":[{\"code\":\"epoxy\",\"kind\":\"certificate\",\"necessity\":"
     "\"must\",\"weight\":5},{\"code\":\"track\",\"kind\":\"competence\",\"necessity\":\"nice\","
     "\"weight\":3}]} ?/skills/2 7?"},
    {"'description':'<ul><li>murer</li><li>8900 Randers</li></ul>'",
     "{\"draft\":true,\"occupations\":[\"7112.1\"],\"postcode\":\"8900\",\"title\":\"murer\"}"},
    {"'description':'1 < 2 & <b'", "{\"draft\":true} ?/description 1 < 2 & <b?"},
};

static void postings_by_member(void **state)
{
    size_t wrong = 0;

    (void)state;
    for (size_t i = 0; i < COUNT(postings); i++) {
        const char *said = drafted(postings[i].members);
        if (strcmp(said, postings[i].draft) == 0)
            continue;
        printf("%s\n    %s\n    WANTED %s\n", postings[i].members, said, postings[i].draft);
        wrong++;
    }
    assert_int_equal(wrong, 0);
}

static void titles_and_texts_have_a_cap(void **state)
{
    char *members = malloc(20000), *at;

    (void)state;
    at = stpcpy(members, "'title':'");
    for (size_t i = 0; i < 200; i++)
        at = stpcpy(at, "&#248;");
    strcpy(at, "'");
    assert_non_null(strstr(drafted(members), "\"title\":\"øø"));
    strcpy(at, "x'");
    assert_null(strstr(drafted(members), "\"title\""));
    at = stpcpy(members, "'description':'");
    for (size_t i = 0; i < POSTING_TEXT_CAP; i++)
        at = stpcpy(at, "ø");
    strcpy(at, "rest'");
    assert_non_null(strstr(drafted(members), " ?/description rest?"));
    free(members);
}

/* A line break for each block, and not one for each tag. */
static void html_is_text(void **state)
{
    (void)state;
    assert_string_equal(posting_plain(arena, "<div><p>En</p><br/>To &lt;b&gt;</div>\r\nTre"),
                        "En\nTo <b>\n\nTre");
    assert_string_equal(posting_plain(arena, "a < b <3 <é> &#x41;&#65;&#x;&#1114112;"),
                        "a < b <3 <é> AA&#x; ");
}

/* Signs that begin nothing are looked at once each, however many there are. */
static void hostile_html_is_read_in_one_go(void **state)
{
    const size_t length = 262144;
    char *html = malloc(length + 1);

    (void)state;
    html[length] = '\0';
    for (size_t i = 0; i < length; i += 2)
        memcpy(html + i, "<a", 2);
    assert_int_equal(strlen(posting_plain(arena, html)), length);
    memset(html, '&', length);
    assert_int_equal(strlen(posting_plain(arena, html)), length);
    free(html);
}

static int set_up(void **state)
{
    (void)state;
    arena = arena_create(0);
    words = text_words_create();
    for (size_t i = 0; i < COUNT(labels); i++)
        text_words_label(words, labels[i].kind, labels[i].code, labels[i].label, labels[i].weight);
    for (size_t i = 0; i < COUNT(places); i++)
        text_words_place(words, places[i].postcode, places[i].name);
    text_words_settle(words);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    text_words_destroy(&words);
    arena_destroy(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_by_rule),
        cmocka_unit_test(what_is_next_depends_on_the_day),
        cmocka_unit_test(a_doubted_day_says_why),
        cmocka_unit_test(a_sentence_of_many_requirements),
        cmocka_unit_test(a_name_that_is_too_long),
        cmocka_unit_test(a_text_that_is_too_long),
        cmocka_unit_test(a_draft_names_so_many_places),
        cmocka_unit_test(postings_by_member),
        cmocka_unit_test(titles_and_texts_have_a_cap),
        cmocka_unit_test(html_is_text),
        cmocka_unit_test(hostile_html_is_read_in_one_go),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
