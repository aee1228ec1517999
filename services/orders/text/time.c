/* When the work begins and ends, how long it lasts; and numbers that are something else:
 * experience, hours, pay, distance. */
#include "services/orders/text/internal.h"

#include "common/base/str.h"

#include <string.h>

#define DOUBTED 600 /* of a start that may be meant otherwise */
#define CONTEXT 4   /* words before a date that say what it is */
#define EXPERIENCE_NOTE                                                                            \
    "En jobordre stiller ikke krav om antal år; skriv et niveau på kompetencen, eller spørg "   \
    "kandidaterne."

#define YEARS_MOST 5 /* that an order lasts: "i 25 år" is how long the firm has been there */

enum role {
    ROLE_OPEN,
    ROLE_START,
    ROLE_END,
    ROLE_UNTIL,
    ROLE_DEADLINE, /* of an answer */
    ROLE_LATEST    /* "senest 1. marts": of what, is not said */
};

/* What the words just before `at` make of a date there. */
static enum role role_before(const struct reader *reader, size_t at, size_t *first)
{
    static const char *const starts[] = {"fra",          "pr",           "per",       "start",
                                         "opstart",      "starte",       "starter",   "begynde",
                                         "begynder",     "tiltraedelse", "startdato", "jobstart",
                                         "opstartsdato", "begynd",       NULL};
    static const char *const ends[] = {
        "indtil",   "slut",     "slutter",   "ophoer",    "slutdato",   "tom", "faerdig",
        "faerdige", "faerdigt", "afsluttet", "afleveres", "aflevering", NULL};
    static const char *const deadlines[] = {"frist", "ansoegningsfrist", "svarfrist", "deadline",
                                            "svar",  "tilbagemelding",   "besked",    NULL};
    static const char *const latest[] = {"senest", "inden", NULL};
    static const char *const passed[] = {
        "den",     "d",      "i",       "og",     "med",         "paa", "uge",   "mandag",
        "tirsdag", "onsdag", "torsdag", "fredag", "frem",        "ca",  "cirka", "omkring",
        "senest",  "inden",  "er",      "m",      "ansaettelse", NULL};
    enum role role = ROLE_OPEN;

    *first = at;
    for (size_t step = 1; step <= CONTEXT && step <= at; step++) {
        const size_t here = at - step;
        const struct token *token = &reader->tokens[here];
        if (!reader_free(reader, here) || reader->tokens[here + 1].flags & TOKEN_BREAK)
            break;
        if (token_among(token, deadlines)) {
            *first = here;
            return ROLE_DEADLINE;
        }
        if (role == ROLE_OPEN &&
            (token_among(token, starts) || token_among(token, ends) || token_is(token, "til"))) {
            role = token_among(token, starts) ? ROLE_START
                   : token_is(token, "til")   ? ROLE_UNTIL
                                              : ROLE_END;
            *first = here;
        } else if (!token_among(token, passed)) {
            break;
        }
    }
    if (role == ROLE_OPEN && at > 0 && !(reader->tokens[at].flags & TOKEN_BREAK) &&
        (token_among(&reader->tokens[at - 1], latest) ||
         (at > 1 && token_among(&reader->tokens[at - 2], latest) &&
          token_among(&reader->tokens[at - 1], passed))))
        return ROLE_LATEST;
    return role;
}

/* "1/2 dag", "3/4 tomme" and "24/7" are no days of a year. */
static bool is_fraction(const struct reader *reader, size_t at, const struct date_read *read)
{
    static const char *const units[] = {"dag",   "dags",     "dage",    "time",  "timer",  "tid",
                                        "aar",   "meter",    "m",       "tomme", "tommer", "plads",
                                        "plade", "stilling", "dagligt", "vagt",  NULL};

    if (read->tokens != 2 || reader->tokens[at + 1].sign != '/')
        return false;
    return (reader->tokens[at].number == 24 && reader->tokens[at + 1].number == 7) ||
           (reader_goes_on(reader, at + 2) && token_among(&reader->tokens[at + 2], units));
}

