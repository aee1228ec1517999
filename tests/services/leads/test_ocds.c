/*
 * The reader of OCDS: small releases of our own in ocds/, and every file of the example data where
 * that is at hand.
 */
#include "common/base/buffer.h"
#include "common/base/error.h"
#include "common/base/mem.h"
#include "services/leads/notice_json.h"
#include "services/leads/ocds.h"
#include "tests/services/leads/notice_test.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct fixture {
    struct arena *arena;
    struct ocds_file file;
    struct notice_fault fault;
};

static int setup(void **state)
{
    struct fixture *fixture = mem_zalloc(sizeof *fixture);
    fixture->arena = arena_create(0);
    *state = fixture;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    arena_destroy(&fixture->arena);
    mem_free(fixture);
    return 0;
}

static int parse_file(struct fixture *fixture, const char *folder, const char *name)
{
    char path[512];
    const size_t length = strlen(name);
    const bool lines = length > 6 && strcmp(name + length - 6, ".jsonl") == 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    int error = ocds_parse(fixture->arena, file_read, file, lines, &fixture->file, &fixture->fault);
    fclose(file);
    return error;
}

static const struct ocds_file *parse_own(struct fixture *fixture, const char *name)
{
    if (parse_file(fixture, OCDS, name) != 0)
        fail_msg("%s: %s", name, fixture->fault.text);
    return &fixture->file;
}

static size_t file_lines_of(const struct ocds_file *file, const char *code)
{
    size_t count = 0;
    for (size_t i = 0; i < file->lines_count; i++)
        count += strcmp(file->lines[i].line.code, code) == 0;
    return count;
}

static void an_award_is_a_notice_with_its_winner(void **state)
{
    const struct ocds_file *file = parse_own(*state, "award.json");
    assert_string_equal(file->form, "release_package");
    assert_int_equal(file->releases, 1);
    assert_int_equal(file->notices_count, 1);
    assert_int_equal(file->lines_count, 0);
    const struct notice *notice = &file->notices[0];
    assert_string_equal(notice->id, "ocds-fiktiv-0001/A1");
    assert_string_equal(notice->procedure, "ocds-fiktiv-0001");
    assert_string_equal(notice->issue_date, "2026-10-21");
    assert_int_equal(notice->version, 29876220);
    assert_int_equal(notice->lines_count, 0);
    assert_string_equal(notice->buyers[0]->cvr, "99200006");
    assert_int_equal(notice->leads_count, 1);
    const struct notice_lead *lead = &notice->leads[0];
    assert_string_equal(lead->lot, "A1");
    assert_string_equal(lead->winner->name, "Midtjysk Beton A/S (fiktiv)");
    assert_string_equal(lead->winner->cvr, "99100028");
    assert_string_equal(lead->winner->country, "DNK");
    assert_string_equal(lead->winner->postal_code, "8600");
    assert_int_equal(lead->value.minor, 1250000000);
    assert_string_equal(lead->award_date, "2026-10-20");
    assert_null(lead->contract_date);
    assert_string_equal(lead->project->name, "Bro over åen (fiktiv)");
    assert_string_equal(lead->project->cpv, "45221000");
    assert_string_equal(lead->project->more_cpv[0], "45221119");
    assert_string_equal(lead->project->places[0].nuts, "DK042");
    assert_string_equal(lead->project->places[0].postal_code, "8600");
    assert_string_equal(lead->project->start, "2027-01-01");
}

static void a_contract_says_more_of_its_award(void **state)
{
    const struct ocds_file *file = parse_own(*state, "contract.json");
    const struct notice_lead *lead = &file->notices[0].leads[0];
    assert_string_equal(file->notices[0].id, "ocds-fiktiv-0001/A1");
    assert_int_equal(lead->value.minor, 1300000050);
    assert_string_equal(lead->contract, "C1");
    assert_string_equal(lead->contract_date, "2026-11-01");
    assert_string_equal(lead->project->start, "2027-02-01");
    assert_int_equal(lines_of(&file->notices[0], "CONTRACT_VALUE", "A1"), 1);
}

