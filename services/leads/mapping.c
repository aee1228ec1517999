#include "services/leads/mapping.h"

#include "common/base/str.h"
#include "common/crypto/crypto.h"
#include "common/domain/identity.h"
#include "common/domain/kinds.h"
#include "services/leads/mapping_fields.h"
#include "services/leads/values.h"
#include "services/leads/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_CAP 500 /* characters of a cell that is kept */

const char *const mapping_fields[] = {
    [FIELD_REFERENCE] = "reference",
    [FIELD_COMPANY_NAME] = "company_name",
    [FIELD_COMPANY_CVR] = "company_cvr",
    [FIELD_COMPANY_POSTAL_CODE] = "company_postal_code",
    [FIELD_COMPANY_CITY] = "company_city",
    [FIELD_COMPANY_COUNTRY] = "company_country",
    [FIELD_PROJECT_NAME] = "project_name",
    [FIELD_PROJECT_REFERENCE] = "project_reference",
    [FIELD_DEVELOPER] = "developer",
    [FIELD_STAGE] = "stage",
    [FIELD_VALUE] = "value",
    [FIELD_CPV] = "cpv",
    [FIELD_AWARD_DATE] = "award_date",
    [FIELD_CONTRACT_DATE] = "contract_date",
    [FIELD_START_DATE] = "start_date",
    [FIELD_END_DATE] = "end_date",
    [FIELD_POSTAL_CODE] = "postal_code",
    [FIELD_CITY] = "city",
    [FIELD_REGION] = "region",
    [FIELD_COUNTRY] = "country",
    [FIELDS] = NULL,
};

static const char *const stage_words[] = {"planned",   "tender",  "awarded", "construction",
                                          "completed", "unknown", NULL};
static const char *const units[] = {"1", "1000", "1000000", NULL};
static const char *const decimals[] = {",", ".", NULL};
static const char *const orders[] = {"dmy", "mdy", NULL};
static const char *const currencies[] = {"DKK", "EUR", "SEK", "NOK", "USD", "GBP", NULL};

struct column {
    const char *heading;
    char folded[WORDS_CAP];
    enum mapping_field field;
    struct value_amount_pattern amount;
    struct value_date_pattern date;
};

struct mapping {
    struct column columns[MAPPING_COLUMNS_CAP];
    size_t count;
    size_t by_field[FIELDS]; /* the column, from 1; 0: none */
    const char *stage;       /* of rows that say none */
    json_t *stages;          /* {"the export's word": "stage"}, NULL: none */
};

/* --- the mapping itself ------------------------------------------------------------------------
 */

static void read_patterns(struct json_check *check, const json_t *object, const char *base,
                          struct column *column)
{
    int unit = json_check_choice(check, object, base, "unit", JSON_OPTIONAL, units);
    int decimal = json_check_choice(check, object, base, "decimal", JSON_OPTIONAL, decimals);
    int order = json_check_choice(check, object, base, "order", JSON_OPTIONAL, orders);
    int currency = json_check_choice(check, object, base, "currency", JSON_OPTIONAL, currencies);

    if (unit >= 0)
        column->amount.unit = strtoll(units[unit], NULL, 10);
    if (decimal >= 0)
        column->amount.decimal = decimals[decimal][0];
    if (currency >= 0)
        memcpy(column->amount.currency, currencies[currency], 4);
    if (order >= 0)
        memcpy(column->date.order, orders[order], 4);
}

static void read_column(struct json_check *check, const json_t *object, const char *base,
                        struct mapping *mapping)
{
    static const char *const members[] = {"column",   "field", "unit", "decimal",
                                          "currency", "order", NULL};
    struct column *column = &mapping->columns[mapping->count];

    if (!json_is_object(object)) {
        json_check_fail(check, base, "TYPE", "Skal være et objekt.");
        return;
    }
    json_check_members(check, object, base, members);
    column->heading = json_check_text(check, object, base, "column", JSON_REQUIRED, 200);
    int field = json_check_choice(check, object, base, "field", JSON_REQUIRED, mapping_fields);
    read_patterns(check, object, base, column);
    if (column->heading == NULL || field < 0)
        return;
    column->field = (enum mapping_field)field;
    if (!words_fold(column->heading, column->folded) || column->folded[0] == '\0')
        json_check_fail(check, json_check_pointer(check, base, "column"), "FORMAT",
                        "Kolonnens navn skal have bogstaver eller cifre.");
    mapping->count++;
    if (mapping->by_field[field] != 0)
        json_check_fail(check, json_check_pointer(check, base, "field"), "DUPLICATE",
                        "Feltet har fået en kolonne allerede.");
    mapping->by_field[field] = mapping->count;
}

