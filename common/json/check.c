#include "common/json/json.h"

#include "common/base/str.h"

#include <stdarg.h>
#include <string.h>

/* A pointer echoes the member's name. A longer name than this is no misspelling of ours. */
#define NAME_CAP ((size_t)100)
#define INDEX_DIGITS 21 /* of 2^64 - 1, and the slash */

void json_check_init(struct json_check *check, struct arena *arena)
{
    check->arena = arena;
    check->count = 0;
}

bool json_check_ok(const struct json_check *check)
{
    return check->count == 0;
}

void json_check_fail(struct json_check *check, const char *pointer, const char *code,
                     const char *format, ...)
{
    va_list arguments;

    if (check->count == JSON_CHECK_CAP)
        return;
    va_start(arguments, format);
    check->errors[check->count++] = (struct json_error){
        .pointer = arena_strdup(check->arena, pointer),
        .code = code,
        .detail = arena_vprintf(check->arena, format, arguments),
    };
    va_end(arguments);
}

void json_check_merge(struct json_check *check, const char *faults)
{
    json_t *list = json_loads(faults, 0, NULL);

    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *fault = json_array_get(list, i);
        json_check_fail(
            check, json_string_value(json_object_get(fault, "pointer")),
            arena_strdup(check->arena, json_string_value(json_object_get(fault, "code"))), "%s",
            json_string_value(json_object_get(fault, "detail")));
    }
    json_decref(list);
}

const char *json_check_pointer(struct json_check *check, const char *base, const char *name)
{
    size_t base_length = strlen(base);
    size_t length = base_length + 2;

    for (const char *at = name; *at; at++)
        length += *at == '~' || *at == '/' ? 2 : 1;

    char *pointer = arena_alloc(check->arena, length);
    char *to = pointer + base_length;
    memcpy(pointer, base, base_length);
    *to++ = '/';
    for (; *name; name++) {
        if (*name == '~' || *name == '/') {
            *to++ = '~';
            *to++ = *name == '~' ? '0' : '1';
        } else {
            *to++ = *name;
        }
    }
    return pointer;
}

/* By hand: a list of a thousand asks for a thousand of them, whether anything is wrong or not. */
const char *json_check_item(struct json_check *check, const char *base, size_t index)
{
    char digits[INDEX_DIGITS];
    size_t first = sizeof digits;
    const size_t length = strlen(base);

    do {
        digits[--first] = (char)('0' + index % 10);
        index /= 10;
    } while (index > 0);
    digits[--first] = '/';

    char *pointer = arena_alloc(check->arena, length + (sizeof digits - first) + 1);
    memcpy(pointer, base, length);
    memcpy(pointer + length, digits + first, sizeof digits - first);
    return pointer;
}

static void fail_member(struct json_check *check, const char *base, const char *name,
                        const char *code, const char *detail)
{
    json_check_fail(check, json_check_pointer(check, base, name), code, "%s", detail);
}

static void fail_not_object(struct json_check *check, const char *base)
{
    /* Each getter of a broken object would say it again. */
    for (size_t i = 0; i < check->count; i++)
        if (str_equal(check->errors[i].pointer, base))
            return;
    json_check_fail(check, base, "TYPE", "Skal være et objekt.");
}

/* The member, or NULL when it is absent; a missing one that is needed is recorded. A NULL object is
 * one whose own fault is recorded already, or an optional one that is absent. */
static const json_t *member(struct json_check *check, const json_t *object, const char *base,
                            const char *name, enum json_need need)
{
    if (!object)
        return NULL;
    if (!json_is_object(object)) {
        fail_not_object(check, base);
        return NULL;
    }
    const json_t *value = json_object_get(object, name);
    if (!value && need == JSON_REQUIRED)
        fail_member(check, base, name, "REQUIRED", "Skal udfyldes.");
    return value;
}

/* C0 but for \n and \t, DEL, and C1, which stands in UTF-8 as C2 80 to C2 9F. */
static bool has_control(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;

    for (; *at; at++) {
        if (*at < 0x20 && *at != '\n' && *at != '\t')
            return true;
        if (*at == 0x7F || (*at == 0xC2 && at[1] < 0xA0))
            return true;
    }
    return false;
}

const char *json_check_text(struct json_check *check, const json_t *object, const char *base,
                            const char *name, enum json_need need, size_t maximum)
{
    const json_t *value = member(check, object, base, name, need);

    if (!value)
        return NULL;
    if (!json_is_string(value)) {
        fail_member(check, base, name, "TYPE", "Skal være en tekst.");
        return NULL;
    }
    const char *text = json_string_value(value);
    if (str_blank(text)) {
        fail_member(check, base, name, "FORMAT", "Må ikke være tom.");
        return NULL;
    }
    if (has_control(text)) {
        fail_member(check, base, name, "FORMAT",
                    "Må ikke indeholde styretegn ud over linjeskift og tabulator.");
        return NULL;
    }
    if (str_utf8_count(text) > maximum) {
        json_check_fail(check, json_check_pointer(check, base, name), "LENGTH",
                        "Må højst være på %zu tegn.", maximum);
        return NULL;
    }
    return arena_strdup(check->arena, text);
}

