/*
 * Days. A text becomes tokens, each with a letter; the letters together are looked up in one table
 * of forms. What is in none may be two of them with a dash or a "til" between, of which one leaves
 * out what the other says ("marts-maj 2026").
 */
#include "common/base/str.h"
#include "services/leads/values.h"
#include "services/leads/words.h"

#include <stdio.h>
#include <string.h>

#define TOKENS_CAP 16

struct token {
    char
        letter; /* see word_letters, and N: a number of one or two digits, Y: a year, - / : signs */
    int value;
};

struct tokens {
    struct token list[TOKENS_CAP];
    size_t count;
    bool about;
};

struct span {
    long from, to; /* days since 1970-01-01 */
    enum value_precision precision;
};

/* m month, s season, q quarter, u week, h half, p part (0-2), t "til", a "ca.", . silent */
static const struct {
    const char *word;
    char letter;
    int value;
} words[] = {
    {"januar", 'm', 1},    {"january", 'm', 1},    {"jan", 'm', 1},        {"februar", 'm', 2},
    {"february", 'm', 2},  {"feb", 'm', 2},        {"marts", 'm', 3},      {"march", 'm', 3},
    {"mar", 'm', 3},       {"april", 'm', 4},      {"apr", 'm', 4},        {"maj", 'm', 5},
    {"may", 'm', 5},       {"juni", 'm', 6},       {"june", 'm', 6},       {"jun", 'm', 6},
    {"juli", 'm', 7},      {"july", 'm', 7},       {"jul", 'm', 7},        {"august", 'm', 8},
    {"aug", 'm', 8},       {"september", 'm', 9},  {"sept", 'm', 9},       {"sep", 'm', 9},
    {"oktober", 'm', 10},  {"october", 'm', 10},   {"okt", 'm', 10},       {"oct", 'm', 10},
    {"november", 'm', 11}, {"nov", 'm', 11},       {"december", 'm', 12},  {"dec", 'm', 12},
    {"vinter", 's', 0},    {"winter", 's', 0},     {"vinteren", 's', 0},   {"foraar", 's', 1},
    {"foraaret", 's', 1},  {"spring", 's', 1},     {"sommer", 's', 2},     {"sommeren", 's', 2},
    {"summer", 's', 2},    {"efteraar", 's', 3},   {"efteraaret", 's', 3}, {"autumn", 's', 3},
    {"fall", 's', 3},      {"kvartal", 'q', 0},    {"kvt", 'q', 0},        {"kv", 'q', 0},
    {"quarter", 'q', 0},   {"qtr", 'q', 0},        {"q", 'q', 0},          {"k", 'q', 0},
    {"uge", 'u', 0},       {"week", 'u', 0},       {"wk", 'u', 0},         {"w", 'u', 0},
    {"u", 'u', 0},         {"halvaar", 'h', 0},    {"half", 'h', 0},       {"h", 'h', 0},
    {"primo", 'p', 0},     {"start", 'p', 0},      {"starten", 'p', 0},    {"begyndelsen", 'p', 0},
    {"tidlig", 'p', 0},    {"early", 'p', 0},      {"beginning", 'p', 0},  {"medio", 'p', 1},
    {"midt", 'p', 1},      {"mid", 'p', 1},        {"middle", 'p', 1},     {"ultimo", 'p', 2},
    {"slut", 'p', 2},      {"slutningen", 'p', 2}, {"late", 'p', 2},       {"end", 'p', 2},
    {"til", 't', 0},       {"to", 't', 0},         {"ca", 'a', 0},         {"cirka", 'a', 0},
    {"circa", 'a', 0},     {"omkring", 'a', 0},    {"approx", 'a', 0},     {"about", 'a', 0},
    {"forventet", 'a', 0}, {"expected", 'a', 0},   {"den", '.', 0},        {"d", '.', 0},
    {"af", '.', 0},        {"of", '.', 0},         {"i", '.', 0},          {"in", '.', 0},
    {"the", '.', 0},       {"fra", '.', 0},        {"from", '.', 0},       {"aar", '.', 0},
    {"year", '.', 0},      {"st", '.', 0},         {"nd", '.', 0},         {"rd", '.', 0},
    {"th", '.', 0},
};

static const char *const nothing[] = {"",    "ukendt",   "uoplyst", "unknown",     "n a",
                                      "na",  "ingen",    "none",    "ikke oplyst", "null",
                                      "tbd", "ej oplyst"};

