/*
 * Any bytes as a request head. Whatever comes: the verdict does not depend on how the bytes were
 * cut, what passed lies inside the head, and what passed is what two strict parsers would agree on.
 */
#include "common/http/guard.h"
#include "tests/fuzz/require.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_span(const struct guard *guard, struct guard_span span)
{
    require((size_t)span.at + span.length <= guard->head_length);
}

static void check_passed(const struct guard *guard, const char *bytes)
{
    require(guard->head_length >= 4 && guard->head_length <= guard->scanned);
    require(memcmp(bytes + guard->head_length - 4, "\r\n\r\n", 4) == 0);
    require(memchr(bytes, '\0', guard->head_length) == NULL);
    check_span(guard, guard->method_text);
    check_span(guard, guard->target);
    require(bytes[guard->target.at] == '/' && guard->target.length <= GUARD_TARGET_CAP);
    require(guard->count <= GUARD_FIELDS);
    for (size_t i = 0; i < guard->count; i++) {
        check_span(guard, guard->field[i].name);
        check_span(guard, guard->field[i].value);
        require(guard->field[i].name.length > 0);
        require(memchr(bytes + guard->field[i].value.at, '\r', guard->field[i].value.length) ==
                NULL);
    }
    require(guard->content_length <= UINT64_C(9999999999));
    require(guard->content_length == 0 || guard->method == HTTP_POST || guard->method == HTTP_PUT ||
            guard->method == HTTP_PATCH);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *bytes = (const char *)data;
    const size_t length = size < GUARD_HEAD_CAP ? size : GUARD_HEAD_CAP;
    struct guard whole;
    struct guard pieces;
    enum guard_verdict verdict = GUARD_MORE;
    guard_init(&whole);
    guard_init(&pieces);
    const enum guard_verdict expected = guard_scan(&whole, bytes, length);
    for (size_t i = 0; i <= length && verdict == GUARD_MORE; i++)
        verdict = guard_scan(&pieces, bytes, i);
    require(verdict == expected);
    require(memcmp(&whole, &pieces, sizeof whole) == 0);
    if (verdict == GUARD_PASSED)
        check_passed(&whole, bytes);
    if (verdict == GUARD_REFUSED)
        require(whole.status >= 400 && whole.status <= 505 && whole.slug != NULL);
    require(verdict != GUARD_MORE || length < GUARD_HEAD_CAP);
    return 0;
}
