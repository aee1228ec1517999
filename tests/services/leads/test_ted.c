/*
 * The reader of older TED XML: small notices of our own in ted/, and every pair of the example data
 * where that is at hand, held against the same notice as eForms.
 */
#include "common/base/error.h"
#include "common/base/mem.h"
#include "services/leads/notice.h"
#include "tests/services/leads/notice_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/services/leads/notice_fixture.h"

static const struct notice *parse_own(struct fixture *fixture, const char *name)
{
    if (parse_file(fixture, TED, name) != 0)
        fail_msg("%s: %s", name, fixture->fault.text);
    return &fixture->notice;
}

static void lots_have_their_winners(void **state)
{
    const struct notice *notice = parse_own(*state, "f03_lots.xml");
    assert_int_equal(notice->kind, NOTICE_AWARD);
    assert_null(notice->id);
    assert_string_equal(notice->publication, "900001-2021");
    assert_string_equal(notice->procedure, "044000-2021");
    assert_string_equal(notice->subtype, "F03");
    assert_string_equal(notice->issue_date, "2021-07-08");
    assert_int_equal(notice->total.minor, 4200000000);
    assert_int_equal(notice->buyers_count, 1);
    assert_string_equal(notice->buyers[0]->cvr, "99200006");
    assert_int_equal(notice->lots_count, 4);
    assert_int_equal(notice->leads_count, 4);
    const struct notice_lead *lead = &notice->leads[0];
    assert_string_equal(lead->lot, "LOT-0001");
    assert_string_equal(lead->winner->name, "Midtjysk Beton A/S (fiktiv)");
    assert_string_equal(lead->winner->id, "DK-99 10 00 28");
    assert_string_equal(lead->winner->cvr, "99100028");
    assert_string_equal(lead->winner->postal_code, "8600");
    assert_string_equal(lead->winner->country, "DNK");
    assert_int_equal(lead->role, NOTICE_SOLE);
    assert_int_equal(lead->value.minor, 1250000000);
    assert_int_equal(lead->value_kind, NOTICE_VALUE_TENDER);
    assert_string_equal(lead->contract_date, "2021-06-15");
    assert_string_equal(lead->project->cpv, "45223000");
    assert_string_equal(lead->project->more_cpv[0], "45262300");
    assert_string_equal(lead->project->nature, "works");
    assert_string_equal(lead->project->places[0].nuts, "DK042");
}

/* The same form in two languages is one notice; the Danish gives the words, the original the rest.
 */
static void translations_are_not_read_twice(void **state)
{
    const struct notice *notice = parse_own(*state, "f03_lots.xml");
    assert_string_equal(notice->language, "EN");
    assert_string_equal(notice->project.name, "Veje og broer (fiktiv)");
    assert_string_equal(notice->leads[0].project->name, "Broer, 1 etape");
    assert_null(notice->leads[0].project->start);
}

static void a_group_is_a_consortium(void **state)
{
    const struct notice *notice = parse_own(*state, "f03_lots.xml");
    assert_int_equal(notice->leads[1].role, NOTICE_MEMBER);
    assert_int_equal(notice->leads[1].members_count, 2);
    assert_string_equal(notice->leads[2].members[0], "Brobyg Horsens ApS (fiktiv)");
    assert_string_equal(notice->leads[1].tender, notice->leads[2].tender);
    assert_int_equal(notice->leads[1].value.minor, 800000000);
    assert_int_equal(lines_of(notice, "CONSORTIUM", "LOT-0002"), 1);
    assert_int_equal(lines_of(notice, "COMPANY_ID_MISSING", "LOT-0002"), 1);
}

static void a_lot_without_winner_is_a_line(void **state)
{
    const struct notice *notice = parse_own(*state, "f03_lots.xml");
    assert_int_equal(lines_of(notice, "NO_WINNER", "LOT-0003"), 1);
    for (size_t i = 0; i < notice->leads_count; i++)
        assert_string_not_equal(notice->leads[i].lot, "LOT-0003");
}