static void a_cancelled_award_has_no_winner(void **state)
{
    const struct ocds_file *file = parse_own(*state, "cancelled.json");
    assert_int_equal(file->notices_count, 1);
    assert_int_equal(file->notices[0].leads_count, 0);
    assert_int_equal(lines_of(&file->notices[0], "AWARD_CANCELLED", "A1"), 1);
}

static void suppliers_together_are_a_consortium(void **state)
{
    const struct ocds_file *file = parse_own(*state, "consortium.json");
    const struct notice *notice = &file->notices[0];
    assert_int_equal(notice->leads_count, 2);
    assert_int_equal(notice->leads[0].role, NOTICE_MEMBER);
    assert_string_equal(notice->leads[1].winner->cvr, "99100036");
    assert_int_equal(notice->leads[1].members_count, 2);
    assert_int_equal(lines_of(notice, "CONSORTIUM", "A2"), 1);
    assert_int_equal(lines_of(notice, "PARTY_UNKNOWN", NULL), 0);
}

static void tenderers_have_not_won(void **state)
{
    const struct ocds_file *file = parse_own(*state, "by_role.json");
    assert_int_equal(file->notices[0].leads_count, 1);
    assert_string_equal(file->notices[0].leads[0].winner->cvr, "99100028");
    assert_int_equal(lines_of(&file->notices[0], "SUPPLIER_BY_ROLE", NULL), 1);
}

static void winners_of_a_framework_share_its_ceiling(void **state)
{
    const struct ocds_file *file = parse_own(*state, "framework.json");
    const struct notice *notice = &file->notices[0];
    assert_int_equal(notice->leads_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(notice->leads[i].value_kind, NOTICE_VALUE_CEILING);
        assert_int_equal(notice->leads[i].role, NOTICE_SOLE);
    }
    assert_string_equal(notice->leads[0].lot, "LOT-0001");
    assert_string_equal(notice->leads[0].project->name, "Ramme nord (fiktiv)");
    assert_string_equal(notice->leads[0].project->start, "2027-03-01");
    assert_int_equal(lines_of(notice, "AWARD_OF_SEVERAL_LOTS", "LOT-0001"), 1);
    assert_int_equal(lines_of(notice, "FRAMEWORK_CEILING", "LOT-0001"), 1);
}

static void a_record_speaks_by_its_compiled_release(void **state)
{
    const struct ocds_file *file = parse_own(*state, "record.json");
    assert_string_equal(file->form, "record_package");
    assert_int_equal(file->notices_count, 1);
    assert_int_equal(file->notices[0].leads[0].value.minor, 1300000050);
    assert_int_equal(file_lines_of(file, "RELEASE_LINKED"), 1);
}

/* The later release stands first in the file, and last in the answer. */
static void lines_are_read_one_by_one_and_put_in_order(void **state)
{
    const struct ocds_file *file = parse_own(*state, "lines.jsonl");
    assert_string_equal(file->form, "lines");
    assert_int_equal(file->releases, 3);
    assert_int_equal(file->refused, 1);
    assert_int_equal(file->notices_count, 2);
    assert_true(file->notices[0].version < file->notices[1].version);
    assert_string_equal(file->notices[1].leads[0].contract, "C1");
    assert_int_equal(file_lines_of(file, "JSON"), 1);
    assert_int_equal(file_lines_of(file, "NOT_A_RELEASE"), 2);
    assert_int_equal(file_lines_of(file, "NOT_AN_AWARD"), 1);
    for (size_t i = 0; i < file->lines_count; i++) {
        if (strcmp(file->lines[i].line.code, "JSON") == 0)
            assert_int_equal(file->lines[i].at, 4);
    }
}

static void a_bare_release_is_read(void **state)
{
    const struct ocds_file *file = parse_own(*state, "bare.json");
    assert_string_equal(file->form, "release");
    assert_int_equal(file->notices_count, 1);
}

