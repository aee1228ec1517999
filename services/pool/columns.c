#include "services/pool/columns.h"

#include "common/base/str.h"
#include "common/domain/kinds.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum column {
    REFERENCE,
    NAME,
    PHONE,
    EMAIL,
    ADDRESS,
    NOTE,
    CPR,
    POSTCODE,
    TRAVEL,
    AVAILABLE,
    KINDS,
    PROTECTION,
    SCREENED_BY,
    SCREENED_ON,
    SCREENED_UNTIL,
    COMPETENCES,
    CERTIFICATES,
    LICENCES,
    LANGUAGES,
    OCCUPATIONS,
    STATED_ON,
    SOURCE,
    COLUMNS
};

/* Where a column's cell stands in the body. Lists of facts have no single place. */
static const struct {
    const char *name;
    const char *other; /* another spelling */
    const char *pointer;
    bool required;
} table[COLUMNS] = {
    [REFERENCE] = {"reference", NULL, "/external_ref", true},
    [NAME] = {"navn", NULL, "/person/name", true},
    [PHONE] = {"telefon", NULL, "/person/phone", false},
    [EMAIL] = {"email", "e-mail", "/person/email", false},
    [ADDRESS] = {"adresse", NULL, "/person/address", false},
    [NOTE] = {"bemaerkning", "bemærkning", "/person/note", false},
    [CPR] = {"cpr", NULL, "/person/cpr", false},
    [POSTCODE] = {"postnummer", NULL, "/postcode", true},
    [TRAVEL] = {"rejseafstand_km", NULL, "/max_travel_km", true},
    [AVAILABLE] = {"ledig_fra", NULL, "/available_from", true},
    [KINDS] = {"arbejdsformer", NULL, "/kinds", true},
    [PROTECTION] = {"beskyttelse", NULL, "/protection", false},
    [SCREENED_BY] = {"screenet_af", NULL, "/screening/by", false},
    [SCREENED_ON] = {"screenet_den", NULL, "/screening/on", false},
    [SCREENED_UNTIL] = {"screening_til", NULL, "/screening/until", false},
    [COMPETENCES] = {"kompetencer", NULL, NULL, true},
    [CERTIFICATES] = {"certifikater", NULL, NULL, false},
    [LICENCES] = {"koerekort", "kørekort", NULL, false},
    [LANGUAGES] = {"sprog", NULL, NULL, false},
    [OCCUPATIONS] = {"erhverv", NULL, NULL, false},
    [STATED_ON] = {"oplyst_den", NULL, NULL, false},
    [SOURCE] = {"kilde", NULL, NULL, false},
};

struct columns {
    int places[COLUMNS]; /* of the cell in a record, or -1 */
    size_t count;
};

/* One record on its way to a body. */
struct row {
    const struct columns *columns;
    const struct sheet_reader_row *record;
    struct json_check *check;
    json_t *body;
};

static int column_find(const char *name)
{
    for (int i = 0; i < COLUMNS; i++) {
        if (strcasecmp(table[i].name, name) == 0 ||
            (table[i].other != NULL && strcasecmp(table[i].other, name) == 0))
            return i;
    }
    return -1;
}

const struct columns *columns_read(struct arena *arena, const struct sheet_reader_row *heading,
                                   struct json_check *check)
{
    struct columns *columns = arena_alloc(arena, sizeof *columns);

    columns->count = heading->count;
    for (int i = 0; i < COLUMNS; i++)
        columns->places[i] = -1;
    for (size_t i = 0; i < heading->count; i++) {
        int column = column_find(heading->texts[i]);
        if (column < 0)
            json_check_fail(check, arena_printf(arena, "/%zu", i + 1), "UNKNOWN_MEMBER",
                            "Kolonne nummer %zu har et navn, som ikke kendes.", i + 1);
        else if (columns->places[column] >= 0)
            json_check_fail(check, arena_printf(arena, "/%s", table[column].name), "DUPLICATE",
                            "Kolonnen står to gange.");
        else
            columns->places[column] = (int)i;
    }
    for (int i = 0; i < COLUMNS; i++) {
        if (table[i].required && columns->places[i] < 0)
            json_check_fail(check, arena_printf(arena, "/%s", table[i].name), "REQUIRED",
                            "Kolonnen %s mangler.", table[i].name);
    }
    return json_check_ok(check) ? columns : NULL;
}