/* The estimate and the range of tenders are not what was won for. */
static void a_range_of_tenders_is_no_value(void **state)
{
    const struct notice *notice = parse_own(*state, "f03_lots.xml");
    const struct notice_lead *lead = &notice->leads[3];
    assert_string_equal(lead->winner->country, "DEU");
    assert_null(lead->winner->cvr);
    assert_string_equal(lead->winner->id, "HRB 12 34");
    assert_int_equal(lead->value.minor, -1);
    assert_int_equal(lead->value_kind, NOTICE_VALUE_UNKNOWN);
    assert_int_equal(lines_of(notice, "VALUE_RANGE", "LOT-0004"), 1);
    assert_int_equal(lines_of(notice, "COMPANY_ID_SPACES", "LOT-0004"), 1);
}

static void a_ceiling_is_never_a_winners_value(void **state)
{
    const struct notice *notice = parse_own(*state, "f03_framework.xml");
    assert_int_equal(notice->leads_count, 2);
    assert_string_equal(notice->leads[0].lot, "LOT-0000");
    for (size_t i = 0; i < 2; i++) {
        assert_true(notice->leads[i].framework);
        assert_int_equal(notice->leads[i].value_kind, NOTICE_VALUE_CEILING);
    }
    assert_int_equal(lines_of(notice, "FRAMEWORK_CEILING", "LOT-0000"), 2);
}

static void a_value_of_several_is_not_each_ones(void **state)
{
    const struct notice *notice = parse_own(*state, "f03_shared.xml");
    assert_int_equal(notice->leads_count, 4);
    assert_int_equal(lines_of(notice, "VALUE_SHARED", "LOT-0001"), 2);
    assert_int_equal(lines_of(notice, "VALUE_OF_SEVERAL_LOTS", "LOT-0002"), 1);
    int64_t sum = 0;
    for (size_t i = 0; i < 4; i++) {
        const struct notice_lead *lead = &notice->leads[i];
        sum += lead->value_kind == NOTICE_VALUE_TENDER ? lead->value.minor : 0;
    }
    assert_int_equal(sum, 500000000);
}

