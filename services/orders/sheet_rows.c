#include "services/orders/sheet_rows.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "common/domain/identity.h"
#include "common/domain/kinds.h"
#include "common/domain/order_body.h"
#include "services/orders/draft.h"
#include "services/orders/lint.h"

#include <string.h>

#define REFERENCE_MOST 100 /* bytes */
#define CELL_MOST 5000     /* characters */
#define PARTS_MOST 30      /* between "|" in a cell; an order has at most 20 of anything */

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

struct sheet {
    const struct sheet_tools *tools;
    struct sheet_rows *rows;
    struct arena *arena; /* of what outlives a row */
    json_t *items;
    size_t bytes; /* of text so far */
    size_t columns;
    enum column column[SHEET_READER_COLUMNS_CAP];
    const char *names[SHEET_READER_COLUMNS_CAP]; /* of the file's own headings */
};

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

static bool read_heading(struct sheet *sheet, const struct sheet_reader_row *row,
                         struct json_check *check)
{
    struct arena *arena = check->arena;

    sheet->columns = row->count;
    for (size_t i = 0; i < row->count; i++) {
        sheet->names[i] = arena_strdup(arena, row->texts[i]);
        sheet->column[i] = column_of(lower(arena, row->texts[i]));
        for (size_t before = 0; before < i; before++)
            if (sheet->column[i] != COLUMN_UNKNOWN && sheet->column[before] == sheet->column[i])
                json_check_fail(check, json_check_item(check, "", i), "DUPLICATE",
                                "To kolonner er det samme.");
        if (sheet->column[i] == COLUMN_UNKNOWN)
            json_check_fail(
                check, json_check_item(check, "", i), "UNKNOWN",
                "Kolonnen kendes ikke. De kendte er reference, cvr, arbejdsgiver, titel, antal, "
                "fag, postnummer, radius_km, start, slut, ansættelse, krav, ønsker og "
                "tekst.");
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

static const char *trade_code(const struct sheet *sheet, const char *part)
{
    for (size_t i = 0; i < sheet->tools->trade_count; i++)
        if (str_equal(sheet->tools->trades[i].code, part))
            return part;
    return NULL;
}

static const char *kind_code(const struct sheet *sheet, const char *part)
{
    (void)sheet;
    return kind_index(work_kinds, part) >= 0 ? part : NULL;
}

/* Codes with "|" between them; what is no code is read as a text. */
static void read_parts(const struct sheet *sheet, struct arena *arena, struct draft *draft,
                       const char *source, const char *text, const char *list)
{
    const bool trades = str_equal(list, "/occupations");
    char *rest = arena_strdup(arena, text), *part;

    for (size_t count = 0; rest != NULL && count < PARTS_MOST; count++) {
        part = strsep(&rest, "|");
        const char *code = trades ? trade_code(sheet, part) : kind_code(sheet, part);
        if (code != NULL)
            draft_item(draft, source, part, list, code, TEXT_SURE, NULL);
        else if (!str_blank(part))
            draft_text(draft, source, part);
    }
    if (!str_blank(rest))
        draft_unknown(draft, source, rest);
}

static void read_date(struct arena *arena, struct draft *draft, const char *source,
                      const char *text, const char *field, const char *word)
{
    if (json_date_valid(text))
        read_value(draft, source, text, field, true);
    else
        draft_text(draft, source, arena_printf(arena, "%s %s", word, text));
}

static void read_cell(const struct sheet *sheet, struct arena *arena, struct draft *draft,
                      size_t index, const char *text)
{
    const char *source = arena_printf(arena, "/%s", sheet->names[index]);

    if (str_utf8_count(text) > CELL_MOST) {
        draft_unknown(draft, source, arena_strndup(arena, text, 0));
        return;
    }
    switch (sheet->column[index]) {
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
        read_parts(sheet, arena, draft, source, text, "/occupations");
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
        read_parts(sheet, arena, draft, source, text, "/kinds");
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
static void read_cells(const struct sheet *sheet, struct arena *arena, struct draft *draft,
                       const struct sheet_reader_row *row)
{
    for (int wanted = COLUMN_CVR; wanted <= COLUMN_TEXT; wanted++)
        for (size_t i = 0; i < row->count && i < sheet->columns; i++)
            if (sheet->column[i] == (enum column)wanted && !str_blank(row->texts[i]))
                read_cell(sheet, arena, draft, i, row->texts[i]);
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

/* A reference that is left out in silence would let the same order in twice. */
static void check_reference(const struct sheet *sheet, const struct sheet_reader_row *row,
                            struct json_check *check)
{
    for (size_t i = 0; i < row->count && i < sheet->columns; i++)
        if (sheet->column[i] == COLUMN_REFERENCE && strlen(row->texts[i]) > REFERENCE_MOST)
            json_check_fail(check, "/reference", "LENGTH", "Referencen må højst fylde %d bytes.",
                            REFERENCE_MOST);
}

static const char *reference_of(const struct sheet *sheet, const struct sheet_reader_row *row,
                                const char *digest)
{
    for (size_t i = 0; i < row->count && i < sheet->columns; i++)
        if (sheet->column[i] == COLUMN_REFERENCE && !str_blank(row->texts[i]))
            return row->texts[i];
    return digest;
}

static const char *errors_of(struct arena *arena, const struct json_check *check)
{
    json_t *errors = json_array();

    for (size_t i = 0; i < check->count; i++)
        json_array_append_new(
            errors, json_pack("{s:s, s:s, s:s}", "pointer", check->errors[i].pointer, "code",
                              check->errors[i].code, "detail", check->errors[i].detail));
    const char *text = json_text(arena, errors);
    json_decref(errors);
    return text;
}

/* The draft of a row as the body of an order, and what is wrong with it. A new reference. */
static json_t *read_body(const struct sheet *sheet, const struct sheet_reader_row *cells,
                         struct sheet_row *row, struct json_check *check)
{
    const struct sheet_tools *tools = sheet->tools;
    struct draft *draft = draft_create(check->arena, tools->words, tools->today);

    read_cells(sheet, check->arena, draft, cells);
    json_t *made = draft_finish(&draft);
    json_t *body = json_object_get(made, "draft");
    if (json_object_get(body, "occupations") == NULL)
        json_object_set_new(body, "occupations", json_array()); /* a draft may be without */
    order_body_check(check, body, ORDER_NEW);
    lint_check(check, tools->linter, body);
    row->unknown = json_text(sheet->arena, json_object_get(made, "not_understood"));
    row->remarks = json_text(sheet->arena, json_object_get(made, "remarks"));
    json_incref(body);
    json_decref(made);
    return body;
}

static void take_row(struct sheet *sheet, struct arena *arena, const struct sheet_reader_row *cells)
{
    struct sheet_row *row = &sheet->rows->rows[sheet->rows->count++];
    struct json_check check;

    *row = (struct sheet_row){.line = cells->line, .unknown = "[]", .remarks = "[]"};
    json_check_init(&check, arena);
    if (cells->fault != SHEET_READER_GOOD) {
        json_check_fail(&check, "", sheet_reader_fault_code(cells->fault), "%s",
                        sheet_reader_fault_text(cells->fault));
        row->errors = errors_of(sheet->arena, &check);
        return;
    }
    json_t *body = read_body(sheet, cells, row, &check);
    check_reference(sheet, cells, &check);
    row->errors = errors_of(sheet->arena, &check);
    row->sent = json_check_ok(&check);
    if (row->sent) {
        const char *digest = digest_of(arena, cells);
        json_array_append_new(sheet->items, json_pack("{s:s, s:s, s:O}", "reference",
                                                      reference_of(sheet, cells, digest), "digest",
                                                      digest, "body", body));
    }
    json_decref(body);
}

/* Whether the row is still within what a file may have; a fault when not. */
static bool has_room(struct sheet *sheet, const struct sheet_reader_row *row,
                     struct json_check *check)
{
    for (size_t i = 0; i < row->count; i++)
        sheet->bytes += strlen(row->texts[i]);
    if (sheet->rows->count == SHEET_ROWS_CAP)
        json_check_fail(check, "", "LENGTH", "En fil med jobordrer har højst %d rækker.",
                        SHEET_ROWS_CAP);
    else if (sheet->bytes > SHEET_TEXT_CAP)
        json_check_fail(check, "", "LENGTH", "En fil med jobordrer har højst %zu MB tekst.",
                        SHEET_TEXT_CAP >> 20);
    return json_check_ok(check);
}

/* --- the whole
 * --------------------------------------------------------------------------------------------------
 */

static int take_rows(struct sheet *sheet, struct sheet_reader *reader, struct arena *arena,
                     struct json_check *check, struct error_detail *detail)
{
    struct sheet_reader_row row;
    int found = sheet_reader_next(reader, arena, &row, detail);

    if (found < 0)
        return found;
    if (found == 0 || row.fault != SHEET_READER_GOOD)
        json_check_fail(check, "", "REQUIRED",
                        "Filen begynder med en linje, der siger, hvad kolonnerne er.");
    else if (read_heading(sheet, &row, check))
        while ((found = sheet_reader_next(reader, arena, &row, detail)) == 1 &&
               has_room(sheet, &row, check)) {
            take_row(sheet, arena, &row);
            arena_reset(arena);
        }
    return found < 0 ? found : 0;
}

int sheet_rows_read(struct sheet_reader *reader, const struct sheet_tools *tools,
                    struct sheet_rows *rows, struct json_check *check, struct error_detail *detail)
{
    struct sheet *sheet = mem_zalloc(sizeof *sheet);
    struct arena *arena = arena_create(0);

    *sheet =
        (struct sheet){.tools = tools, .rows = rows, .arena = check->arena, .items = json_array()};
    rows->count = 0;
    const int error = take_rows(sheet, reader, arena, check, detail);
    rows->items = json_text(check->arena, sheet->items);
    json_decref(sheet->items);
    arena_destroy(&arena);
    mem_free(sheet);
    return error;
}
