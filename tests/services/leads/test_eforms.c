/*
 * The reader of eForms notices: small notices of our own in notices/ and deploy/story, and every
 * file of the example data where that is at hand.
 */
#include "common/base/error.h"
#include "common/base/mem.h"
#include "services/leads/notice.h"
#include "services/leads/notice_value.h"
#include "tests/services/leads/notice_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/services/leads/notice_fixture.h"

static void parse_own(struct fixture *fixture, const char *name)
{
    int error = parse_file(fixture, NOTICES, name);
    if (error)
        fail_msg("%s: %s", name, fixture->fault.text);
}

static void one_winner_is_one_lead(void **state)
{
    struct fixture *fixture = *state;
    parse_own(fixture, "one_winner.xml");
    const struct notice *notice = &fixture->notice;
    assert_int_equal(notice->kind, NOTICE_AWARD);
    assert_string_equal(notice->id, "00000000-0000-4000-8000-000000000001");
    assert_int_equal(notice->version, 1);
    assert_string_equal(notice->issue_date, "2026-11-02");
    assert_int_equal(notice->buyers_count, 1);
    assert_string_equal(notice->buyers[0]->name, "Østjysk Byggeherre (fiktiv)");
    assert_int_equal(notice->leads_count, 1);
    assert_int_equal(notice->lines_count, 0);
    const struct notice_lead *lead = &notice->leads[0];
    assert_string_equal(lead->lot, "LOT-0001");
    assert_string_equal(lead->winner->name, "Midtjysk Beton A/S (fiktiv)");
    assert_string_equal(lead->winner->cvr, "99100028");
    assert_string_equal(lead->winner->postal_code, "8600");
    assert_int_equal(lead->role, NOTICE_SOLE);
    assert_int_equal(lead->value.minor, 1250000000);
    assert_string_equal(lead->value.currency, "DKK");
    assert_int_equal(lead->value_kind, NOTICE_VALUE_TENDER);
    assert_string_equal(lead->award_date, "2026-10-20");
    assert_string_equal(lead->contract_date, "2026-11-01");
    assert_string_equal(lead->project->cpv, "45223000");
    assert_string_equal(lead->project->places[0].nuts, "DK042");
}

static void a_lot_without_winner_is_a_line(void **state)
{
    struct fixture *fixture = *state;
    parse_own(fixture, "no_winner.xml");
    assert_int_equal(fixture->notice.leads_count, 0);
    assert_int_equal(fixture->notice.lines_count, 3);
    assert_int_equal(lines_of(&fixture->notice, "NO_WINNER", "LOT-0001"), 1);
    assert_int_equal(lines_of(&fixture->notice, "NO_WINNER_YET", "LOT-0002"), 1);
    assert_int_equal(lines_of(&fixture->notice, "LOT_WITHOUT_RESULT", "LOT-0003"), 1);
}

static void a_consortium_names_all_and_its_leader(void **state)
{
    struct fixture *fixture = *state;
    parse_own(fixture, "consortium.xml");
    const struct notice *notice = &fixture->notice;
    assert_int_equal(notice->leads_count, 3);
    assert_int_equal(notice->leads[0].role, NOTICE_MEMBER);
    assert_int_equal(notice->leads[1].role, NOTICE_LEADER);
    assert_string_equal(notice->leads[1].winner->name, "Brobyg Horsens ApS (fiktiv)");
    assert_int_equal(notice->leads[2].members_count, 3);
    assert_string_equal(notice->leads[2].members[0], "Kystens Anlæg A/S (fiktiv)");
    assert_string_equal(notice->leads[0].tender, notice->leads[2].tender);
    assert_int_equal(notice->lines_count, 1);
    assert_string_equal(notice->lines[0].text,
                        "Vundet af et konsortium af 3: Kystens Anlæg A/S (fiktiv), Brobyg Horsens "
                        "ApS (fiktiv) (leder), Nordsø Fundering A/S (fiktiv)");
}

