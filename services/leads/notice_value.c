#include "services/leads/notice_value.h"

#include "common/base/str.h"
#include "common/domain/identity.h"

#include <string.h>
#include <strings.h>

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static int number(const char *text, size_t digits)
{
    int value = 0;
    for (size_t i = 0; i < digits; i++) {
        if (!is_digit(text[i]))
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

static int days_in_month(int year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return month == 2 && leap ? 29 : days[month - 1];
}

static bool is_zone(const char *text)
{
    if (text[0] == '\0' || str_equal(text, "Z"))
        return true;
    return (text[0] == '+' || text[0] == '-') && strlen(text) == 6 && number(text + 1, 2) >= 0 &&
           text[3] == ':' && number(text + 4, 2) >= 0;
}

const char *notice_date(struct arena *arena, const char *text)
{
    if (!text || strlen(text) < 10 || text[4] != '-' || text[7] != '-')
        return NULL;
    int year = number(text, 4);
    int month = number(text + 5, 2);
    int day = number(text + 8, 2);
    if (year < 1900 || year > 2999 || month < 1 || month > 12 || day < 1 ||
        day > days_in_month(year, month) || !is_zone(text + 10))
        return NULL;
    return arena_strndup(arena, text, 10);
}

static bool is_currency(const char *text)
{
    return text && strlen(text) == 3 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

bool notice_amount_read(const char *text, const char *currency, struct notice_amount *amount)
{
    amount->raw = text;
    amount->currency = is_currency(currency) ? currency : NULL;
    amount->minor = -1;
    if (!text)
        return true;
    size_t whole = strspn(text, "0123456789");
    const char *rest = text + whole;
    size_t decimals = *rest == '.' ? strspn(rest + 1, "0123456789") : 0;
    const char *end = *rest == '.' ? rest + 1 + decimals : rest;
    if (!amount->currency || whole == 0 || whole > 13 || *end != '\0')
        return false;
    for (size_t i = 2; i < decimals; i++) {
        if (rest[1 + i] != '0')
            return false;
    }
    int64_t minor = 0;
    for (size_t i = 0; i < whole; i++)
        minor = minor * 10 + (text[i] - '0');
    for (size_t i = 0; i < 2; i++)
        minor = minor * 10 + (i < decimals ? rest[1 + i] - '0' : 0);
    amount->minor = minor;
    return true;
}

/* Length of the white space at `text`: ASCII, or U+00A0 and U+202F in UTF-8. */
static size_t space(const char *text)
{
    if (*text == ' ' || *text == '\t' || *text == '\n' || *text == '\r')
        return 1;
    if (strncmp(text, "\xc2\xa0", 2) == 0)
        return 2;
    return strncmp(text, "\xe2\x80\xaf", 3) == 0 ? 3 : 0;
}

bool notice_has_space(const char *text)
{
    for (; text && *text; text++) {
        if (space(text))
            return true;
    }
    return false;
}

bool notice_has_digit(const char *text)
{
    return text && text[strcspn(text, "0123456789")] != '\0';
}

/* What Danish notices write before the number. */
static size_t prefix(const char *text)
{
    static const char *const words[] = {"CVR-nr.:", "CVR-nr.", "CVR-nr:", "CVR-nr", "CVRnr.:",
                                        "CVRnr.",   "CVRnr:",  "CVRnr",   "CVR:",   "CVR-",
                                        "CVR",      "DK-CVR-", "DK-",     "DK"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strncasecmp(text, words[i], strlen(words[i])) == 0)
            return strlen(words[i]);
    }
    return 0;
}

enum notice_cvr notice_cvr_read(const char *text, char cvr[9])
{
    if (!text || str_blank(text))
        return NOTICE_CVR_MISSING;
    if (!notice_has_digit(text))
        return NOTICE_CVR_NO_DIGITS;
    char plain[24];
    size_t length = 0;
    while (*text) {
        size_t skip = space(text);
        if (skip == 0 && length == sizeof plain - 1)
            return NOTICE_CVR_FORM;
        if (skip == 0)
            plain[length++] = *text;
        text += skip ? skip : 1;
    }
    plain[length] = '\0';
    const char *digits = plain + prefix(plain);
    if (strlen(digits) != 8 || strspn(digits, "0123456789") != 8)
        return NOTICE_CVR_FORM;
    if (!cvr_valid(digits))
        return NOTICE_CVR_CHECK;
    memcpy(cvr, digits, 9);
    return NOTICE_CVR_OK;
}