/* The cell's text, or NULL when it is empty or the file has no such column. */
static const char *cell(const struct row *row, enum column column)
{
    int place = row->columns->places[column];

    if (place < 0 || (size_t)place >= row->record->count)
        return NULL;
    return str_blank(row->record->texts[place]) ? NULL : row->record->texts[place];
}

static void fail(const struct row *row, enum column column, const char *code, const char *text)
{
    json_check_fail(row->check, table[column].name, code, "%s", text);
}

/* yyyy-mm-dd as it is, dd-mm-yyyy (or d-m-yyyy) turned; whether the day exists is the body's check.
 */
static const char *date_text(struct arena *arena, const char *text)
{
    int day, month, year, end = 0;

    if (strspn(text, "0123456789-") == strlen(text) &&
        sscanf(text, "%2d-%2d-%4d%n", &day, &month, &year, &end) == 3 && text[end] == '\0' &&
        day > 0 && month > 0 && year > 999)
        return arena_printf(arena, "%04d-%02d-%02d", year, month, day);
    return text;
}

/* Digits with an optional decimal comma, or point as a workbook's numbers have, and digits; the
 * fraction is dropped, so that nobody is said to travel farther or to have done more than they
 * said. A point before three digits is none: it stands between thousands. */
static bool whole_number(const char *text, long *number)
{
    size_t digits = strspn(text, "0123456789");
    const char *rest = text + digits;

    if (digits == 0 || digits > 6)
        return false;
    size_t fraction = *rest != '\0' ? strspn(rest + 1, "0123456789") : 0;
    if (fraction > 0 && (*rest == ',' || (*rest == '.' && fraction != 3)))
        rest += 1 + fraction;
    *number = strtol(text, NULL, 10);
    return *rest == '\0';
}

static void put_text(json_t *object, const char *name, const char *text)
{
    if (text != NULL)
        json_object_set_new(object, name, json_string(text));
}

static void put_date(struct row *row, json_t *object, const char *name, enum column column)
{
    const char *text = cell(row, column);

    if (text != NULL)
        put_text(object, name, date_text(row->check->arena, text));
}

static void put_person(struct row *row)
{
    json_t *person = json_object();

    put_text(person, "name", cell(row, NAME));
    put_text(person, "phone", cell(row, PHONE));
    put_text(person, "email", cell(row, EMAIL));
    put_text(person, "address", cell(row, ADDRESS));
    put_text(person, "note", cell(row, NOTE));
    put_text(person, "cpr", cell(row, CPR));
    json_object_set_new(row->body, "person", person);
}

static void put_travel(struct row *row)
{
    const char *text = cell(row, TRAVEL);
    long number;

    if (text == NULL)
        return;
    if (whole_number(text, &number))
        json_object_set_new(row->body, "max_travel_km", json_integer(number));
    else
        fail(row, TRAVEL, "FORMAT", "Skal være et tal, for eksempel 50 eller 37,5.");
}

static void put_protection(struct row *row)
{
    static const char *const danish[] = {"ingen", "adresse", "navn og adresse", NULL};
    const char *text = cell(row, PROTECTION);
    int place = text == NULL ? 0 : kind_index(protections, text);

    for (int i = 0; place < 0 && danish[i] != NULL; i++) {
        if (strcasecmp(danish[i], text) == 0)
            place = i;
    }
    if (place < 0)
        fail(row, PROTECTION, "CHOICE", "Skal være ingen, adresse eller navn og adresse.");
    else
        put_text(row->body, "protection", protections[place]);
}