static void each_form_is_what_it_is(void **state)
{
    static const struct {
        const char *file;
        enum notice_kind kind;
        size_t leads;
        const char *code;
    } cases[] = {
        {"f06.xml", NOTICE_AWARD, 1, NULL},
        {"f15.xml", NOTICE_EX_ANTE, 1, "EX_ANTE"},
        {"f21_award.xml", NOTICE_AWARD, 1, NULL},
        {"f21_tender.xml", NOTICE_OTHER, 0, "NOT_AN_AWARD"},
        {"f25.xml", NOTICE_AWARD, 1, NULL},
        {"f20.xml", NOTICE_OTHER, 0, "NOT_AN_AWARD"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct notice *notice = parse_own(*state, cases[i].file);
        if (notice->kind != cases[i].kind || notice->leads_count != cases[i].leads ||
            (cases[i].code && lines_of(notice, cases[i].code, NULL) != 1))
            fail_msg("%s: kind %d, %zu leads", cases[i].file, (int)notice->kind,
                     notice->leads_count);
        assert_non_null(notice->publication);
    }
}

static void what_is_odd_is_told(void **state)
{
    const struct notice *notice = parse_own(*state, "odd.xml");
    assert_int_equal(notice->leads_count, 2);
    assert_null(notice->leads[0].lot);
    assert_string_equal(notice->leads[0].value.raw, "12,5 mio");
    assert_int_equal(notice->leads[0].value.minor, -1);
    assert_null(notice->leads[1].contract_date);
    assert_int_equal(lines_of(notice, "LOT_MISSING", NULL), 1);
    assert_int_equal(lines_of(notice, "AMOUNT_INVALID", NULL), 1);
    assert_int_equal(lines_of(notice, "WINNER_MISSING", "LOT-0002"), 1);
    assert_int_equal(lines_of(notice, "LOT_UNKNOWN", "LOT-0009"), 1);
    assert_int_equal(lines_of(notice, "DATE_INVALID", "LOT-0009"), 1);
    assert_int_equal(lines_of(notice, "LOT_WITHOUT_RESULT", "LOT-0001"), 1);
}

static void billion_laughs_are_refused(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(parse_file(fixture, TED, "billion_laughs.xml"), ERROR_INVALID);
    assert_int_equal(fixture->fault.line, 2);
    assert_non_null(strstr(fixture->fault.text, "DOCTYPE"));
    assert_true(arena_used(fixture->arena) < 65536);
}

#define HEAD "<TED_EXPORT DOC_ID=\"1-2021\"><FORM_SECTION><F03_2014 FORM=\"F03\" LG=\"DA\">"

static void a_flood_meets_its_cap(void **state)
{
    static const char *const units[] = {
        "<AWARD_CONTRACT><LOT_NO>1, 2, 3</LOT_NO></AWARD_CONTRACT>", "<OBJECT_CONTRACT/>",
        "<OBJECT_CONTRACT><OBJECT_DESCR><NUTS CODE=\"DK042\"/></OBJECT_DESCR></OBJECT_CONTRACT>",
        "<a>"};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        struct flood flood = {HEAD, units[i], 0, false};
        arena_reset(fixture->arena);
        assert_int_equal(
            notice_parse(fixture->arena, flood_read, &flood, &fixture->notice, &fixture->fault),
            ERROR_LIMIT);
        assert_true(arena_used(fixture->arena) < 2 * NOTICE_MEMORY_CAP);
    }
}

/* A notice that is whole and small, but whose awards times lots are not. */
static void lots_times_awards_meet_their_cap(void **state)
{
    struct fixture *fixture = *state;
    static char text[400000];
    size_t length = (size_t)snprintf(text, sizeof text, "%s", HEAD);
    for (int award = 0; award < 100; award++) {
        length += (size_t)snprintf(text + length, sizeof text - length, "<AWARD_CONTRACT><LOT_NO>");
        for (int lot = 0; lot < 199; lot++)
            length +=
                (size_t)snprintf(text + length, sizeof text - length, "%d,", award * 199 + lot);
        length +=
            (size_t)snprintf(text + length, sizeof text - length, "0</LOT_NO></AWARD_CONTRACT>");
    }
    length += (size_t)snprintf(text + length, sizeof text - length,
                               "</F03_2014></FORM_SECTION></TED_EXPORT>");
    assert_true(length < sizeof text);
    assert_int_equal(
        notice_parse_memory(fixture->arena, text, length, &fixture->notice, &fixture->fault),
        ERROR_LIMIT);
}

/* --- LOT_NO is free text --- */

#define OBJECT(item, lot_no)                                                                       \
    "<OBJECT_DESCR ITEM=\"" item "\">" lot_no "<CPV_ADDITIONAL/></OBJECT_DESCR>"
#define WON(lot_no)                                                                                \
    "<AWARD_CONTRACT>" lot_no "<AWARDED_CONTRACT><CONTRACTORS><CONTRACTOR><ADDRESS_CONTRACTOR>"    \
    "<OFFICIALNAME>Murer A/S (fiktiv)</OFFICIALNAME></ADDRESS_CONTRACTOR></CONTRACTOR>"            \
    "</CONTRACTORS><VALUES><VAL_TOTAL CURRENCY=\"DKK\">500</VAL_TOTAL></VALUES>"                   \
    "</AWARDED_CONTRACT></AWARD_CONTRACT>"
#define NOT_WON(why)                                                                               \
    "<AWARD_CONTRACT><LOT_NO>2</LOT_NO><NO_AWARDED_CONTRACT><" why "/></NO_AWARDED_CONTRACT>"      \
    "</AWARD_CONTRACT>"
