#include "services/citizen/citizen.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "services/citizen/room.h"

#include <assert.h>
#include <string.h>

static const struct conf_key keys[] = {
    {.section = "citizen",
     .name = "public_url",
     .type = CONF_TEXT,
     .fallback = "",
     .help =
         "Where candidates open their page, scheme and host alone: https://emnebank.example.dk. "
         "Without it no links are made."},
    {.section = "citizen",
     .name = "link_life",
     .type = CONF_DURATION,
     .fallback = "3d",
     .minimum = CLOCK_HOUR,
     .maximum = 30 * CLOCK_DAY,
     .help = "How long a candidate may answer by a link."},
    {.section = "citizen",
     .name = "link_grace",
     .type = CONF_DURATION,
     .fallback = "1d",
     .minimum = 0,
     .maximum = 14 * CLOCK_DAY,
     .help = "How long after the order's due time a link may be answered at most."},
};

const struct conf_table citizen_conf = {keys, sizeof keys / sizeof *keys};

#define ANSWER_PURPOSE "kandidatens eget svar"

static const struct rest_route routes[] = {
    {HTTP_POST, "/v1/shortlist-entries/{id}/link", "shortlists:answer", REST_JSON | REST_IDEMPOTENT,
     "spørgsmål til kandidaten", link_post},
    {HTTP_GET, "/v1/candidates/{municipality}/{external_ref}/accesses", "candidates:read",
     REST_HTML, "borgerens indsigt efter artikel 15", accesses_get},
    {HTTP_GET, "/svar/{token}", NULL, REST_PUBLIC, ANSWER_PURPOSE, visit_get},
    {HTTP_POST, "/svar/{token}", NULL, REST_PUBLIC, ANSWER_PURPOSE, visit_post},
};

const struct rest_table citizen_routes = {routes, sizeof routes / sizeof *routes};

/* Host and port: what a browser's Origin header may hold after the scheme. */
static bool is_host(const char *text)
{
    return *text != '\0' && strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789.-:") == strlen(text);
}

int citizen_check(const struct conf *conf, struct error_detail *detail)
{
    const char *url = conf_text(conf, "citizen", "public_url");
    const bool production = str_equal(conf_text(conf, "daemon", "environment"), "production");

    if (*url == '\0' || (str_starts(url, "https://") && is_host(url + strlen("https://"))) ||
        (!production && str_starts(url, "http://") && is_host(url + strlen("http://"))))
        return 0;
    error_detail_set(detail, "public_url",
                     "[citizen] public_url: must be https:// and a host in lower case, nothing "
                     "after it; http:// only outside production");
    return ERROR_INVALID;
}

struct citizen *citizen_create(const struct conf *conf, const struct keyring *keyring)
{
    struct citizen *citizen = mem_zalloc(sizeof *citizen);
    const struct crypto_key *server = keyring_find(keyring, "server");

    assert(server != NULL);
    citizen->public_url = conf_text(conf, "citizen", "public_url");
    citizen->link_life = conf_duration(conf, "citizen", "link_life");
    citizen->link_grace = conf_duration(conf, "citizen", "link_grace");
    crypto_key_derive(server, "citizen-page", &citizen->page_key);
    return citizen;
}

void citizen_page_headers(struct rest_call *call, const char *style)
{
    uint8_t digest[CRYPTO_DIGEST_SIZE];
    struct arena *arena = rest_arena(call);

    crypto_sha256(style, strlen(style), digest);
    rest_header(call, "Content-Security-Policy",
                arena_printf(arena,
                             "default-src 'none'; style-src 'sha256-%s'; form-action 'self'; "
                             "base-uri 'none'; frame-ancestors 'none'",
                             crypto_base64(arena, digest, sizeof digest)));
    rest_header(call, "Cache-Control", "no-store");
    rest_header(call, "Referrer-Policy", "no-referrer");
    rest_header(call, "X-Content-Type-Options", "nosniff");
    rest_header(call, "X-Robots-Tag", "noindex");
    rest_header(call, "Content-Language", "da");
}

void citizen_destroy(struct citizen **citizen)
{
    if (*citizen != NULL)
        crypto_wipe(&(*citizen)->page_key, sizeof(*citizen)->page_key);
    mem_free(*citizen);
    *citizen = NULL;
}