static void put_screening(struct row *row)
{
    if (cell(row, SCREENED_BY) == NULL && cell(row, SCREENED_ON) == NULL &&
        cell(row, SCREENED_UNTIL) == NULL)
        return;
    json_t *screening = json_object();
    put_text(screening, "by", cell(row, SCREENED_BY));
    put_date(row, screening, "on", SCREENED_ON);
    put_date(row, screening, "until", SCREENED_UNTIL);
    json_object_set_new(row->body, "screening", screening);
}

/* The next entry of a list "a|b|c" without the spaces around it; NULL at its end. Moves `*rest`. */
static char *next_entry(struct arena *arena, const char **rest, char separator)
{
    if (*rest == NULL)
        return NULL;
    const char *start = *rest;
    const char *end = strchr(start, separator);
    *rest = end != NULL ? end + 1 : NULL;
    size_t length = end != NULL ? (size_t)(end - start) : strlen(start);
    while (length > 0 && isspace((unsigned char)*start)) {
        start++;
        length--;
    }
    while (length > 0 && isspace((unsigned char)start[length - 1]))
        length--;
    return arena_strndup(arena, start, length);
}

static const char *kind_of_work(const char *text)
{
    static const char *const danish[] = {"fast",       "tidsbegrænset", "sæson",    "jobrotation",
                                         "løntilskud", "praktik",       "fleksjob", NULL};
    int place = kind_index(work_kinds, text);

    if (place < 0)
        place = kind_index(danish, text);
    return place < 0 ? NULL : work_kinds[place];
}

static void put_kinds(struct row *row)
{
    const char *rest = cell(row, KINDS);
    json_t *kinds = json_array();
    const char *entry;

    json_object_set_new(row->body, "kinds", kinds);
    while ((entry = next_entry(row->check->arena, &rest, '|')) != NULL) {
        const char *kind = kind_of_work(entry);
        if (*entry == '\0')
            continue;
        if (kind != NULL)
            json_array_append_new(kinds, json_string(kind));
        else
            fail(row, KINDS, "CHOICE",
                 "Skal være fast, tidsbegrænset, sæson, jobrotation, løntilskud, praktik eller "
                 "fleksjob, adskilt af |.");
    }
}

/* What follows the code in an entry "code:a:b:c", by place; each kind of fact has its own. */
enum part { PART_END, PART_LEVEL, PART_CEFR, PART_YEARS, PART_LAST_USED, PART_VALID_UNTIL };

static const struct list {
    enum column column;
    const char *kind;
    enum part parts[4];
} lists[] = {
    {COMPETENCES, "competence", {PART_LEVEL, PART_YEARS, PART_LAST_USED, PART_END}},
    {CERTIFICATES, "certificate", {PART_VALID_UNTIL, PART_END}},
    {LICENCES, "licence", {PART_VALID_UNTIL, PART_END}},
    {LANGUAGES, "language", {PART_CEFR, PART_END}},
    {OCCUPATIONS, "occupation", {PART_YEARS, PART_LAST_USED, PART_END}},
};
#define LISTS (sizeof lists / sizeof lists[0])

static int cefr_level(const char *text)
{
    static const char *const levels[] = {"A1", "A2", "B1", "B2", "C1", "C2", NULL};
    int place = kind_index(levels, text);

    return place + 1;
}

static bool put_number(json_t *fact, const char *name, const char *text)
{
    long number;

    if (!whole_number(text, &number))
        return false;
    json_object_set_new(fact, name, json_integer(number));
    return true;
}

static bool put_part(struct arena *arena, json_t *fact, enum part part, const char *text)
{
    switch (part) {
    case PART_LEVEL:
        return put_number(fact, "level", text);
    case PART_CEFR:
        if (cefr_level(text) == 0)
            return put_number(fact, "level", text);
        json_object_set_new(fact, "level", json_integer(cefr_level(text)));
        return true;
    case PART_YEARS:
        return put_number(fact, "years", text);
    case PART_LAST_USED:
        put_text(fact, "last_used", date_text(arena, text));
        return true;
    case PART_VALID_UNTIL:
        put_text(fact, "valid_until", date_text(arena, text));
        return true;
    case PART_END:
        break;
    }
    return false;
}