static const struct notice *with_id(const struct ocds_file *file, const char *id)
{
    for (size_t i = 0; i < file->notices_count; i++) {
        if (strcmp(file->notices[i].id, id) == 0)
            return &file->notices[i];
    }
    fail_msg("no notice %s", id);
    return NULL;
}

static void what_is_odd_is_told(void **state)
{
    const struct ocds_file *file = parse_own(*state, "odd.json");
    const struct notice *unknown = with_id(file, "ocds-fiktiv-0005/A1");
    const struct notice *twice = with_id(file, "ocds-fiktiv-0005/A1#2");
    const struct notice *foreign = with_id(file, "ocds-fiktiv-0005/3");
    const struct notice *nobody = with_id(file, "ocds-fiktiv-0005/A4");
    const struct notice *wrong = with_id(file, "ocds-fiktiv-0005/A5");
    assert_int_equal(file->notices_count, 5);
    assert_int_equal(file_lines_of(file, "DATE_INVALID"), 1);
    assert_int_equal(file_lines_of(file, "AWARD_ID_TWICE"), 1);
    assert_int_equal(file_lines_of(file, "AWARD_ID_MISSING"), 1);
    assert_int_equal(file_lines_of(file, "CONTRACT_WITHOUT_AWARD"), 1);
    assert_string_equal(unknown->leads[0].winner->cvr, "99100028");
    assert_int_equal(unknown->leads[0].value.minor, -1);
    assert_int_equal(unknown->leads[0].value_kind, NOTICE_VALUE_UNKNOWN);
    assert_int_equal(lines_of(unknown, "PARTY_UNKNOWN", NULL), 1);
    assert_int_equal(lines_of(unknown, "VALUE_ZERO", NULL), 1);
    assert_int_equal(lines_of(unknown, "PLACE_UNKNOWN", NULL), 1);
    assert_string_equal(twice->leads[0].lot, "A1#2");
    assert_int_equal(lines_of(twice, "AMOUNT_INVALID", NULL), 1);
    assert_int_equal(lines_of(twice, "DATE_INVALID", NULL), 1);
    assert_string_equal(foreign->leads[0].winner->country, "GBR");
    assert_string_equal(foreign->leads[0].winner->id, "624297");
    assert_null(foreign->leads[0].winner->cvr);
    assert_string_equal(foreign->leads[0].value.raw, "12,5 mio");
    assert_int_equal(lines_of(foreign, "COMPANY_ID_CONTRADICTS", NULL), 1);
    assert_int_equal(nobody->leads_count, 0);
    assert_int_equal(lines_of(nobody, "WINNER_MISSING", "A4"), 1);
    assert_null(wrong->leads[0].winner->cvr);
    assert_string_equal(wrong->leads[0].value.raw, "1234.56");
    assert_int_equal(wrong->leads[0].value.minor, -1);
    assert_int_equal(lines_of(wrong, "COMPANY_ID_CHECK", NULL), 1);
}

static int parse_text(struct fixture *fixture, const char *text, bool lines)
{
    return ocds_parse_memory(fixture->arena, text, strlen(text), lines, &fixture->file,
                             &fixture->fault);
}

#define RELEASE(tender, awards)                                                                    \
    "{\"ocid\":\"o\",\"id\":\"1\",\"date\":\"2026-10-21T09:00:00Z\",\"tag\":[\"award\"],"          \
    "\"tender\":{" tender "},\"awards\":[" awards "]}"
#define AWARD(id, amount, lot)                                                                     \
    "{\"id\":\"" id "\",\"relatedLots\":[\"" lot "\"],\"value\":{\"amount\":" amount               \
    ",\"currency\":\"DKK\"},\"suppliers\":[{\"name\":\"Murer " id " A/S (fiktiv)\",\"address\":{"  \
    "\"countryName\":\"DANMARK\"}}]}"
#define RAMME "\"techniques\":{\"hasFrameworkAgreement\":true}"

