#include "services/orders/sheet_in.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "common/domain/identity.h"
#include "common/domain/kinds.h"
#include "common/domain/order_body.h"
#include "common/sheet/sheet_reader.h"
#include "services/orders/draft.h"
#include "services/orders/lint.h"
#include "services/orders/room.h"
#include "services/orders/words_in.h"
#include "sql/orders_sql.h"

#include <string.h>

#define ROWS_CAP 500
#define REFERENCE_MOST 100 /* bytes */
#define CELL_MOST 5000     /* characters */

enum column {
    COLUMN_UNKNOWN,
    COLUMN_REFERENCE,
    COLUMN_CVR,
    COLUMN_EMPLOYER,
    COLUMN_TITLE,
    COLUMN_POSTS,
    COLUMN_TRADE,
    COLUMN_POSTCODE,
    COLUMN_RADIUS,
    COLUMN_START,
    COLUMN_END,
    COLUMN_KINDS,
    COLUMN_MUST,
    COLUMN_NICE,
    COLUMN_TEXT,
};

/* Lower case, as Danish offices head them, and our own names. */
static const struct {
    const char *heading;
    enum column column;
} headings[] = {
    {"reference", COLUMN_REFERENCE},
    {"ordrenummer", COLUMN_REFERENCE},
    {"ordrenr", COLUMN_REFERENCE},
    {"cvr", COLUMN_CVR},
    {"cvr-nummer", COLUMN_CVR},
    {"cvr-nr", COLUMN_CVR},
    {"arbejdsgiver", COLUMN_EMPLOYER},
    {"virksomhed", COLUMN_EMPLOYER},
    {"firma", COLUMN_EMPLOYER},
    {"titel", COLUMN_TITLE},
    {"title", COLUMN_TITLE},
    {"antal", COLUMN_POSTS},
    {"posts", COLUMN_POSTS},
    {"antal stillinger", COLUMN_POSTS},
    {"fag", COLUMN_TRADE},
    {"stilling", COLUMN_TRADE},
    {"stillingsbetegnelse", COLUMN_TRADE},
    {"occupations", COLUMN_TRADE},
    {"postnummer", COLUMN_POSTCODE},
    {"postnr", COLUMN_POSTCODE},
    {"postcode", COLUMN_POSTCODE},
    {"radius_km", COLUMN_RADIUS},
    {"radius", COLUMN_RADIUS},
    {"start", COLUMN_START},
    {"startdato", COLUMN_START},
    {"start_date", COLUMN_START},
    {"slut", COLUMN_END},
    {"slutdato", COLUMN_END},
    {"end_date", COLUMN_END},
    {"ansættelse", COLUMN_KINDS},
    {"ansættelsesform", COLUMN_KINDS},
    {"kinds", COLUMN_KINDS},
    {"krav", COLUMN_MUST},
    {"ønsker", COLUMN_NICE},
    {"ønske", COLUMN_NICE},
    {"tekst", COLUMN_TEXT},
    {"beskrivelse", COLUMN_TEXT},
    {"bemærkning", COLUMN_TEXT},
    {"bemærkninger", COLUMN_TEXT},
};

/* A row of the file, and what is said of it. */
struct row {
    size_t line;
    bool sent;       /* to the database */
    json_t *errors;  /* [{"pointer", "code", "detail"}] */
    json_t *unknown; /* the draft's "not_understood" */
    json_t *remarks;
};

struct import {
    struct rest_call *call;
    struct sheet_reader_options options;
    bool dry;
    size_t columns;
    enum column column[SHEET_READER_COLUMNS_CAP];
    const char *names[SHEET_READER_COLUMNS_CAP]; /* of the file's own headings */
    struct row rows[ROWS_CAP];
    size_t count;
    json_t *items; /* what the database is to make of them */
    const struct posting_trade *trades;
    size_t trade_count;
};