#define TAIL "</F03_2014></FORM_SECTION></TED_EXPORT>"

/* The lots of the leads, in their order, with a space between. */
static const char *lots_of(struct fixture *fixture, const char *notice)
{
    static char text[1000];
    size_t length = 0;
    text[0] = '\0';
    assert_int_equal(notice_parse_memory(fixture->arena, notice, strlen(notice), &fixture->notice,
                                         &fixture->fault),
                     0);
    for (size_t i = 0; i < fixture->notice.leads_count; i++)
        length += (size_t)snprintf(text + length, sizeof text - length, "%s%s", i > 0 ? " " : "",
                                   fixture->notice.leads[i].lot);
    return text;
}

#define FOUR                                                                                       \
    HEAD "<OBJECT_CONTRACT>" OBJECT("1", "<LOT_NO>1</LOT_NO>") OBJECT("2", "<LOT_NO>2</LOT_NO>")   \
        OBJECT("3", "<LOT_NO>3</LOT_NO>") OBJECT("4", "<LOT_NO>4</LOT_NO>") "</OBJECT_CONTRACT>"
#define LOTS_OF(lot_no) lots_of(fixture, FOUR WON("<LOT_NO>" lot_no "</LOT_NO>") TAIL)

static void a_lot_number_is_free_text(void **state)
{
    struct fixture *fixture = *state;
    assert_string_equal(LOTS_OF("2"), "LOT-0002");
    assert_string_equal(LOTS_OF("1, 2 og 4"), "LOT-0001 LOT-0002 LOT-0004");
    assert_string_equal(LOTS_OF("Lot 1+3"), "LOT-0001 LOT-0003");
    assert_string_equal(LOTS_OF("2-4"), "LOT-0002 LOT-0003 LOT-0004");
    assert_string_equal(LOTS_OF("1.2.4"), "LOT-0001 LOT-0002 LOT-0004");
    assert_string_equal(LOTS_OF("1 / Primo in cascata"), "LOT-0001");
    assert_string_equal(LOTS_OF("1.1A"), "LOT-1.1A");
    assert_string_equal(LOTS_OF("1.2"), "LOT-1.2");
    assert_string_equal(LOTS_OF("7, 8"), "LOT-0007 LOT-0008");
    assert_string_equal(LOTS_OF("Nord og syd"), "LOT-Nord og syd");
    /* The value of several lots stands at one of them. */
    (void)LOTS_OF("2-4");
    assert_int_equal(fixture->notice.leads[0].value.minor, 50000);
    assert_int_equal(fixture->notice.leads[1].value.minor, -1);
    assert_int_equal(lines_of(&fixture->notice, "VALUE_OF_SEVERAL_LOTS", NULL), 2);
}

/* Nobody won, for either reason that the form has. */
static void a_lot_may_be_without_winner(void **state)
{
    struct fixture *fixture = *state;
    static const char *const notices[] = {
        FOUR NOT_WON("PROCUREMENT_UNSUCCESSFUL") TAIL,
        FOUR NOT_WON("PROCUREMENT_DISCONTINUED") TAIL,
    };
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(lots_of(fixture, notices[i]), "");
        assert_int_equal(lines_of(&fixture->notice, "NO_WINNER", "LOT-0002"), 1);
    }
}

/* The notice has one lot without a number; its award gives it one. */
static void the_only_lot_is_the_one_that_was_won(void **state)
{
    struct fixture *fixture = *state;
    static const char one[] = HEAD
        "<OBJECT_CONTRACT>" OBJECT("1", "") "</OBJECT_CONTRACT>" WON("<LOT_NO>1</LOT_NO>") TAIL;
    assert_string_equal(lots_of(fixture, one), "LOT-0000");
    assert_int_equal(lines_of(&fixture->notice, "LOT_UNKNOWN", NULL), 0);
    assert_int_equal(lines_of(&fixture->notice, "LOT_WITHOUT_RESULT", NULL), 0);
}

