/* Words at one version, and the newest of them under readers. */
#include "services/match/words.h"

#include "common/base/str.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

#define MANY 5000
#define READERS 4
#define VERSIONS 300

static void thousands_are_found_again(void **state)
{
    (void)state;
    struct words *words = words_create(1);
    char code[16], text[16];
    for (int i = 0; i < MANY; i++) {
        snprintf(code, sizeof code, "w%d", i);
        snprintf(text, sizeof text, "Ord %d", i);
        words_add(words, ENGINE_COMPETENCE, code, text, false);
        words_add(words, ENGINE_CERTIFICATE, code, code,
                  i % 2 == 0); /* the same code, another kind */
    }
    for (int i = 0; i < MANY; i++) {
        snprintf(code, sizeof code, "w%d", i);
        snprintf(text, sizeof text, "Ord %d", i);
        assert_string_equal(words_label(words, ENGINE_COMPETENCE, code), text);
        assert_false(words_expires(words, ENGINE_COMPETENCE, code));
        assert_int_equal(words_expires(words, ENGINE_CERTIFICATE, code), i % 2 == 0);
        assert_string_equal(words_label(words, ENGINE_LICENCE, code), code); /* has none */
    }
    words_release(&words);
    assert_null(words);
}

/* More than are looked up side by side, every third of them unknown. */
static void many_are_found_as_one_is(void **state)
{
    (void)state;
    enum { ASKED = 100 };
    struct words *words = words_create(1);
    char codes[ASKED][16];
    char text[16];
    struct words_key keys[ASKED];
    struct words_found found[ASKED];
    words_relate(words, ENGINE_COMPETENCE, "w7", "w8", ENGINE_CLOSE);
    for (int i = 0; i < ASKED; i++) {
        snprintf(codes[i], sizeof codes[i], "w%d", i);
        snprintf(text, sizeof text, "Ord %d", i);
        keys[i] = (struct words_key){i % 2 == 0 ? ENGINE_COMPETENCE : ENGINE_CERTIFICATE, codes[i]};
        if (i % 3 != 0) {
            words_add(words, keys[i].kind, codes[i], text, i % 5 == 0);
        }
    }
    words_look_all(words, keys, ASKED, found);
    for (int i = 0; i < ASKED; i++) {
        const struct words_found one = words_look(words, keys[i].kind, keys[i].code);
        assert_ptr_equal(found[i].label, one.label);
        assert_int_equal(found[i].expires, one.expires);
        assert_ptr_equal(found[i].related, one.related);
        assert_int_equal(found[i].related_count, one.related_count);
        snprintf(text, sizeof text, i % 3 != 0 ? "Ord %d" : "w%d", i);
        assert_string_equal(found[i].label, text);
    }
    words_release(&words);
}

static void the_first_label_stays_and_a_relation_needs_none(void **state)
{
    (void)state;
    struct words *words = words_create(2);
    const struct words_relation *related = NULL;
    words_relate(words, ENGINE_COMPETENCE, "a", "b", ENGINE_CLOSE);
    words_add(words, ENGINE_COMPETENCE, "a", "A", true);
    words_add(words, ENGINE_COMPETENCE, "a", "Z", false);
    for (int i = 0; i < 40; i++) {
        words_relate(words, ENGINE_COMPETENCE, "a", i % 2 == 0 ? "c" : "d", ENGINE_GROUP);
    }
    assert_string_equal(words_label(words, ENGINE_COMPETENCE, "a"), "A");
    assert_true(words_expires(words, ENGINE_COMPETENCE, "a"));
    assert_string_equal(words_label(words, ENGINE_COMPETENCE, "b"), "b");
    assert_int_equal(words_related(words, ENGINE_COMPETENCE, "a", &related), 41);
    assert_string_equal(related[0].code, "b");
    assert_int_equal(related[0].relation, ENGINE_CLOSE);
    assert_string_equal(related[40].code, "d");
    assert_int_equal(words_related(words, ENGINE_COMPETENCE, "b", &related), 0);
    assert_int_equal(words_related(words, ENGINE_COMPETENCE, "nobody", &related), 0);
    assert_int_equal(words_version(words), 2);
    words_release(&words);
}

static void every_relation_but_the_same_has_a_name(void **state)
{
    (void)state;
    for (unsigned i = 0; i < ENGINE_RELATION_COUNT; i++) {
        enum engine_relation relation = ENGINE_RELATION_COUNT;
        const int error =
            words_read_relation(engine_relation_code((enum engine_relation)i), &relation);
        assert_int_equal(error, i == ENGINE_EXACT ? ERROR_INVALID : 0);
        assert_int_equal(relation, i == ENGINE_EXACT ? ENGINE_RELATION_COUNT : i);
    }
}

/* ---- under readers ---- */

struct scene {
    struct words_shelf *shelf;
    atomic_bool done;
    atomic_int wrong;
    atomic_int reads;
};

static struct words *of_version(int64_t version)
{
    char text[24];
    struct words *words = words_create(version);
    snprintf(text, sizeof text, "%lld", (long long)version);
    words_add(words, ENGINE_COMPETENCE, "formwork", text, false);
    return words;
}

static void *read_on(void *argument)
{
    struct scene *scene = argument;
    int64_t seen = 0;
    while (!atomic_load(&scene->done)) {
        int64_t named = 0;
        struct words *words = words_shelf_take(scene->shelf);
        const char *label = words_label(words, ENGINE_COMPETENCE, "formwork");
        const bool right = str_int64(label, 1, VERSIONS, &named) == 0 &&
                           named == words_version(words) && named >= seen;
        seen = named;
        words_release(&words);
        atomic_fetch_add(&scene->wrong, right ? 0 : 1);
        atomic_fetch_add(&scene->reads, 1);
    }
    return NULL;
}

static void readers_see_one_version_while_others_come(void **state)
{
    (void)state;
    struct scene scene = {.shelf = words_shelf_create()};
    pthread_t readers[READERS];
    assert_null(words_shelf_take(scene.shelf));
    words_shelf_put(scene.shelf, of_version(1));
    struct words *kept = words_shelf_take(scene.shelf);
    for (size_t i = 0; i < READERS; i++) {
        assert_int_equal(pthread_create(&readers[i], NULL, read_on, &scene), 0);
    }
    for (int64_t version = 2; version <= VERSIONS || atomic_load(&scene.reads) < VERSIONS;
         version++) {
        words_shelf_put(scene.shelf, of_version(version <= VERSIONS ? version : VERSIONS));
    }
    atomic_store(&scene.done, true);
    for (size_t i = 0; i < READERS; i++) {
        pthread_join(readers[i], NULL);
    }
    assert_int_equal(atomic_load(&scene.wrong), 0);
    assert_string_equal(words_label(kept, ENGINE_COMPETENCE, "formwork"), "1"); /* still ours */
    words_release(&kept);
    words_shelf_destroy(&scene.shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thousands_are_found_again),
        cmocka_unit_test(many_are_found_as_one_is),
        cmocka_unit_test(the_first_label_stays_and_a_relation_needs_none),
        cmocka_unit_test(every_relation_but_the_same_has_a_name),
        cmocka_unit_test(readers_see_one_version_while_others_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