static void broken_ids_keep_the_lead(void **state)
{
    static const struct {
        const char *file;
        const char *raw;
        const char *cvr;
        const char *code; /* NULL: no line */
    } cases[] = {
        {"cvr_spaces.xml", "DK 99 10 00 28", "99100028", "COMPANY_ID_SPACES"},
        {"cvr_checksum.xml", "99100029", NULL, "COMPANY_ID_CHECK"},
        {"cvr_name.xml", "Midtjysk Beton A/S (fiktiv)", NULL, "COMPANY_ID_TEXT"},
        {"cvr_missing.xml", NULL, NULL, "COMPANY_ID_MISSING"},
        {"cvr_foreign.xml", "99100028", NULL, NULL},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        parse_own(fixture, cases[i].file);
        assert_int_equal(fixture->notice.leads_count, 1);
        const struct notice_company *winner = fixture->notice.leads[0].winner;
        assert_true((winner->id == NULL) == (cases[i].raw == NULL));
        if (winner->id)
            assert_string_equal(winner->id, cases[i].raw);
        assert_true((winner->cvr == NULL) == (cases[i].cvr == NULL));
        if (winner->cvr)
            assert_string_equal(winner->cvr, cases[i].cvr);
        if (cases[i].code)
            assert_int_equal(lines_of(&fixture->notice, cases[i].code, "LOT-0001"), 1);
        else
            assert_int_equal(fixture->notice.lines_count, 0);
    }
}

static void an_amount_that_is_none_stays_raw(void **state)
{
    struct fixture *fixture = *state;
    parse_own(fixture, "cvr_missing.xml");
    const struct notice_lead *lead = &fixture->notice.leads[0];
    assert_string_equal(lead->value.raw, "12,5 mio");
    assert_int_equal(lead->value.minor, -1);
    assert_int_equal(lead->value_kind, NOTICE_VALUE_UNKNOWN);
    assert_int_equal(lines_of(&fixture->notice, "AMOUNT_INVALID", "LOT-0001"), 1);
}

static void a_ceiling_is_never_a_winners_value(void **state)
{
    struct fixture *fixture = *state;
    parse_own(fixture, "framework.xml");
    const struct notice *notice = &fixture->notice;
    assert_int_equal(notice->leads_count, 5);
    for (size_t i = 0; i < notice->leads_count; i++)
        assert_int_equal(notice->leads[i].value_kind, NOTICE_VALUE_CEILING);
    assert_int_equal(notice->leads[0].framework_max.minor, INT64_C(8000000000));
    assert_int_equal(notice->leads[4].framework_max.minor, INT64_C(8500000000));
    assert_int_equal(lines_of(notice, "FRAMEWORK_CEILING", "LOT-0001"), 3);
    assert_int_equal(lines_of(notice, "FRAMEWORK_CEILING", "LOT-0002"), 2);
}

static void broken_references_are_lines(void **state)
{
    struct fixture *fixture = *state;
    parse_own(fixture, "broken_references.xml");
    const struct notice *notice = &fixture->notice;
    assert_int_equal(notice->leads_count, 1);
    assert_null(notice->leads[0].award_date);
    assert_string_equal(notice->leads[0].contract_date, "2026-11-01");
    assert_int_equal(lines_of(notice, "REFERENCE_BROKEN", "LOT-0001"), 3);
    assert_int_equal(lines_of(notice, "REFERENCE_BROKEN", "LOT-0002"), 1);
    assert_int_equal(lines_of(notice, "TENDER_NOT_SETTLED", "LOT-0001"), 1);
    assert_int_equal(lines_of(notice, "DATE_INVALID", "LOT-0001"), 1);
    assert_int_equal(lines_of(notice, "CPV_INVALID", "LOT-0002"), 1);
    assert_int_equal(lines_of(notice, "CONSORTIUM_LEADER", "LOT-0001"), 1);
    assert_int_equal(notice->lines_count, 9);
}

static void a_doctype_is_refused(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(parse_file(fixture, NOTICES, "doctype.xml"), ERROR_INVALID);
    assert_int_equal(fixture->fault.line, 2);
    assert_int_equal(fixture->fault.column, 9);
    assert_non_null(strstr(fixture->fault.text, "DOCTYPE"));
}

static void a_cut_file_says_where(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(parse_file(fixture, NOTICES, "truncated.xml"), ERROR_INVALID);
    assert_int_equal(fixture->fault.line, 27);
    assert_int_equal(fixture->fault.column, 18);
    assert_non_null(strstr(fixture->fault.text, "afkortet"));
}

