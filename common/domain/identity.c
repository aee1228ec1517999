#include "common/domain/identity.h"

#include "common/base/str.h"

#include <ctype.h>
#include <string.h>

static bool digits_only(const char *text, size_t count)
{
    if (text == NULL || strlen(text) != count)
        return false;
    return strspn(text, "0123456789") == count;
}

bool cvr_valid(const char *text)
{
    static const int weights[8] = {2, 7, 6, 5, 4, 3, 2, 1};
    int sum = 0;

    if (!digits_only(text, 8) || text[0] == '0')
        return false;
    for (int i = 0; i < 8; i++)
        sum += weights[i] * (text[i] - '0');
    return sum % 11 == 0;
}

bool p_number_valid(const char *text)
{
    return digits_only(text, 10);
}

static int two_digits(const char *text)
{
    return (text[0] - '0') * 10 + (text[1] - '0');
}

static int birth_year(const char digits[CPR_SIZE])
{
    int year = two_digits(digits + 4);
    char seventh = digits[6];

    if (seventh <= '3')
        return 1900 + year;
    if (seventh == '4' || seventh == '9')
        return year <= 36 ? 2000 + year : 1900 + year;
    return year <= 57 ? 2000 + year : 1800 + year;
}

static bool day_exists(int year, int month, int day)
{
    static const int days[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    if (month < 1 || month > 12 || day < 1)
        return false;
    return day <= days[month - 1] + (month == 2 && leap);
}

bool cpr_normalise(const char *text, char digits[CPR_SIZE])
{
    if (text == NULL)
        return false;
    size_t length = strlen(text);
    if (length == 11 && text[6] == '-') {
        memcpy(digits, text, 6);
        memcpy(digits + 6, text + 7, 5);
    } else if (length == 10) {
        memcpy(digits, text, CPR_SIZE);
    } else {
        return false;
    }
    return digits_only(digits, 10) &&
           day_exists(birth_year(digits), two_digits(digits + 2), two_digits(digits));
}

bool cpr_valid(const char *text)
{
    char digits[CPR_SIZE];
    return cpr_normalise(text, digits);
}

bool postcode_valid(const char *text)
{
    return digits_only(text, 4);
}

bool municipality_code_valid(const char *text)
{
    return digits_only(text, 4) && text[0] == '0';
}

enum reference_fault reference_check(const char *text)
{
    if (str_blank(text))
        return REFERENCE_EMPTY;
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        if (*c <= ' ' || *c == 0x7f || *c == '/')
            return REFERENCE_CHARACTER;
    }
    if (str_equal(text, ".") || str_equal(text, "..")) /* clients take these out of a path */
        return REFERENCE_CHARACTER;
    if (str_utf8_count(text) > REFERENCE_CAP)
        return REFERENCE_LONG;
    return cpr_valid(text) ? REFERENCE_CPR : REFERENCE_GOOD;
}

bool email_valid(const char *text)
{
    if (text == NULL || strlen(text) > 254)
        return false;
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        if (*c <= ' ' || *c == 0x7f)
            return false;
    }
    const char *at = strchr(text, '@');
    if (at == NULL || at == text || strchr(at + 1, '@') != NULL)
        return false;
    const char *point = strrchr(at, '.');
    return point != NULL && point > at + 1 && point[1] != '\0';
}

bool phone_valid(const char *text)
{
    int digits = 0;

    if (text == NULL)
        return false;
    for (const char *c = text; *c != '\0'; c++) {
        if (isdigit((unsigned char)*c))
            digits++;
        else if (strchr(" -()", *c) == NULL && !(*c == '+' && c == text))
            return false;
    }
    return digits >= 6 && digits <= 15;
}
