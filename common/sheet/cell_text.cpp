#include "common/sheet/cell_text.hpp"

#include <cmath>
#include <cstdio>
#include <cstring>

namespace
{

constexpr double last_serial = 2958465; /* 9999-12-31, of days from 1900 */
constexpr long days_1904 = 1462;        /* by which days from 1904 are fewer */

/* The day `days` after 1970-01-01 (H. Hinnant, chrono-Compatible Low-Level Date Algorithms). */
std::string day_text(long days)
{
    char text[96];
    long shifted = days + 719468;
    long era = shifted / 146097; /* serials are of 1899 and later: never negative */
    long of_era = shifted - era * 146097;
    long year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    long of_year = of_era - (365 * year + year / 4 - year / 100);
    long part = (5 * of_year + 2) / 153;
    long month = part < 10 ? part + 3 : part - 9;

    std::snprintf(text, sizeof text, "%04ld-%02ld-%02ld", year + era * 400 + (month <= 2), month,
                  of_year - (153 * part + 2) / 5 + 1);
    return text;
}

} // namespace

moment moment_of_code(std::string_view code)
{
    bool quoted = false, bracketed = false, day = false, hour = false, month = false;

    for (size_t i = 0; i < code.size() && (quoted || code[i] != ';'); i++) {
        if (code[i] == '"')
            quoted = !quoted;
        else if (quoted)
            continue;
        else if (code[i] == '\\' || code[i] == '_' || code[i] == '*')
            i++;
        else if (code[i] == '[' || code[i] == ']')
            bracketed = code[i] == '[';
        else if (bracketed && strchr("hHsS", code[i]) == nullptr)
            continue;
        else if (strchr("yYdD", code[i]) != nullptr)
            day = true;
        else if (strchr("hHsS", code[i]) != nullptr)
            hour = true;
        else if (code[i] == 'm' || code[i] == 'M')
            month = true;
        else if (strchr("0#?", code[i]) != nullptr && !day && !hour && !month)
            return PLAIN;
    }
    day = day || (month && !hour);
    return day ? (hour ? DAY_AND_CLOCK : DAY) : (hour ? CLOCK : PLAIN);
}

moment moment_of_builtin(size_t id)
{
    if (id == 22)
        return DAY_AND_CLOCK;
    if ((id >= 18 && id <= 21) || (id >= 45 && id <= 47))
        return CLOCK;
    return (id >= 14 && id <= 17) || (id >= 27 && id <= 36) || (id >= 50 && id <= 58) ? DAY : PLAIN;
}

std::string number_text(double number)
{
    char text[64];

    if (!std::isfinite(number))
        return "";
    std::snprintf(text, sizeof text,
                  std::fabs(number) < 1e15 && number == std::floor(number) ? "%.0f" : "%.15g",
                  number);
    const char *point = std::strchr(text, '.');
    return point != nullptr && std::strspn(point + 1, "0123456789") == 3 && point[4] == '\0'
               ? std::string(text) + "0" /* "1.125" would be read as thousands */
               : text;
}

/* 1900 was no leap year, but Excel counts it as one: its day 60 never was, and days before it are
 * one further on. */
std::string moment_text(double serial, moment is, bool from_1904)
{
    if (is == PLAIN || !(serial >= 0 && serial <= last_serial - (from_1904 ? days_1904 : 0)))
        return number_text(serial);
    char clock[24];
    long minutes = std::lround(serial * 1440);
    long days = minutes / 1440;
    std::snprintf(clock, sizeof clock, "%02ld:%02ld", minutes % 1440 / 60, minutes % 60);
    if (is == CLOCK)
        return clock;
    std::string text = day_text(days - 25569 + (from_1904 ? days_1904 : days < 60));
    return is == DAY_AND_CLOCK && minutes % 1440 != 0 ? text + " " + clock : text;
}