static json_t *fact_from(struct row *row, const struct list *list, const char *entry)
{
    struct arena *arena = row->check->arena;
    const char *rest = entry;
    json_t *fact = json_object();
    const char *text = next_entry(arena, &rest, ':');

    put_text(fact, "kind", list->kind);
    put_text(fact, "code", text);
    for (size_t i = 0; (text = next_entry(arena, &rest, ':')) != NULL; i++) {
        if (list->parts[i] == PART_END ||
            (*text != '\0' && !put_part(arena, fact, list->parts[i], text))) {
            json_decref(fact);
            return NULL;
        }
    }
    return fact;
}

/* When no column says when a fact was stated, it was at the screening. */
static void put_origin(struct row *row, json_t *fact)
{
    const char *source = cell(row, SOURCE);

    put_date(row, fact, "stated_on", cell(row, STATED_ON) != NULL ? STATED_ON : SCREENED_ON);
    put_text(fact, "source", source != NULL ? source : "register");
}

static void put_list(struct row *row, json_t *facts, const struct list *list)
{
    const char *rest = cell(row, list->column);
    const char *entry;

    while (json_array_size(facts) <= POOL_FACTS_CAP &&
           (entry = next_entry(row->check->arena, &rest, '|')) != NULL) {
        if (*entry == '\0')
            continue;
        json_t *fact = fact_from(row, list, entry);
        if (fact == NULL) {
            fail(row, list->column, "FORMAT",
                 "Hvert element skrives nøgle:værdi:værdi, og elementerne adskilles af |.");
            continue;
        }
        put_origin(row, fact);
        json_array_append_new(facts, fact);
    }
}

static void put_facts(struct row *row)
{
    json_t *facts = json_array();

    for (size_t i = 0; i < LISTS; i++)
        put_list(row, facts, &lists[i]);
    json_object_set_new(row->body, "facts", facts);
}

json_t *columns_body(const struct columns *columns, const struct sheet_reader_row *record,
                     struct json_check *check)
{
    struct row row = {.columns = columns, .record = record, .check = check, .body = json_object()};

    if (record->count > columns->count)
        json_check_fail(check, table[REFERENCE].name, "COLUMNS",
                        "Rækken har %zu celler, men filen har %zu kolonner.", record->count,
                        columns->count);
    put_text(row.body, "external_ref", cell(&row, REFERENCE));
    put_text(row.body, "postcode", cell(&row, POSTCODE));
    put_person(&row);
    put_travel(&row);
    put_date(&row, row.body, "available_from", AVAILABLE);
    put_kinds(&row);
    put_protection(&row);
    put_screening(&row);
    put_facts(&row);
    return row.body;
}

static const char *fact_column(const struct columns *columns, const json_t *body,
                               const char *pointer)
{
    char *end;
    unsigned long place = strtoul(pointer + strlen("/facts/"), &end, 10);
    const json_t *fact = json_array_get(json_object_get(body, "facts"), place);
    const char *kind = json_string_value(json_object_get(fact, "kind"));

    if (str_equal(end, "/stated_on"))
        return table[columns->places[STATED_ON] >= 0 ? STATED_ON : SCREENED_ON].name;
    if (str_equal(end, "/source"))
        return table[SOURCE].name;
    for (size_t i = 0; i < LISTS; i++) {
        if (str_equal(lists[i].kind, kind))
            return table[lists[i].column].name;
    }
    return table[COMPETENCES].name;
}

const char *columns_name(const struct columns *columns, const json_t *body, const char *pointer)
{
    if (str_equal(pointer, "/facts"))
        return table[COMPETENCES].name;
    if (str_starts(pointer, "/facts/"))
        return fact_column(columns, body, pointer);
    for (int i = 0; i < COLUMNS; i++) {
        if (table[i].pointer != NULL && str_starts(pointer, table[i].pointer))
            return table[i].name;
    }
    for (int i = 0; i < COLUMNS; i++) {
        if (str_equal(pointer, table[i].name))
            return table[i].name;
    }
    return table[REFERENCE].name;
}