static const struct text_finding *found_field(const struct reader *reader, enum text_field field)
{
    for (size_t i = 0; i < reader->finding_count; i++)
        if (reader->findings[i].field == field)
            return &reader->findings[i];
    return NULL;
}

static void quiet(struct reader *reader, size_t from, size_t to)
{
    for (size_t i = from; i < to; i++)
        reader->tokens[i].quiet = true;
}

/* "fra uge 12-20" is both. */
static void add_end_of_weeks(struct reader *reader, struct text_finding *start,
                             const struct date_read *read)
{
    if (calendar_day_number(read->last) - calendar_day_number(read->date) < 7 ||
        reader->finding_count == reader->room)
        return;
    struct text_finding *end = &reader->findings[reader->finding_count++];
    *end = *start;
    end->field = TEXT_END;
    end->value = date_text(reader->arena, read->last);
}

/* The last day of the work. A day without a year that would lie before the start is a year later:
 * "fra 1. marts til 30. januar". */
static struct calendar_date end_after(const struct reader *reader, size_t at,
                                      const struct date_read *read)
{
    const struct text_finding *start = found_field(reader, TEXT_START);
    const bool week = token_is(&reader->tokens[at], "uge");

    if (start == NULL || read->confidence == TEXT_SURE ||
        strcmp(date_text(reader->arena, read->last), start->value) >= 0)
        return read->last;
    return week ? date_week_later(read->last) : date_plus(read->last, 12, 0);
}

/* What is to be said of a date that was taken as `field`. */
static const char *note_of(const struct date_read *read, enum text_field field)
{
    if (field == TEXT_START && read->note != NULL)
        return read->note;
    if (read->asked_soon)
        return "Snarest er sat til den næste arbejdsdag.";
    if (read->confidence < 900)
        return "Dagen er ikke nævnt; kontrollér den.";
    return read->confidence < TEXT_SURE ? "Året er ikke nævnt; det er det næste." : NULL;
}

static int confidence_of(const struct date_read *read, enum role role, bool introduced)
{
    int confidence = read->confidence;

    if (role == ROLE_START && confidence < 900)
        confidence += 100;
    if (!introduced && role != ROLE_END && confidence > 800)
        confidence = 800;
    if (read->note != NULL && role != ROLE_END && confidence > DOUBTED)
        confidence = DOUBTED;
    return confidence;
}

static size_t take_date(struct reader *reader, size_t at, const struct date_read *read)
{
    size_t first;
    enum role role = role_before(reader, at, &first);
    const bool has_start = found_field(reader, TEXT_START) != NULL,
               has_end = found_field(reader, TEXT_END) != NULL;

    if (read->tokens == 1 && role == ROLE_OPEN && !read->asked_soon &&
        !(at > 0 && token_is(&reader->tokens[at - 1], "paa")) &&
        !(at > 0 && token_is(&reader->tokens[at - 1], "i")))
        return 1; /* "mandag", "maj": nobody says what for */
    /* A range: "1/3-30/9", "1. marts - 30. juni", "fra 1. marts til 30. juni". */
    const bool range = (reader->tokens[at].flags & TOKEN_DASH) != 0;
    if (role == ROLE_OPEN && has_start && !has_end && range)
        role = ROLE_END;
    if (role == ROLE_UNTIL)
        role = has_start ? ROLE_END : ROLE_OPEN;
    if (role == ROLE_OPEN && is_fraction(reader, at, read))
        return read->tokens;
    enum text_field field = role == ROLE_END                               ? TEXT_END
                            : role == ROLE_DEADLINE || role == ROLE_LATEST ? TEXT_ASIDE
                                                                           : TEXT_START;
    const char *note = note_of(read, field);
    if (role == ROLE_DEADLINE)
        note = "En frist for svar har jobordren ikke; dens ur sættes af modtagelsen.";
    else if (role == ROLE_LATEST)
        note = "Senest den dag; om arbejdet begynder eller er færdigt da, står der ikke.";
    else if ((field == TEXT_START && has_start) || (field == TEXT_END && has_end)) {
        field = TEXT_ASIDE;
        note = "Endnu en dato; kun den første er brugt.";
    }
    const char *value =
        date_text(reader->arena, role == ROLE_END ? end_after(reader, at, read) : read->date);
    quiet(reader, first, at);
    struct text_finding *found = reader_found(reader, at, read->tokens, field, value,
                                              confidence_of(read, role, first != at));
    if (found != NULL) {
        found->note = note;
        if (field == TEXT_START)
            add_end_of_weeks(reader, found, read);
    }
    return read->tokens;
}

