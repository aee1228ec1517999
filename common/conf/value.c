#include "common/conf/value.h"

#include "common/base/clock.h"
#include "common/base/str.h"

#include <string.h>

static const struct {
    const char *suffix;
    int64_t microseconds;
} units[] = {
    {"d", CLOCK_DAY},    {"h", CLOCK_HOUR},         {"m", CLOCK_MINUTE},
    {"s", CLOCK_SECOND}, {"ms", CLOCK_MILLISECOND}, {"us", 1},
};

static int read_duration(const char *text, int64_t *number)
{
    char digits[20];
    size_t length = strspn(text, "0123456789");

    if (length == 0 || length >= sizeof digits)
        return ERROR_INVALID;
    memcpy(digits, text, length);
    digits[length] = '\0';
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (!str_equal(text + length, units[i].suffix))
            continue;
        int64_t count;
        if (str_int64(digits, 0, INT64_MAX, &count) ||
            __builtin_mul_overflow(count, units[i].microseconds, number))
            return ERROR_INVALID;
        return 0;
    }
    return ERROR_INVALID;
}

int conf_value_read(const struct conf_key *key, const char *text, int64_t *number)
{
    int error = 0;

    *number = 0;
    switch (key->type) {
    case CONF_TEXT:
        return !key->fallback && str_blank(text) ? ERROR_INVALID : 0;
    case CONF_BOOL:
        *number = str_equal(text, "true");
        return *number || str_equal(text, "false") ? 0 : ERROR_INVALID;
    case CONF_INTEGER:
        return str_int64(text, key->minimum, key->maximum, number);
    case CONF_DURATION:
        error = read_duration(text, number);
        break;
    }
    if (!error && (*number < key->minimum || *number > key->maximum))
        error = ERROR_INVALID;
    return error;
}

/* In the largest unit that divides it. */
static void write_duration(int64_t time, struct buffer *text)
{
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (time % units[i].microseconds == 0 && (time > 0 || units[i].suffix[0] == 's')) {
            buffer_printf(text, "%lld%s", (long long)(time / units[i].microseconds),
                          units[i].suffix);
            return;
        }
    }
}

void conf_value_describe(const struct conf_key *key, struct buffer *text)
{
    switch (key->type) {
    case CONF_TEXT:
        buffer_text(text, key->fallback ? "text" : "text that is not empty");
        break;
    case CONF_BOOL:
        buffer_text(text, "true or false");
        break;
    case CONF_INTEGER:
        buffer_printf(text, "a whole number from %lld to %lld", (long long)key->minimum,
                      (long long)key->maximum);
        break;
    case CONF_DURATION:
        buffer_text(text, "a duration such as 20s, 5m, 2h or 1d, from ");
        write_duration(key->minimum, text);
        buffer_text(text, " to ");
        write_duration(key->maximum, text);
        break;
    }
    if (key->unit)
        buffer_printf(text, ", in %s", key->unit);
}