static void import_destroy(struct import *import)
{
    for (size_t i = 0; i < import->count; i++) {
        json_decref(import->rows[i].errors);
        json_decref(import->rows[i].unknown);
        json_decref(import->rows[i].remarks);
    }
    json_decref(import->items);
    mem_free(import);
}

static ssize_t read_body(void *argument, void *bytes, size_t size)
{
    const struct import *import = argument;

    return http_request_read(rest_http(import->call), bytes, size);
}

/* --- the heading
 * ------------------------------------------------------------------------------------------------
 */

/* ASCII and æøå to lower case; enough for the headings above. */
static const char *lower(struct arena *arena, const char *text)
{
    char *copy = arena_strdup(arena, text);

    for (char *at = copy; *at != '\0'; at++) {
        const bool danish = (unsigned char)at[0] == 0xc3 && (unsigned char)at[1] >= 0x80 &&
                            (unsigned char)at[1] < 0x9f;
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at + 'a' - 'A');
        else if (danish)
            at[1] = (char)((unsigned char)at[1] + 0x20);
    }
    return copy;
}

static enum column column_of(const char *heading)
{
    for (size_t i = 0; i < sizeof headings / sizeof headings[0]; i++)
        if (str_equal(headings[i].heading, heading))
            return headings[i].column;
    return COLUMN_UNKNOWN;
}

static bool read_heading(struct import *import, const struct sheet_reader_row *row,
                         struct json_check *check)
{
    struct arena *arena = rest_arena(import->call);

    import->columns = row->count;
    for (size_t i = 0; i < row->count; i++) {
        import->names[i] = arena_strdup(arena, row->texts[i]);
        import->column[i] = column_of(lower(arena, row->texts[i]));
        for (size_t before = 0; before < i; before++)
            if (import->column[i] != COLUMN_UNKNOWN && import->column[before] == import->column[i])
                json_check_fail(check, json_check_item(check, "", i), "DUPLICATE",
                                "To kolonner er det samme.");
        if (import->column[i] == COLUMN_UNKNOWN)
            json_check_fail(check, json_check_item(check, "", i), "UNKNOWN",
                            "Kolonnen kendes ikke; services/orders/README.md nævner dem, der gør.");
    }
    return json_check_ok(check);
}

/* --- one row
 * ----------------------------------------------------------------------------------------------------
 */

static void read_number(struct draft *draft, const char *source, const char *text,
                        const char *field, int64_t most)
{
    int64_t number;

    if (str_int64(text, 1, most, &number) != 0)
        draft_unknown(draft, source, text);
    else
        (void)draft_value(draft, source, text, field, json_integer(number), TEXT_SURE, NULL);
}

static void read_value(struct draft *draft, const char *source, const char *text, const char *field,
                       bool good)
{
    if (good)
        (void)draft_value(draft, source, text, field, json_string(text), TEXT_SURE, NULL);
    else
        draft_unknown(draft, source, text);
}

/* Codes with "|" between them; what is no code is read as a text. */
static void read_trades(const struct import *import, struct arena *arena, struct draft *draft,
                        const char *source, const char *text)
{
    char *rest = arena_strdup(arena, text), *part;

    while ((part = strsep(&rest, "|")) != NULL) {
        const char *code = NULL;
        for (size_t i = 0; i < import->trade_count; i++)
            if (str_equal(import->trades[i].code, part))
                code = import->trades[i].code;
        if (code != NULL)
            draft_item(draft, source, part, "/occupations", code, TEXT_SURE, NULL);
        else if (!str_blank(part))
            draft_text(draft, source, part);
    }
}

static void read_kinds(struct arena *arena, struct draft *draft, const char *source,
                       const char *text)
{
    char *rest = arena_strdup(arena, text), *part;

    while ((part = strsep(&rest, "|")) != NULL) {
        if (kind_index(work_kinds, part) >= 0)
            draft_item(draft, source, part, "/kinds", part, TEXT_SURE, NULL);
        else if (!str_blank(part))
            draft_text(draft, source, part);
    }
}