/* --- the calendar --- */

static bool leap(int year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int month_days(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    return days[month - 1] + (month == 2 && leap(year));
}

/* Days since 1970-01-01 (H. Hinnant, chrono-Compatible Low-Level Date Algorithms); years after 0.
 */
static long day_number(int year, int month, int day)
{
    const long y = year - (month <= 2);
    const long era = y / 400;
    const long of_era = y - era * 400;
    const long of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static void day_text(long day, char text[11])
{
    const long shifted = day + 719468;
    const long era = shifted / 146097;
    const long of_era = shifted - era * 146097;
    const long y = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    const long of_year = of_era - (365 * y + y / 4 - y / 100);
    const long part = (5 * of_year + 2) / 153;
    const long month = part < 10 ? part + 3 : part - 9;
    char wide[64];

    snprintf(wide, sizeof wide, "%04ld-%02ld-%02ld", y + era * 400 + (month <= 2), month,
             of_year - (153 * part + 2) / 5 + 1);
    memcpy(text, wide, 10);
    text[10] = '\0';
}

/* The Monday of ISO 8601's week 1: that of 4 January. */
static long first_week(int year)
{
    const long fourth = day_number(year, 1, 4);

    return fourth - (fourth + 3) % 7; /* 1970-01-01 was a Thursday */
}

/* --- tokens --- */

static int full_year(int value)
{
    return value < 80 ? 2000 + value : value < 100 ? 1900 + value : value;
}

static bool add(struct tokens *tokens, char letter, int value)
{
    if (tokens->count == TOKENS_CAP)
        return false;
    tokens->list[tokens->count++] = (struct token){letter, value};
    return true;
}

static bool add_number(struct tokens *tokens, const char **at)
{
    int value = 0;
    size_t digits = 0;

    for (; **at >= '0' && **at <= '9'; ++*at, digits++) {
        if (digits == 4)
            return false;
        value = value * 10 + (**at - '0');
    }
    if (digits == 4)
        return value >= 1900 && value < 2200 && add(tokens, 'Y', value);
    return digits <= 2 && add(tokens, 'N', value);
}

static bool in_word(char sign)
{
    return (sign >= 'a' && sign <= 'z') || (sign >= 'A' && sign <= 'Z') ||
           (unsigned char)sign == 0xC3 ||
           ((unsigned char)sign >= 0x80 && (unsigned char)sign < 0xC0);
}

static bool add_word(struct tokens *tokens, const char **at)
{
    char word[24];
    char folded[WORDS_CAP];
    size_t length = 0;

    while (in_word((*at)[length]))
        length++;
    if (length >= sizeof word)
        return false;
    memcpy(word, *at, length);
    word[length] = '\0';
    *at += length;
    words_fold(word, folded);
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (!str_equal(folded, words[i].word))
            continue;
        if (words[i].letter == 'a')
            tokens->about = true;
        return words[i].letter == 'a' || words[i].letter == '.' ||
               add(tokens, words[i].letter, words[i].value);
    }
    return false;
}

/* "07:30", "T07:30:00Z" and "07:30 +01:00" behind a day say nothing here. What has more behind the
 * clock is left whole, and then its colon is no token. */
static size_t before_clock(const char *text)
{
    const char *colon = strchr(text, ':');

    if (colon == NULL)
        return strlen(text);
    const char *rest = colon + strspn(colon, "0123456789:.+-Zz");
    if (str_starts(rest, " +"))
        rest += 1 + strspn(rest + 1, "0123456789:+");
    if (!str_blank(rest))
        return strlen(text);
    while (colon > text && colon[-1] >= '0' && colon[-1] <= '9')
        colon--;
    if (colon > text && (colon[-1] == 'T' || colon[-1] == 't'))
        colon--;
    return (size_t)(colon - text);
}

static bool tokens_read(const char *text, struct tokens *tokens)
{
    const char *const end = text + before_clock(text);

    while (text < end) {
        bool good = true;
        if (*text >= '0' && *text <= '9') {
            good = add_number(tokens, &text);
        } else if (str_starts(text, "\xE2\x80\x93") || str_starts(text, "\xE2\x80\x94")) {
            good = add(tokens, '-', 0);
            text += 3;
        } else if (str_starts(text, "\xC2\xA0")) {
            text += 2;
        } else if (in_word(*text)) {
            good = add_word(tokens, &text);
        } else if (*text == '-' || *text == '/') {
            good = add(tokens, *text++, 0);
        } else if (*text == '~') {
            tokens->about = true;
            text++;
        } else if (strchr(" \t\r\n.,'()", *text) != NULL) {
            text++;
        } else {
            good = false;
        }
        if (!good)
            return false;
    }
    return true;
}

/* --- forms --- */

/* What a form says, the values of its tokens in the order of the letters that matter. */
struct said {
    int year, month, day, number, part, other;
    bool has_year;
};

static enum value_fault months(int year, int first, int last, enum value_precision precision,
                               struct span *span)
{
    span->from = day_number(year, first, 1);
    span->to = day_number(year, last, month_days(year, last));
    span->precision = precision;
    return VALUE_GOOD;
}

static enum value_fault form_day(const struct said *said, struct span *span)
{
    if (said->month < 1 || said->month > 12 || said->day < 1 ||
        said->day > month_days(said->year, said->month))
        return VALUE_RANGE;
    span->from = span->to = day_number(said->year, said->month, said->day);
    span->precision = VALUE_DAY;
    return VALUE_GOOD;
}

static enum value_fault form_month(const struct said *said, struct span *span)
{
    if (said->month < 1 || said->month > 12)
        return VALUE_RANGE;
    return months(said->year, said->month, said->month, VALUE_MONTH, span);
}

static enum value_fault form_part(const struct said *said, struct span *span)
{
    static const int begins[] = {1, 11, 21};

    enum value_fault fault = form_month(said, span);
    if (fault != VALUE_GOOD)
        return fault;
    span->from += begins[said->part] - 1;
    if (said->part < 2)
        span->to = span->from + 9;
    span->precision = VALUE_PART;
    return VALUE_GOOD;
}

static enum value_fault form_year_part(const struct said *said, struct span *span)
{
    return months(said->year, said->part * 4 + 1, said->part * 4 + 4, VALUE_PERIOD, span);
}

static enum value_fault form_quarter(const struct said *said, struct span *span)
{
    if (said->number < 1 || said->number > 4)
        return VALUE_RANGE;
    return months(said->year, said->number * 3 - 2, said->number * 3, VALUE_QUARTER, span);
}

static enum value_fault form_half(const struct said *said, struct span *span)
{
    if (said->number < 1 || said->number > 2)
        return VALUE_RANGE;
    return months(said->year, said->number * 6 - 5, said->number * 6, VALUE_HALF, span);
}

static enum value_fault form_year(const struct said *said, struct span *span)
{
    return months(said->year, 1, 12, VALUE_YEAR, span);
}

/* Winter begins in the December before its year. Two years are good for a winter alone. */
static enum value_fault form_season(const struct said *said, struct span *span)
{
    if (said->other != 0 && (said->part != 0 || said->other != said->year + 1))
        return VALUE_RANGE;
    if (said->part > 0)
        return months(said->year, said->part * 3, said->part * 3 + 2, VALUE_SEASON, span);
    const int year = said->other != 0 ? said->other : said->year;
    span->from = day_number(year - 1, 12, 1);
    span->to = day_number(year, 2, month_days(year, 2));
    span->precision = VALUE_SEASON;
    return VALUE_GOOD;
}

static enum value_fault form_week(const struct said *said, struct span *span)
{
    span->from = first_week(said->year) + (said->number - 1) * 7L;
    span->to = span->from + 6;
    span->precision = VALUE_WEEK;
    return said->number >= 1 && span->from < first_week(said->year + 1) ? VALUE_GOOD : VALUE_RANGE;
}

/* A two-digit year behind a month's name may as well be a day. */
static enum value_fault form_twice(const struct said *said, struct span *span)
{
    (void)said;
    (void)span;
    return VALUE_AMBIGUOUS;
}

/* `parts` says what each token is: d day, m month, y year, z its two digits, n number, p part, o
 * the other year, _ a sign. D and M change places with "mdy". */
static const struct {
    const char *letters;
    const char *parts;
    enum value_fault (*read)(const struct said *said, struct span *span);
} forms[] = {
    {"Y-N-N", "y_m_d", form_day},  {"Y/N/N", "y_m_d", form_day},   {"YNN", "ymd", form_day},
    {"N-N-Y", "D_M_y", form_day},  {"N/N/Y", "D_M_y", form_day},   {"NNY", "DMy", form_day},
    {"N-N-N", "D_M_z", form_day},  {"N/N/N", "D_M_z", form_day},   {"NNN", "DMz", form_day},
    {"N/N-Y", "D_M_y", form_day},  {"N/N-N", "D_M_z", form_day},   {"N/NY", "D_My", form_day},
    {"NmY", "dmy", form_day},      {"NmN", "dmz", form_day},       {"N-m-Y", "d_m_y", form_day},
    {"N-m-N", "d_m_z", form_day},  {"mNY", "mdy", form_day},       {"mY", "my", form_month},
    {"m-Y", "m_y", form_month},    {"m/Y", "m_y", form_month},     {"m-N", "m_z", form_month},
    {"Ym", "ym", form_month},      {"Y-m", "y_m", form_month},     {"mN", "mz", form_twice},
    {"N-Y", "m_y", form_month},    {"N/Y", "m_y", form_month},     {"NY", "my", form_month},
    {"Y-N", "y_m", form_month},    {"Y/N", "y_m", form_month},     {"pmY", "pmy", form_part},
    {"pm-Y", "pm_y", form_part},   {"pmN", "pmz", form_part},      {"pY", "py", form_year_part},
    {"qNY", "_ny", form_quarter},  {"qN-Y", "_n_y", form_quarter}, {"qN/Y", "_n_y", form_quarter},
    {"NqY", "n_y", form_quarter},  {"Nq-Y", "n__y", form_quarter}, {"Nq/Y", "n__y", form_quarter},
    {"YqN", "y_n", form_quarter},  {"Y-qN", "y__n", form_quarter}, {"YNq", "yn_", form_quarter},
    {"qNN", "_nz", form_quarter},  {"qN-N", "_n_z", form_quarter}, {"NqN", "n_z", form_quarter},
    {"hNY", "_ny", form_half},     {"NhY", "n_y", form_half},      {"YhN", "y_n", form_half},
    {"hN-Y", "_n_y", form_half},   {"Y-hN", "y__n", form_half},    {"NhN", "n_z", form_half},
    {"uNY", "_ny", form_week},     {"uN-Y", "_n_y", form_week},    {"uN/Y", "_n_y", form_week},
    {"NuY", "n_y", form_week},     {"YuN", "y_n", form_week},      {"Y-uN", "y__n", form_week},
    {"uN", "_n", form_week},       {"sY", "_y", form_season},      {"Ys", "y_", form_season},
    {"sY/Y", "_y_o", form_season}, {"sY-Y", "_y_o", form_season},  {"sY/N", "_y_w", form_season},
    {"sY-N", "_y_w", form_season}, {"Y", "y", form_year},
};

static void say(struct said *said, char part, const struct token *token, bool month_first)
{
    if (token->letter == 's' || token->letter == 'p')
        said->part = token->value;
    if (part == 'D' || part == 'M')
        part = (part == 'D') == month_first ? 'm' : 'd';
    switch (part) {
    case 'd':
        said->day = token->value;
        break;
    case 'm':
        said->month = token->value;
        break;
    case 'n':
        said->number = token->value;
        break;
    case 'y':
    case 'z':
        said->year = full_year(token->value);
        said->has_year = true;
        break;
    case 'o':
    case 'w':
        said->other = full_year(token->value);
        break;
    default:
        break;
    }
}

/* The year in which the week is nearest to today. */
static enum value_fault nearest_week(const struct value_date_pattern *pattern, struct said *said,
                                     struct span *span)
{
    bool found = false;
    struct span best = {0};

    if (pattern->today_year < 1901 || pattern->today_year > 2198)
        return VALUE_FORM;
    const long today = day_number(pattern->today_year, pattern->today_month, pattern->today_day);
    for (int year = pattern->today_year - 1; year <= pattern->today_year + 1; year++) {
        said->year = year;
        if (form_week(said, span) != VALUE_GOOD)
            continue;
        const long away = span->from > today ? span->from - today : today - span->from;
        const long before = best.from > today ? best.from - today : today - best.from;
        if (!found || away < before)
            best = *span;
        found = true;
    }
    *span = best;
    return found ? VALUE_GOOD : VALUE_RANGE;
}

static enum value_fault read_one(const struct token *tokens, size_t count,
                                 const struct value_date_pattern *pattern, struct span *span)
{
    const bool month_first = str_equal(pattern->order, "mdy");

    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct said said = {0};
        bool same = strlen(forms[i].letters) == count;
        for (size_t j = 0; j < count && same; j++)
            same = forms[i].letters[j] == tokens[j].letter;
        if (!same)
            continue;
        for (size_t j = 0; j < count; j++)
            say(&said, forms[i].parts[j], &tokens[j], month_first);
        if (!said.has_year)
            return nearest_week(pattern, &said, span);
        return forms[i].read(&said, span);
    }
    return VALUE_FORM;
}

