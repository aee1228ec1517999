/* One candidate against every open order, compared with the oracle's word on each pair. */
#include "services/match/engine/engine.h"
#include "services/match/engine/reverse.h"
#include "tests/services/match/generate.h"
#include "tests/services/match/heap.h"
#include "tests/services/match/oracle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BOOKS 60
#define ORDERS 150
#define CANDIDATES 40

struct entry {
    struct generate_order asked;
    struct engine_bar bar;
    bool open;
};

static struct entry book[ORDERS];
static struct generate_pool pool;

/* Somewhere on the globe, often on an edge of something. */
static struct engine_place anywhere(uint64_t *random)
{
    const int32_t latitude = (int32_t)generate_below(random, 180000001) - 90000000;
    const int32_t longitude = (int32_t)generate_below(random, 360000001) - 180000000;
    const int32_t half = 500000;
    return generate_below(random, 2) == 0
               ? (struct engine_place){latitude, longitude}
               : (struct engine_place){latitude / half * half, longitude / half * half};
}

static void draw_bar(uint64_t *random, struct engine_bar *bar)
{
    *bar = (struct engine_bar){.room = generate_below(random, 3) == 0};
    bar->score = (uint16_t)(100 * generate_below(random, 8));
    for (size_t i = 0; i < ENGINE_ID_SIZE; i++) {
        bar->id[i] = (uint8_t)generate_below(random, 256);
    }
}

static void draw_entry(uint64_t *random, struct entry *entry, bool far)
{
    generate_order(random, &entry->asked);
    if (generate_below(random, 3) == 0) { /* nothing that must be */
        entry->asked.order.occupation_must = false;
        for (size_t i = 0; i < entry->asked.order.requirement_count; i++) {
            entry->asked.requirements[i].must = false;
        }
    }
    if (far) {
        entry->asked.order.place = anywhere(random);
        entry->asked.order.radius_km = (uint16_t)generate_below(random, 300);
    }
    draw_bar(random, &entry->bar);
    entry->open = true;
}

static void put(struct engine_orders *orders, const struct entry *entry)
{
    assert_int_equal(engine_orders_put(orders, &entry->asked.order, &entry->bar), 0);
}

static bool before_bar(const struct entry *entry, const struct oracle_result *result)
{
    if (entry->bar.room || result->score != entry->bar.score) {
        return entry->bar.room || result->score > entry->bar.score;
    }
    return result->hash < oracle_hash(entry->asked.order.id, entry->bar.id);
}

/* Asserts that exactly the right orders are found; returns how many. */
static size_t compare(struct engine_orders *orders, const struct engine_candidate *candidate)
{
    static struct oracle_result result;
    struct engine_opening openings[ORDERS];
    const size_t found = engine_orders_match(orders, candidate, openings, ORDERS);
    size_t expected = 0;
    for (size_t i = 0; i < ORDERS; i++) {
        const struct entry *entry = &book[i];
        const bool listed = entry->open && oracle_rank(candidate, 1, &entry->asked.order,
                                                       ENGINE_RULESET, &result) == 1;
        if (!listed || !before_bar(entry, &result)) {
            continue;
        }
        expected++;
        size_t at = 0;
        while (at < found &&
               memcmp(openings[at].order, entry->asked.order.id, ENGINE_ID_SIZE) != 0) {
            at++;
        }
        assert_true(at < found); /* none is missed */
        assert_int_equal(openings[at].score, result.score);
    }
    assert_int_equal(found, expected);
    for (size_t i = 1; i < found; i++) {
        assert_true(memcmp(openings[i - 1].order, openings[i].order, ENGINE_ID_SIZE) < 0);
    }
    return found;
}

