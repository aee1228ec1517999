/* GET /problems/{slug}: what a problem's type means, for people and for programs. */
#include "common/base/str.h"
#include "common/rest/internal.h"

#include <string.h>

static void get_problem(struct rest_call *call)
{
    const char *slug = rest_parameter(call, "slug");
    const struct problem_type *type = problem_find(slug);
    const char *accept = http_request_header(rest_http(call), "Accept");
    if (!str_equal(type->slug, slug)) {
        rest_problem(call, "not-found", "Den fejltype findes ikke.");
        return;
    }
    if (accept != NULL &&
        accept_quality(accept, "application/json") >= accept_quality(accept, "text/html")) {
        const char *text = arena_printf(
            call->arena,
            "{\"type\":\"/problems/%s\",\"status\":%d,\"title_da\":\"%s\",\"title_en\":\"%s\"}",
            type->slug, type->status, type->title_da, type->title_en);
        rest_reply_text(call, 200, "application/json", text, strlen(text));
        return;
    }
    const char *page = arena_printf(
        call->arena,
        "<!DOCTYPE html>\n<html lang=\"da\">\n<head><meta charset=\"utf-8\"><title>%s</title>"
        "</head>\n<body><h1>%s</h1><p lang=\"en\">%s</p><p><code>%s</code>, HTTP %d</p></body>\n"
        "</html>\n",
        type->title_da, type->title_da, type->title_en, type->slug, type->status);
    rest_header(call, "Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
    rest_reply_text(call, 200, "text/html; charset=utf-8", page, strlen(page));
}

static const struct rest_route routes[] = {
    {.method = HTTP_GET,
     .pattern = "/problems/{slug}",
     .flags = REST_PUBLIC,
     .handler = get_problem},
};

const struct rest_table page_routes = {routes, sizeof routes / sizeof routes[0]};