static void a_depth_bomb_is_refused(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(parse_file(fixture, NOTICES, "depth_bomb.xml"), ERROR_LIMIT);
    assert_int_equal(fixture->fault.line, 3);
    assert_non_null(strstr(fixture->fault.text, "128"));
}

static int parse_text(struct fixture *fixture, const char *bytes, size_t length)
{
    return notice_parse_memory(fixture->arena, bytes, length, &fixture->notice, &fixture->fault);
}

static void what_is_not_xml_is_refused(void **state)
{
    struct fixture *fixture = *state;
    static const char wide[] = "\xff\xfe<\0a\0/\0>";
    static const char hidden[] =
        "<?xml version=\"1.0\" encoding=\"UTF-7\"?>+ADwAIQ-DOCTYPE a+AD4-<a/>";
    static const char latin[] = "<a>\xe6</a>";
    static const char entity[] = "<a>&boom;</a>";
    assert_int_equal(parse_text(fixture, "", 0), ERROR_INVALID);
    assert_non_null(strstr(fixture->fault.text, "tom"));
    assert_int_equal(parse_text(fixture, wide, sizeof wide - 1), ERROR_INVALID);
    assert_int_equal(parse_text(fixture, hidden, sizeof hidden - 1), ERROR_INVALID);
    assert_int_equal(parse_text(fixture, "CVR;navn\n", 9), ERROR_INVALID);
    assert_int_equal(parse_text(fixture, latin, sizeof latin - 1), ERROR_INVALID);
    assert_int_equal(parse_text(fixture, entity, sizeof entity - 1), ERROR_INVALID);
}

static void another_root_is_told_by_its_name(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(parse_text(fixture, "<a><b/></a>", 11), 0);
    assert_int_equal(fixture->notice.kind, NOTICE_OTHER);
    assert_int_equal(lines_of(&fixture->notice, "NOT_A_NOTICE", NULL), 1);
}

#define HEAD                                                                                       \
    "<ContractAwardNotice "                                                                        \
    "xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:ContractAwardNotice-2\">"

static void a_flood_meets_its_cap(void **state)
{
    struct fixture *fixture = *state;
    struct flood records = {HEAD, "<ProcurementProjectLot/>", 0, false};
    assert_int_equal(
        notice_parse(fixture->arena, flood_read, &records, &fixture->notice, &fixture->fault),
        ERROR_LIMIT);
    struct flood spaces = {HEAD, "<a>                                        </a>\n", 0, false};
    assert_int_equal(
        notice_parse(fixture->arena, flood_read, &spaces, &fixture->notice, &fixture->fault),
        ERROR_LIMIT);
    assert_non_null(strstr(fixture->fault.text, "64 MiB"));
    assert_true(arena_used(fixture->arena) < 2 * NOTICE_MEMORY_CAP);
}

static ssize_t broken_read(void *source, void *bytes, size_t size)
{
    (void)source;
    (void)bytes;
    (void)size;
    return ERROR_IO;
}

static void a_failing_source_is_passed_on(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(
        notice_parse(fixture->arena, broken_read, NULL, &fixture->notice, &fixture->fault),
        ERROR_IO);
}

static void the_story_has_its_winner(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(parse_file(fixture, STORY, "letbane.xml"), 0);
    assert_int_equal(fixture->notice.leads_count, 1);
    const struct notice_lead *lead = &fixture->notice.leads[0];
    assert_string_equal(lead->winner->name, "Østjysk Letbanebyg A/S (fiktiv)");
    assert_string_equal(lead->winner->cvr, "99426012");
    assert_string_equal(lead->project->cpv, "45234000");
    assert_string_equal(lead->project->places[0].nuts, "DK042");
    assert_string_equal(lead->project->start, "2027-03-01");
    assert_int_equal(lines_of(&fixture->notice, "NO_WINNER", "LOT-0002"), 1);
}