/* Some are closed, some asked for anew. */
static void change_book(uint64_t *random, struct engine_orders *orders, bool far)
{
    for (size_t i = 0; i < ORDERS; i++) {
        if (generate_below(random, 4) == 0) {
            engine_orders_remove(orders, book[i].asked.order.id);
            book[i].open = false;
        } else if (generate_below(random, 4) == 0) {
            uint8_t id[ENGINE_ID_SIZE];
            memcpy(id, book[i].asked.order.id, sizeof id);
            draw_entry(random, &book[i], far);
            memcpy(book[i].asked.order.id, id, sizeof id);
            put(orders, &book[i]);
        }
    }
}

static size_t open_count(void)
{
    size_t count = 0;
    for (size_t i = 0; i < ORDERS; i++) {
        count += book[i].open ? 1 : 0;
    }
    return count;
}

static void no_pair_is_missed(void **state)
{
    (void)state;
    uint64_t random = 31;
    size_t pairs = 0;
    for (int b = 0; b < BOOKS; b++) {
        const bool far = b % 3 == 0;
        struct engine_orders *orders = engine_orders_create();
        generate_candidates(&random, &pool, CANDIDATES);
        for (size_t i = 0; i < ORDERS; i++) {
            draw_entry(&random, &book[i], far);
            put(orders, &book[i]);
        }
        for (size_t c = 0; c < CANDIDATES; c++) {
            if (far) { /* near some order, at the circle's edge or beyond */
                const struct engine_place place =
                    book[generate_below(&random, ORDERS)].asked.order.place;
                pool.candidates[c].place.latitude =
                    place.latitude + (int32_t)generate_below(&random, 4000000) - 2000000;
                pool.candidates[c].place.longitude =
                    place.longitude + (int32_t)generate_below(&random, 6000000) - 3000000;
            }
            if (c == CANDIDATES / 2) {
                change_book(&random, orders, far);
                assert_int_equal(engine_orders_count(orders), open_count());
            }
            pairs += compare(orders, &pool.candidates[c]);
        }
        engine_orders_destroy(&orders);
        assert_null(orders);
    }
    print_message("%zu pairs found, none missed\n", pairs);
    assert_true(pairs > (size_t)BOOKS * CANDIDATES);
}

/* What the bar says is what the list would do: with the last of the list as the bar, a new
 * candidate is told of exactly when they would come on the list. */
static void the_bar_is_the_lists_last_place(void **state)
{
    (void)state;
    uint64_t random = 32;
    const size_t k = 4;
    const size_t listed = CANDIDATES - 1;
    int came = 0;
    for (int c = 0; c < 2000; c++) {
        struct engine_orders *orders = engine_orders_create();
        struct engine_snapshot *snapshot = NULL;
        struct engine_ranking *ranking = NULL;
        struct engine_opening opening;
        bool expected = false;
        generate_candidates(&random, &pool, CANDIDATES);
        draw_entry(&random, &book[0], false);
        assert_int_equal(engine_apply(NULL, 1, pool.candidates, listed, &snapshot), 0);
        assert_int_equal(engine_rank(snapshot, &book[0].asked.order, k, &ranking), 0);
        book[0].bar.room = ranking->count < k;
        if (!book[0].bar.room) {
            book[0].bar.score = ranking->entries[k - 1].score;
            memcpy(book[0].bar.id, ranking->entries[k - 1].id, ENGINE_ID_SIZE);
        }
        engine_ranking_destroy(&ranking);
        engine_snapshot_destroy(&snapshot);
        put(orders, &book[0]);

        assert_int_equal(engine_apply(NULL, 2, pool.candidates, CANDIDATES, &snapshot), 0);
        assert_int_equal(engine_rank(snapshot, &book[0].asked.order, k, &ranking), 0);
        for (size_t i = 0; i < ranking->count; i++) {
            expected = expected || memcmp(ranking->entries[i].id, pool.candidates[listed].id,
                                          ENGINE_ID_SIZE) == 0;
        }
        assert_int_equal(engine_orders_match(orders, &pool.candidates[listed], &opening, 1),
                         expected);
        came += expected ? 1 : 0;
        engine_ranking_destroy(&ranking);
        engine_snapshot_destroy(&snapshot);
        engine_orders_destroy(&orders);
    }
    assert_true(came > 100);
}