/* The kinds of the values of the file's leads, in their order: c ceiling, t tender, u unknown. */
static const char *value_kinds(struct fixture *fixture, const char *release)
{
    static char text[20];
    size_t count = 0;
    assert_int_equal(parse_text(fixture, release, false), 0);
    for (size_t i = 0; i < fixture->file.notices_count; i++) {
        for (size_t j = 0; j < fixture->file.notices[i].leads_count; j++)
            text[count++] = "utc"[fixture->file.notices[i].leads[j].value_kind];
    }
    text[count] = '\0';
    return text;
}

/* Each winner of a framework may have an award of its own, with the ceiling as its value. */
static void a_ceiling_is_seen_across_awards(void **state)
{
    struct fixture *fixture = *state;
    static const char three[] =
        AWARD("1", "900", "L1") "," AWARD("2", "900.0", "L1") "," AWARD("3", "900", "L2");
    char text[4000];
    snprintf(text, sizeof text, RELEASE(RAMME, "%s"), three);
    assert_string_equal(value_kinds(fixture, text), "cct");
    assert_int_equal(lines_of(&fixture->file.notices[1], "FRAMEWORK_CEILING", "L1"), 1);
    /* Not in a framework: two contracts of the same size. */
    snprintf(text, sizeof text, RELEASE("\"id\":\"T\"", "%s"), three);
    assert_string_equal(value_kinds(fixture, text), "ttt");
    /* The lot says that it is a framework, and how much at most. */
    snprintf(text, sizeof text,
             RELEASE("\"lots\":[{\"id\":\"L1\",\"techniques\":{\"hasFrameworkAgreement\":true,"
                     "\"frameworkAgreement\":{\"value\":{\"amount\":900,\"currency\":\"DKK\"}}}}]",
                     "%s,%s"),
             AWARD("1", "900", "L1"), AWARD("2", "700", "L1"));
    assert_string_equal(value_kinds(fixture, text), "ct");
    assert_int_equal(fixture->file.notices[1].leads[0].framework_max.minor, 90000);
    assert_string_equal(fixture->file.notices[0].leads[0].winner->country, "DNK");
}

/* An award that came to nothing has no winner, whoever stands as its supplier. */
static void an_unsuccessful_award_has_no_winner(void **state)
{
    struct fixture *fixture = *state;
    assert_string_equal(
        value_kinds(fixture, RELEASE("\"id\":\"T\"",
                                     "{\"id\":\"1\",\"status\":\"unsuccessful\",\"suppliers\":[{"
                                     "\"name\":\"Murer A/S (fiktiv)\"}]}")),
        "");
    assert_int_equal(lines_of(&fixture->file.notices[0], "NO_WINNER", "1"), 1);
}

/* Eight digits of another scheme are no CVR number, though the company is Danish. */
static void another_schemes_number_is_no_cvr(void **state)
{
    struct fixture *fixture = *state;
    static const char *const schemes[][2] = {{"GB-COH", NULL}, {"DK-CVR", "99100028"}};
    for (size_t i = 0; i < 2; i++) {
        char text[1000];
        snprintf(
            text, sizeof text,
            RELEASE("\"id\":\"T\"",
                    "{\"id\":\"1\",\"suppliers\":[{\"name\":\"Murer A/S (fiktiv)\",\"address\":{"
                    "\"country\":\"DK\"},\"identifier\":{\"scheme\":\"%s\",\"id\":"
                    "\"99100028\"}}]}"),
            schemes[i][0]);
        assert_string_equal(value_kinds(fixture, text), "u");
        const char *cvr = fixture->file.notices[0].leads[0].winner->cvr;
        assert_true(cvr == schemes[i][1] || (cvr && strcmp(cvr, schemes[i][1]) == 0));
    }
}

/* Whatever the offset: a period that ends on 31 March ends at 23:59:59Z (OCDS, "Date"), which is
 * the next day in Denmark. Versions are moments. */
