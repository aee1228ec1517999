/*
 * What the columns of an export are likely to be. A heading that is one of the known ones counts
 * most, one that holds it less; what the rows have in the column raises or lowers that. The best
 * pair of column and field is taken, then the best of what is left.
 */
#include "common/base/str.h"
#include "common/domain/identity.h"
#include "services/leads/mapping.h"
#include "services/leads/mapping_fields.h"
#include "services/leads/values.h"
#include "services/leads/words.h"

#include <stdio.h>
#include <string.h>

#define LEAST 40 /* confidence that is worth a guess */
#define COLUMNS_CAP SHEET_READER_COLUMNS_CAP

/* Headings as Byggefakta's and BCI's exports and tables made by hand have them, folded. */
static const struct {
    const char *heading;
    enum mapping_field field;
    int weight; /* of the very same heading; a part of one counts two thirds */
} known[] = {
    {"raekke id", FIELD_REFERENCE, 95},
    {"row id", FIELD_REFERENCE, 95},
    {"lead id", FIELD_REFERENCE, 95},
    {"loebenummer", FIELD_REFERENCE, 80},
    {"virksomhed", FIELD_COMPANY_NAME, 90},
    {"virksomhedsnavn", FIELD_COMPANY_NAME, 95},
    {"firma", FIELD_COMPANY_NAME, 90},
    {"firmanavn", FIELD_COMPANY_NAME, 95},
    {"entreprenoer", FIELD_COMPANY_NAME, 92},
    {"hovedentreprenoer", FIELD_COMPANY_NAME, 93},
    {"totalentreprenoer", FIELD_COMPANY_NAME, 92},
    {"hoved totalentreprenoer", FIELD_COMPANY_NAME, 92},
    {"vinder", FIELD_COMPANY_NAME, 85},
    {"leverandoer", FIELD_COMPANY_NAME, 75},
    {"company", FIELD_COMPANY_NAME, 90},
    {"company name", FIELD_COMPANY_NAME, 95},
    {"contractor", FIELD_COMPANY_NAME, 92},
    {"main contractor", FIELD_COMPANY_NAME, 93},
    {"general contractor", FIELD_COMPANY_NAME, 93},
    {"cvr", FIELD_COMPANY_CVR, 97},
    {"cvr nr", FIELD_COMPANY_CVR, 97},
    {"cvr nummer", FIELD_COMPANY_CVR, 97},
    {"cvrnr", FIELD_COMPANY_CVR, 97},
    {"company registration number", FIELD_COMPANY_CVR, 90},
    {"vat number", FIELD_COMPANY_CVR, 80},
    {"firma postnr", FIELD_COMPANY_POSTAL_CODE, 95},
    {"firmapostnr", FIELD_COMPANY_POSTAL_CODE, 95},
    {"virksomhedens postnummer", FIELD_COMPANY_POSTAL_CODE, 95},
    {"company postcode", FIELD_COMPANY_POSTAL_CODE, 95},
    {"company postal code", FIELD_COMPANY_POSTAL_CODE, 95},
    {"firma by", FIELD_COMPANY_CITY, 95},
    {"firmaby", FIELD_COMPANY_CITY, 95},
    {"company city", FIELD_COMPANY_CITY, 95},
    {"company town", FIELD_COMPANY_CITY, 95},
    {"firma land", FIELD_COMPANY_COUNTRY, 95},
    {"company country", FIELD_COMPANY_COUNTRY, 95},
    {"projektnavn", FIELD_PROJECT_NAME, 97},
    {"projekt", FIELD_PROJECT_NAME, 85},
    {"projekttitel", FIELD_PROJECT_NAME, 95},
    {"byggesag", FIELD_PROJECT_NAME, 90},
    {"sagsnavn", FIELD_PROJECT_NAME, 90},
    {"titel", FIELD_PROJECT_NAME, 75},
    {"project name", FIELD_PROJECT_NAME, 97},
    {"project title", FIELD_PROJECT_NAME, 95},
    {"project", FIELD_PROJECT_NAME, 85},
    {"projekt id", FIELD_PROJECT_REFERENCE, 97},
    {"projektid", FIELD_PROJECT_REFERENCE, 97},
    {"projekt nr", FIELD_PROJECT_REFERENCE, 95},
    {"projektnr", FIELD_PROJECT_REFERENCE, 95},
    {"projektnummer", FIELD_PROJECT_REFERENCE, 95},
    {"sagsnr", FIELD_PROJECT_REFERENCE, 90},
    {"sagsnummer", FIELD_PROJECT_REFERENCE, 90},
    {"project id", FIELD_PROJECT_REFERENCE, 97},
    {"project number", FIELD_PROJECT_REFERENCE, 95},
    {"project reference", FIELD_PROJECT_REFERENCE, 95},
    {"bygherre", FIELD_DEVELOPER, 97},
    {"bygherrenavn", FIELD_DEVELOPER, 95},
    {"ordregiver", FIELD_DEVELOPER, 85},
    {"developer", FIELD_DEVELOPER, 92},
    {"owner", FIELD_DEVELOPER, 75},
    {"client", FIELD_DEVELOPER, 80},
    {"stade", FIELD_STAGE, 97},
    {"stadie", FIELD_STAGE, 97},
    {"byggestadie", FIELD_STAGE, 97},
    {"projektstadie", FIELD_STAGE, 97},
    {"fase", FIELD_STAGE, 90},
    {"status", FIELD_STAGE, 80},
    {"stage", FIELD_STAGE, 95},
    {"project stage", FIELD_STAGE, 97},
    {"project status", FIELD_STAGE, 85},
    {"byggesum", FIELD_VALUE, 97},
    {"projektsum", FIELD_VALUE, 95},
    {"entreprisesum", FIELD_VALUE, 97},
    {"kontraktsum", FIELD_VALUE, 97},
    {"vaerdi", FIELD_VALUE, 85},
    {"beloeb", FIELD_VALUE, 85},
    {"anlaegssum", FIELD_VALUE, 95},
    {"value", FIELD_VALUE, 90},
    {"local value", FIELD_VALUE, 95},
    {"project value", FIELD_VALUE, 95},
    {"contract value", FIELD_VALUE, 96},
    {"cpv", FIELD_CPV, 97},
    {"cpv kode", FIELD_CPV, 97},
    {"cpv code", FIELD_CPV, 97},
    {"tildelingsdato", FIELD_AWARD_DATE, 97},
    {"tildelt den", FIELD_AWARD_DATE, 90},
    {"award date", FIELD_AWARD_DATE, 97},
    {"kontraktdato", FIELD_CONTRACT_DATE, 97},
    {"contract date", FIELD_CONTRACT_DATE, 97},
    {"byggestart", FIELD_START_DATE, 97},
    {"startdato", FIELD_START_DATE, 95},
    {"opstart", FIELD_START_DATE, 90},
    {"start", FIELD_START_DATE, 80},
    {"forventet start", FIELD_START_DATE, 92},
    {"forventet byggestart", FIELD_START_DATE, 95},
    {"construction start", FIELD_START_DATE, 96},
    {"construction start date", FIELD_START_DATE, 97},
    {"start date", FIELD_START_DATE, 95},
    {"byggeslut", FIELD_END_DATE, 97},
    {"slutdato", FIELD_END_DATE, 95},
    {"afslutning", FIELD_END_DATE, 85},
    {"aflevering", FIELD_END_DATE, 88},
    {"faerdig", FIELD_END_DATE, 75},
    {"forventet slut", FIELD_END_DATE, 92},
    {"construction end", FIELD_END_DATE, 96},
    {"construction end date", FIELD_END_DATE, 97},
    {"end date", FIELD_END_DATE, 95},
    {"completion date", FIELD_END_DATE, 92},
    {"postnr", FIELD_POSTAL_CODE, 95},
    {"postnummer", FIELD_POSTAL_CODE, 95},
    {"byggeplads postnr", FIELD_POSTAL_CODE, 97},
    {"projekt postnr", FIELD_POSTAL_CODE, 97},
    {"postcode", FIELD_POSTAL_CODE, 95},
    {"postal code", FIELD_POSTAL_CODE, 95},
    {"zip", FIELD_POSTAL_CODE, 90},
    {"zip code", FIELD_POSTAL_CODE, 92},
    {"project postcode", FIELD_POSTAL_CODE, 97},
    {"by", FIELD_CITY, 95},
    {"bynavn", FIELD_CITY, 95},
    {"projekt by", FIELD_CITY, 97},
    {"city", FIELD_CITY, 95},
    {"town", FIELD_CITY, 92},
    {"project town", FIELD_CITY, 97},
    {"region", FIELD_REGION, 95},
    {"kommune", FIELD_REGION, 80},
    {"municipality", FIELD_REGION, 80},
    {"land", FIELD_COUNTRY, 95},
    {"country", FIELD_COUNTRY, 95},
};