/* --- spans of time
 * ------------------------------------------------------------------------------------------- */

static bool word_at(const struct reader *reader, size_t at, const char *const *list)
{
    return reader_goes_on(reader, at) && token_among(&reader->tokens[at], list);
}

static bool word_before(const struct reader *reader, size_t at, size_t reach,
                        const char *const *list)
{
    for (size_t step = 1; step <= reach && step <= at; step++) {
        if (reader->tokens[at - step + 1].flags & TOKEN_BREAK)
            return false;
        if (token_among(&reader->tokens[at - step], list))
            return true;
    }
    return false;
}

/* "2 års erfaring", "3-5 år i faget", "mindst to års anciennitet". */
static size_t take_experience(struct reader *reader, size_t at, size_t unit)
{
    static const char *const years[] = {"aar", "aars", NULL};
    static const char *const what[] = {"erfaring",         "anciennitet",     "faget", "praksis",
                                       "erhvervserfaring", "brancheerfaring", NULL};
    static const char *const passed[] = {"i", "relevant", "solid", "praktisk", NULL};

    if (!word_at(reader, unit, years))
        return 0;
    size_t end = unit + 1;
    while (word_at(reader, end, passed))
        end++;
    if (!word_at(reader, end, what))
        return 0;
    struct text_finding *found = reader_found(
        reader, at, end + 1 - at, TEXT_ASIDE,
        arena_printf(reader->arena, "experience-years %d", reader_number(reader, at)), 900);
    if (found != NULL)
        found->note = EXPERIENCE_NOTE;
    return end + 1 - at;
}

/* "i 6 måneder", "ca. 12 uger", "varighed 1 år". */
static size_t take_duration(struct reader *reader, size_t at, size_t unit)
{
    static const char *const before[] = {"i",     "ca",       "cirka",      "varighed", "periode",
                                         "varer", "perioden", "varigheden", NULL};
    static const char *const weeks[] = {"uge", "uger", "ugers", NULL};
    static const char *const months[] = {"maaned", "maaneder", "maaneders", "mdr",
                                         "md",     "mdrs",     NULL};
    static const char *const years[] = {"aar", "aars", NULL};
    static const char *const lasted[] = {"vaeret", "eksisteret", "ligget",
                                         "haft",   "arbejdet",   NULL};
    const int number = reader_number(reader, at);
    const bool is_week = word_at(reader, unit, weeks), is_month = word_at(reader, unit, months),
               is_year = word_at(reader, unit, years);

    if (!(is_week || is_month || is_year) || number > 104 || (is_year && number > YEARS_MOST) ||
        !word_before(reader, at, 3, before) || word_before(reader, at, 5, lasted))
        return 0;
    const struct text_finding *start = found_field(reader, TEXT_START);
    const bool placed = start != NULL && found_field(reader, TEXT_END) == NULL;
    const char *value = arena_printf(reader->arena, "P%d%c", number,
                                     is_week    ? 'W'
                                     : is_month ? 'M'
                                                : 'Y');
    if (placed) {
        int64_t year, month, day;
        char *text = arena_strdup(reader->arena, start->value);
        text[4] = text[7] = '\0';
        if (str_int64(text, 0, 9999, &year) == 0 && str_int64(text + 5, 1, 12, &month) == 0 &&
            str_int64(text + 8, 1, 31, &day) == 0) {
            const struct calendar_date from = {(int)year, (int)month, (int)day};
            const int add = is_month ? number : is_year ? 12 * number : 0;
            value = date_text(reader->arena, date_plus(from, add, (is_week ? 7 * number : 0) - 1));
        }
    }
    struct text_finding *found =
        reader_found(reader, at, unit + 1 - at, placed ? TEXT_END : TEXT_ASIDE, value, 700);
    if (found != NULL)
        found->note = placed ? "Regnet fra startdatoen."
                             : "En varighed giver først en slutdato, når startdatoen er kendt.";
    return unit + 1 - at;
}

