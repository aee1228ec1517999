/* Amounts: tokens first, then a number or two with what stands around them. */
#include "common/base/str.h"
#include "services/leads/values.h"

#include <string.h>

#define TEXT_CAP 160
#define TOKENS_CAP 24
#define DIGITS_CAP 24
#define DECIMALS_CAP 6
#define BARE_CAP                                                                                   \
    INT64_C(10000000000000) /* hundredths: a hundred billion, more than anybody builds for */

enum token_kind {
    TOKEN_NUMBER,
    TOKEN_UNIT,     /* value: what it multiplies with */
    TOKEN_CURRENCY, /* word: its code */
    TOKEN_ABOUT,
    TOKEN_SILENT, /* says nothing of the amount */
    TOKEN_TO,     /* between the ends of a range */
    TOKEN_TWICE,  /* has two meanings */
};

struct token {
    enum token_kind kind;
    int64_t value;
    const char *word;
    char number[DIGITS_CAP + 1]; /* digits, '.' and ',' as written, without what can only group */
};

/* Words as written, in lower case and without their dots. A billion is a thousand times more in
 * Danish than in English. */
static const struct {
    const char *word;
    enum token_kind kind;
    int64_t value;
    const char *code;
} words[] = {
    {"kr", TOKEN_CURRENCY, 0, "DKK"},
    {"kroner", TOKEN_CURRENCY, 0, "DKK"},
    {"dkk", TOKEN_CURRENCY, 0, "DKK"},
    {"ddk", TOKEN_CURRENCY, 0, "DKK"},
    {"eur", TOKEN_CURRENCY, 0, "EUR"},
    {"euro", TOKEN_CURRENCY, 0, "EUR"},
    {"€", TOKEN_CURRENCY, 0, "EUR"},
    {"sek", TOKEN_CURRENCY, 0, "SEK"},
    {"nok", TOKEN_CURRENCY, 0, "NOK"},
    {"usd", TOKEN_CURRENCY, 0, "USD"},
    {"$", TOKEN_CURRENCY, 0, "USD"},
    {"gbp", TOKEN_CURRENCY, 0, "GBP"},
    {"£", TOKEN_CURRENCY, 0, "GBP"},
    {"t", TOKEN_UNIT, 1000, NULL},
    {"tkr", TOKEN_UNIT, 1000, "DKK"},
    {"tdkk", TOKEN_UNIT, 1000, "DKK"},
    {"tusind", TOKEN_UNIT, 1000, NULL},
    {"tusinde", TOKEN_UNIT, 1000, NULL},
    {"thousand", TOKEN_UNIT, 1000, NULL},
    {"k", TOKEN_UNIT, 1000, NULL},
    {"mio", TOKEN_UNIT, 1000000, NULL},
    {"miokr", TOKEN_UNIT, 1000000, "DKK"},
    {"mill", TOKEN_UNIT, 1000000, NULL},
    {"millkr", TOKEN_UNIT, 1000000, "DKK"},
    {"million", TOKEN_UNIT, 1000000, NULL},
    {"millioner", TOKEN_UNIT, 1000000, NULL},
    {"millions", TOKEN_UNIT, 1000000, NULL},
    {"m", TOKEN_UNIT, 1000000, NULL},
    {"mn", TOKEN_UNIT, 1000000, NULL},
    {"mkr", TOKEN_UNIT, 1000000, "DKK"},
    {"mdkk", TOKEN_UNIT, 1000000, "DKK"},
    {"meur", TOKEN_UNIT, 1000000, "EUR"},
    {"mia", TOKEN_UNIT, 1000000000, NULL},
    {"miakr", TOKEN_UNIT, 1000000000, "DKK"},
    {"mrd", TOKEN_UNIT, 1000000000, NULL},
    {"milliard", TOKEN_UNIT, 1000000000, NULL},
    {"bn", TOKEN_UNIT, 1000000000, NULL},
    {"milliarder", TOKEN_UNIT, 1000000000, NULL},
    {"billion", TOKEN_TWICE, 0, NULL},
    {"billioner", TOKEN_TWICE, 0, NULL},
    {"billions", TOKEN_TWICE, 0, NULL},
    {"ca", TOKEN_ABOUT, 0, NULL},
    {"cirka", TOKEN_ABOUT, 0, NULL},
    {"circa", TOKEN_ABOUT, 0, NULL},
    {"omkring", TOKEN_ABOUT, 0, NULL},
    {"omtrent", TOKEN_ABOUT, 0, NULL},
    {"approx", TOKEN_ABOUT, 0, NULL},
    {"about", TOKEN_ABOUT, 0, NULL},
    {"over", TOKEN_ABOUT, 0, NULL},
    {"under", TOKEN_ABOUT, 0, NULL},
    {"op", TOKEN_ABOUT, 0, NULL},
    {"up", TOKEN_ABOUT, 0, NULL},
    {"max", TOKEN_ABOUT, 0, NULL},
    {"maks", TOKEN_ABOUT, 0, NULL},
    {"min", TOKEN_ABOUT, 0, NULL},
    {"mindst", TOKEN_ABOUT, 0, NULL},
    {"mere", TOKEN_ABOUT, 0, NULL},
    {"end", TOKEN_SILENT, 0, NULL},
    {"inkl", TOKEN_ABOUT, 0, NULL},
    {"incl", TOKEN_ABOUT, 0, NULL},
    {"anslået", TOKEN_ABOUT, 0, NULL},
    {"estimated", TOKEN_ABOUT, 0, NULL},
    {"ekskl", TOKEN_SILENT, 0, NULL},
    {"excl", TOKEN_SILENT, 0, NULL},
    {"moms", TOKEN_SILENT, 0, NULL},
    {"vat", TOKEN_SILENT, 0, NULL},
    {"fra", TOKEN_SILENT, 0, NULL},
    {"from", TOKEN_SILENT, 0, NULL},
    {"mellem", TOKEN_SILENT, 0, NULL},
    {"between", TOKEN_SILENT, 0, NULL},
    {"og", TOKEN_TO, 0, NULL},
    {"and", TOKEN_TO, 0, NULL},
    {"til", TOKEN_TO, 0, NULL},
    {"to", TOKEN_TO, 0, NULL},
};