static void values_are_read_strictly(void **state)
{
    struct fixture *fixture = *state;
    static const char *const good[] = {"2023-01-05", "2023-01-05Z", "2023-01-05+01:00",
                                       "2023-01-05-11:30"};
    static const char *const bad[] = {"2023-02-29",          "2023-1-5",        "05-01-2023",
                                      "2023-01-05T10:00:00", "2023-01-05+0100", ""};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
        assert_string_equal(notice_date(fixture->arena, good[i]), "2023-01-05");
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_null(notice_date(fixture->arena, bad[i]));
    struct notice_amount amount;
    assert_true(notice_amount_read("390697.84", "EUR", &amount));
    assert_int_equal(amount.minor, 39069784);
    assert_true(notice_amount_read("95414.5000", "EUR", &amount));
    assert_int_equal(amount.minor, 9541450);
    assert_false(notice_amount_read("1.005", "EUR", &amount));
    assert_false(notice_amount_read("-5", "EUR", &amount));
    assert_false(notice_amount_read("5", "euro", &amount));
    assert_false(notice_amount_read("99999999999999", "EUR", &amount));
    char cvr[9];
    assert_int_equal(notice_cvr_read("dk-99 10 00\xc2\xa0"
                                     "28",
                                     cvr),
                     NOTICE_CVR_OK);
    assert_string_equal(cvr, "99100028");
    static const char *const written[] = {"CVR 99100028", "CVR-nr. 99 10 00 28", "cvr: 99100028",
                                          "DK-CVR-99100028", "DK99100028"};
    for (size_t i = 0; i < sizeof written / sizeof written[0]; i++) {
        assert_int_equal(notice_cvr_read(written[i], cvr), NOTICE_CVR_OK);
        assert_string_equal(cvr, "99100028");
    }
    assert_int_equal(notice_cvr_read("CVR-nr. 99100028 og 99100036", cvr), NOTICE_CVR_FORM);
    assert_int_equal(notice_cvr_read("SE99100028", cvr), NOTICE_CVR_FORM);
    assert_int_equal(notice_cvr_read("1009910002", cvr), NOTICE_CVR_FORM);
    assert_int_equal(notice_cvr_read(" ", cvr), NOTICE_CVR_MISSING);
}

/* --- ceilings of a framework with one winner --- */

#define MOST(name) "<" name " currencyID=\"DKK\">900</" name ">"
#define AGREED(name) "<FrameworkAgreementValues>" MOST(name) "</FrameworkAgreementValues>"

/* One winner of 900 kroner; what the result, the notice and the lot say of the framework besides.
 */
static const struct notice *framework_of(struct fixture *fixture, const char *of_result,
                                         const char *of_notice, const char *of_lot)
{
    char text[4000];
    int length = snprintf(
        text, sizeof text,
        "<ContractAwardNotice "
        "xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:ContractAwardNotice-2\">"
        "<UBLExtensions><UBLExtension><ExtensionContent><EformsExtension>"
        "<NoticeSubType><SubTypeCode>29</SubTypeCode></NoticeSubType><NoticeResult>%s"
        "<LotResult><ID>RES-1</ID><TenderResultCode>selec-w</TenderResultCode>%s"
        "<TenderLot><ID>LOT-1</ID></TenderLot><LotTender><ID>TEN-1</ID></LotTender></LotResult>"
        "<LotTender><ID>TEN-1</ID><TenderLot><ID>LOT-1</ID></TenderLot><TenderingParty>"
        "<ID>TPA-1</ID></TenderingParty><LegalMonetaryTotal>" MOST(
            "PayableAmount") "</LegalMonetaryTotal></LotTender><TenderingParty><ID>TPA-1</"
                             "ID><Tenderer><ID>ORG-1</ID>"
                             "</Tenderer></TenderingParty></"
                             "NoticeResult><Organizations><Organization><Company>"
                             "<PartyIdentification><ID>ORG-1</ID></"
                             "PartyIdentification><PartyName><Name>Murer A/S "
                             "(fiktiv)</Name></PartyName></Company></Organization></"
                             "Organizations></EformsExtension>"
                             "</ExtensionContent></UBLExtension></"
                             "UBLExtensions><ProcurementProject>"
                             "<Name languageID=\"ENG\">Bridge</Name><Name "
                             "languageID=\"DAN\">Bro</Name>"
                             "<MainCommodityClassification><ItemClassificationCode>45221119</"
                             "ItemClassificationCode>"
                             "</"
                             "MainCommodityClassification><RealizedLocation><Address><"
                             "CountrySubentityCode>DK042"
                             "</CountrySubentityCode></Address></RealizedLocation></"
                             "ProcurementProject>"
                             "<ProcurementProjectLot><ID "
                             "schemeName=\"Lot\">LOT-1</ID><TenderingProcess>"
                             "<ContractingSystem><ContractingSystemTypeCode "
                             "listName=\"framework-agreement\">fa-wo-rc"
                             "</ContractingSystemTypeCode></ContractingSystem>%s</TenderingProcess>"
                             "</ProcurementProjectLot></ContractAwardNotice>",
        of_notice, of_result, of_lot);
    assert_true(length > 0 && (size_t)length < sizeof text);
    assert_int_equal(notice_parse_memory(fixture->arena, text, (size_t)length, &fixture->notice,
                                         &fixture->fault),
                     0);
    assert_int_equal(fixture->notice.leads_count, 1);
    return &fixture->notice;
}