/* People: never a column of ours, whatever else the heading says. */
static const char *const people[] = {"kontakt",      "kontaktperson", "telefon",      "tlf",
                                     "mobil",        "email",         "e mail",       "mail",
                                     "phone",        "contact",       "contact name", "ansvarlig",
                                     "projektleder", "first name",    "last name",    "job title",
                                     "adresse",      "address",       "website"};

struct guess {
    int confidence;
    const char *reason;
};

static bool about_people(const char *folded)
{
    for (size_t i = 0; i < sizeof people / sizeof people[0]; i++) {
        if (words_contain(folded, people[i]))
            return true;
    }
    return false;
}

/* What the heading says of each field, in one walk: a file may have hundreds of columns. */
static void heading_scores(const char *folded, int scores[FIELDS])
{
    memset(scores, 0, FIELDS * sizeof *scores);
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        int score = str_equal(folded, known[i].heading)       ? known[i].weight
                    : words_contain(folded, known[i].heading) ? known[i].weight * 2 / 3
                                                              : 0;
        if (score > scores[known[i].field])
            scores[known[i].field] = score;
    }
}

/* --- what the rows have ------------------------------------------------------------------------
 */

static bool eight_digits(const char *text)
{
    return strspn(text, "0123456789") == 8 && (text[8] == '\0' || text[8] == '-');
}

