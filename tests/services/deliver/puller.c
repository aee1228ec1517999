#include "tests/services/deliver/puller.h"

#include "common/base/clock.h"
#include "common/base/mem.h"
#include "common/base/str.h"
#include "services/deliver/deliver.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define KEY "00000000-0000-4000-8000-0000000b"
#define SCOPES "events:read changes:read shortlists:read endpoints:read endpoints:write"
#define PATIENCE (120 * CLOCK_SECOND)

static const struct {
    const char *name, *organisation, *kind, *key;
} callers[] = {
    {PULLER_EMPLOYER, SCENE_EMPLOYER, "employer", PULLER_EMPLOYER_KEY},
    {PULLER_HOME, SCENE_HOME, "municipality", KEY "a751"},
    {PULLER_NEIGHBOUR, SCENE_NEIGHBOUR, "municipality", KEY "a746"},
    {PULLER_TEAM, SCENE_TEAM, "team", KEY "a0aa"},
};
#define CALLERS (sizeof callers / sizeof *callers)

/* Stands in for services/access: keys, by name. */
static void authenticate(struct pg_pool *pg, const char *authorization, void *state,
                         rest_authenticated *done, void *argument)
{
    struct rest_principal principal = {.scopes = SCOPES};
    (void)pg;
    (void)state;
    for (size_t i = 0; i < CALLERS; i++) {
        if (!str_equal(authorization + strlen("Bearer "), callers[i].name))
            continue;
        snprintf(principal.organisation, sizeof principal.organisation, "%s",
                 callers[i].organisation);
        snprintf(principal.organisation_kind, sizeof principal.organisation_kind, "%s",
                 callers[i].kind);
        snprintf(principal.key, sizeof principal.key, "%s", callers[i].key);
        done(0, &principal, argument);
        return;
    }
    done(ERROR_DENIED, NULL, argument);
}

int puller_set_up(void **state)
{
    struct puller *puller = mem_zalloc(sizeof *puller);
    const struct lobby_options lobby = {
        .news = deliver_news, .per_organisation = 2, .interval = 100 * CLOCK_MILLISECOND};

    scene_set_up((void **)&puller->scene);
    puller->bodies = json_array();
    for (size_t i = 0; i < CALLERS; i++)
        scene_sql(puller->scene,
                  "INSERT INTO emnebank.api_key (id, organisation_id, hash, label, scopes,"
                  " expires_at) VALUES ('%s', '%s', sha256('%s'), 'prøve', '{}',"
                  " now() + interval '30 days')",
                  callers[i].key, callers[i].organisation, callers[i].name);
    puller->api = api_create_waiting(puller->scene->conninfo, authenticate, NULL, &lobby);
    api_add(puller->api, &deliver_routes, puller->scene->deliver);
    api_start(puller->api);
    *state = puller;
    return 0;
}

int puller_tear_down(void **state)
{
    struct puller *puller = *state;

    api_stop(&puller->api);
    json_decref(puller->bodies);
    scene_tear_down((void **)&puller->scene);
    mem_free(puller);
    return 0;
}

int puller_ask(struct puller *puller, const char *who, const char *path)
{
    struct arena *arena = puller->scene->arena;
    return api_send(puller->api, arena_printf(arena, "GET %s", path),
                    arena_printf(arena, "Authorization: Bearer %s\r\n", who), NULL, 0);
}

struct puller_page puller_answer(struct puller *puller, int socket)
{
    const struct api_answer answer = api_receive(socket, puller->scene->arena);
    struct puller_page page = {.status = answer.status, .text = answer.body};
    json_error_t error;

    page.body = json_loadb(answer.body, answer.length, 0, &error);
    if (page.body != NULL)
        json_array_append_new(puller->bodies, page.body);
    page.count = json_array_size(json_object_get(page.body, "items"));
    page.next = json_string_value(json_object_get(page.body, "next"));
    return page;
}

struct puller_page puller_get(struct puller *puller, const char *who, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    const char *path = arena_vprintf(puller->scene->arena, format, arguments);
    va_end(arguments);
    return puller_answer(puller, puller_ask(puller, who, path));
}

void puller_until_waiting(size_t count)
{
    const int64_t end = clock_monotonic() + PATIENCE;

    while (lobby_metrics[0]->value != (int64_t)count) {
        if (clock_monotonic() > end)
            fail_msg("%lld wait, not %zu", (long long)lobby_metrics[0]->value, count);
        sched_yield();
    }
}

struct puller_page puller_events(struct puller *puller, const char *who, const char *cursor,
                                 size_t count)
{
    const int64_t end = clock_monotonic() + PATIENCE;
    size_t had = 0;

    if (count > 1) /* then they come on one page */
        scene_until(puller->scene, "SELECT max(xid) < pg_snapshot_xmin(pg_current_snapshot()) FROM"
                                   " emnebank.change");
    for (;;) {
        struct puller_page page =
            puller_get(puller, who, "/v1/events%s%s", cursor[0] != '\0' ? "?cursor=" : "", cursor);
        assert_int_equal(page.status, 200);
        had += page.count;
        if (had >= count && (page.count > 0 || count == 0)) {
            assert_int_equal(had, count);
            return page;
        }
        if (clock_monotonic() > end)
            fail_msg("%zu events, not %zu", had, count);
        cursor = page.next;
    }
}

const json_t *puller_item(const struct puller_page *page, size_t index)
{
    const json_t *item = json_array_get(json_object_get(page->body, "items"), index);

    assert_non_null(item);
    return item;
}

const char *puller_text(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));

    return text != NULL ? text : "";
}