static void read_stages(struct json_check *check, const json_t *object, const char *base,
                        struct mapping *mapping)
{
    int stage = json_check_choice(check, object, base, "stage", JSON_OPTIONAL, stage_words);
    const char *name;
    json_t *value;

    mapping->stage = stage >= 0 ? stage_words[stage] : "unknown";
    if (json_check_object(check, object, base, "stages", JSON_OPTIONAL) == NULL)
        return;
    mapping->stages = json_object_get(object, "stages");
    const char *pointer = json_check_pointer(check, base, "stages");
    if (json_object_size(mapping->stages) > 100)
        json_check_fail(check, pointer, "RANGE", "Højst 100 stadier.");
    json_object_foreach(mapping->stages, name, value)
    {
        const char *word = json_string_value(value);
        if (word == NULL || kind_index(stage_words, word) < 0)
            json_check_fail(check, pointer, "CHOICE",
                            "Hvert stade er planned, tender, awarded, construction, completed "
                            "eller unknown.");
    }
}

const struct mapping *mapping_read(struct json_check *check, const json_t *object, const char *base)
{
    static const char *const members[] = {"columns", "stage", "stages", NULL};
    struct mapping *mapping = arena_alloc(check->arena, sizeof *mapping);
    const size_t before = check->count;

    json_check_members(check, object, base, members);
    const json_t *list =
        json_check_array(check, object, base, "columns", JSON_REQUIRED, MAPPING_COLUMNS_CAP);
    const char *pointer = json_check_pointer(check, base, "columns");
    size_t size = list != NULL ? json_array_size(list) : 0;
    for (size_t i = 0; i < size && i < MAPPING_COLUMNS_CAP; i++)
        read_column(check, json_array_get(list, i), json_check_item(check, pointer, i), mapping);
    read_stages(check, object, base, mapping);
    if (check->count == before && mapping->by_field[FIELD_COMPANY_NAME] == 0 &&
        mapping->by_field[FIELD_COMPANY_CVR] == 0)
        json_check_fail(check, pointer, "REQUIRED",
                        "En kolonne skal være company_name eller company_cvr.");
    if (check->count == before && mapping->by_field[FIELD_PROJECT_NAME] == 0 &&
        mapping->by_field[FIELD_PROJECT_REFERENCE] == 0)
        json_check_fail(check, pointer, "REQUIRED",
                        "En kolonne skal være project_name eller project_reference.");
    return check->count == before ? mapping : NULL;
}

bool mapping_bind(const struct mapping *mapping, const struct sheet_reader_row *heading,
                  struct json_check *check, struct mapping_places *places)
{
    char folded[WORDS_CAP];

    for (size_t i = 0; i < mapping->count; i++) {
        places->of[i] = SIZE_MAX;
        for (size_t j = 0; j < heading->count; j++) {
            (void)words_fold(heading->texts[j], folded);
            if (!str_equal(folded, mapping->columns[i].folded))
                continue;
            if (places->of[i] != SIZE_MAX)
                json_check_fail(check, "", "HEADING", "Kolonnen \"%s\" er i filen to gange.",
                                mapping->columns[i].heading);
            places->of[i] = j;
        }
        if (places->of[i] == SIZE_MAX)
            json_check_fail(check, "", "HEADING", "Kolonnen \"%s\" mangler i filen.",
                            mapping->columns[i].heading);
    }
    return json_check_ok(check);
}

/* --- a row -------------------------------------------------------------------------------------
 */

struct reading {
    const struct mapping *mapping;
    const struct mapping_places *places;
    const struct sheet_reader_row *row;
    const char *today;
    struct arena *arena;
    struct mapping_row *result;
    json_t *export; /* what amounts and days say besides one number */
};

static void fail(struct reading *reading, enum mapping_field field, const char *code,
                 const char *detail)
{
    struct mapping_row *result = reading->result;
    const size_t place = reading->mapping->by_field[field];

    if (result->fault_count == MAPPING_FAULTS_CAP)
        return;
    result->faults[result->fault_count++] = (struct mapping_fault){
        .column = place > 0 ? reading->mapping->columns[place - 1].heading : "",
        .code = code,
        .detail = detail};
}

static const struct column *column_of(const struct reading *reading, enum mapping_field field)
{
    const size_t place = reading->mapping->by_field[field];

    return place > 0 ? &reading->mapping->columns[place - 1] : NULL;
}