int64_t json_check_integer(struct json_check *check, const json_t *object, const char *base,
                           const char *name, enum json_need need, int64_t minimum, int64_t maximum,
                           int64_t fallback)
{
    const json_t *value = member(check, object, base, name, need);

    if (!value)
        return fallback;
    if (!json_is_integer(value)) {
        fail_member(check, base, name, "TYPE", "Skal være et helt tal.");
        return fallback;
    }
    int64_t number = json_integer_value(value);
    if (number < minimum || number > maximum) {
        json_check_fail(check, json_check_pointer(check, base, name), "RANGE",
                        "Skal være fra %lld til %lld.", (long long)minimum, (long long)maximum);
        return fallback;
    }
    return number;
}

bool json_check_bool(struct json_check *check, const json_t *object, const char *base,
                     const char *name, enum json_need need, bool fallback)
{
    const json_t *value = member(check, object, base, name, need);

    if (!value)
        return fallback;
    if (!json_is_boolean(value)) {
        fail_member(check, base, name, "TYPE", "Skal være true eller false.");
        return fallback;
    }
    return json_is_true(value);
}

static int digits(const char *text, size_t count)
{
    int value = 0;

    for (size_t i = 0; i < count; i++) {
        if (text[i] < '0' || text[i] > '9')
            return -1;
        value = value * 10 + (text[i] - '0');
    }
    return value;
}

/* The Gregorian calendar, proleptic: good for every year that a contract names. */
bool json_date_valid(const char *text)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

    if (strlen(text) != 10 || text[4] != '-' || text[7] != '-')
        return false;
    int year = digits(text, 4);
    int month = digits(text + 5, 2);
    int day = digits(text + 8, 2);
    if (year < 1900 || year > 2999 || month < 1 || month > 12 || day < 1)
        return false;
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return day <= lengths[month - 1] + (month == 2 && leap);
}

const char *json_check_date(struct json_check *check, const json_t *object, const char *base,
                            const char *name, enum json_need need)
{
    const json_t *value = member(check, object, base, name, need);

    if (!value)
        return NULL;
    if (!json_is_string(value)) {
        fail_member(check, base, name, "TYPE", "Skal være en dato som tekst, åååå-mm-dd.");
        return NULL;
    }
    if (!json_date_valid(json_string_value(value))) {
        fail_member(
            check, base, name, "FORMAT",
            "Skal være en dato, der findes, for eksempel 2026-12-01, fra år 1900 til 2999.");
        return NULL;
    }
    return arena_strdup(check->arena, json_string_value(value));
}

int json_check_choice(struct json_check *check, const json_t *object, const char *base,
                      const char *name, enum json_need need, const char *const *choices)
{
    const json_t *value = member(check, object, base, name, need);

    if (!value)
        return -1;
    if (!json_is_string(value)) {
        fail_member(check, base, name, "TYPE", "Skal være en tekst.");
        return -1;
    }
    const char *text = json_string_value(value);
    for (int i = 0; choices[i]; i++)
        if (str_equal(text, choices[i]))
            return i;

    const char *list = choices[0];
    for (size_t i = 1; choices[i]; i++)
        list = arena_printf(check->arena, "%s%s%s", list, choices[i + 1] ? ", " : " eller ",
                            choices[i]);
    json_check_fail(check, json_check_pointer(check, base, name), "CHOICE", "Skal være %s.", list);
    return -1;
}

const json_t *json_check_object(struct json_check *check, const json_t *object, const char *base,
                                const char *name, enum json_need need)
{
    const json_t *value = member(check, object, base, name, need);

    if (value && !json_is_object(value)) {
        fail_member(check, base, name, "TYPE", "Skal være et objekt.");
        return NULL;
    }
    return value;
}

const json_t *json_check_array(struct json_check *check, const json_t *object, const char *base,
                               const char *name, enum json_need need, size_t maximum)
{
    const json_t *value = member(check, object, base, name, need);

    if (!value)
        return NULL;
    if (!json_is_array(value)) {
        fail_member(check, base, name, "TYPE", "Skal være en liste.");
        return NULL;
    }
    if (json_array_size(value) > maximum) {
        json_check_fail(check, json_check_pointer(check, base, name), "LENGTH",
                        "Må højst have %zu elementer.", maximum);
        return NULL;
    }
    return value;
}

static bool known(const char *const *names, const char *name)
{
    for (; *names; names++)
        if (str_equal(*names, name))
            return true;
    return false;
}

void json_check_members(struct json_check *check, const json_t *object, const char *base,
                        const char *const *names)
{
    const char *name;
    json_t *value;

    if (!object)
        return;
    if (!json_is_object(object)) {
        fail_not_object(check, base);
        return;
    }
    /* The macro wants a writable object although it changes nothing. */
    union {
        const json_t *read;
        json_t *write;
    } bare = {.read = object};
    json_object_foreach(bare.write, name, value)
    {
        if (known(names, name))
            continue;
        if (strlen(name) > NAME_CAP)
            json_check_fail(check, base, "UNKNOWN_MEMBER",
                            "Har et felt med et navn på over %zu byte, som ikke kendes.", NAME_CAP);
        else
            fail_member(check, base, name, "UNKNOWN_MEMBER", "Feltet kendes ikke.");
    }
}
