/* What must hold before a handler runs. */
#include "common/base/str.h"
#include "common/rest/internal.h"

#include <string.h>
#include <strings.h>

#define PURPOSE_CAP 200

static bool refuse(struct rest_call *call, const char *slug, const char *detail)
{
    rest_problem(call, slug, detail);
    return false;
}

bool check_before_key(struct rest_call *call)
{
    if (!match_parameters(call->arena, call->route->pattern, http_request_path(call->http),
                          call->parameters, &call->parameter_count))
        return refuse(call, "not-found", "Adressen findes ikke.");
    if (!match_query(call->arena, http_request_query(call->http), call->query, &call->query_count))
        return refuse(call, "query-invalid", "Søgningen skal være UTF-8 i procentkode.");
    return true;
}

/* A space-separated list has the word. */
static bool has_word(const char *list, const char *word)
{
    const size_t length = strlen(word);
    while (*list != '\0') {
        const size_t here = strcspn(list, " ");
        if (here == length && memcmp(list, word, length) == 0)
            return true;
        list += here;
        list += strspn(list, " ");
    }
    return false;
}

static bool check_scope(struct rest_call *call)
{
    const char *scope = call->route->scope;
    if (call->route->flags & REST_PUBLIC || scope == NULL ||
        has_word(call->principal.scopes, scope))
        return true;
    return refuse(call, "scope-missing",
                  arena_printf(call->arena, "Nøglen mangler rettigheden %s.", scope));
}

/* Public pages (metrics, the types of problems) answer in what they are. */
static bool check_accept(struct rest_call *call)
{
    const char *accept = http_request_header(call->http, "Accept");
    const char *types = "application/json";
    if (call->route->flags & REST_PUBLIC || accept_quality(accept, types) > 0)
        return true;
    for (const struct answer_media *media = answer_media; media->type != NULL; media++) {
        if (!(call->route->flags & media->flag))
            continue;
        if (accept_quality(accept, media->type) > 0)
            return true;
        types = arena_printf(call->arena, "%s eller %s", types, media->type);
    }
    return refuse(call, "not-acceptable", arena_printf(call->arena, "Svaret er %s.", types));
}

static bool check_media(struct rest_call *call)
{
    const char *encoding = http_request_header(call->http, "Content-Encoding");
    if (encoding != NULL && strcasecmp(encoding, "identity") != 0) {
        rest_header(call, "Accept-Encoding", "identity");
        return refuse(call, "content-encoding-unsupported", "Send indholdet ukomprimeret.");
    }
    if (call->route->flags & REST_JSON &&
        !accept_is_json(http_request_header(call->http, "Content-Type")))
        return refuse(call, "media-type-unsupported", "Indholdet skal være application/json.");
    return true;
}

static bool check_idempotency(struct rest_call *call)
{
    if (!(call->route->flags & REST_IDEMPOTENT))
        return true;
    const char *header = http_request_header(call->http, "Idempotency-Key");
    if (header == NULL)
        return refuse(call, "idempotency-key-missing",
                      "Send Idempotency-Key, så et nyt forsøg ikke opretter to.");
    call->idempotency_key = accept_idempotency_key(call->arena, header);
    if (call->idempotency_key == NULL)
        return refuse(call, "idempotency-key-malformed",
                      "Idempotency-Key skal være 1-255 synlige ASCII-tegn.");
    return true;
}

static bool check_version(struct rest_call *call)
{
    const char *header = http_request_header(call->http, "If-Match");
    if (header != NULL)
        call->if_match = accept_if_match(header);
    else if (call->route->flags & REST_IF_MATCH)
        return refuse(call, "if-match-required", "Send If-Match med den ETag, som du sidst læste.");
    return true;
}

static bool check_purpose(struct rest_call *call)
{
    const char *header = http_request_header(call->http, "X-Purpose");
    call->purpose = call->route->purpose;
    if (header == NULL)
        return true;
    if (str_blank(header) || !str_utf8_valid(header, strlen(header)) ||
        str_utf8_count(header) > PURPOSE_CAP)
        return refuse(call, "malformed-request", "X-Purpose skal være 1-200 tegn UTF-8.");
    call->purpose = header;
    return true;
}

static bool check_json(struct rest_call *call)
{
    struct json_fault fault;
    if (!(call->route->flags & REST_JSON))
        return true;
    const char *bytes = http_request_body(call->http);
    if (bytes == NULL)
        return refuse(call, "body-too-large", "Indholdet må højst fylde 256 KiB.");
    if (json_read_in(call->arena, bytes, http_request_length(call->http), &call->body, &fault) != 0)
        return refuse(call, "malformed-json",
                      arena_printf(call->arena, "Linje %zu, kolonne %zu: indholdet er ikke JSON.",
                                   fault.line, fault.column));
    if (!json_is_object(call->body)) {
        struct json_check check;
        json_check_init(&check, call->arena);
        json_check_fail(&check, "", "TYPE", "Indholdet skal være et objekt.");
        rest_problem_check(call, &check);
        return false;
    }
    return true;
}

bool check_after_key(struct rest_call *call)
{
    return check_scope(call) && check_accept(call) && check_media(call) &&
           check_idempotency(call) && check_version(call) && check_purpose(call) &&
           check_json(call);
}
