/*
 * The feed of changes never skips (A7): some writers open transactions and leave them open while
 * others commit, a reader pulls all the while, and in the end it has seen every committed event
 * exactly once, none that was rolled back. One thread turns all the hands, from a seed, so that a
 * failure can be repeated.
 */
#include "tests/services/shortlists/scene.h"

#include "common/base/mem.h"
#include "common/base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WRITERS 6
#define STEPS 10000
#define OPEN_CAP 40 /* events in one transaction */

enum fate { NOT_WRITTEN, ROLLED_BACK, COMMITTED };

struct writer {
    struct session *session;
    size_t open[OPEN_CAP];
    size_t count;
};

struct feed {
    struct scene *scene;
    struct writer writers[WRITERS];
    enum fate fate[STEPS];
    unsigned char seen[STEPS];
    size_t next;
    char position[64];
};

static void exec(struct session *session, const char *text)
{
    struct error_detail detail = {{0}, {0}};

    if (session_exec(session, text, &detail) != 0)
        fail_msg("%s", detail.private_text);
}

static void put(struct feed *feed, struct writer *writer)
{
    struct pg_context context = scene_context(TEAM);
    char text[160];

    if (writer->count == OPEN_CAP)
        return;
    if (writer->count == 0) {
        exec(writer->session, "BEGIN");
        assert_int_equal(session_context(writer->session, &context, NULL), 0);
    }
    snprintf(text, sizeof text,
             "SELECT outbox_put('order.changed', '" AARHUS_ID "', event_payload => '{\"n\": %zu}')",
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

/* Pulls one page; returns how many events it held. */
static size_t pull(struct feed *feed, size_t limit)
{
    struct scene *scene = feed->scene;
    size_t count = 0;

    arena_reset(scene->arena);
    const char *page = scene_get(
        scene, AARHUS,
        "SELECT p.next_position || ' ' || coalesce(string_agg(i.item #>> '{data,n}', ' '"
        " ORDER BY i.place), '') FROM changes_page('%s', %zu) AS p"
        " LEFT JOIN LATERAL jsonb_array_elements(p.items::jsonb) WITH ORDINALITY AS i (item, place)"
        " ON true GROUP BY p.next_position",
        feed->position, limit);
    const char *rest = strchr(page, ' ');
    snprintf(feed->position, sizeof feed->position, "%.*s", (int)(rest - page), page);
    while (*rest == ' ' && rest[1] != '\0') {
        char *after;
        unsigned long number = strtoul(rest + 1, &after, 10);
        assert_true(number < feed->next);
        if (feed->fate[number] != COMMITTED)
            fail_msg("event %lu was seen before its commit", number);
        if (feed->seen[number]++ != 0)
            fail_msg("event %lu was seen twice", number);
        rest = after;
        count++;
    }
    return count;
}

/* All writers have ended; another test's open transaction on this cluster may still hold the
 * horizon back for a moment. */
static void await_horizon(struct scene *scene)
{
    while (*scene_root(scene, "SELECT pg_snapshot_xmin(pg_current_snapshot()) > max(xid)"
                              " FROM change") != 't')
        continue;
}

static void turn(struct feed *feed)
{
    /* The first writers are slow: they end rarely, so the others pass them many times. */
    size_t which = random_below(WRITERS);
    struct writer *writer = &feed->writers[which];
    uint64_t choice = random_below(100);
    uint64_t ends = which < 2 ? 4 : 35;

    if (choice < ends)
        end(feed, writer, random_below(10) == 0 ? ROLLED_BACK : COMMITTED);
    else if (choice < 80)
        put(feed, writer);
    else
        (void)pull(feed, 1 + random_below(7));
}

static void no_change_is_ever_skipped(void **state)
{
    struct feed *feed = *state;

    random_fake(20261122);
    for (size_t step = 0; step < STEPS; step++)
        turn(feed);
    for (size_t i = 0; i < WRITERS; i++)
        end(feed, &feed->writers[i], COMMITTED);
    random_real();

    size_t committed = 0;
    for (size_t i = 0; i < feed->next; i++)
        committed += feed->fate[i] == COMMITTED;
    assert_true(committed > STEPS / 4);
    await_horizon(feed->scene);
    while (pull(feed, 200) > 0)
        continue;
    size_t seen = 0;
    for (size_t i = 0; i < feed->next; i++)
        seen += feed->seen[i];
    assert_int_equal(seen, committed);
    print_message("%zu events, %zu committed, each seen once\n", feed->next, committed);
}

static void an_open_writer_holds_the_feed_and_passes_nobody(void **state)
{
    struct feed *feed = *state;
    struct writer *slow = &feed->writers[0];
    struct writer *fast = &feed->writers[1];
    size_t first = feed->next;

    feed->next = first;
    put(feed, slow);
    for (int i = 0; i < 50; i++) {
        put(feed, fast);
        end(feed, fast, COMMITTED);
        assert_int_equal(pull(feed, 200), 0);
    }
    end(feed, slow, COMMITTED);
    await_horizon(feed->scene);
    assert_int_equal(pull(feed, 20), 20);
    assert_int_equal(pull(feed, 20), 20);
    assert_int_equal(pull(feed, 20), 11);
    assert_int_equal(pull(feed, 20), 0);
    assert_int_equal(feed->seen[first], 1);
}

static int setup(void **state)
{
    struct feed *feed = mem_zalloc(sizeof *feed);

    feed->scene = scene_open("feed");
    for (size_t i = 0; i < WRITERS; i++) {
        struct session **session = &feed->writers[i].session;
        assert_int_equal(session_open(feed->scene->conninfo, NULL, session, NULL), 0);
        exec(*session, "SET search_path TO emnebank, public");
    }
    *state = feed;
    return 0;
}

static int teardown(void **state)
{
    struct feed *feed = *state;

    for (size_t i = 0; i < WRITERS; i++)
        session_close(&feed->writers[i].session);
    scene_close(&feed->scene);
    mem_free(feed);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_change_is_ever_skipped, setup, teardown),
        cmocka_unit_test_setup_teardown(an_open_writer_holds_the_feed_and_passes_nobody, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