static const char *const nothing[] = {
    "",        "-",       "--",    "?",    "n/a",         "na",   "n.a.", "ukendt",
    "uoplyst", "unknown", "ingen", "none", "ikke oplyst", "null", "tbd",  "ej oplyst"};

/* --- reading letters --- */

static bool digit(char sign)
{
    return sign >= '0' && sign <= '9';
}

static bool letter(char sign)
{
    return (sign >= 'a' && sign <= 'z') || (unsigned char)sign >= 0x80 || sign == '$';
}

/* Lower case, spaces of all kinds as ' ', dashes of all kinds as '-', signs of money as words. */
static bool simplify(const char *text, char simple[TEXT_CAP])
{
    static const struct {
        const char *from;
        const char *to;
    } signs[] = {{"\xC2\xA0", " "},
                 {"\xE2\x80\x89", " "},
                 {"\xE2\x80\xAF", " "},
                 {"\xE2\x80\x93", "-"},
                 {"\xE2\x80\x94", "-"},
                 {"\xE2\x88\x92", "-"},
                 {"€", " € "},
                 {"£", " £ "},
                 {"$", " $ "},
                 {"\t", " "},
                 {"\n", " "},
                 {"\r", " "},
                 {"Å", "å"},
                 {"(", " "},
                 {")", " "}};
    size_t length = 0;

    while (*text != '\0') {
        char plain[2] = {*text >= 'A' && *text <= 'Z' ? (char)(*text + 32) : *text, '\0'};
        const char *piece = plain;
        size_t step = 1;
        for (size_t i = 0; i < sizeof signs / sizeof signs[0]; i++) {
            if (str_starts(text, signs[i].from)) {
                piece = signs[i].to;
                step = strlen(signs[i].from);
            }
        }
        if (length + strlen(piece) >= TEXT_CAP)
            return false;
        memcpy(simple + length, piece, strlen(piece));
        length += strlen(piece);
        text += step;
    }
    while (length > 0 && simple[length - 1] == ' ')
        length--;
    simple[length] = '\0';
    return true;
}

static bool says_nothing(const char *simple)
{
    simple += strspn(simple, " ");
    for (size_t i = 0; i < sizeof nothing / sizeof nothing[0]; i++) {
        if (str_equal(simple, nothing[i]))
            return true;
    }
    return false;
}