static void read_date(struct arena *arena, struct draft *draft, const char *source,
                      const char *text, const char *field, const char *word)
{
    if (json_date_valid(text))
        read_value(draft, source, text, field, true);
    else
        draft_text(draft, source, arena_printf(arena, "%s %s", word, text));
}

static void read_cell(const struct import *import, struct arena *arena, struct draft *draft,
                      size_t index, const char *text)
{
    const char *source = arena_printf(arena, "/%s", import->names[index]);

    if (str_utf8_count(text) > CELL_MOST) {
        draft_unknown(draft, source, arena_strndup(arena, text, 0));
        return;
    }
    switch (import->column[index]) {
    case COLUMN_UNKNOWN:
    case COLUMN_REFERENCE:
        break;
    case COLUMN_CVR:
        read_value(draft, source, text, "/employer/cvr", cvr_valid(text));
        break;
    case COLUMN_EMPLOYER:
        read_value(draft, source, text, "/employer/name", str_utf8_count(text) <= 200);
        break;
    case COLUMN_TITLE:
        read_value(draft, source, text, "/title", str_utf8_count(text) <= 200);
        break;
    case COLUMN_POSTS:
        read_number(draft, source, text, "/posts", 500);
        break;
    case COLUMN_RADIUS:
        read_number(draft, source, text, "/radius_km", 500);
        break;
    case COLUMN_TRADE:
        read_trades(import, arena, draft, source, text);
        break;
    case COLUMN_POSTCODE:
        read_value(draft, source, text, "/postcode", postcode_valid(text));
        break;
    case COLUMN_START:
        read_date(arena, draft, source, text, "/start_date", "fra");
        break;
    case COLUMN_END:
        read_date(arena, draft, source, text, "/end_date", "indtil");
        break;
    case COLUMN_KINDS:
        read_kinds(arena, draft, source, text);
        break;
    case COLUMN_MUST:
        draft_text(draft, source, arena_printf(arena, "Krav: %s", text));
        break;
    case COLUMN_NICE:
        draft_text(draft, source, arena_printf(arena, "Ønsker: %s", text));
        break;
    case COLUMN_TEXT:
        draft_text(draft, source, text);
        break;
    }
}

/* Columns in the order of `enum column`: values come before what is read out of texts. */
static void read_cells(const struct import *import, struct arena *arena, struct draft *draft,
                       const struct sheet_reader_row *row)
{
    for (int wanted = COLUMN_CVR; wanted <= COLUMN_TEXT; wanted++)
        for (size_t i = 0; i < row->count && i < import->columns; i++)
            if (import->column[i] == (enum column)wanted && !str_blank(row->texts[i]))
                read_cell(import, arena, draft, i, row->texts[i]);
}

static const char *digest_of(struct arena *arena, const struct sheet_reader_row *row)
{
    struct buffer bytes;
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    char *text = arena_alloc(arena, 2 * sizeof digest + 1);

    buffer_init(&bytes, SHEET_READER_ROW_CAP + SHEET_READER_COLUMNS_CAP);
    for (size_t i = 0; i < row->count; i++) {
        buffer_text(&bytes, row->texts[i]);
        buffer_char(&bytes, '\x1f');
    }
    crypto_sha256(bytes.data != NULL ? bytes.data : "", bytes.length, digest);
    buffer_deinit(&bytes);
    str_hex(digest, sizeof digest, text);
    return text;
}

static const char *reference_of(const struct import *import, const struct sheet_reader_row *row,
                                const char *digest)
{
    for (size_t i = 0; i < row->count && i < import->columns; i++)
        if (import->column[i] == COLUMN_REFERENCE && !str_blank(row->texts[i]) &&
            strlen(row->texts[i]) <= REFERENCE_MOST)
            return row->texts[i];
    return digest;
}