/* In a framework the form's value is the most that it may come to, also with one winner, and where
 * the lot is not described. */
static void a_frameworks_value_is_its_ceiling(void **state)
{
    struct fixture *fixture = *state;
    static const char *const notices[] = {
        FOUR "<PROCEDURE><FRAMEWORK/></PROCEDURE>" WON("<LOT_NO>2</LOT_NO>") TAIL,
        FOUR "<PROCEDURE><FRAMEWORK/></PROCEDURE>" WON("<LOT_NO>1.1A</LOT_NO>") TAIL};
    for (size_t i = 0; i < 2; i++) {
        (void)lots_of(fixture, notices[i]);
        assert_int_equal(fixture->notice.leads_count, 1);
        assert_true(fixture->notice.leads[0].framework);
        assert_int_equal(fixture->notice.leads[0].value_kind, NOTICE_VALUE_CEILING);
        assert_int_equal(lines_of(&fixture->notice, "FRAMEWORK_CEILING", NULL), 1);
    }
    (void)LOTS_OF("2");
    assert_int_equal(fixture->notice.leads[0].value_kind, NOTICE_VALUE_TENDER);
}

/* --- design contests --- */

#define CONTEST(results)                                                                           \
    "<TED_EXPORT DOC_ID=\"900020-2021\"><FORM_SECTION><F13_2014 CATEGORY=\"ORIGINAL\" "            \
    "FORM=\"F13\" "                                                                                \
    "LG=\"DA\"><OBJECT_CONTRACT><OBJECT_DESCR/></OBJECT_CONTRACT><RESULTS>" results                \
    "</RESULTS></F13_2014></FORM_SECTION></TED_EXPORT>"
#define PRIZE_WINNER(name)                                                                         \
    "<WINNER><ADDRESS_WINNER><OFFICIALNAME>" name "</OFFICIALNAME></ADDRESS_WINNER></WINNER>"
#define DECIDED "<DATE_DECISION_JURY>2021-03-27</DATE_DECISION_JURY>"

/* The two schemas put the winners in different places. A prize is no contract's value. */
static void a_design_contest_has_winners(void **state)
{
    struct fixture *fixture = *state;
    static const char *const contests[] = {
        CONTEST("<AWARDED_PRIZE>" DECIDED PRIZE_WINNER("Arkitekt ApS (fiktiv)") PRIZE_WINNER(
            "Tegnestuen A/S (fiktiv)") "<VAL_PRIZE "
                                       "CURRENCY=\"DKK\">90000</VAL_PRIZE></AWARDED_PRIZE>"),
        CONTEST("<AWARDED_PRIZE>" DECIDED "<WINNERS>" PRIZE_WINNER("Arkitekt ApS (fiktiv)")
                    PRIZE_WINNER("Tegnestuen A/S (fiktiv)") "</WINNERS></AWARDED_PRIZE>")};
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(lots_of(fixture, contests[i]), "LOT-0000 LOT-0000");
        const struct notice_lead *lead = &fixture->notice.leads[1];
        assert_string_equal(lead->winner->name, "Tegnestuen A/S (fiktiv)");
        assert_string_equal(lead->award_date, "2021-03-27");
        assert_null(lead->contract_date);
        assert_int_equal(lead->role, NOTICE_SOLE);
        assert_int_equal(lead->value.minor, -1);
    }
    assert_string_equal(
        lots_of(fixture,
                CONTEST("<NO_AWARDED_PRIZE><PROCUREMENT_UNSUCCESSFUL/></NO_AWARDED_PRIZE>")),
        "");
    assert_int_equal(lines_of(&fixture->notice, "NO_WINNER", "LOT-0000"), 1);
}

/* --- the example data --- */