/* How many bytes of white space stand there: Excel and web pages write U+00A0 and U+202F for it. */
static size_t space(const char *text)
{
    if (*text != '\0' && strchr(" \t\r\n", *text) != NULL)
        return 1;
    return str_starts(text, "\xC2\xA0") ? 2 : str_starts(text, "\xE2\x80\xAF") ? 3 : 0;
}

/* The cell without the spaces around it, and plain ones inside; NULL when the row has none. */
static const char *cell(const struct reading *reading, enum mapping_field field)
{
    const size_t column = reading->mapping->by_field[field];

    if (column == 0 || reading->places->of[column - 1] >= reading->row->count)
        return NULL;
    const char *from = reading->row->texts[reading->places->of[column - 1]];
    char *text = arena_alloc(reading->arena, strlen(from) + 1);
    size_t length = 0, end = 0;
    while (*from != '\0') {
        const size_t step = space(from);
        if (step == 0)
            text[length++] = *from;
        else if (length > 0)
            text[length++] = ' ';
        if (step == 0)
            end = length;
        from += step > 0 ? step : 1;
    }
    text[end] = '\0';
    return end > 0 ? text : NULL;
}

/* A text that is kept: of one line, and not too long. */
static const char *line_of(struct reading *reading, enum mapping_field field)
{
    const char *text = cell(reading, field);

    if (text == NULL)
        return NULL;
    if (str_utf8_count(text) > TEXT_CAP) {
        fail(reading, field, "LENGTH", "Teksten er længere end 500 tegn.");
        return NULL;
    }
    char *line = arena_strdup(reading->arena, text);
    for (char *at = line; *at != '\0'; at++) {
        if ((unsigned char)*at < ' ' || *at == 0x7F)
            *at = ' ';
    }
    return line;
}

static void set_text(json_t *object, const char *name, const char *text)
{
    if (text != NULL)
        json_object_set_new(object, name, json_string(text));
}

/* "DK-12 34 56 74" and "12345674" are the same number. */
static const char *cvr_of(struct reading *reading)
{
    const char *text = cell(reading, FIELD_COMPANY_CVR);
    char digits[9] = "";
    size_t count = 0;

    if (text == NULL)
        return NULL;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at >= '0' && *at <= '9') {
            if (count < 8)
                digits[count] = *at;
            count++;
        } else if (strchr(" -.DKdk", *at) == NULL) {
            count = 0;
            break;
        }
    }
    digits[8] = '\0';
    if (count == 8 && cvr_valid(digits))
        return arena_strdup(reading->arena, digits);
    fail(reading, FIELD_COMPANY_CVR, "FORMAT", "Ikke et gyldigt CVR-nummer.");
    return NULL;
}

/* The code of ISO 3166-1 that leads have; `otherwise` where the cell is empty. NULL, and a fault,
 * of a country that is not known here. */
static const char *country_of(struct reading *reading, enum mapping_field field,
                              const char *otherwise)
{
    static const struct {
        const char *word;
        const char *code;
    } countries[] = {
        {"danmark", "DNK"},  {"denmark", "DNK"}, {"dk", "DNK"},        {"dnk", "DNK"},
        {"sverige", "SWE"},  {"sweden", "SWE"},  {"se", "SWE"},        {"swe", "SWE"},
        {"norge", "NOR"},    {"norway", "NOR"},  {"no", "NOR"},        {"nor", "NOR"},
        {"tyskland", "DEU"}, {"germany", "DEU"}, {"de", "DEU"},        {"deu", "DEU"},
        {"polen", "POL"},    {"poland", "POL"},  {"pl", "POL"},        {"pol", "POL"},
        {"island", "ISL"},   {"iceland", "ISL"}, {"groenland", "GRL"}, {"greenland", "GRL"}};
    const char *text = cell(reading, field);
    char folded[WORDS_CAP];

    if (text == NULL)
        return otherwise;
    (void)words_fold(text, folded);
    for (size_t i = 0; i < sizeof countries / sizeof countries[0]; i++) {
        if (str_equal(folded, countries[i].word))
            return countries[i].code;
    }
    fail(reading, field, "UNKNOWN", "Landet kendes ikke.");
    return NULL;
}

/* "8000", "DK-8000" and "8000 Aarhus C". */
static const char *postcode_of(struct reading *reading, enum mapping_field field)
{
    const char *text = cell(reading, field);
    char digits[5] = "";

    if (text == NULL)
        return NULL;
    const char *at = text + strcspn(text, "0123456789");
    if (strspn(at, "0123456789") == 4) {
        memcpy(digits, at, 4);
        if (postcode_valid(digits))
            return arena_strdup(reading->arena, digits);
    }
    fail(reading, field, "FORMAT", "Ikke et dansk postnummer.");
    return NULL;
}

