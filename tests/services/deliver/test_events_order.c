/*
 * GET /v1/events never skips (A7): what many writers commit is read once each. And what looks for
 * those who wait agrees with what a page then holds.
 */
#include "common/base/mem.h"
#include "tests/services/deliver/puller.h"
#include "tests/support/writers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SEED 20261123
#define TURNS 3000

struct feed {
    struct puller *puller;
    struct session *reader;
    struct writers *writers;
    char position[64];
};

static void exec(struct session *session, const char *text)
{
    struct error_detail detail = {0};

    if (session_exec(session, text, &detail) != 0)
        fail_msg("%s", detail.private_text);
}

static const struct pg_result *ask(struct feed *feed, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static const struct pg_result *ask(struct feed *feed, const char *format, ...)
{
    const struct pg_result *result = NULL;
    struct error_detail detail = {0};
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    if (session_query(feed->reader, text, NULL, 0, &result, &detail) != 0)
        fail_msg("%s: %s", text, detail.private_text);
    return result;
}

/* One page. */
static size_t pull(void *argument, size_t limit)
{
    struct feed *feed = argument;
    const struct pg_context context = {.tenant = SCENE_EMPLOYER, .actor = PULLER_EMPLOYER_KEY};

    exec(feed->reader, "BEGIN ISOLATION LEVEL REPEATABLE READ");
    assert_int_equal(session_context(feed->reader, &context, NULL), 0);
    bool news = false;
    if (feed->position[0] != '\0')
        news = pg_rows(ask(feed,
                           "SELECT emnebank.feed_news('{7}', '{" SCENE_EMPLOYER "}', '{\"%s\"}')",
                           feed->position)) > 0;
    const struct pg_result *rows =
        ask(feed, "SELECT data::jsonb ->> 'n', place FROM emnebank.events_page('%s', %zu)",
            feed->position, limit);
    const size_t count = pg_rows(rows) - 1;
    for (size_t i = 0; i < count; i++)
        writers_seen(feed->writers, pg_text(rows, i, 0));
    if (feed->position[0] != '\0' && news != (count > 0))
        fail_msg("news %d, %zu events", news, count);
    snprintf(feed->position, sizeof feed->position, "%s", pg_text(rows, count, 1));
    exec(feed->reader, "COMMIT");
    return count;
}

static void no_event_is_ever_skipped(void **state)
{
    struct feed *feed = *state;

    writers_play(feed->writers, SEED, TURNS, pull, feed);
}

static int set_up(void **state)
{
    struct feed *feed = mem_zalloc(sizeof *feed);

    puller_set_up((void **)&feed->puller);
    const char *conninfo = feed->puller->scene->conninfo;
    assert_int_equal(session_open(conninfo, "emnebank_front", &feed->reader, NULL), 0);
    feed->writers = writers_create(conninfo, SCENE_EMPLOYER);
    *state = feed;
    return 0;
}

static int tear_down(void **state)
{
    struct feed *feed = *state;

    session_close(&feed->reader);
    writers_destroy(&feed->writers);
    puller_tear_down((void **)&feed->puller);
    mem_free(feed);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_event_is_ever_skipped, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