static const char *const pairs[] = {"20-157399", "20-164186", "20-587026", "21-158592",
                                    "21-357646", "21-362579", "21-364082"};

static bool same_text(const char *left, const char *right)
{
    return left == right || (left && right && strcmp(left, right) == 0);
}

static bool same_lead(const struct notice_lead *ted, const struct notice_lead *eforms)
{
    return same_text(ted->lot, eforms->lot) && same_text(ted->winner->name, eforms->winner->name) &&
           same_text(ted->winner->id, eforms->winner->id) &&
           same_text(ted->winner->country, eforms->winner->country) &&
           same_text(ted->project->cpv, eforms->project->cpv) &&
           ted->value.minor == eforms->value.minor && ted->value_kind == eforms->value_kind &&
           same_text(ted->contract_date ? ted->contract_date : "",
                     eforms->contract_date ? eforms->contract_date : "");
}

static void ted_and_eforms_say_the_same(void **state)
{
    struct fixture *fixture = *state;
    if (access(SHARED "/ted", R_OK) != 0) {
        print_message("skipped: no example data in %s\n", SHARED);
        skip();
    }
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        char name[64];
        snprintf(name, sizeof name, "ted/%s.ted-xml.xml", pairs[i]);
        assert_int_equal(parse_file(fixture, SHARED, name), 0);
        const struct notice ted = fixture->notice;
        snprintf(name, sizeof name, "ted/%s.eforms-xml.xml", pairs[i]);
        assert_int_equal(parse_file(fixture, SHARED, name), 0);
        const struct notice *eforms = &fixture->notice;
        if (ted.kind != eforms->kind || ted.leads_count != eforms->leads_count ||
            !same_text(ted.publication, eforms->publication))
            fail_msg("%s: kind %d and %d, leads %zu and %zu, publication %s and %s", pairs[i],
                     (int)ted.kind, (int)eforms->kind, ted.leads_count, eforms->leads_count,
                     ted.publication, eforms->publication);
        for (size_t j = 0; j < ted.leads_count; j++) {
            const struct notice_lead *a = &ted.leads[j];
            const struct notice_lead *b = &eforms->leads[j];
            if (!same_lead(a, b))
                fail_msg("%s: lead %zu: %s/%s/%s/%s/%s/%s and %s/%s/%s/%s/%s/%s", pairs[i], j,
                         a->lot, a->winner->name, a->winner->id, a->winner->country,
                         a->project->cpv, a->contract_date, b->lot, b->winner->name, b->winner->id,
                         b->winner->country, b->project->cpv, b->contract_date);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lots_have_their_winners, setup, teardown),
        cmocka_unit_test_setup_teardown(translations_are_not_read_twice, setup, teardown),
        cmocka_unit_test_setup_teardown(a_group_is_a_consortium, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lot_without_winner_is_a_line, setup, teardown),
        cmocka_unit_test_setup_teardown(a_range_of_tenders_is_no_value, setup, teardown),
        cmocka_unit_test_setup_teardown(a_ceiling_is_never_a_winners_value, setup, teardown),
        cmocka_unit_test_setup_teardown(a_value_of_several_is_not_each_ones, setup, teardown),
        cmocka_unit_test_setup_teardown(each_form_is_what_it_is, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_odd_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(billion_laughs_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flood_meets_its_cap, setup, teardown),
        cmocka_unit_test_setup_teardown(lots_times_awards_meet_their_cap, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lot_number_is_free_text, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lot_may_be_without_winner, setup, teardown),
        cmocka_unit_test_setup_teardown(the_only_lot_is_the_one_that_was_won, setup, teardown),
        cmocka_unit_test_setup_teardown(a_frameworks_value_is_its_ceiling, setup, teardown),
        cmocka_unit_test_setup_teardown(a_design_contest_has_winners, setup, teardown),
        cmocka_unit_test_setup_teardown(ted_and_eforms_say_the_same, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