static void a_day_is_the_one_that_is_written(void **state)
{
    static const char *const times[] = {"T23:59:59Z",      "T23:00:00Z",        "T00:00:00Z",
                                        "T00:00:00+02:00", "T23:59:59.5-06:00", ""};
    struct fixture *fixture = *state;
    int version = 0;

    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        char text[1000];
        snprintf(text, sizeof text,
                 "{\"ocid\":\"o\",\"id\":\"1\",\"date\":\"2026-03-31%s\",\"tender\":{"
                 "\"contractPeriod\":{\"endDate\":\"2026-03-31%s\"}},\"awards\":[{\"id\":\"1\","
                 "\"date\":\"2026-03-31%s\",\"suppliers\":[{\"name\":\"Murer A/S (fiktiv)\"}]}]}",
                 times[i], times[i], times[i]);
        assert_string_equal(value_kinds(fixture, text), "u");
        const struct notice *notice = &fixture->file.notices[0];
        assert_string_equal(notice->issue_date, "2026-03-31");
        assert_string_equal(notice->leads[0].award_date, "2026-03-31");
        assert_string_equal(notice->leads[0].project->end, "2026-03-31");
        assert_true(i != 3 || notice->version == version - 120);
        version = notice->version;
    }
}

/* Of several contracts none says more of the award than it does itself. */
static void several_contracts_say_nothing_of_their_award(void **state)
{
    struct fixture *fixture = *state;
    static const char release[] =
        "{\"ocid\":\"o\",\"id\":\"1\",\"date\":\"2026-10-21T09:00:00Z\",\"awards\":["
        "{\"id\":\"1\",\"value\":{\"amount\":900,\"currency\":\"DKK\"},\"suppliers\":[{\"name\":"
        "\"Murer A/S (fiktiv)\"}]}],\"contracts\":["
        "{\"id\":\"C1\",\"awardID\":\"1\",\"value\":{\"amount\":500,\"currency\":\"DKK\"}},"
        "{\"id\":\"C2\",\"awardID\":\"1\",\"value\":{\"amount\":400,\"currency\":\"DKK\"}},"
        "{\"id\":\"C3\",\"awardID\":\"2\"}]}";
    assert_string_equal(value_kinds(fixture, release), "t");
    assert_int_equal(fixture->file.notices[0].leads[0].value.minor, 90000);
    assert_null(fixture->file.notices[0].leads[0].contract);
    assert_int_equal(lines_of(&fixture->file.notices[0], "CONTRACTS_SEVERAL", NULL), 1);
    assert_int_equal(file_lines_of(&fixture->file, "CONTRACT_WITHOUT_AWARD"), 1);
}

/* A number that is no amount is told, and the lead stands. */
static void an_amount_that_is_none_is_told(void **state)
{
    struct fixture *fixture = *state;
    static const char *const amounts[] = {"1e14", "-5", "0.125"};
    for (size_t i = 0; i < sizeof amounts / sizeof amounts[0]; i++) {
        char text[2000];
        snprintf(text, sizeof text, RELEASE("\"id\":\"T\"", AWARD("1", "%s", "L1")), amounts[i]);
        assert_string_equal(value_kinds(fixture, text), "u");
        assert_int_equal(lines_of(&fixture->file.notices[0], "AMOUNT_INVALID", "L1"), 1);
    }
}

static void what_is_not_ocds_is_told(void **state)
{
    struct fixture *fixture = *state;
    const struct ocds_file *file = parse_own(fixture, "not_ocds.json");
    assert_string_equal(file->form, "other");
    assert_int_equal(file_lines_of(file, "NOT_A_RELEASE"), 1);
    assert_int_equal(parse_text(fixture, "{\"ocid\":\"x\",", false), ERROR_INVALID);
    assert_int_equal(parse_text(fixture, "", false), ERROR_INVALID);
    assert_int_equal(parse_text(fixture, "{\"a\":1,\"a\":2}", false), ERROR_INVALID);
    assert_non_null(strstr(fixture->fault.text, "JSON"));
    assert_int_equal(parse_text(fixture, "", true), 0);
    assert_int_equal(fixture->file.releases, 0);
}