static void a_small_array_gets_the_first_and_the_count(void **state)
{
    (void)state;
    uint64_t random = 33;
    struct engine_orders *orders = engine_orders_create();
    struct engine_opening one[1];
    struct engine_opening all[ORDERS];
    generate_candidates(&random, &pool, CANDIDATES);
    assert_int_equal(engine_orders_match(orders, &pool.candidates[0], all, ORDERS), 0);
    for (size_t i = 0; i < ORDERS; i++) {
        draw_entry(&random, &book[i], false);
        put(orders, &book[i]);
    }
    for (size_t c = 0; c < CANDIDATES; c++) {
        const size_t found = engine_orders_match(orders, &pool.candidates[c], all, ORDERS);
        assert_int_equal(engine_orders_match(orders, &pool.candidates[c], one, 1), found);
        assert_int_equal(engine_orders_match(orders, &pool.candidates[c], NULL, 0), found);
        assert_true(found == 0 || one[0].order == all[0].order);
    }
    engine_orders_destroy(&orders);
}

static void matching_allocates_nothing_once_warm(void **state)
{
    (void)state;
    uint64_t random = 36;
    struct engine_orders *orders = engine_orders_create();
    static struct engine_opening openings[ORDERS];
    size_t found = 0;
    generate_candidates(&random, &pool, CANDIDATES);
    for (size_t i = 0; i < ORDERS; i++) {
        draw_entry(&random, &book[i], false);
        put(orders, &book[i]);
    }
    for (int round = 0; round < 2; round++) {
        const size_t before = heap_allocations();
        for (size_t c = 0; c < CANDIDATES; c++) {
            found += engine_orders_match(orders, &pool.candidates[c], openings, ORDERS);
        }
        assert_int_equal(heap_allocations() > before, round == 0);
    }
    assert_true(found > CANDIDATES);
    engine_orders_destroy(&orders);
}

static void what_is_removed_gives_its_memory_back(void **state)
{
    (void)state;
    uint64_t random = 34;
    struct engine_orders *orders = engine_orders_create();
    for (size_t i = 0; i < ORDERS; i++) {
        draw_entry(&random, &book[i], false);
        put(orders, &book[i]);
    }
    const size_t full = engine_orders_bytes(orders);
    for (int round = 0; round < 20; round++) {
        for (size_t i = 0; i < ORDERS; i++) {
            engine_orders_remove(orders, book[i].asked.order.id);
        }
        assert_int_equal(engine_orders_count(orders), 0);
        assert_true(engine_orders_bytes(orders) < full);
        engine_orders_remove(orders, book[0].asked.order.id); /* is gone already */
        for (size_t i = 0; i < ORDERS; i++) {
            put(orders, &book[i]);
        }
        assert_int_equal(engine_orders_count(orders), ORDERS);
    }
    assert_true(engine_orders_bytes(orders) < 2 * full);
    engine_orders_destroy(&orders);
}

static void an_order_that_is_wrong_is_refused(void **state)
{
    (void)state;
    uint64_t random = 35;
    struct engine_orders *orders = engine_orders_create();
    draw_entry(&random, &book[0], false);
    put(orders, &book[0]);
    book[0].asked.order.occupation_count = 0;
    assert_int_equal(engine_orders_put(orders, &book[0].asked.order, &book[0].bar), ERROR_INVALID);
    assert_int_equal(engine_orders_count(orders), 1); /* the old one stays */
    engine_orders_destroy(&orders);
    engine_orders_destroy(&orders);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_pair_is_missed),
        cmocka_unit_test(the_bar_is_the_lists_last_place),
        cmocka_unit_test(a_small_array_gets_the_first_and_the_count),
        cmocka_unit_test(matching_allocates_nothing_once_warm),
        cmocka_unit_test(what_is_removed_gives_its_memory_back),
        cmocka_unit_test(an_order_that_is_wrong_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
