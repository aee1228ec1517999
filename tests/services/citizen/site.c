#include "tests/services/citizen/site.h"

#include "common/base/mem.h"
#include "common/base/str.h"
#include "services/citizen/citizen.h"
#include "services/shortlists/shortlists.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <cmocka.h>

#define FORM "Content-Type: application/x-www-form-urlencoded\r\nSec-Fetch-Site: same-origin\r\n"

static void authenticate(struct pg_pool *pg, const char *authorization, void *state,
                         rest_authenticated *done, void *argument)
{
    struct rest_principal principal = {.organisation_kind = ""};
    int64_t actor;

    (void)pg;
    (void)state;
    if (!authorization || strncmp(authorization, "Bearer ", 7) != 0 ||
        str_int64(authorization + 7, 0, NOBODY - 1, &actor) != 0) {
        done(ERROR_DENIED, NULL, argument);
        return;
    }
    enum actor who = (enum actor)actor;
    snprintf(principal.organisation, sizeof principal.organisation, "%s", scene_organisation(who));
    snprintf(principal.key, sizeof principal.key, "%s", scene_key(who));
    snprintf(principal.scopes, sizeof principal.scopes,
             "shortlists:read shortlists:answer shortlists:approve candidates:read");
    done(0, &principal, argument);
}

static void make_keyring(struct site *site)
{
    static const char *const names[] = {"server", NULL};
    char path[] = "/tmp/emnebank-citizen-XXXXXX";
    const int file = mkstemp(path);

    assert_true(file >= 0);
    close(file);
    unlink(path);
    assert_int_equal(keyring_generate(path, names, NULL), 0);
    assert_int_equal(keyring_load(path, &site->keyring, NULL), 0);
    unlink(path);
}

static void load_settings(struct site *site)
{
    static const char text[] = "[citizen]\npublic_url = " SITE_URL "\n";
    const struct conf_table *const tables[] = {&citizen_conf};
    struct buffer faults;

    buffer_init(&faults, 4096);
    assert_int_equal(conf_parse("test", text, sizeof text - 1, tables, 1, &site->conf, &faults), 0);
    buffer_deinit(&faults);
}

int site_open(void **state, const char *name)
{
    struct site *site = mem_zalloc(sizeof *site);

    assert_int_equal(crypto_init(), 0);
    site->scene = scene_open(name);
    make_keyring(site);
    load_settings(site);
    site->citizen = citizen_create(site->conf, site->keyring);
    site->api = api_create(site->scene->conninfo, authenticate, NULL);
    api_add(site->api, &citizen_routes, site->citizen);
    api_add(site->api, &shortlists_routes, NULL);
    api_start(site->api);
    *state = site;
    return 0;
}

int site_close(void **state)
{
    struct site *site = *state;

    api_stop(&site->api);
    citizen_destroy(&site->citizen);
    conf_destroy(&site->conf);
    keyring_destroy(&site->keyring);
    scene_close(&site->scene);
    mem_free(site);
    return 0;
}

struct api_answer site_ask(struct site *site, const char *line, const char *headers,
                           const char *body)
{
    const int socket = api_send(site->api, line, headers != NULL ? headers : "", body,
                                body != NULL ? strlen(body) : 0);

    return api_receive(socket, site->scene->arena);
}

struct api_answer site_ask_as(struct site *site, enum actor actor, const char *line,
                              const char *headers, const char *body)
{
    return site_ask(site, line,
                    arena_printf(site->scene->arena, "Authorization: Bearer %d\r\n%s%s", (int)actor,
                                 headers != NULL ? headers : "",
                                 body != NULL ? "Content-Type: application/json\r\n" : ""),
                    body);
}

const char *site_header(struct site *site, const struct api_answer *answer, const char *name)
{
    const size_t length = strlen(name);

    for (const char *line = strstr(answer->head, "\r\n"); line; line = strstr(line + 2, "\r\n"))
        if (strncasecmp(line + 2, name, length) == 0 && strncmp(line + 2 + length, ": ", 2) == 0)
            return arena_strndup(site->scene->arena, line + 4 + length,
                                 strcspn(line + 4 + length, "\r"));
    return NULL;
}

const char *site_link(struct site *site, enum actor home, const char *entry)
{
    struct arena *arena = site->scene->arena;
    const struct api_answer answer =
        site_ask_as(site, home, arena_printf(arena, "POST /v1/shortlist-entries/%s/link", entry),
                    arena_printf(arena, "Idempotency-Key: \"link-%d\"\r\n", site->keys++), "{}");
    const char *url = strstr(answer.body, "\"url\":\"" SITE_URL);

    if (answer.status != 201 || url == NULL)
        fail_msg("no link: %s\n%s", answer.head, answer.body);
    url += strlen("\"url\":\"" SITE_URL);
    return arena_strndup(arena, url, strcspn(url, "\""));
}

const char *site_page(struct site *site, const char *path)
{
    const struct api_answer answer =
        site_ask(site, arena_printf(site->scene->arena, "GET %s", path), NULL, NULL);

    assert_int_equal(answer.status, 200);
    return answer.body;
}

void assert_headline(const char *page, const char *headline)
{
    const char *found = strstr(page, "<h1>");

    if (found == NULL || strncmp(found + 4, headline, strlen(headline)) != 0)
        fail_msg("expected the headline %s:\n%s", headline, page);
}

const char *site_hidden(struct site *site, const char *page, const char *name)
{
    struct arena *arena = site->scene->arena;
    const char *field = arena_printf(arena, "name=\"%s\" value=\"", name);
    const char *found = strstr(page, field);

    if (found == NULL)
        fail_msg("no field %s:\n%s", name, page);
    found += strlen(field);
    return arena_strndup(arena, found, strcspn(found, "\""));
}

const char *site_form(struct site *site, const char *page, const char *answer, bool ticked)
{
    return arena_printf(site->scene->arena, "tekst=%s&side=%s&svar=%s%s",
                        site_hidden(site, page, "tekst"), site_hidden(site, page, "side"), answer,
                        ticked ? "&last=ja" : "");
}

const char *site_send(struct site *site, const char *path, const char *form)
{
    const struct api_answer answer =
        site_ask(site, arena_printf(site->scene->arena, "POST %s", path), FORM, form);

    assert_int_equal(answer.status, 200);
    return answer.body;
}

const char *site_answer(struct site *site, const char *path, const char *answer)
{
    return site_send(site, path, site_form(site, site_page(site, path), answer, true));
}
