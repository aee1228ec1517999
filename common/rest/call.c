/* What a handler sees of its call. */
#include "common/base/str.h"
#include "common/domain/uuid.h"
#include "common/rest/internal.h"

#include <string.h>

struct arena *rest_arena(struct rest_call *call)
{
    return call->arena;
}

void *rest_room(struct rest_call *call)
{
    return call->room;
}

struct loop *rest_loop(struct rest_call *call)
{
    return call->router->options.loop;
}

const struct rest_principal *rest_principal(const struct rest_call *call)
{
    return &call->principal;
}

struct http_request *rest_http(struct rest_call *call)
{
    return call->http;
}

static const char *find(const struct rest_pair *pairs, size_t count, const char *name)
{
    for (size_t i = 0; i < count; i++)
        if (str_equal(pairs[i].name, name))
            return pairs[i].value;
    return NULL;
}

const char *rest_parameter(struct rest_call *call, const char *name)
{
    return find(call->parameters, call->parameter_count, name);
}

const char *rest_query(struct rest_call *call, const char *name)
{
    return find(call->query, call->query_count, name);
}

bool rest_form_read(struct rest_call *call)
{
    struct rest_pair *pairs = arena_array(call->arena, REST_QUERIES, sizeof *pairs);
    size_t count;
    const char *body = http_request_body(call->http);

    call->form_count = 0;
    if (body == NULL || strlen(body) != http_request_length(call->http) ||
        !accept_is_form(http_request_header(call->http, "Content-Type")) ||
        !match_query(call->arena, body, pairs, &count))
        return false;
    for (size_t i = 0; i < count; i++)
        if (find(pairs, i, pairs[i].name) != NULL)
            return false;
    call->form = pairs;
    call->form_count = count;
    return true;
}

const char *rest_form_field(struct rest_call *call, const char *name)
{
    return find(call->form, call->form_count, name);
}

static bool is_one_of(const char *const *names, const char *name)
{
    for (; *names != NULL; names++)
        if (str_equal(*names, name))
            return true;
    return false;
}

bool rest_query_only(struct rest_call *call, const char *const *names)
{
    for (size_t i = 0; i < call->query_count; i++) {
        if (!is_one_of(names, call->query[i].name)) {
            rest_problem(call, "query-invalid", "Søgningen har en parameter, der ikke findes.");
            return false;
        }
        if (find(call->query, i, call->query[i].name) != NULL) {
            rest_problem(call, "query-invalid", "Søgningen har den samme parameter to gange.");
            return false;
        }
    }
    return true;
}

size_t rest_limit(struct rest_call *call)
{
    int64_t limit = 50;
    const char *text = rest_query(call, "limit");
    if (text != NULL && str_int64(text, 1, 200, &limit) != 0) {
        rest_problem(call, "query-invalid", "limit skal være et tal fra 1 til 200.");
        return 0;
    }
    return (size_t)limit;
}

const json_t *rest_body(struct rest_call *call)
{
    return call->body;
}

int64_t rest_if_match(const struct rest_call *call)
{
    return call->if_match;
}

const char *rest_idempotency_key(const struct rest_call *call)
{
    return call->idempotency_key;
}

static bool ascii(const char *text)
{
    for (; *text != '\0'; text++)
        if ((unsigned char)*text > 0x7e)
            return false;
    return true;
}

/* The canonical form is defined for ASCII names; ours are, a client's need not be. */
static bool names_are_ascii(const json_t *value)
{
    const char *name;
    json_t *member;
    if (json_is_object(value)) {
        void *iterator = json_object_iter((json_t *)(uintptr_t)value);
        for (; iterator != NULL;
             iterator = json_object_iter_next((json_t *)(uintptr_t)value, iterator)) {
            name = json_object_iter_key(iterator);
            member = json_object_iter_value(iterator);
            if (!ascii(name) || !names_are_ascii(member))
                return false;
        }
    }
    for (size_t i = 0; i < json_array_size(value); i++)
        if (!names_are_ascii(json_array_get(value, i)))
            return false;
    return true;
}

const char *rest_fingerprint(struct rest_call *call)
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    const char *body = http_request_body(call->http);
    size_t length = http_request_length(call->http);
    if (call->body != NULL && names_are_ascii(call->body)) {
        body = json_canonical(call->arena, call->body);
        length = strlen(body);
    }
    char body_text[2 * CRYPTO_DIGEST_SIZE + 1] = "";
    if (body != NULL) {
        crypto_sha256(body, length, digest);
        str_hex(digest, sizeof digest, body_text);
    }
    const char *all =
        arena_printf(call->arena, "%s %s %zu %s", http_request_method_text(call->http),
                     http_request_path(call->http), length, body_text);
    char *text = arena_alloc(call->arena, 2 * CRYPTO_DIGEST_SIZE + 1);
    crypto_sha256(all, strlen(all), digest);
    str_hex(digest, sizeof digest, text);
    return text;
}

void rest_set_state(struct rest_call *call, void *state)
{
    call->state = state;
}

void *rest_state(struct rest_call *call)
{
    return call->state;
}

void call_end(struct rest_call *call)
{
    router_release(call->router);
}

const char *rest_path_id(struct rest_call *call, const char *missing)
{
    const char *id = rest_parameter(call, "id");

    if (uuid_valid(id))
        return id;
    rest_problem(call, "not-found", missing);
    return NULL;
}

struct pg_parameter rest_version_seen(struct rest_call *call)
{
    return PG_TEXT(arena_printf(rest_arena(call), "%lld", (long long)rest_if_match(call)));
}