/* Three digits and then none, after the sign at `at`: what a sign that groups has behind it. */
static bool group_follows(const char *at)
{
    return digit(at[1]) && digit(at[2]) && digit(at[3]) && !digit(at[4]);
}

/* A number at `*at`, with its signs; the "," of ",-" is passed over with its dash. */
static bool take_number(const char **at, struct token *token)
{
    size_t length = 0;

    token->kind = TOKEN_NUMBER;
    for (;; ++*at) {
        if ((**at == ' ' || **at == '\'') && group_follows(*at))
            continue;
        if (!digit(**at) && !((**at == '.' || **at == ',') && digit((*at)[1])))
            break;
        if (length == DIGITS_CAP)
            return false;
        token->number[length++] = **at;
    }
    token->number[length] = '\0';
    if ((**at == ',' || **at == '.') && (*at)[1] == '-')
        *at += 2;
    return true;
}

/* A word at `*at`, without its dots. */
static bool take_word(const char **at, struct token *token)
{
    char word[32];
    size_t length = 0;

    for (; letter(**at) || (**at == '.' && length > 0 && !digit((*at)[1])); ++*at) {
        if (**at == '.')
            continue;
        if (length == sizeof word - 1)
            return false;
        word[length++] = **at;
    }
    word[length] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (str_equal(word, words[i].word)) {
            token->kind = words[i].kind;
            token->value = words[i].value;
            token->word = words[i].code;
            return true;
        }
    }
    return false;
}

/* How many tokens, or -1 when something is none. */
static int tokens_read(const char *at, struct token tokens[TOKENS_CAP])
{
    int count = 0;

    while (*at != '\0') {
        struct token token = {.kind = TOKEN_SILENT};
        bool good = true;
        if (digit(*at))
            good = take_number(&at, &token);
        else if (letter(*at))
            good = take_word(&at, &token);
        else if (*at == '~' || *at == '>' || *at == '<' || *at == '+')
            token.kind = TOKEN_ABOUT, at++;
        else if (*at == '-')
            token.kind = TOKEN_TO, at++;
        else if (strchr(" :;,./", *at) != NULL)
            at++;
        else
            good = false;
        if (!good || count == TOKENS_CAP)
            return -1;
        if (token.kind != TOKEN_SILENT)
            tokens[count++] = token;
    }
    return count;
}

/* --- reading numbers --- */

static size_t count_sign(const char *number, char sign)
{
    size_t count = 0;

    for (; *number != '\0'; number++)
        count += *number == sign;
    return count;
}

/* The sign that begins the decimals, '\0' for none. */
static enum value_fault decimal_sign(const char *number, char told, int64_t unit, char *sign)
{
    const size_t points = count_sign(number, '.');
    const size_t commas = count_sign(number, ',');
    const char one = points > 0 ? '.' : ',';
    const char *at = strchr(number, one);

    *sign = '\0';
    if (points + commas == 0)
        return VALUE_GOOD;
    if (told != '\0') {
        *sign = count_sign(number, told) > 0 ? told : '\0';
    } else if (points > 0 && commas > 0) {
        *sign = strrchr(number, '.') > strrchr(number, ',') ? '.' : ',';
    } else if (points + commas == 1) {
        const bool group = strlen(at) == 4 && at - number <= 3;
        if (!group || number[0] == '0')
            *sign = one;
        else if (one == ',' || unit >= 1000000)
            return VALUE_AMBIGUOUS;
    }
    return *sign != '\0' && count_sign(number, *sign) > 1 ? VALUE_FORM : VALUE_GOOD;
}

/* Digits before `end`, in groups of three where they are grouped. */
static bool whole_part(const char *number, const char *end, int64_t *whole)
{
    size_t since = 0;
    bool grouped = false;

    *whole = 0;
    for (; number < end; number++) {
        if (!digit(*number)) {
            if ((grouped && since != 3) || since == 0 || since > 3)
                return false;
            grouped = true;
            since = 0;
            continue;
        }
        if (*whole > VALUE_AMOUNT_CAP)
            return false;
        *whole = *whole * 10 + (*number - '0');
        since++;
    }
    return !grouped || since == 3;
}

static enum value_fault number_read(const char *number, char told, int64_t unit, int64_t *minor)
{
    char sign;
    int64_t whole;
    int64_t part = 0;
    int64_t scale = 1;

