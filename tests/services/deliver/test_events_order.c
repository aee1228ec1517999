/*
 * GET /v1/events never skips (A7): some writers open transactions and leave them open while others
 * commit, a reader pulls all the while, and in the end it has seen every committed event exactly
 * once, none that was rolled back. From a seed, so that a failure can be repeated. And what looks
 * for those who wait agrees with what a page then holds.
 */
#include "common/base/mem.h"
#include "common/base/random.h"
#include "tests/services/deliver/puller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WRITERS 5
#define STEPS 3000
#define OPEN_CAP 30 /* events in one transaction */

enum fate { NOT_WRITTEN, ROLLED_BACK, COMMITTED };

struct writer {
    struct session *session;
    size_t open[OPEN_CAP];
    size_t count;
};

struct feed {
    struct puller *puller;
    struct session *reader;
    struct writer writers[WRITERS];
    enum fate fate[STEPS];
    unsigned char seen[STEPS];
    size_t next;
    char position[64];
};

static void exec(struct session *session, const char *text)
{
    struct error_detail detail = {0};

    if (session_exec(session, text, &detail) != 0)
        fail_msg("%s", detail.private_text);
}

static void put(struct feed *feed, struct writer *writer)
{
    char text[200];

    if (writer->count == OPEN_CAP)
        return;
    if (writer->count == 0)
        exec(writer->session, "BEGIN");
    snprintf(text, sizeof text,
             "SELECT emnebank.outbox_put('order.changed', '" SCENE_EMPLOYER
             "', event_payload => '{\"n\": %zu}')",
             feed->next);
    exec(writer->session, text);
    writer->open[writer->count++] = feed->next++;
}

static void end(struct feed *feed, struct writer *writer, enum fate fate)
{
    if (writer->count == 0)
        return;
    exec(writer->session, fate == COMMITTED ? "COMMIT" : "ROLLBACK");
    for (size_t i = 0; i < writer->count; i++)
        feed->fate[writer->open[i]] = fate;
    writer->count = 0;
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

static void note(struct feed *feed, const char *digits)
{
    const unsigned long number = strtoul(digits, NULL, 10);

    assert_true(number < feed->next);
    if (feed->fate[number] != COMMITTED)
        fail_msg("event %lu was seen before its commit", number);
    if (feed->seen[number]++ != 0)
        fail_msg("event %lu was seen twice", number);
}

/* Pulls one page; returns how many events it held. */
static size_t pull(struct feed *feed, size_t limit)
{
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
        note(feed, pg_text(rows, i, 0));
    if (feed->position[0] != '\0' && news != (count > 0))
        fail_msg("news %d, %zu events", news, count);
    snprintf(feed->position, sizeof feed->position, "%s", pg_text(rows, count, 1));
    exec(feed->reader, "COMMIT");
    return count;
}

static void turn(struct feed *feed)
{
    /* The first writers are slow: they end rarely, so the others pass them many times. */
    const size_t which = random_below(WRITERS);
    struct writer *writer = &feed->writers[which];
    const uint64_t choice = random_below(100);
    const uint64_t ends = which < 2 ? 4 : 35;

    if (choice < ends)
        end(feed, writer, random_below(10) == 0 ? ROLLED_BACK : COMMITTED);
    else if (choice < 75)
        put(feed, writer);
    else
        (void)pull(feed, 1 + random_below(7));
}

static void no_event_is_ever_skipped(void **state)
{
    struct feed *feed = *state;

    random_fake(20261123);
    for (size_t step = 0; step < STEPS; step++)
        turn(feed);
    for (size_t i = 0; i < WRITERS; i++)
        end(feed, &feed->writers[i], COMMITTED);
    random_real();

    size_t committed = 0, seen = 0;
    for (size_t i = 0; i < feed->next; i++)
        committed += feed->fate[i] == COMMITTED;
    assert_true(committed > STEPS / 5);
    /* Another test's open transaction on this cluster may still hold the horizon back. */
    scene_until(feed->puller->scene, "SELECT pg_snapshot_xmin(pg_current_snapshot()) > max(xid)"
                                     " FROM emnebank.change");
    while (pull(feed, 200) > 0)
        continue;
    for (size_t i = 0; i < feed->next; i++)
        seen += feed->seen[i];
    assert_int_equal(seen, committed);
    print_message("%zu events, %zu committed, each seen once\n", feed->next, committed);
}

static int set_up(void **state)
{
    struct feed *feed = mem_zalloc(sizeof *feed);
    const char *conninfo;

    puller_set_up((void **)&feed->puller);
    conninfo = feed->puller->scene->conninfo;
    assert_int_equal(session_open(conninfo, "emnebank_front", &feed->reader, NULL), 0);
    for (size_t i = 0; i < WRITERS; i++)
        assert_int_equal(session_open(conninfo, NULL, &feed->writers[i].session, NULL), 0);
    *state = feed;
    return 0;
}

static int tear_down(void **state)
{
    struct feed *feed = *state;

    session_close(&feed->reader);
    for (size_t i = 0; i < WRITERS; i++)
        session_close(&feed->writers[i].session);
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