/* Whether a cell is what the field holds; the fields of plain text take anything. */
static bool fits(enum mapping_field field, const char *text)
{
    static const struct value_date_pattern date = {
        .today_year = 2026, .today_month = 1, .today_day = 1};
    static const struct value_amount_pattern amount;
    struct value_amount value;
    struct value_date day;

    switch (field) {
    case FIELD_COMPANY_CVR:
        return strlen(text) >= 8 && cvr_valid(text + strlen(text) - 8);
    case FIELD_CPV:
        return eight_digits(text);
    case FIELD_POSTAL_CODE:
    case FIELD_COMPANY_POSTAL_CODE:
        return strspn(text + strcspn(text, "0123456789"), "0123456789") == 4;
    case FIELD_VALUE:
        return value_amount_read(text, &amount, &value) != VALUE_FORM;
    case FIELD_AWARD_DATE:
    case FIELD_CONTRACT_DATE:
    case FIELD_START_DATE:
    case FIELD_END_DATE:
        return value_date_read(text, &date, &day) != VALUE_FORM;
    case FIELD_STAGE:
        return value_stage_read(text) != NULL;
    default:
        return true;
    }
}

/* Share of the filled cells that fit, in hundredths; -1: none is filled. */
static int share(enum mapping_field field, size_t column, const struct sheet_reader_row *rows,
                 size_t count)
{
    size_t filled = 0;
    size_t good = 0;

    for (size_t i = 0; i < count; i++) {
        if (column >= rows[i].count || str_blank(rows[i].texts[column]))
            continue;
        filled++;
        good += fits(field, rows[i].texts[column]);
    }
    return filled > 0 ? (int)(good * 100 / filled) : -1;
}

/* Fields that are known by what stands in them, whatever the heading. */
static bool telling(enum mapping_field field)
{
    return field == FIELD_COMPANY_CVR || field == FIELD_CPV;
}

static struct guess judge(int heading, enum mapping_field field, size_t column,
                          const struct sheet_reader_row *rows, size_t count)
{
    if (heading == 0 && !telling(field))
        return (struct guess){0, "unknown"};
    const int content = share(field, column, rows, count);

    if (content < 0)
        return (struct guess){heading, "heading"};
    if (heading == 0)
        return (struct guess){content >= 90 ? 60 : 0, "content"};
    if (content < 50)
        return (struct guess){heading * content / 100, "heading"};
    return (struct guess){heading < 97 ? heading + (content - 50) / 20 : heading,
                          "heading and content"};
}

/* --- how the cells are written -----------------------------------------------------------------
 */

/* "mio" in the heading: bare numbers are millions. */
static const char *unit_of(const char *folded)
{
    static const struct {
        const char *word;
        const char *unit;
    } words[] = {{"mio", "1000000"},  {"mio kr", "1000000"},  {"mdkk", "1000000"},
                 {"mkr", "1000000"},  {"million", "1000000"}, {"millions", "1000000"},
                 {"t kr", "1000"},    {"tkr", "1000"},        {"tdkk", "1000"},
                 {"1000 kr", "1000"}, {"thousands", "1000"}};

    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (words_contain(folded, words[i].word))
            return words[i].unit;
    }
    return NULL;
}

/* The decimal sign, where a cell shows which: two signs, or one with other than three digits behind
 * it. */