    enum value_fault fault = decimal_sign(number, told, unit, &sign);
    if (fault != VALUE_GOOD)
        return fault;
    const char *end = sign != '\0' ? strchr(number, sign) : number + strlen(number);
    if (!whole_part(number, end, &whole))
        return VALUE_FORM;
    for (const char *at = *end != '\0' ? end + 1 : end; *at != '\0'; at++) {
        if (!digit(*at))
            return VALUE_FORM;
        if (scale < 1000000) { /* DECIMALS_CAP of them; more say nothing */
            part = part * 10 + (*at - '0');
            scale *= 10;
        }
    }
    if (whole > VALUE_AMOUNT_CAP / (unit * 100))
        return VALUE_RANGE;
    *minor = whole * unit * 100 + (part * unit * 100 + scale / 2) / scale;
    return *minor > VALUE_AMOUNT_CAP ? VALUE_RANGE : VALUE_GOOD;
}

/* --- putting them together --- */

struct reading {
    const struct token *numbers[2];
    int64_t units[2]; /* 0: none is named */
    size_t count;
    bool ranged; /* "-" or "til" stands between */
    bool about;
    const char *currency;
};

static enum value_fault gather(const struct token *tokens, int count, struct reading *reading)
{
    for (int i = 0; i < count; i++) {
        const struct token *token = &tokens[i];
        const size_t last = reading->count - 1;
        if (token->word != NULL && reading->currency != NULL &&
            !str_equal(token->word, reading->currency))
            return VALUE_FORM;
        if (token->word != NULL)
            reading->currency = token->word;
        if (token->kind == TOKEN_TWICE)
            return VALUE_AMBIGUOUS;
        if (token->kind == TOKEN_NUMBER) {
            if (reading->count == 2 || (reading->count == 1 && !reading->ranged))
                return VALUE_FORM;
            reading->numbers[reading->count++] = token;
        } else if (token->kind == TOKEN_UNIT) {
            if (reading->count == 0 || reading->units[last] != 0)
                return VALUE_FORM;
            reading->units[last] = token->value;
        } else if (token->kind == TOKEN_TO) {
            if (reading->count == 0 && i > 0 && tokens[i - 1].kind == TOKEN_ABOUT)
                continue; /* "op til" */
            if (reading->count != 1 || reading->ranged)
                return VALUE_FORM;
            reading->ranged = true;
        }
        reading->about = reading->about || token->kind == TOKEN_ABOUT;
    }
    return reading->count > 0 ? VALUE_GOOD : VALUE_FORM;
}

enum value_fault value_amount_read(const char *text, const struct value_amount_pattern *pattern,
                                   struct value_amount *amount)
{
    struct token tokens[TOKENS_CAP];
    struct reading reading = {0};
    char simple[TEXT_CAP];

    *amount = (struct value_amount){0};
    if (!simplify(text, simple))
        return VALUE_FORM;
    if (says_nothing(simple))
        return VALUE_EMPTY;
    int count = tokens_read(simple, tokens);
    enum value_fault fault = count < 0 ? VALUE_FORM : gather(tokens, count, &reading);
    if (fault != VALUE_GOOD)
        return fault;
    const int64_t bare = pattern->unit > 0 ? pattern->unit : 1;
    int64_t *const ends[] = {&amount->low, &amount->high};
    for (size_t i = 0; i < reading.count && fault == VALUE_GOOD; i++) {
        int64_t unit = reading.units[i] != 0 ? reading.units[i] : reading.units[reading.count - 1];
        fault = number_read(reading.numbers[i]->number, pattern->decimal, unit != 0 ? unit : bare,
                            ends[i]);
        /* "850000" in a column of millions is rather kroner. */
        if (fault == VALUE_GOOD && unit == 0 && bare > 1 && *ends[i] >= BARE_CAP)
            fault = VALUE_AMBIGUOUS;
    }
    if (fault != VALUE_GOOD)
        return fault;
    if (reading.count == 1)
        amount->high = amount->low;
    amount->about = reading.about || reading.count == 2;
    const char *currency = reading.currency != NULL       ? reading.currency
                           : pattern->currency[0] != '\0' ? pattern->currency
                                                          : "DKK";
    memcpy(amount->currency, currency, 4);
    if (amount->high < amount->low)
        return VALUE_RANGE;
    return amount->high == 0 ? VALUE_EMPTY : VALUE_GOOD;
}