static const char *stage_of(struct reading *reading)
{
    const struct mapping *mapping = reading->mapping;
    const char *text = cell(reading, FIELD_STAGE);
    const char *name;
    json_t *value;

    if (text == NULL)
        return mapping->stage;
    if (mapping->stages != NULL) {
        json_object_foreach(mapping->stages, name, value)
        {
            if (str_equal(name, text))
                return json_string_value(value);
        }
    }
    const char *stage = value_stage_read(text);
    if (stage == NULL)
        fail(reading, FIELD_STAGE, "UNKNOWN",
             "Stadet kendes ikke; giv det et i kolonneplanens stages.");
    return stage != NULL ? stage : mapping->stage;
}

static const char *cpv_of(struct reading *reading)
{
    const char *text = cell(reading, FIELD_CPV);
    char digits[9] = "";

    if (text == NULL)
        return NULL;
    const size_t length = strspn(text, "0123456789");
    if (length == 8 && (text[8] == '\0' || text[8] == '-' || text[8] == ' ')) {
        memcpy(digits, text, 8);
        return arena_strdup(reading->arena, digits);
    }
    fail(reading, FIELD_CPV, "FORMAT", "En CPV-kode er på otte cifre.");
    return NULL;
}

/* An amount that is exact is one; else the lowest it can be, and "export" says the rest. */
static void put_value(struct reading *reading, json_t *item)
{
    const char *text = line_of(reading, FIELD_VALUE);
    struct value_amount amount;

    if (text == NULL)
        return;
    enum value_fault fault =
        value_amount_read(text, &column_of(reading, FIELD_VALUE)->amount, &amount);
    if (fault == VALUE_EMPTY)
        return;
    if (fault != VALUE_GOOD) {
        fail(reading, FIELD_VALUE, value_fault_code(fault), value_fault_text(fault));
        return;
    }
    json_object_set_new(item, "value",
                        json_pack("{s:s, s:s, s:I}", "raw", text, "currency", amount.currency,
                                  "minor", (json_int_t)amount.low));
    json_object_set_new(item, "value_kind", json_string("estimate"));
    json_object_set_new(reading->export, "value",
                        json_pack("{s:I, s:I, s:b, s:s}", "low", (json_int_t)amount.low, "high",
                                  (json_int_t)amount.high, "about", (int)amount.about, "raw",
                                  text));
}

/* False when the cell says no day. */
static bool read_date(struct reading *reading, enum mapping_field field, struct value_date *date)
{
    const char *text = line_of(reading, field);

    if (text == NULL)
        return false;
    struct value_date_pattern pattern = column_of(reading, field)->date;
    (void)sscanf(reading->today, "%d-%d-%d", &pattern.today_year, &pattern.today_month,
                 &pattern.today_day);
    enum value_fault fault = value_date_read(text, &pattern, date);
    if (fault == VALUE_EMPTY)
        return false;
    if (fault != VALUE_GOOD) {
        fail(reading, field, value_fault_code(fault), value_fault_text(fault));
        return false;
    }
    json_object_set_new(reading->export, mapping_fields[field],
                        json_pack("{s:s, s:s, s:s, s:b, s:s}", "from", date->from, "to", date->to,
                                  "precision", value_precision_word(date->precision), "about",
                                  (int)date->about, "raw", text));
    return true;
}

static void put_dates(struct reading *reading, json_t *item)
{
    struct value_date start, end, day;
    bool starts = read_date(reading, FIELD_START_DATE, &start);
    bool ends = read_date(reading, FIELD_END_DATE, &end);

    if (read_date(reading, FIELD_AWARD_DATE, &day))
        set_text(item, "award_date", day.from);
    if (read_date(reading, FIELD_CONTRACT_DATE, &day))
        set_text(item, "contract_date", day.from);
    if (starts && ends && strcmp(end.to, start.from) < 0) {
        fail(reading, FIELD_END_DATE, "RANGE", "Slutter før det begynder.");
        ends = false;
    }
    if (starts)
        set_text(item, "start_date", start.from);
    if (ends)
        set_text(item, "end_date", end.to);
    else if (starts && start.precision == VALUE_PERIOD)
        set_text(item, "end_date", start.to);
}