static json_t *errors_of(const struct json_check *check)
{
    json_t *errors = json_array();

    for (size_t i = 0; i < check->count; i++)
        json_array_append_new(
            errors, json_pack("{s:s, s:s, s:s}", "pointer", check->errors[i].pointer, "code",
                              check->errors[i].code, "detail", check->errors[i].detail));
    return errors;
}

static void take_row(struct import *import, struct arena *arena, const struct text_words *words,
                     const struct sheet_reader_row *sheet)
{
    struct row *row = &import->rows[import->count++];
    struct json_check check;

    *row = (struct row){.line = sheet->line, .unknown = json_array(), .remarks = json_array()};
    json_check_init(&check, arena);
    if (sheet->fault != SHEET_READER_GOOD) {
        json_check_fail(&check, "", sheet_reader_fault_code(sheet->fault), "%s",
                        sheet_reader_fault_text(sheet->fault));
        row->errors = errors_of(&check);
        return;
    }
    struct draft *draft = draft_create(arena, words, words_in_today());
    read_cells(import, arena, draft, sheet);
    json_t *made = draft_finish(&draft);
    json_t *body = json_object_get(made, "draft");
    if (json_object_get(body, "occupations") == NULL)
        json_object_set_new(body, "occupations", json_array()); /* a draft may be without */
    order_body_check(&check, body, ORDER_NEW);
    lint_check(&check, orders_linter(import->call), body);
    row->errors = errors_of(&check);
    json_array_extend(row->unknown, json_object_get(made, "not_understood"));
    json_array_extend(row->remarks, json_object_get(made, "remarks"));
    if (json_check_ok(&check)) {
        const char *digest = digest_of(arena, sheet);
        row->sent = true;
        json_array_append_new(import->items, json_pack("{s:s, s:s, s:O}", "reference",
                                                       reference_of(import, sheet, digest),
                                                       "digest", digest, "body", body));
    }
    json_decref(made);
}

/* --- the whole
 * --------------------------------------------------------------------------------------------------
 */

static json_t *row_answer(const struct row *row, const json_t *written)
{
    const char *outcome = json_string_value(json_object_get(written, "outcome"));
    json_t *order = json_object_get(written, "order_id");
    json_t *errors = written != NULL ? json_object_get(written, "errors") : row->errors;

    return json_pack("{s:I, s:s, s:O, s:O, s:O, s:O}", "line", (json_int_t)row->line, "outcome",
                     outcome != NULL ? outcome : "rejected", "order_id",
                     order != NULL ? order : json_null(), "errors", errors, "not_understood",
                     row->unknown, "remarks", row->remarks);
}

static void written(struct rest_call *call, const struct pg_outcome *outcome)
{
    static const char *const names[] = {"created", "unchanged", "differs", "rejected", NULL};
    struct import *import = rest_state(call);
    const char *text = outcome->error == 0 ? pg_text(pg_outcome_result(outcome, 0), 0, 0) : NULL;
    json_t *answers = NULL, *items = json_array();
    struct json_fault fault;
    int64_t counts[4] = {0};
    size_t next = 0;

    if (text == NULL || json_read_own(text, strlen(text), &answers, &fault) != 0) {
        import_destroy(import);
        json_decref(items);
        rest_failed(call, outcome);
        return;
    }
    for (size_t i = 0; i < import->count; i++) {
        const struct row *row = &import->rows[i];
        json_t *item = row_answer(row, row->sent ? json_array_get(answers, next++) : NULL);
        counts[kind_index(names, json_string_value(json_object_get(item, "outcome")))]++;
        json_array_append_new(items, item);
    }
    json_t *answer = json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:o}", "dry_run", import->dry,
                               "rows", (json_int_t)import->count, names[0], (json_int_t)counts[0],
                               names[1], (json_int_t)counts[1], names[2], (json_int_t)counts[2],
                               names[3], (json_int_t)counts[3], "results", items);
    rest_reply(call, 200, answer);
    json_decref(answer);
    json_decref(answers);
    import_destroy(import);
}