struct flood {
    const char *unit;
    size_t position;
};

static ssize_t flood_read(void *source, void *bytes, size_t size)
{
    struct flood *flood = source;
    const size_t length = strlen(flood->unit);
    char *to = bytes;
    for (size_t i = 0; i < size; i++)
        to[i] = flood->unit[flood->position++ % length];
    return (ssize_t)size;
}

/* Endless brackets, an endless line, endless lines, endless releases: each ends at a cap. */
static void a_flood_meets_its_cap(void **state)
{
    static const struct {
        const char *unit;
        bool lines;
    } floods[] = {{"[", false}, {"{},", false}, {" ", false},
                  {"x", true},  {"x\n", true},  {"{\"ocid\":\"o\",\"id\":\"1\"}\n", true}};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof floods / sizeof floods[0]; i++) {
        struct flood flood = {floods[i].unit, 0};
        arena_reset(fixture->arena);
        assert_int_equal(ocds_parse(fixture->arena, flood_read, &flood, floods[i].lines,
                                    &fixture->file, &fixture->fault),
                         ERROR_LIMIT);
        assert_true(fixture->fault.text[0] != '\0');
        assert_true(arena_used(fixture->arena) < 2 * OCDS_MEMORY_CAP);
    }
}

/* What an award or a contract repeats is not multiplied by their number. */
static void many_contracts_and_suppliers_stay_small(void **state)
{
    struct fixture *fixture = *state;
    struct buffer text;
    buffer_init(&text, (size_t)8 << 20);
    buffer_printf(&text, "{\"ocid\":\"o\",\"id\":\"1\",\"awards\":[");
    for (int i = 0; i < 300; i++)
        buffer_printf(&text, "%s{\"id\":\"a%d\"}", i > 0 ? "," : "", i);
    buffer_printf(&text, "],\"contracts\":[");
    for (int i = 0; i < 20000; i++)
        buffer_printf(&text, "%s{\"id\":\"c%d\",\"awardID\":\"a299\"}", i > 0 ? "," : "", i);
    buffer_printf(&text, "]}");
    assert_int_equal(parse_text(fixture, text.data, false), 0);
    assert_true(arena_used(fixture->arena) < OCDS_MEMORY_CAP / 2);

    text.length = 0;
    buffer_printf(&text, "{\"ocid\":\"o\",\"id\":\"1\",\"awards\":[{\"id\":\"a\",\"suppliers\":[");
    for (int i = 0; i < 400; i++)
        buffer_printf(&text, "%s{\"name\":\"%01000d\"}", i > 0 ? "," : "", i);
    buffer_printf(&text, "]}]}");
    assert_int_equal(parse_text(fixture, text.data, false), 0);
    json_t *batch = notice_batch_to_json(&fixture->file, 0, 1);
    char *json = json_dumps(batch, 0);
    assert_in_range(strlen(json), 400 * 1000, 400 * 8000);
    free(json);
    json_decref(batch);
    buffer_deinit(&text);
}

static void depth_and_count_are_capped(void **state)
{
    struct fixture *fixture = *state;
    const size_t size = 3 * OCDS_VALUES_CAP;
    char *text = mem_zalloc(size + 1);
    memset(text, '[', 17);
    assert_int_equal(parse_text(fixture, text, false), ERROR_INVALID);
    assert_non_null(strstr(fixture->fault.text, "16"));
    for (size_t i = 0; i < size; i++)
        text[i] = "{},"[i % 3];
    text[0] = '[';
    assert_int_equal(parse_text(fixture, text, false), ERROR_INVALID);
    assert_non_null(strstr(fixture->fault.text, "values"));
    mem_free(text);
}

