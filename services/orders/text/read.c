/* The passes in their order, and what is left over. */
#include "services/orders/text/internal.h"

#include "common/base/str.h"

#include <stdlib.h>
#include <string.h>

/* --- what the passes share
 * ----------------------------------------------------------------------------------- */

bool reader_free(const struct reader *reader, size_t at)
{
    return at < reader->count && reader->tokens[at].finding < 0;
}

bool reader_goes_on(const struct reader *reader, size_t at)
{
    return reader_free(reader, at) && !(reader->tokens[at].flags & TOKEN_BREAK);
}

static struct text_finding *add(struct reader *reader, enum text_field field, const char *value,
                                int confidence)
{
    if (reader->finding_count == reader->room)
        return NULL;
    struct text_finding *found = &reader->findings[reader->finding_count++];
    *found = (struct text_finding){.field = field, .value = value, .confidence = confidence};
    return found;
}

struct text_finding *reader_found(struct reader *reader, size_t first, size_t count,
                                  enum text_field field, const char *value, int confidence)
{
    struct text_finding *found = add(reader, field, value, confidence);

    if (found == NULL)
        return NULL;
    found->start = reader->tokens[first].start;
    found->end = reader->tokens[first + count - 1].end;
    for (size_t i = first; i < first + count; i++)
        reader->tokens[i].finding = (int16_t)(found - reader->findings);
    return found;
}

/* Where folding changed the length, the place of a part is not known: then it is the whole word. */
struct text_finding *reader_found_part(struct reader *reader, size_t at, size_t skip, size_t length,
                                       enum text_field field, const char *value, int confidence)
{
    const struct token *token = &reader->tokens[at];
    struct text_finding *found = add(reader, field, value, confidence);

    if (found == NULL)
        return NULL;
    const bool same = token->end - token->start == token->length;
    found->start = token->start + (same ? skip : 0);
    found->end = same ? found->start + length : token->end;
    return found;
}

static int unit_word(const char *text, size_t length)
{
    static const char *const units[] = {"en",   "to",  "tre",  "fire", "fem",
                                        "seks", "syv", "otte", "ni"};

    for (int i = 0; i < 9; i++)
        if (strlen(units[i]) == length && memcmp(units[i], text, length) == 0)
            return i + 1;
    return 0;
}

/* "ti" to "halvfems", "hundrede"; "femogtyve". */
static int number_word(const struct token *token)
{
    static const struct {
        const char *text;
        int number;
    } words[] = {{"et", 1},         {"een", 1},         {"ti", 10},      {"elleve", 11},
                 {"tolv", 12},      {"tretten", 13},    {"fjorten", 14}, {"femten", 15},
                 {"seksten", 16},   {"sytten", 17},     {"atten", 18},   {"nitten", 19},
                 {"tyve", 20},      {"tredive", 30},    {"fyrre", 40},   {"halvtreds", 50},
                 {"tres", 60},      {"halvfjerds", 70}, {"firs", 80},    {"halvfems", 90},
                 {"hundrede", 100}, {"dusin", 12}};

    const int unit = unit_word(token->text, token->length);
    if (unit > 0)
        return unit;
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (token_is(token, words[i].text))
            return words[i].number;
        const size_t tail = strlen(words[i].text);
        if (words[i].number < 20 || words[i].number > 90 || token->length < tail + 4 ||
            strcmp(token->text + token->length - tail, words[i].text) != 0)
            continue;
        const size_t front = token->length - tail - 2;
        if (memcmp(token->text + front, "og", 2) == 0 && unit_word(token->text, front) > 0)
            return words[i].number + unit_word(token->text, front);
    }
    return 0;
}

int reader_number(const struct reader *reader, size_t at)
{
    if (!reader_free(reader, at))
        return 0;
    const struct token *token = &reader->tokens[at];
    return token->flags & TOKEN_NUMBER ? token->number : number_word(token);
}

/* --- the end
 * -------------------------------------------------------------------------------------------------
 */

/* An order has one of each; the surest is kept, the first among equals. */
static void keep_one(struct reader *reader, enum text_field field, const char *note)
{
    struct text_finding *best = NULL;

    for (size_t i = 0; i < reader->finding_count; i++) {
        struct text_finding *found = &reader->findings[i];
        if (found->field != field)
            continue;
        if (best == NULL) {
            best = found;
            continue;
        }
        struct text_finding *other = found->confidence > best->confidence ? best : found;
        best = other == found ? best : found;
        if (!str_equal(other->value, best->value)) {
            other->field = TEXT_ASIDE;
            other->note = note;
        }
    }
}

static int compare_findings(const void *left, const void *right)
{
    const struct text_finding *a = left, *b = right;

    if (a->start != b->start)
        return a->start < b->start ? -1 : 1;
    if (a->end != b->end)
        return a->end < b->end ? -1 : 1;
    return (int)a->field - (int)b->field;
}