/* --- from one to another --- */

/* `first` and then `second`, read as one. */
static enum value_fault read_joined(const struct token *first, size_t first_count,
                                    const struct token *second, size_t second_count,
                                    const struct value_date_pattern *pattern, struct span *span)
{
    struct token joined[2 * TOKENS_CAP];

    memcpy(joined, first, first_count * sizeof *joined);
    memcpy(joined + first_count, second, second_count * sizeof *joined);
    return read_one(joined, first_count + second_count, pattern, span);
}

/* The left end says all, or takes the year or all but the first of the right. */
static enum value_fault read_left(const struct token *left, size_t left_count,
                                  const struct token *right, size_t right_count,
                                  const struct value_date_pattern *pattern, struct span *span)
{
    for (size_t more = right_count - 1; more > 0; more--) {
        const struct token *tail = right + right_count - more;
        if (read_joined(left, left_count, tail, more, pattern, span) == VALUE_GOOD)
            return VALUE_GOOD;
    }
    return read_one(left, left_count, pattern, span);
}

static enum value_fault read_range(const struct tokens *tokens, size_t at,
                                   const struct value_date_pattern *pattern, struct span *span)
{
    const struct token *right = tokens->list + at + 1;
    const size_t right_count = tokens->count - at - 1;
    struct token whole[TOKENS_CAP + 1];
    size_t whole_count = 0;
    struct span left, last;

    if (at == 0 || right_count == 0)
        return VALUE_FORM;
    if (strchr("uqh", tokens->list[0].letter) != NULL && right[0].letter == 'N')
        whole[whole_count++] = tokens->list[0]; /* "uge 12-14 2026" */
    memcpy(whole + whole_count, right, right_count * sizeof *whole);
    whole_count += right_count;
    enum value_fault fault = read_one(whole, whole_count, pattern, &last);
    if (fault == VALUE_GOOD)
        fault = read_left(tokens->list, at, whole, whole_count, pattern, &left);
    if (fault != VALUE_GOOD)
        return fault;
    *span = (struct span){left.from, last.to, VALUE_PERIOD};
    return VALUE_GOOD;
}