/* Each checked against the file itself. */
static const struct {
    const char *file;
    size_t notices;
    size_t leads;
    const char *code; /* a line of the file, or NULL */
} examples[] = {
    {"schema/release-schema.json", 0, 0, "NOT_A_RELEASE"},
    {"docs/examples/change_history/award.json", 1, 1, NULL},
    {"docs/examples/change_history/contract.json", 1, 1, NULL},
    {"docs/examples/change_history/contractAmendment.json", 1, 1, NULL},
    {"docs/examples/change_history/implementation.json", 0, 0, "CONTRACT_WITHOUT_AWARD"},
    {"docs/examples/change_history/tender.json", 0, 0, "NOT_AN_AWARD"},
    {"docs/examples/change_history/tenderUpdate.json", 0, 0, "NOT_AN_AWARD"},
    {"docs/examples/easy_releases/worked_example1/award.json", 1, 1, NULL},
    {"docs/examples/easy_releases/worked_example1/contract.json", 1, 1, NULL},
    {"docs/examples/easy_releases/worked_example1/tender.json", 0, 0, "NOT_AN_AWARD"},
    {"docs/examples/easy_releases/worked_example1/tender_update.json", 0, 0, "NOT_AN_AWARD"},
    {"docs/examples/easy_releases/worked_example2/award.json", 1, 1, NULL},
    {"docs/examples/easy_releases/worked_example2/contract.json", 1, 1, NULL},
    {"docs/examples/easy_releases/worked_example2/tender.json", 0, 0, "NOT_AN_AWARD"},
    {"docs/examples/easy_releases/worked_example2/tender_update.json", 0, 0, "NOT_AN_AWARD"},
    {"docs/examples/buyers_suppliers/consortia.json", 1, 2, NULL},
};

static void every_example_gives_what_it_holds(void **state)
{
    struct fixture *fixture = *state;
    if (access(SHARED_OCDS, R_OK) != 0) {
        print_message("skipped: no example data in %s\n", SHARED_OCDS);
        skip();
    }
    for (size_t i = 0; i < sizeof examples / sizeof examples[0]; i++) {
        assert_int_equal(parse_file(fixture, SHARED_OCDS, examples[i].file), 0);
        const struct ocds_file *file = &fixture->file;
        size_t leads = 0;
        for (size_t j = 0; j < file->notices_count; j++)
            leads += file->notices[j].leads_count;
        if (file->notices_count != examples[i].notices || leads != examples[i].leads ||
            (examples[i].code && file_lines_of(file, examples[i].code) != 1))
            fail_msg("%s: %zu notices, %zu leads, %zu lines", examples[i].file, file->notices_count,
                     leads, file->lines_count);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(an_award_is_a_notice_with_its_winner, setup, teardown),
        cmocka_unit_test_setup_teardown(a_contract_says_more_of_its_award, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cancelled_award_has_no_winner, setup, teardown),
        cmocka_unit_test_setup_teardown(suppliers_together_are_a_consortium, setup, teardown),
        cmocka_unit_test_setup_teardown(tenderers_have_not_won, setup, teardown),
        cmocka_unit_test_setup_teardown(winners_of_a_framework_share_its_ceiling, setup, teardown),
        cmocka_unit_test_setup_teardown(a_record_speaks_by_its_compiled_release, setup, teardown),
        cmocka_unit_test_setup_teardown(lines_are_read_one_by_one_and_put_in_order, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(a_bare_release_is_read, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_odd_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_ceiling_is_seen_across_awards, setup, teardown),
        cmocka_unit_test_setup_teardown(another_schemes_number_is_no_cvr, setup, teardown),
        cmocka_unit_test_setup_teardown(an_unsuccessful_award_has_no_winner, setup, teardown),
        cmocka_unit_test_setup_teardown(a_day_is_the_one_that_is_written, setup, teardown),
        cmocka_unit_test_setup_teardown(several_contracts_say_nothing_of_their_award, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(an_amount_that_is_none_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_not_ocds_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_flood_meets_its_cap, setup, teardown),
        cmocka_unit_test_setup_teardown(many_contracts_and_suppliers_stay_small, setup, teardown),
        cmocka_unit_test_setup_teardown(depth_and_count_are_capped, setup, teardown),
        cmocka_unit_test_setup_teardown(every_example_gives_what_it_holds, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