static void a_ceiling_is_known_wherever_it_stands(void **state)
{
    static const char *const cases[][3] = {
        {AGREED("MaximumValueAmount"), "", ""},
        {AGREED("ReestimatedValueAmount"), "", ""},
        {"", MOST("OverallMaximumFrameworkContractsAmount"), ""},
        {"", "",
         "<FrameworkAgreement>" MOST("EstimatedMaximumValueAmount") "</FrameworkAgreement>"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct notice *notice = framework_of(*state, cases[i][0], cases[i][1], cases[i][2]);
        assert_int_equal(notice->leads[0].value_kind, NOTICE_VALUE_CEILING);
        assert_int_equal(lines_of(notice, "FRAMEWORK_CEILING", "LOT-1"), 1);
    }
    const struct notice_lead *lead = &framework_of(*state, "", "", "")->leads[0];
    assert_true(lead->framework);
    assert_int_equal(lead->value_kind, NOTICE_VALUE_TENDER);
    /* Where the lot is silent the procedure speaks, and in Danish if it can. */
    assert_string_equal(lead->project->name, "Bro");
    assert_string_equal(lead->project->cpv, "45221119");
    assert_string_equal(lead->project->places[0].nuts, "DK042");
}

/* Each checked against the file itself: results, winners, ids, dates and ceilings. */
static const struct {
    const char *file;
    enum notice_kind kind;
    size_t leads;
    size_t lines;
} examples[] = {
    {"sdk/E4_minimal.xml", NOTICE_AWARD, 1, 1},
    {"sdk/E5_minimal.xml", NOTICE_OTHER, 0, 1},
    {"sdk/INVALID_can_24_empty.xml", NOTICE_AWARD, 0, 3},
    {"sdk/INVALID_can_24_stage-2.xml", NOTICE_AWARD, 0, 4},
    {"sdk/can-desg_24.xml", NOTICE_AWARD, 1, 5},
    {"sdk/can-desg_25.xml", NOTICE_AWARD, 0, 3},
    {"sdk/can-modif_23.xml", NOTICE_OTHER, 0, 1},
    {"sdk/can-modif_24_duration.xml", NOTICE_OTHER, 0, 1},
    {"sdk/can-modif_24_value.xml", NOTICE_OTHER, 0, 1},
    {"sdk/can-modif_25.xml", NOTICE_OTHER, 0, 1},
    {"sdk/can-social_23.xml", NOTICE_AWARD, 1, 4},
    {"sdk/can-social_24.xml", NOTICE_AWARD, 1, 6},
    {"sdk/can-social_25.xml", NOTICE_AWARD, 1, 4},
    {"sdk/can_23_contracts.xml", NOTICE_AWARD, 2, 3},
    {"sdk/can_24_FRA_comments.xml", NOTICE_AWARD, 2, 2},
    {"sdk/can_24_LSBU.xml", NOTICE_AWARD, 1, 3},
    {"sdk/can_24_minimal.xml", NOTICE_AWARD, 1, 1},
    {"sdk/can_24_no_tenders.xml", NOTICE_AWARD, 0, 1},
    {"sdk/can_25_ENG.xml", NOTICE_AWARD, 1, 2},
    {"sdk/can_25_ENG_Buyers.xml", NOTICE_AWARD, 1, 2},
    {"sdk/can_25_ENG_buyers_countries.xml", NOTICE_AWARD, 1, 2},
    {"sdk/can_25_ITA.xml", NOTICE_AWARD, 1, 2},
    {"sdk/can_25_withheld.xml", NOTICE_AWARD, 1, 2},
    {"sdk/cn_24_FRA_comments.xml", NOTICE_OTHER, 0, 1},
    {"sdk/cn_24_cumbria.xml", NOTICE_OTHER, 0, 1},
    {"sdk/cn_24_maximal.xml", NOTICE_OTHER, 0, 1},
    {"sdk/cn_24_minimal.xml", NOTICE_OTHER, 0, 1},
    {"sdk/cn_24_multilingual.xml", NOTICE_OTHER, 0, 1},
    {"sdk/cn_24_nego_accel.xml", NOTICE_OTHER, 0, 1},
    {"sdk/cn_24_open.xml", NOTICE_OTHER, 0, 1},
    {"sdk/cn_24_open_accel.xml", NOTICE_OTHER, 0, 1},
    {"sdk/veat_23.xml", NOTICE_EX_ANTE, 1, 2},
    {"sdk/veat_24.xml", NOTICE_EX_ANTE, 3, 6},
    {"sdk/veat_25.xml", NOTICE_EX_ANTE, 1, 3},
    {"sdk/veat_81.xml", NOTICE_EX_ANTE, 2, 5},
    {"ted/20-157399.eforms-xml.xml", NOTICE_AWARD, 4, 1},
    {"ted/20-164186.eforms-xml.xml", NOTICE_OTHER, 0, 1},
    {"ted/20-587026.eforms-xml.xml", NOTICE_OTHER, 0, 1},
    {"ted/21-158592.eforms-xml.xml", NOTICE_EX_ANTE, 1, 2},
    {"ted/21-357646.eforms-xml.xml", NOTICE_AWARD, 1, 1},
    {"ted/21-362579.eforms-xml.xml", NOTICE_AWARD, 1, 1},
    {"ted/21-364082.eforms-xml.xml", NOTICE_OTHER, 0, 1},
};

static void every_example_gives_what_it_holds(void **state)
{
    struct fixture *fixture = *state;
    if (access(SHARED, R_OK) != 0) {
        print_message("skipped: no example data in %s\n", SHARED);
        skip();
    }
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        int error = parse_file(fixture, SHARED, examples[i].file);
        const struct notice *notice = &fixture->notice;
        if (error || notice->kind != examples[i].kind || notice->leads_count != examples[i].leads ||
            notice->lines_count != examples[i].lines)
            fail_msg("%s: error %d, kind %d, %zu leads, %zu lines", examples[i].file, error,
                     (int)notice->kind, notice->leads_count, notice->lines_count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_ceiling_is_known_wherever_it_stands, setup, teardown),
        cmocka_unit_test_setup_teardown(one_winner_is_one_lead, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lot_without_winner_is_a_line, setup, teardown),
        cmocka_unit_test_setup_teardown(a_consortium_names_all_and_its_leader, setup, teardown),
        cmocka_unit_test_setup_teardown(broken_ids_keep_the_lead, setup, teardown),
        cmocka_unit_test_setup_teardown(an_amount_that_is_none_stays_raw, setup, teardown),
        cmocka_unit_test_setup_teardown(a_ceiling_is_never_a_winners_value, setup, teardown),
        cmocka_unit_test_setup_teardown(broken_references_are_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(a_doctype_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cut_file_says_where, setup, teardown),
        cmocka_unit_test_setup_teardown(a_depth_bomb_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_xml_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(another_root_is_told_by_its_name, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flood_meets_its_cap, setup, teardown),
        cmocka_unit_test_setup_teardown(a_failing_source_is_passed_on, setup, teardown),
        cmocka_unit_test_setup_teardown(the_story_has_its_winner, setup, teardown),
        cmocka_unit_test_setup_teardown(values_are_read_strictly, setup, teardown),
        cmocka_unit_test_setup_teardown(every_example_gives_what_it_holds, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