/* --- other numbers
 * ------------------------------------------------------------------------------------------- */

static size_t take_distance(struct reader *reader, size_t at, size_t unit)
{
    static const char *const units[] = {"km", "kilometer", NULL};
    static const char *const before[] = {"inden",  "max",   "maks",    "maksimalt", "hoejst",
                                         "radius", "under", "afstand", NULL};
    const int number = reader_number(reader, at);

    if (!word_at(reader, unit, units) || number > 500 || !word_before(reader, at, 4, before))
        return 0;
    struct text_finding *found = reader_found(reader, at, unit + 1 - at, TEXT_RADIUS,
                                              arena_printf(reader->arena, "%d", number), 900);
    if (found != NULL)
        found->number = number;
    return unit + 1 - at;
}

/* "37 timer om ugen", "220 kr. i timen": terms that an order does not hold. */
static size_t take_terms(struct reader *reader, size_t at, size_t unit)
{
    static const char *const hours[] = {"timer", "timers", "t", NULL};
    static const char *const money[] = {"kr", "kroner", "dkk", NULL};
    static const char *const rest[] = {"om",       "i",          "pr",       "per",   "ugen",
                                       "uge",      "ugentligt",  "ugentlig", "timen", "time",
                                       "maaneden", "arbejdsuge", NULL};

    const bool is_hours = word_at(reader, unit, hours), is_money = word_at(reader, unit, money);
    if (!is_hours && !is_money)
        return 0;
    size_t end = unit + 1;
    while (word_at(reader, end, rest) && end - unit < 3)
        end++;
    struct text_finding *found =
        reader_found(reader, at, end - at, TEXT_ASIDE, is_hours ? "hours" : "pay", 900);
    if (found != NULL)
        found->note = is_hours ? "En jobordre har ikke plads til arbejdstid."
                               : "En jobordre har ikke plads til løn.";
    return end - at;
}

/* What a number at `at` says with the word behind it; 0: nothing of these. */
static size_t take_number(struct reader *reader, size_t at)
{
    typedef size_t taker(struct reader * reader, size_t at, size_t unit);
    static taker *const takers[] = {take_experience, take_duration, take_distance, take_terms};
    static const char *const between[] = {"til", "eller", NULL};
    size_t unit = at + 1, took = 0;

    if (reader_number(reader, at) == 0)
        return 0;
    /* "3-5 år", "to til tre uger": the first counts. */
    if (reader_goes_on(reader, unit) && reader->tokens[unit].sign == '-' &&
        reader_number(reader, unit) > 0)
        unit++;
    else if (word_at(reader, unit, between) && reader_goes_on(reader, unit + 1) &&
             reader_number(reader, unit + 1) > 0)
        unit += 2;
    for (size_t i = 0; i < sizeof takers / sizeof takers[0] && took == 0; i++)
        took = takers[i](reader, at, unit);
    return took;
}

static void take_words(struct reader *reader, size_t at)
{
    static const char *const words[] = {
        "fuldtid",         "fuldtids",           "deltid",      "fuldtidsstilling",
        "deltidsstilling", "skifteholdsarbejde", "nattevagter", NULL};

    if (!token_among(&reader->tokens[at], words))
        return;
    struct text_finding *found = reader_found(reader, at, 1, TEXT_ASIDE, "hours", 900);
    if (found != NULL)
        found->note = "En jobordre har ikke plads til arbejdstid.";
}

/* Dates first: a duration counts from the start. */
void time_pass(struct reader *reader)
{
    for (size_t at = 0; at < reader->count;) {
        const struct date_read read = date_at(reader, at);
        at += read.tokens > 0 ? take_date(reader, at, &read) : 1;
    }
    for (size_t at = 0; at < reader->count;) {
        size_t took = reader_free(reader, at) ? take_number(reader, at) : 0;
        if (took == 0 && reader_free(reader, at))
            take_words(reader, at);
        at += took > 0 ? took : 1;
    }
}
