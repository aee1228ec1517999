/*
 * Any text as a path, a query and each single request header that common/rest reads. What comes
 * out decoded is UTF-8 without control characters; versions, qualities and keys stay in their
 * bounds.
 */
#include "common/base/str.h"
#include "common/rest/internal.h"
#include "tests/fuzz/require.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_text(const char *text)
{
    require(str_utf8_valid(text, strlen(text)));
    for (; *text != '\0'; text++)
        require((unsigned char)*text >= 0x20 && *text != 0x7f);
}

static void check_pairs(const struct rest_pair *pairs, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        check_text(pairs[i].name);
        check_text(pairs[i].value);
    }
}

static void read_target(struct arena *arena, const char *text)
{
    static const char *const patterns[] = {"/{a}", "/v1/{a}/b", "/v1/{a}/{b}"};
    struct rest_pair queries[REST_QUERIES];
    struct rest_pair parameters[REST_PARAMETERS];
    size_t count;
    if (match_query(arena, text, queries, &count))
        check_pairs(queries, count);
    for (size_t i = 0; i < sizeof patterns / sizeof patterns[0]; i++)
        if (match_pattern(patterns[i], text) &&
            match_parameters(arena, patterns[i], text, parameters, &count))
            check_pairs(parameters, count);
}

static void read_headers(struct arena *arena, const char *text)
{
    char trace[REST_TRACE_SIZE];
    const int quality = accept_quality(text, "application/json");
    require(quality >= 0 && quality <= 1000);
    (void)accept_language(text);
    (void)accept_is_json(text);
    const char *key = accept_idempotency_key(arena, text);
    if (key != NULL) {
        check_text(key);
        require(strlen(key) >= 1 && strlen(key) <= 255);
    }
    const int64_t version = accept_if_match(text);
    require(version >= -1);
    if (version > 0)
        require(accept_if_none_match(text, version));
    if (accept_trace(text, trace))
        require(strlen(trace) == 32);
    if (accept_request_id(text))
        require(strlen(text) < REST_ID_SIZE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_create(0);
    const char *text = arena_strndup(arena, (const char *)data, size < 20000 ? size : 20000);
    read_target(arena, text);
    read_headers(arena, text);
    arena_destroy(&arena);
    return 0;
}