static const char *decimal_of(size_t column, const struct sheet_reader_row *rows, size_t count)
{
    size_t commas = 0;
    size_t points = 0;

    for (size_t i = 0; i < count; i++) {
        if (column >= rows[i].count)
            continue;
        const char *text = rows[i].texts[column];
        const char *comma = strrchr(text, ',');
        const char *point = strrchr(text, '.');
        if (comma != NULL && (point == NULL || comma > point) &&
            strspn(comma + 1, "0123456789") % 3 != 0)
            commas++;
        if (point != NULL && (comma == NULL || point > comma) &&
            strspn(point + 1, "0123456789") % 3 != 0)
            points++;
        if (comma != NULL && point == NULL && strspn(comma + 1, "0123456789") == 3 &&
            strchr(comma + 4, ',') == NULL && strchr(text, ',') != comma)
            points++; /* "1,250,000" */
    }
    return commas > 0 && points == 0 ? "," : points > 0 && commas == 0 ? "." : NULL;
}

/* Month first, where a second number is above twelve and no first one is. */
static const char *order_of(size_t column, const struct sheet_reader_row *rows, size_t count)
{
    size_t first = 0;
    size_t second = 0;

    for (size_t i = 0; i < count; i++) {
        int one, two, year;
        if (column < rows[i].count &&
            sscanf(rows[i].texts[column], "%2d%*1[-./]%2d%*1[-./]%4d", &one, &two, &year) == 3) {
            first += one > 12;
            second += two > 12;
        }
    }
    return second > 0 && first == 0 ? "mdy" : first > 0 && second == 0 ? "dmy" : NULL;
}

static void add_patterns(json_t *object, enum mapping_field field, size_t column,
                         const char *folded, const struct sheet_reader_row *rows, size_t count)
{
    const char *unit = field == FIELD_VALUE ? unit_of(folded) : NULL;
    const char *decimal = field == FIELD_VALUE ? decimal_of(column, rows, count) : NULL;
    const char *order =
        field >= FIELD_AWARD_DATE && field <= FIELD_END_DATE ? order_of(column, rows, count) : NULL;

    if (unit != NULL)
        json_object_set_new(object, "unit", json_string(unit));
    if (decimal != NULL)
        json_object_set_new(object, "decimal", json_string(decimal));
    if (order != NULL)
        json_object_set_new(object, "order", json_string(order));
}

/* --- all of them --------------------------------------------------------------------------------
 */

struct choice {
    int field; /* -1: none */
    struct guess guess;
};

/* The best pair that is left; false when none is good enough. */
static bool take_best(const struct sheet_reader_row *heading, struct choice *choices,
                      bool taken[FIELDS], struct guess (*guesses)[FIELDS])
{
    size_t column = 0;
    int field = -1;
    int best = LEAST - 1;

    for (size_t i = 0; i < heading->count; i++) {
        for (int j = 0; choices[i].field < 0 && j < FIELDS; j++) {
            if (!taken[j] && guesses[i][j].confidence > best) {
                best = guesses[i][j].confidence;
                column = i;
                field = j;
            }
        }
    }
    if (field < 0)
        return false;
    choices[column] = (struct choice){field, guesses[column][field]};
    taken[field] = true;
    return true;
}

json_t *mapping_guess(const struct sheet_reader_row *heading, const struct sheet_reader_row *rows,
                      size_t count)
{
    struct arena *arena = arena_create(0);
    struct choice *choices = arena_array(arena, heading->count, sizeof *choices);
    struct guess(*guesses)[FIELDS] = arena_array(arena, heading->count, sizeof *guesses);
    bool taken[FIELDS] = {false};
    int scores[FIELDS];
    char folded[WORDS_CAP];
    json_t *columns = json_array();

    for (size_t i = 0; i < heading->count; i++) {
        choices[i].field = -1;
        (void)words_fold(heading->texts[i], folded);
        memset(guesses[i], 0, sizeof guesses[i]);
        if (about_people(folded))
            continue;
        heading_scores(folded, scores);
        for (int j = 0; j < FIELDS; j++)
            guesses[i][j] = judge(scores[j], (enum mapping_field)j, i, rows, count);
    }
    while (take_best(heading, choices, taken, guesses))
        continue;
    for (size_t i = 0; i < heading->count; i++) {
        const struct choice *choice = &choices[i];
        (void)words_fold(heading->texts[i], folded);
        if (folded[0] == '\0')
            continue;
        json_t *object = json_pack("{s:s, s:s?, s:i, s:s}", "column", heading->texts[i], "field",
                                   choice->field >= 0 ? mapping_fields[choice->field] : NULL,
                                   "confidence", choice->field >= 0 ? choice->guess.confidence : 0,
                                   "reason", choice->field >= 0 ? choice->guess.reason : "unknown");
        if (choice->field >= 0)
            add_patterns(object, (enum mapping_field)choice->field, i, folded, rows, count);
        json_array_append_new(columns, object);
    }
    arena_destroy(&arena);
    return json_pack("{s:o}", "columns", columns);
}