static json_t *winner(struct reading *reading, const char **name, const char **cvr)
{
    json_t *object = json_object();

    /* Another country's number may have eight digits as well. */
    const char *country = country_of(reading, FIELD_COMPANY_COUNTRY, NULL);
    *name = line_of(reading, FIELD_COMPANY_NAME);
    *cvr = country == NULL || str_equal(country, "DNK") ? cvr_of(reading) : NULL;
    set_text(object, "name", *name);
    set_text(object, "cvr", *cvr);
    set_text(object, "id", line_of(reading, FIELD_COMPANY_CVR));
    set_text(object, "country", *cvr != NULL ? "DNK" : country);
    set_text(object, "postal_code", line_of(reading, FIELD_COMPANY_POSTAL_CODE));
    set_text(object, "city", line_of(reading, FIELD_COMPANY_CITY));
    return object;
}

static json_t *places_of(struct reading *reading)
{
    json_t *place = json_object();
    const char *country = country_of(reading, FIELD_COUNTRY, "DNK");

    /* Four digits of a country that is not known are no Danish place. */
    if (country != NULL)
        set_text(place, "postal_code",
                 str_equal(country, "DNK") ? postcode_of(reading, FIELD_POSTAL_CODE)
                                           : line_of(reading, FIELD_POSTAL_CODE));
    set_text(place, "city", line_of(reading, FIELD_CITY));
    set_text(place, "region", line_of(reading, FIELD_REGION));
    if (json_object_size(place) == 0) {
        json_decref(place);
        return json_array();
    }
    set_text(place, "country", country);
    return json_pack("[o]", place);
}

/* Folded; as it stands when there is nothing to fold, or more than can be. */
static const char *comparable(struct reading *reading, const char *text)
{
    char folded[WORDS_CAP];

    return words_fold(text, folded) && folded[0] != '\0' ? arena_strdup(reading->arena, folded)
                                                         : text;
}

/* `company` and `project` may be NULL, and then only the row's own reference makes a key. */
static void make_key(struct reading *reading, const char *company, const char *project)
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    const char *reference = line_of(reading, FIELD_REFERENCE);
    const char *text = NULL;

    if (reference != NULL)
        text = arena_printf(reading->arena, "reference\n%s", reference);
    else if (company != NULL && project != NULL)
        text = arena_printf(reading->arena, "row\n%s\n%s", comparable(reading, company),
                            comparable(reading, project));
    if (text == NULL)
        return;
    crypto_sha256(text, strlen(text), digest);
    memcpy(reading->result->key, reference != NULL ? "ref:" : "row:", 4);
    str_hex(digest, 16, reading->result->key + 4);
}

static json_t *raw_of(const struct reading *reading)
{
    json_t *raw = json_object();

    for (size_t i = 0; i < reading->mapping->count; i++) {
        const size_t place = reading->places->of[i];
        if (place < reading->row->count && reading->row->texts[place][0] != '\0')
            set_text(raw, reading->mapping->columns[i].heading, reading->row->texts[place]);
    }
    return raw;
}

void mapping_row_read(const struct mapping *mapping, const struct mapping_places *places,
                      const struct sheet_reader_row *row, const char *today, struct arena *arena,
                      struct mapping_row *result)
{
    struct reading reading = {mapping, places, row, today, arena, result, json_object()};
    const char *company, *cvr;

    *result = (struct mapping_row){0};
    result->raw = raw_of(&reading);
    json_t *item = json_pack("{s:o}", "winner", winner(&reading, &company, &cvr));
    const char *project = line_of(&reading, FIELD_PROJECT_NAME);
    const char *reference = line_of(&reading, FIELD_PROJECT_REFERENCE);
    json_t *about = json_object();
    set_text(about, "name", project);
    set_text(about, "reference", reference);
    if (json_object_size(about) > 0)
        result->project = json_copy(about);
    set_text(about, "developer", line_of(&reading, FIELD_DEVELOPER));
    json_object_set_new(item, "project", about);
    set_text(item, "title", project);
    set_text(item, "stage", stage_of(&reading));
    set_text(item, "cpv", cpv_of(&reading));
    put_value(&reading, item);
    put_dates(&reading, item);
    json_object_set_new(item, "places", places_of(&reading));
    if (json_object_size(reading.export) > 0)
        json_object_set(item, "export", reading.export);
    json_decref(reading.export);
    if (company == NULL && cvr == NULL)
        fail(&reading, FIELD_COMPANY_NAME, "NO_COMPANY", "Rækken nævner ingen virksomhed.");
    else if (result->project == NULL)
        fail(&reading, FIELD_PROJECT_NAME, "NO_PROJECT", "Rækken nævner intet byggeri.");
    else
        result->item = json_incref(item);
    json_decref(item);
    make_key(&reading, company != NULL ? company : cvr, reference != NULL ? reference : project);
}

void mapping_row_release(struct mapping_row *row)
{
    json_decref(row->item);
    json_decref(row->project);
    json_decref(row->raw);
}
