#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/random.h"
#include "common/base/str.h"
#include "common/obs/log.h"
#include "common/rest/internal.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static struct metric requests_ok =
    METRIC_COUNTER("emnebank_rest_requests_ok_total", "Requests answered with 1xx, 2xx or 3xx.");
static struct metric requests_refused =
    METRIC_COUNTER("emnebank_rest_requests_refused_total", "Requests answered with 4xx.");
static struct metric requests_failed =
    METRIC_COUNTER("emnebank_rest_requests_failed_total", "Requests answered with 5xx.");
static struct metric requests_microseconds = METRIC_COUNTER(
    "emnebank_rest_request_microseconds_total", "Time from a request being whole to its answer.");
static struct metric requests_open =
    METRIC_GAUGE("emnebank_rest_requests_open", "Requests that are being handled.");

struct metric *const rest_metrics[] = {&requests_ok, &requests_refused, &requests_failed,
                                       &requests_microseconds, &requests_open};
const size_t rest_metrics_count = sizeof rest_metrics / sizeof rest_metrics[0];

static const struct {
    enum http_method method;
    const char *text;
} method_texts[] = {{HTTP_GET, "GET"}, {HTTP_HEAD, "HEAD"},   {HTTP_POST, "POST"},
                    {HTTP_PUT, "PUT"}, {HTTP_PATCH, "PATCH"}, {HTTP_DELETE, "DELETE"}};

void router_count(int status, int64_t duration)
{
    struct metric *metric = &requests_ok;
    if (status >= 500)
        metric = &requests_failed;
    else if (status >= 400)
        metric = &requests_refused;
    metric_add(metric, 1);
    metric_add(&requests_microseconds, duration);
    metric_add(&requests_open, -1);
}

/* --- finding the route --- */

static bool route_takes(const struct rest_route *route, enum http_method method)
{
    return route->method == method || (route->method == HTTP_GET && method == HTTP_HEAD);
}

/* The closest pattern among the routes of this method. */
static const struct rest_entry *find(const struct rest_router *router, enum http_method method,
                                     const char *path)
{
    const struct rest_entry *best = NULL;
    for (size_t i = 0; i < router->count; i++) {
        const struct rest_entry *entry = &router->entries[i];
        if (route_takes(entry->route, method) && match_pattern(entry->route->pattern, path) &&
            (best == NULL || match_compare(entry->route->pattern, best->route->pattern) > 0))
            best = entry;
    }
    return best;
}

/* "GET, HEAD, PUT" of every route whose pattern fits; "" when there is none. */
static const char *allowed(struct rest_call *call, const char *path)
{
    const struct rest_router *router = call->router;
    const char *text = "";
    for (size_t m = 0; m < sizeof method_texts / sizeof method_texts[0]; m++) {
        if (find(router, method_texts[m].method, path) != NULL)
            text = arena_printf(call->arena, "%s%s%s", text, text[0] != '\0' ? ", " : "",
                                method_texts[m].text);
    }
    return text;
}

/* --- the life of a call --- */

static void run(struct rest_call *call)
{
    if (check_after_key(call))
        call->route->handler(call);
}

static void authenticated(int error, const struct rest_principal *principal, void *argument)
{
    struct rest_call *call = argument;
    if (error == ERROR_DENIED) {
        rest_problem(call, "unauthenticated", "Send en gyldig nøgle: Authorization: Bearer …");
    } else if (error != 0) {
        rest_problem(call, "temporarily-unavailable", "Nøglen kunne ikke slås op.");
    } else {
        call->principal = *principal;
        call->known = true;
        run(call);
    }
}

static void identify(struct rest_call *call)
{
    const char *id = http_request_header(call->http, "X-Request-Id");
    if (accept_request_id(id))
        snprintf(call->id, sizeof call->id, "%s", id);
    else
        random_uuid(call->id);
    if (!accept_trace(http_request_header(call->http, "traceparent"), call->trace)) {
        uint8_t bytes[16];
        random_bytes(bytes, sizeof bytes);
        str_hex(bytes, sizeof bytes, call->trace);
    }
}

static struct rest_call *begin(struct rest_router *router, struct http_request *http)
{
    struct arena *arena = http_request_arena(http);
    struct rest_call *call = arena_alloc(arena, sizeof *call);
    call->router = router;
    call->http = http;
    call->arena = arena;
    call->begun = clock_monotonic();
    call->language = accept_language(http_request_header(http, "Accept-Language"));
    call->etag = -1;
    identify(call);
    router_hold(router);
    metric_add(&requests_open, 1);
    return call;
}

static void handle(struct http_request *http, void *argument)
{
    struct rest_router *router = argument;
    struct rest_call *call = begin(router, http);
    const char *path = http_request_path(http);
    const struct rest_entry *entry = find(router, http_request_method(http), path);
    if (entry == NULL) {
        const char *allow = allowed(call, path);
        if (allow[0] == '\0') {
            rest_problem(call, "not-found", "Adressen findes ikke.");
        } else {
            rest_header(call, "Allow", allow);
            rest_problem(call, "method-not-allowed",
                         arena_printf(call->arena, "Her kan bruges %s.", allow));
        }
        return;
    }
    call->route = entry->route;
    call->room = entry->room;
    if (!check_before_key(call))
        return;
    if (call->route->flags & REST_PUBLIC)
        run(call);
    else if (router->options.authenticate == NULL)
        authenticated(ERROR_DENIED, NULL, call);
    else
        router->options.authenticate(router->options.pg, http_request_header(http, "Authorization"),
                                     router->options.authenticate_state, authenticated, call);
}

static size_t body_cap(enum http_method method, const char *path, void *argument)
{
    const struct rest_entry *entry = find(argument, method, path);
    return entry != NULL && entry->route->flags & REST_IMPORT ? HTTP_IMPORT_CAP : HTTP_BODY_CAP;
}

/* --- the router --- */

struct rest_router *rest_router_create(const struct rest_options *options)
{
    struct rest_router *router = mem_zalloc(sizeof *router);
    router->options = *options;
    router->references = 1;
    router->server = http_server_create(options->loop, &options->http, handle, body_cap, router);
    rest_router_add(router, &page_routes, NULL);
    return router;
}

void rest_router_add(struct rest_router *router, const struct rest_table *table, void *room)
{
    router->entries =
        mem_resize(router->entries, router->count + table->count, sizeof *router->entries);
    for (size_t i = 0; i < table->count; i++) {
        const struct rest_route *route = &table->routes[i];
        assert(route->pattern[0] == '/' && route->handler != NULL);
        router->entries[router->count++] = (struct rest_entry){.route = route, .room = room};
    }
}

struct http_server *rest_router_server(struct rest_router *router)
{
    return router->server;
}

void router_hold(struct rest_router *router)
{
    router->references++;
}

/* Calls that wait for the database outlive the router's owner. */
void router_release(struct rest_router *router)
{
    if (--router->references > 0)
        return;
    crypto_wipe(&router->options.cursor_key, sizeof router->options.cursor_key);
    mem_free(router->entries);
    mem_free(router);
}

void rest_router_destroy(struct rest_router **router)
{
    struct rest_router *gone = *router;
    if (gone == NULL)
        return;
    *router = NULL;
    http_server_destroy(&gone->server);
    router_release(gone);
}
