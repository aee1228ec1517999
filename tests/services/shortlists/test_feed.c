/* The feed of changes never skips (A7): what many writers commit is read once each. */
#include "tests/services/shortlists/scene.h"
#include "tests/support/writers.h"

#include "common/base/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SEED 20261122
#define TURNS 10000

struct feed {
    struct scene *scene;
    struct writers *writers;
    char position[64];
};

/* One page. */
static size_t pull(void *argument, size_t limit)
{
    struct feed *feed = argument;
    size_t count = 0;
    char *next;

    arena_reset(feed->scene->arena);
    const char *page = scene_get(
        feed->scene, AARHUS,
        "SELECT p.next_position || ' ' || coalesce(string_agg(i.item #>> '{data,n}', ' '"
        " ORDER BY i.place), '') FROM changes_page('%s', %zu) AS p"
        " LEFT JOIN LATERAL jsonb_array_elements(p.items::jsonb) WITH ORDINALITY AS i (item, place)"
        " ON true GROUP BY p.next_position",
        feed->position, limit);
    char *words = arena_strdup(feed->scene->arena, page);
    snprintf(feed->position, sizeof feed->position, "%s", strtok_r(words, " ", &next));
    for (char *number; (number = strtok_r(NULL, " ", &next)) != NULL; count++)
        writers_seen(feed->writers, number);
    return count;
}

static void no_change_is_ever_skipped(void **state)
{
    struct feed *feed = *state;

    writers_play(feed->writers, SEED, TURNS, pull, feed);
}

static void an_open_writer_holds_the_feed_and_passes_nobody(void **state)
{
    struct feed *feed = *state;

    writers_put(feed->writers, 0);
    for (int i = 0; i < 50; i++) {
        writers_put(feed->writers, 1);
        writers_commit(feed->writers, 1);
        assert_int_equal(pull(feed, 200), 0);
    }
    writers_commit(feed->writers, 0);
    writers_settle(feed->writers);
    assert_int_equal(pull(feed, 20), 20);
    assert_int_equal(pull(feed, 20), 20);
    assert_int_equal(pull(feed, 20), 11);
    assert_int_equal(pull(feed, 20), 0);
    assert_int_equal(writers_times_seen(feed->writers, 0), 1);
}

static int setup(void **state)
{
    struct feed *feed = mem_zalloc(sizeof *feed);

    feed->scene = scene_open("feed");
    feed->writers = writers_create(feed->scene->conninfo, AARHUS_ID);
    *state = feed;
    return 0;
}

static int teardown(void **state)
{
    struct feed *feed = *state;

    writers_destroy(&feed->writers);
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
