#include "common/domain/person.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct person somebody = {.name = "Ada Prøve (fiktiv)",
                                       .phone = "+45 20 00 00 00",
                                       .email = "ada@example.dk",
                                       .address = "Prøvevej 1",
                                       .note = "Vil gerne cykle",
                                       .cpr = "0101901234"};

struct scene {
    struct arena *arena;
    struct crypto_key aarhus, randers;
    struct person_sealed sealed;
};

static int set_up(void **state)
{
    static struct scene scene;

    scene.arena = arena_create(0);
    crypto_key_random(&scene.aarhus);
    crypto_key_random(&scene.randers);
    person_seal(scene.arena, &scene.aarhus, "0751", "JC-1", &somebody, &scene.sealed);
    *state = &scene;
    return crypto_init();
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    arena_destroy(&scene->arena);
    return 0;
}

static int reopen(struct scene *scene, const char *municipality, const char *reference,
                  struct person *person)
{
    return person_open(scene->arena, &scene->aarhus, municipality, reference, &scene->sealed,
                       person);
}

static void what_was_sealed_opens(void **state)
{
    struct person person;

    assert_int_equal(reopen(*state, "0751", "JC-1", &person), 0);
    assert_string_equal(person.name, somebody.name);
    assert_string_equal(person.phone, somebody.phone);
    assert_string_equal(person.email, somebody.email);
    assert_string_equal(person.address, somebody.address);
    assert_string_equal(person.note, somebody.note);
    assert_string_equal(person.cpr, somebody.cpr);
}

static void nothing_opens_in_anothers_place(void **state)
{
    struct scene *scene = *state;
    struct person person;

    assert_int_equal(reopen(scene, "0730", "JC-1", &person), ERROR_DENIED);
    assert_int_equal(reopen(scene, "0751", "JC-2", &person), ERROR_DENIED);
    assert_int_equal(
        person_open(scene->arena, &scene->randers, "0751", "JC-1", &scene->sealed, &person),
        ERROR_DENIED);
    assert_null(person.name);

    struct sealed_bytes name = scene->sealed.name;
    scene->sealed.name = scene->sealed.address;
    assert_int_equal(reopen(scene, "0751", "JC-1", &person), ERROR_DENIED);
    scene->sealed.name = name;
    scene->sealed.wrapped_key.bytes = NULL; /* erased: every copy is unreadable */
    assert_int_equal(reopen(scene, "0751", "JC-1", &person), ERROR_DENIED);
}

static void absent_fields_stay_absent(void **state)
{
    struct scene *scene = *state;
    const struct person brief = {.name = "Bo Prøve (fiktiv)"};
    struct person person;

    person_seal(scene->arena, &scene->aarhus, "0751", "JC-1", &brief, &scene->sealed);
    assert_null(scene->sealed.cpr_index.bytes);
    assert_int_equal(reopen(scene, "0751", "JC-1", &person), 0);
    assert_string_equal(person.name, brief.name);
    assert_null(person.phone);
    assert_null(person.cpr);
}

static void the_blind_index_is_equal_only_within_a_municipality(void **state)
{
    struct scene *scene = *state;
    struct person_sealed again, elsewhere;

    person_seal(scene->arena, &scene->aarhus, "0751", "JC-9", &somebody, &again);
    person_seal(scene->arena, &scene->randers, "0730", "JC-1", &somebody, &elsewhere);
    assert_memory_equal(scene->sealed.cpr_index.bytes, again.cpr_index.bytes, CRYPTO_DIGEST_SIZE);
    assert_memory_not_equal(scene->sealed.cpr_index.bytes, elsewhere.cpr_index.bytes,
                            CRYPTO_DIGEST_SIZE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_was_sealed_opens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_opens_in_anothers_place, set_up, tear_down),
        cmocka_unit_test_setup_teardown(absent_fields_stay_absent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_blind_index_is_equal_only_within_a_municipality, set_up,
                                        tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