/* Words that tell nothing of an order by themselves. Folded. */
static const char *const silent[] = {
    "vi",           "kunne",       "jeg",      "i",           "paa",         "med",
    "og",           "eller",       "samt",     "til",         "for",         "fra",
    "af",           "ved",         "hos",      "om",          "at",          "der",
    "som",          "den",         "det",      "de",          "en",          "et",
    "er",           "har",         "have",     "vil",         "kan",         "skal",
    "bliver",       "vaere",       "os",       "vores",       "du",          "dig",
    "din",          "sin",         "hvis",     "men",         "saa",         "ogsaa",
    "naar",         "hvor",        "dermed",   "derfor",      "denne",       "dette",
    "disse",        "hej",         "soeger",   "soege",       "soeges",      "mangler",
    "mangle",       "bruge",       "brug",     "bruger",      "behov",       "ansaette",
    "ansaetter",    "ansaettelse", "stilling", "stillinger",  "medarbejder", "medarbejdere",
    "folk",         "mand",        "maend",    "person",      "personer",    "stk",
    "kandidat",     "kandidater",  "kollega",  "kolleger",    "job",         "jobbet",
    "arbejde",      "arbejdet",    "opgave",   "opgaver",     "opgaven",     "opgaverne",
    "erfaring",     "erfaren",     "erfarne",  "kendskab",    "start",       "opstart",
    "starte",       "starter",     "hilsen",   "venlig",      "mvh",         "tak",
    "oensker",      "oenskes",     "haaber",   "snart",       "d",           "o",
    "ca",           "cirka",       "blandt",   "andet",       "dansk",       "cvr",
    "nr",           "faar",

    "varighed",     "periode",     "perioden", "gaar",        "igang",       "gang",
    "derudover",    "desuden",     "inden",    "indenfor",    "uge",         "ugen",
    "dag",          "dage",        "sted",     "arbejdssted", "byggeplads",  "pladsen",
    "byggepladsen", "adresse",     "jobordre", "ordre",       "bestilling",  "titel",
    "antal",        "krav",        "oenske",   "radius",      "hoejst",      "max",
    "maks",         "under",       "holder",   "til",         "m",           "fl",
    "mv",           NULL};

static bool is_silent(const struct token *token)
{
    if (token->quiet)
        return true;
    /* "dansk" says something where nothing has been made of it. */
    return !token_is(token, "dansk") && token_among(token, silent);
}

/* Runs of words that nothing was made of, within a sentence; silent words at their ends are not
 * part of them. */
static size_t find_gaps(const struct reader *reader, struct text_gap *gaps)
{
    size_t count = 0;
    bool open = false;

    for (size_t at = 0; at < reader->count; at++) {
        const struct token *token = &reader->tokens[at];
        if (token->flags & (TOKEN_BREAK | TOKEN_COMMA) || token->finding >= 0)
            open = false;
        if (token->finding >= 0 || is_silent(token))
            continue;
        if (!open)
            gaps[count++] = (struct text_gap){token->start, token->end};
        gaps[count - 1].end = token->end;
        open = true;
    }
    return count;
}

void text_read(struct arena *arena, const struct text_words *words, const char *text, size_t length,
               struct calendar_date today, struct text_reading *reading)
{
    struct reader reader = {.arena = arena, .words = words, .text = text, .today = today};
    size_t read;

    /* A short text, such as a cell of a sheet, costs little. */
    const size_t cap = length < TOKENS_CAP ? length + 1 : TOKENS_CAP;
    reader.tokens = arena_array(arena, cap, sizeof *reader.tokens);
    reader.room = 2 * cap < FINDINGS_CAP ? 2 * cap : FINDINGS_CAP;
    reader.findings = arena_array(arena, reader.room, sizeof *reader.findings);
    size_t part = length < TEXT_CAP ? length : TEXT_CAP;
    while (part > 0 && part < length && ((unsigned char)text[part] & 0xc0) == 0x80)
        part--;
    reader.count = tokens_read(arena, text, part, reader.tokens, cap, &read);
    employer_pass(&reader);
    time_pass(&reader);
    places_pass(&reader);
    qualities_pass(&reader);
    trades_pass(&reader);
    scope_pass(&reader);
    keep_one(&reader, TEXT_CVR, "Endnu et CVR-nummer; det første er brugt.");
    keep_one(&reader, TEXT_EMPLOYER, "Endnu et firma; det første er brugt.");
    keep_one(&reader, TEXT_POSTCODE, "Endnu et sted; det sikreste er brugt.");
    keep_one(&reader, TEXT_RADIUS, "Endnu en afstand; den første er brugt.");
    if (reader.finding_count > 0)
        qsort(reader.findings, reader.finding_count, sizeof *reader.findings, compare_findings);
    reading->findings = reader.findings;
    reading->finding_count = reader.finding_count;
    reading->gaps = arena_array(arena, reader.count + 1, sizeof *reading->gaps);
    reading->gap_count = find_gaps(&reader, reading->gaps);
    if (read < length)
        reading->gaps[reading->gap_count++] = (struct text_gap){read, length};
}