/* Every row into the import; false and an answer sent when the file as a whole is no good. */
static bool read_rows(struct import *import, const struct text_words *words)
{
    struct rest_call *call = import->call;
    struct sheet_reader *reader = sheet_reader_create(&import->options, read_body, import);
    struct arena *arena = arena_create(0);
    struct sheet_reader_row row;
    struct error_detail detail = {0};
    struct json_check check;
    int outcome;

    json_check_init(&check, rest_arena(call));
    outcome = sheet_reader_next(reader, arena, &row, &detail);
    if (outcome == 1 && row.fault == SHEET_READER_GOOD && read_heading(import, &row, &check)) {
        arena_reset(arena);
        while ((outcome = sheet_reader_next(reader, arena, &row, &detail)) == 1) {
            if (import->count == ROWS_CAP) {
                json_check_fail(&check, "", "LENGTH", "En fil med jobordrer har højst %d rækker.",
                                ROWS_CAP);
                break;
            }
            take_row(import, arena, words, &row);
            arena_reset(arena);
        }
    } else if (outcome >= 0 && json_check_ok(&check)) {
        json_check_fail(&check, "", "REQUIRED",
                        "Filen begynder med en linje, der siger, hvad kolonnerne er.");
    }
    sheet_reader_destroy(&reader);
    arena_destroy(&arena);
    if (outcome < 0)
        json_check_fail(&check, "", "FORMAT", "%s",
                        detail.public_text[0] != '\0' ? detail.public_text
                                                      : "Filen kan ikke læses.");
    if (!json_check_ok(&check))
        rest_problem_check(call, &check);
    return json_check_ok(&check);
}

static void have_words(struct rest_call *call, const struct pg_outcome *outcome)
{
    struct import *import = rest_state(call);

    if (outcome->error != 0) {
        import_destroy(import);
        rest_failed(call, outcome);
        return;
    }
    struct text_words *words = words_in_read(outcome);
    import->trades = words_in_trades(rest_arena(call), outcome, &import->trade_count);
    const bool good = read_rows(import, words);
    text_words_destroy(&words);
    if (!good) {
        import_destroy(import);
        return;
    }
    struct pg_parameter parameters[] = {PG_TEXT(json_text(rest_arena(call), import->items)),
                                        PG_NULL, PG_NULL, PG_TEXT(import->dry ? "true" : "false")};
    orders_set_clock(call, &parameters[1], &parameters[2]);
    const struct pg_step step = {&orders_sql_rows, parameters, 4};
    rest_batch_raw(call, &step, 1, written);
}

void order_import(struct rest_call *call)
{
    static const char *const queries[] = {"dry_run", NULL};
    struct sheet_reader_options options = {0};

    if (!rest_query_only(call, queries))
        return;
    const char *dry = rest_query(call, "dry_run");
    if (dry != NULL && !str_equal(dry, "true") && !str_equal(dry, "false")) {
        rest_problem(call, "query-invalid", "dry_run er true eller false.");
        return;
    }
    const char *type = http_request_header(rest_http(call), "Content-Type");
    /* A workbook is read in a process that the loop would wait for. */
    if (type == NULL || !sheet_reader_media_type(type, &options) ||
        options.form != SHEET_READER_CSV) {
        rest_problem(call, "media-type-unsupported",
                     "Filen skal være text/csv, i UTF-8 eller windows-1252.");
        return;
    }
    struct import *import = mem_zalloc(sizeof *import);
    import->call = call;
    import->options = options;
    import->dry = str_equal(dry, "true");
    import->items = json_array();
    rest_set_state(call, import);
    rest_batch_raw(call, words_in_steps, WORDS_STEPS, have_words);
}
