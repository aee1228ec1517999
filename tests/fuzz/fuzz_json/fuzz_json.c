/*
 * Any bytes as JSON. What is accepted obeys our limits and reads back as itself; what is refused
 * has a place and a text; the checks name faults in texts and pointers that are UTF-8.
 */
#include "common/base/str.h"
#include "common/json/json.h"
#include "tests/fuzz/require.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_limits(const json_t *value, int depth)
{
    const char *name;
    json_t *inside;
    size_t index;
    union {
        const json_t *read;
        json_t *write;
    } object = {.read = value};

    if (json_is_string(value))
        require(str_utf8_valid(json_string_value(value), json_string_length(value)) &&
                strlen(json_string_value(value)) == json_string_length(value));
    if (json_is_integer(value))
        require(llabs(json_integer_value(value)) <= INT64_C(9007199254740991));
    if (!json_is_array(value) && !json_is_object(value))
        return;
    require(depth < JSON_DEPTH_CAP);
    json_array_foreach(value, index, inside) check_limits(inside, depth + 1);
    json_object_foreach(object.write, name, inside) check_limits(inside, depth + 1);
}

static void check_round_trip(struct arena *arena, const json_t *value)
{
    const char *text = json_text(arena, value);
    size_t length = strlen(text);
    struct json_fault fault;
    json_t *again;

    if (length > JSON_INPUT_CAP)
        return;
    require(json_read(text, length, &again, &fault) == 0);
    require(str_equal(json_canonical(arena, value), json_canonical(arena, again)));
    json_decref(again);
}

static void check_checks(struct arena *arena, const json_t *value)
{
    static const char *const names[] = {"a", "b", NULL};
    struct json_check check;

    json_check_init(&check, arena);
    json_check_members(&check, value, "", names);
    const json_t *inner = json_check_object(&check, value, "", "a", JSON_OPTIONAL);
    json_check_text(&check, inner, "/a", "a", JSON_REQUIRED, 10);
    json_check_integer(&check, inner, "/a", "b", JSON_OPTIONAL, 1, 10, 5);
    json_check_date(&check, value, "", "b", JSON_OPTIONAL);
    json_check_choice(&check, value, "", "b", JSON_OPTIONAL, names);
    json_check_array(&check, value, "", "b", JSON_OPTIONAL, 3);
    for (size_t i = 0; i < check.count; i++) {
        const struct json_error *error = &check.errors[i];
        require(str_utf8_valid(error->pointer, strlen(error->pointer)));
        require(str_utf8_valid(error->detail, strlen(error->detail)) && !str_blank(error->detail));
        require(*error->pointer == '\0' || *error->pointer == '/');
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_create(0);
    struct json_fault fault;
    json_t *value;

    if (json_read((const char *)data, size, &value, &fault) == 0) {
        check_limits(value, 0);
        check_round_trip(arena, value);
        check_checks(arena, value);
        json_decref(value);
    } else {
        require(!value && fault.line >= 1 && fault.column >= 1 && !str_blank(fault.text));
    }
    arena_destroy(&arena);
    return 0;
}