static enum value_fault read_tokens(const struct tokens *tokens,
                                    const struct value_date_pattern *pattern, struct span *span)
{
    enum value_fault fault = read_one(tokens->list, tokens->count, pattern, span);

    for (size_t i = 0; i < tokens->count && fault == VALUE_FORM; i++) {
        if (tokens->list[i].letter == 't' || tokens->list[i].letter == '-')
            fault = read_range(tokens, i, pattern, span);
    }
    return fault;
}

enum value_fault value_date_read(const char *text, const struct value_date_pattern *pattern,
                                 struct value_date *date)
{
    struct tokens tokens = {.count = 0};
    struct span span = {0};
    char folded[WORDS_CAP];

    *date = (struct value_date){.precision = VALUE_DAY};
    if (!words_fold(text, folded))
        return VALUE_FORM;
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
        if (str_equal(folded, nothing[i]))
            return VALUE_EMPTY;
    }
    if (!tokens_read(text, &tokens))
        return VALUE_FORM;
    enum value_fault fault = read_tokens(&tokens, pattern, &span);
    if (fault != VALUE_GOOD)
        return fault;
    day_text(span.from, date->from);
    day_text(span.to, date->to);
    date->precision = span.precision;
    date->about = tokens.about;
    return span.to < span.from ? VALUE_RANGE : VALUE_GOOD;
}

const char *value_precision_word(enum value_precision precision)
{
    static const char *const names[] = {
        [VALUE_DAY] = "day",     [VALUE_WEEK] = "week",       [VALUE_PART] = "part",
        [VALUE_MONTH] = "month", [VALUE_QUARTER] = "quarter", [VALUE_SEASON] = "season",
        [VALUE_HALF] = "half",   [VALUE_YEAR] = "year",       [VALUE_PERIOD] = "period"};

    return names[precision];
}
