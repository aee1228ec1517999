#include "common/sheet/cell_text.hpp"

#include <cmath>
#include <cstdio>
#include <cstring>

namespace
{

constexpr double last_serial = 2958465;         /* 9999-12-31, of days from 1900 */
constexpr double last_whole = 9007199254740992; /* 2^53: each whole number up to it is its own */
constexpr long days_1904 = 1462;                /* by which days from 1904 are fewer */

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

/* "[h]", "[mm]": time that goes on; "[Red]", "[$SEK]", "[>9]" are not. */
bool is_elapsed(std::string_view inner)
{
    return !inner.empty() && inner.find_first_not_of("hHmMsS") == inner.npos;
}

/* A character of the first plane. */
void append_utf8(std::string &out, unsigned code)
{
    if (code < 0x80) {
        out.push_back(char(code));
        return;
    }
    if (code < 0x800) {
        out.push_back(char(0xC0 | code >> 6));
    } else {
        out.push_back(char(0xE0 | code >> 12));
        out.push_back(char(0x80 | (code >> 6 & 0x3F)));
    }
    out.push_back(char(0x80 | (code & 0x3F)));
}

/* The number in "_xHHHH_" at `at`; 0 when nothing of the kind stands there. */
unsigned escaped(std::string_view text, size_t at)
{
    unsigned code = 0;

    if (at + 7 > text.size() || text[at + 1] != 'x' || text[at + 6] != '_')
        return 0;
    for (char sign : text.substr(at + 2, 4)) {
        const char *digits = "0123456789abcdef0123456789ABCDEF";
        const char *digit = sign != '\0' ? strchr(digits, sign) : nullptr;
        if (digit == nullptr)
            return 0;
        code = code << 4 | unsigned(digit - digits) % 16;
    }
    return code >= 0xD800 && code < 0xE000 ? 0 : code;
}

} // namespace

moment moment_of_code(std::string_view code)
{
    bool quoted = false, elapsed = false, day = false, hour = false, month = false;

    for (size_t i = 0; i < code.size() && (quoted || code[i] != ';'); i++) {
        if (code[i] == '"')
            quoted = !quoted;
        else if (quoted)
            continue;
        else if (code[i] == '\\' || code[i] == '_' || code[i] == '*')
            i++;
        else if (code[i] == '[') {
            const std::string_view inner = code.substr(i + 1, code.find(']', i) - i - 1);
            elapsed = elapsed || is_elapsed(inner);
            i += inner.size() + 1;
        } else if (strchr("yYdD", code[i]) != nullptr)
            day = true;
        else if (strchr("hHsS", code[i]) != nullptr)
            hour = true;
        else if (code[i] == 'm' || code[i] == 'M')
            month = true;
        else if (strchr("0#?", code[i]) != nullptr && !day && !hour && !month && !elapsed)
            return PLAIN;
    }
    hour = hour || elapsed;
    day = day || (month && !hour);
    if (day)
        return hour ? DAY_AND_CLOCK : DAY;
    return elapsed ? ELAPSED : hour ? CLOCK : PLAIN;
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
    std::snprintf(
        text, sizeof text,
        std::fabs(number) <= last_whole && number == std::floor(number) ? "%.0f" : "%.15g", number);
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
    long minutes = std::lround(serial * 86400) / 60; /* the last second of a day is that day's */
    long days = minutes / 1440;
    std::snprintf(clock, sizeof clock, "%02ld:%02ld",
                  (is == ELAPSED ? minutes : minutes % 1440) / 60, minutes % 60);
    if (is == CLOCK || is == ELAPSED)
        return clock;
    std::string text = day_text(days - 25569 + (from_1904 ? days_1904 : days < 60));
    return is == DAY_AND_CLOCK && minutes % 1440 != 0 ? text + " " + clock : text;
}

std::string plain_text(std::string_view text)
{
    std::string out;
    size_t done = 0;

    for (size_t at = text.find("_x"); at != text.npos; at = text.find("_x", at)) {
        const unsigned code = escaped(text, at);
        if (code == 0) {
            at++;
            continue;
        }
        out.append(text.substr(done, at - done));
        append_utf8(out, code);
        at += 7;
        done = at;
    }
    return out.append(text.substr(done));
}
